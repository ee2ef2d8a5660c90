"""One speaker's place among the talks of its process: taken, kept, left, or waited for."""

import asyncio

from residents.people import Device
from speech.speaker.connections import address_of
from speech.speaker.desk import Desk


class Seat:
    """Of one connection; a newer one of the same device has the same."""

    def __init__(self, desk: Desk, device: Device) -> None:
        self._desk = desk
        self._address = address_of(device)

    @property
    def taken(self) -> bool:
        """Whether a talk is going on here."""
        return self._desk.places.has(self._address)

    def take(self) -> bool:
        """Begin or carry on a talk; False when there is no room for it."""
        return self._desk.places.take(self._address, _now())

    def keep(self) -> None:
        """The talk goes on, room or not."""
        self._desk.places.keep(self._address, _now())

    def leave(self) -> None:
        """The talk is over, or not wanted any more."""
        self._desk.places.leave(self._address, _now())

    def gone(self) -> None:
        """The device is not connected any more; it is called back when it is again."""
        self._desk.places.gone(self._address, _now())

    def offer(self) -> None:
        """Whoever waits for a talk may have it, where there is room by now."""
        self._desk.places.offer(_now())

    def put_off(self) -> bool:
        """Be called back when there is room. False where that was so already."""
        return self._desk.places.put_off(self._address, _now())


def _now() -> float:
    return asyncio.get_running_loop().time()
