"""How many talks one process keeps pace with, who is having one, and who was put off until there is room."""

import math
from collections.abc import Callable

#: a place is free when nothing was said or heard in it for so long: a question, and about 25 s to begin to answer. A
#: later answer is heard all the same. Seconds.
IDLE_S = 30.0
#: whoever was put off is called back within this time; later they are doing something else.
CALL_BACK_S = 900.0


def _nobody(_address: str) -> bool:
    return False


class Places:
    """Talks by address ("home/device"), all of one event loop. at: seconds of a steady clock.

    most: how many talks may go on at a time; without a limit as long as nobody has measured one. call_back: begins the
    talk of somebody who was put off; False where they are not here just now.
    """

    def __init__(self, most: float = math.inf, call_back: Callable[[str], bool] = _nobody) -> None:
        self.most = most
        self._call_back = call_back
        self._taken: dict[str, float] = {}
        self._waiting: dict[str, float] = {}

    @property
    def taken(self) -> int:
        """How many talks are going on."""
        return len(self._taken)

    def has(self, address: str) -> bool:
        """Whether it is having a talk."""
        return address in self._taken

    def take(self, address: str, at: float) -> bool:
        """A place for a new talk, or the one it has; False when there is no room."""
        if address not in self._taken:
            self.offer(at)  # whoever was promised a talk comes first
            if address not in self._taken and not self._room(at):
                return False
        self.keep(address, at)
        return True

    def keep(self, address: str, at: float) -> None:
        """Its talk goes on, room or not: nobody is cut off in mid-talk, and a cry for help never waits."""
        self._waiting.pop(address, None)
        self._taken[address] = at

    def put_off(self, address: str, at: float) -> bool:
        """It is called back when there is room, in the order of asking. False where that was so already."""
        waited = address in self._waiting
        self._waiting.setdefault(address, at)
        return not waited

    def leave(self, address: str, at: float) -> None:
        """Its talk is over, and none is waited for."""
        self._waiting.pop(address, None)
        self.gone(address, at)

    def gone(self, address: str, at: float) -> None:
        """It is not connected any more; what was promised to it stands."""
        self._taken.pop(address, None)
        self.offer(at)

    def offer(self, at: float) -> None:
        """Call back whoever waits and is here, as far as there is room; their places are kept for them."""
        self._waiting = {address: since for address, since in self._waiting.items() if at - since <= CALL_BACK_S}
        for address in list(self._waiting):
            if not self._room(at):
                return
            if self._call_back(address):
                self.keep(address, at)

    def _room(self, at: float) -> bool:
        self._taken = {address: seen for address, seen in self._taken.items() if at - seen <= IDLE_S}
        return len(self._taken) < self.most
