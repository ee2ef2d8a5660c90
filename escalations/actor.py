"""Who does something to an escalation."""

from dataclasses import dataclass
from enum import StrEnum


class ActorKind(StrEnum):
    """What kind of person or program acts."""

    COORDINATOR = "coordinator"  # anybody with a console account or a linked staff chat, by their role
    CONTACT = "contact"  # family, neighbour
    RESIDENT = "resident"  # the person themselves
    TOKEN = "token"  # a program with an API token  # noqa: S105
    SERVICE = "service"  # Anbu itself


#: roles that may take an escalation over and close it; a technician only technical ones.
TAKERS = frozenset({"admin", "supervisor", "coordinator"})


@dataclass(frozen=True)
class Actor:
    """Who acts. id: as in the town file or the token's name; name: as people are shown it; role: staff and tokens."""

    kind: ActorKind
    id: str
    name: str = ""
    role: str = ""

    @property
    def shown(self) -> str:
        """The name, or the id where there is none."""
        return self.name or self.id

    @property
    def may_overrule(self) -> bool:
        """Whether this actor may take an escalation out of somebody else's hands."""
        return self.kind in (ActorKind.COORDINATOR, ActorKind.TOKEN) and self.role in ("admin", "supervisor")

    def may_take(self, level: str) -> bool:
        """Whether this actor's word takes over an escalation of this level."""
        if self.kind not in (ActorKind.COORDINATOR, ActorKind.TOKEN):
            return False
        return self.role in TAKERS or (self.role == "technician" and level == "technical")


SERVICE = Actor(ActorKind.SERVICE, "anbu", "안부")
