"""What one home may make the embedded broker remember: a stolen or mad gateway must not cost the others their room."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

#: connections and kept sessions of one home; of more, the one that has been away or here for longest gives way.
MAX_SESSIONS = 32
#: different topic filters of one home.
MAX_FILTERS = 100
#: retained topics of one home, and their bytes: Zigbee2MQTT's `bridge/devices` of a large home is some 300 kB.
MAX_RETAINED, MAX_RETAINED_BYTES = 1_000, 2 * 1024 * 1024
#: messages kept for a gateway that is away, and the longest: the answers to its SOS are a tenth of that.
MAX_KEPT, MAX_KEPT_BYTES = 200, 4 * 1024


@dataclass
class Allowance:
    """One home's: its filters, its retained topics with their sizes, its client ids, the latest to connect last."""

    filters: set[str] = field(default_factory=set)
    _retained: dict[str, int] = field(default_factory=dict)
    _clients: dict[str, None] = field(default_factory=dict)

    def may_listen(self, topic_filter: str) -> bool:
        """Whether one more subscription is within it."""
        return topic_filter in self.filters or len(self.filters) < MAX_FILTERS

    def retain(self, topic: str, size: int) -> bool:
        """Note a retained message of `size` bytes, 0 to clear it; False where it is one too many."""
        before = self._retained.pop(topic, 0)
        if not size:
            return True
        if len(self._retained) >= MAX_RETAINED or sum(self._retained.values()) + size > MAX_RETAINED_BYTES:
            if before:
                self._retained[topic] = before
            return False
        self._retained[topic] = size
        return True

    def retained(self) -> Iterator[str]:
        """The retained topics."""
        return iter(tuple(self._retained))

    def enter(self, client_id: str, known: Iterable[str], here: Iterable[str]) -> str | None:
        """A client connects; the client id that must give way, None where there is room.

        known: client ids the broker still has a session of; here: those connected now.
        """
        kept = set(known)
        self._clients = {each: None for each in self._clients if each in kept and each != client_id}
        self._clients[client_id] = None
        if len(self._clients) <= MAX_SESSIONS:
            return None
        connected, others = set(here), [each for each in self._clients if each != client_id]
        given = next((each for each in others if each not in connected), others[0])
        del self._clients[given]
        return given

    def clients(self) -> tuple[str, ...]:
        """The client ids seen, the latest to connect last."""
        return tuple(self._clients)
