"""Who may see and do what. Pure."""

from dataclasses import dataclass

from escalations.actor import Actor, ActorKind
from residents.people import Role

#: page → roles that see it. A technician sees homes and devices, never a resident's talks or score.
_EVERYBODY = frozenset(Role)
_CARERS = _EVERYBODY - {Role.TECHNICIAN}
PAGES: dict[str, frozenset[Role]] = {
    "queue": _EVERYBODY,
    "residents": _CARERS,
    "understanding": _CARERS,
    "scripts": _CARERS,
    "recordings": _CARERS,
    "drills": _CARERS,
    "figures": _CARERS,
    "duty": frozenset({Role.ADMIN, Role.SUPERVISOR}),
    "policy": frozenset({Role.ADMIN, Role.SUPERVISOR}),
    "people": frozenset({Role.ADMIN, Role.SUPERVISOR}),
    "devices": _EVERYBODY,
    "thresholds": frozenset({Role.ADMIN, Role.SUPERVISOR}),
    "quarantine": _EVERYBODY,
    "audit": frozenset({Role.ADMIN}),
    "status": _EVERYBODY,
}
#: the navigation: what is looked at all day first, then what is arranged, tried out and looked up.
GROUPS: dict[str, tuple[str, ...]] = {
    "daily": ("queue", "residents", "devices"),
    "order": ("duty", "policy", "thresholds", "drills", "people"),
    "voice": ("understanding", "scripts", "recordings"),
    "record": ("figures", "audit", "quarantine", "status"),
}
_ACTING = frozenset({Role.ADMIN, Role.SUPERVISOR, Role.COORDINATOR})


@dataclass(frozen=True)
class Caller:
    """Who makes this request. `csrf` is set for a session; a bearer token needs none."""

    id: str
    name: str
    role: Role
    districts: tuple[str, ...] = ()
    csrf: str | None = None

    @property
    def by_session(self) -> bool:
        return self.csrf is not None

    @property
    def may_act(self) -> bool:
        """Whether this role changes anything about residents."""
        return self.role in _ACTING

    @property
    def may_act_for_all(self) -> bool:
        """Whether this role changes what every resident hears."""
        return self.role in (Role.ADMIN, Role.SUPERVISOR)

    @property
    def limited_to(self) -> tuple[str, ...] | None:
        """The districts seen, None for all: supervisors and admins see all, and so does who has no district noted."""
        whole = self.role in (Role.ADMIN, Role.SUPERVISOR) or not self.districts
        return None if whole else self.districts

    def sees_page(self, page: str) -> bool:
        return self.role in PAGES[page]

    def sees_residents(self) -> bool:
        return self.role in _CARERS

    def sees_district(self, district: str | None) -> bool:
        return self.limited_to is None or district in self.limited_to

    def sees_escalation(self, level: str, district: str | None, resident: str | None) -> bool:
        """Technical ones for technicians; a home's own district for the others; fleet-wide ones for all."""
        if self.role is Role.TECHNICIAN:
            return level == "technical"
        return resident is None or self.sees_district(district)

    def may_take(self, level: str) -> bool:
        return self.actor().may_take(level)

    def actor(self) -> Actor:
        """The same person, as the escalations know them."""
        kind = ActorKind.COORDINATOR if self.by_session else ActorKind.TOKEN
        return Actor(kind, self.id, self.name, self.role.value)
