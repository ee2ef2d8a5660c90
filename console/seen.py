"""Which views were audited just now: a page that refreshes itself is one view, not hundreds."""

import time
from collections.abc import Callable


class Seen:
    """Remembers views for `lasts_s` real seconds, in this process only."""

    def __init__(self, lasts_s: float, tick: Callable[[], float] = time.monotonic) -> None:
        self._lasts_s = lasts_s
        self._tick = tick
        self._until: dict[tuple[str, ...], float] = {}

    def fresh(self, *view: str) -> bool:
        """True the first time, and again after the time has passed."""
        now = self._tick()
        if self._until.get(view, 0.0) > now:
            return False
        if len(self._until) > 5000:
            self._until = {known: until for known, until in self._until.items() if until > now}
        self._until[view] = now + self._lasts_s
        return True
