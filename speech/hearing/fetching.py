"""Bringing the published model to where it is used: fetched, checked, unpacked; tried again until it is there."""

import asyncio
import errno
import fcntl
import os
import shutil
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import structlog

from speech.hearing.download import PATIENCE, NotFetched, Tell, download, size_of
from speech.hearing.ears import EXECUTOR, Ears
from speech.hearing.heard import VoiceOff
from speech.hearing.published_model import Published
from speech.hearing.unpacking import BadArchive, unpack

_log = structlog.get_logger(__name__)

#: left free on the disk at all times: the database lives there too. Bytes.
RESERVE = 500 * 1000 * 1000
#: an archive is never so much bigger than what is in it.
_SLACK = 1000 * 1000
#: seconds until the next attempt: at once after a broken line that had brought something, else more and more.
_SOON_S, _FIRST_S, _LONGEST_S = 5.0, 30.0, 3600.0
#: seconds between two looks at what another process fetches.
_LOOK_S = 5.0
_LOG_EVERY = 10 * 1000 * 1000

Sleep = Callable[[float], Awaitable[None]]


class Busy(NotFetched):
    """Another process is fetching it."""


class ThrownAway(NotFetched):
    """What came was not the model."""


@dataclass(frozen=True)
class Tries:
    """How often it was tried in vain, lately, and how often what had come was thrown away, ever."""

    in_vain: int = 0
    thrown_away: int = 0

    def after(self, fault: Exception) -> "Tries":
        """After one more. A line that broke but brought something is not in vain; to fetch it all for nothing is."""
        if isinstance(fault, NotFetched) and fault.further:
            return Tries(self.thrown_away, self.thrown_away)
        return Tries(self.in_vain + 1, self.thrown_away + isinstance(fault, ThrownAway))

    @property
    def pause_s(self) -> float:
        """Seconds until the next one."""
        return min(_FIRST_S * 2 ** min(self.in_vain - 1, 10), _LONGEST_S) if self.in_vain else _SOON_S


async def provide(ears: Ears, model: Published | None, sleep: Sleep = asyncio.sleep) -> None:
    """Load what the ears need, after fetching it where a model is given. Never raises: the ears' notice says all."""
    if model is not None:
        await _obtain(ears, model, sleep)
        await ears.load(model.folder)
    else:
        await ears.load()


async def _obtain(ears: Ears, model: Published, sleep: Sleep) -> None:
    """Try until the model is there, by us, another process or a person."""
    tries = Tries()
    while not model.folder.is_dir():
        try:
            await fetch(model, _told(ears))
        except Busy as busy:
            ears.silence(VoiceOff("voice_loading", f"the voice model is on its way: {busy}"))
            await sleep(_LOOK_S)
        except Exception as fault:  # whatever it is, the service goes on without a voice and tries again
            tries = tries.after(fault)
            reason = str(fault) if isinstance(fault, NotFetched) else type(fault).__name__
            _log.warning("voice_model_not_fetched", reason=reason, next_try_s=tries.pause_s)
            ears.silence(VoiceOff("voice_off", _without(model, reason, tries.pause_s)))
            await sleep(tries.pause_s)


async def fetch(model: Published, tell: Tell, *, reserve: int = RESERVE, patience: httpx.Timeout = PATIENCE) -> None:
    """Bring the model to its folder, whole and checked. What came of a broken attempt is kept. Raises NotFetched."""
    try:
        model.folder.parent.mkdir(parents=True, exist_ok=True)
        with _alone(model):
            if not model.folder.is_dir():
                _check_room(model, reserve)
                await download(model.url, model.part, model.size + _SLACK, tell, patience)
                await _unpacked(model)
                model.part.unlink()
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            model.part.unlink(missing_ok=True)  # the database needs the room more
        raise NotFetched(f"it cannot be written below {model.folder.parent} ({error.strerror})") from None


def plan(model: Published) -> str:
    """What will happen at the next start, for the doctor."""
    try:
        have = size_of(model.part)
        _check_room(model, RESERVE)
    except (OSError, NotFetched) as fault:
        return f"not there, and it cannot be fetched: {fault}"
    begun = f"{_mb(have)} MB of it are there" if have else "not there yet"
    return (
        f"{begun}: the service fetches {model.source} to {model.folder} ({_mb(model.size)} MB) at its start "
        "and is deaf until then; without a network, unpack it there by hand; ANBU_VOSK_FETCH=0 forbids the fetching"
    )


def progress(there: int, total: int | None) -> str:
    """How far it is, for people."""
    return f"fetched {_mb(there)} of {_mb(total)} MB" if total else f"fetched {_mb(there)} MB"


@contextmanager
def _alone(model: Published) -> Iterator[None]:
    """One process fetches at a time; the lock ends with its holder. Raises Busy, OSError."""
    with model.lock.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy("another process is fetching it") from None
        yield


def _check_room(model: Published, reserve: int) -> None:
    """Archive and model fit on the disk, and leave the others their room. Raises NotFetched."""
    at = next(above for above in model.folder.absolute().parents if above.exists())
    if not at.is_dir() or not os.access(at, os.W_OK):
        raise NotFetched(f"it cannot be written at {at}")
    needed = 2 * model.size - size_of(model.part) + reserve
    free = shutil.disk_usage(at).free
    if free < needed:
        raise NotFetched(f"no room for it: {_mb(needed)} MB must be free at {at}, {_mb(free)} MB are")


async def _unpacked(model: Published) -> None:
    """Unpack away from the event loop; an archive that does not hold the model is thrown away."""
    given_up = threading.Event()
    unpacking = asyncio.get_running_loop().run_in_executor(
        EXECUTOR, unpack, model.part, model, lambda: not given_up.is_set()
    )
    try:
        await asyncio.shield(unpacking)
    except BadArchive as fault:
        model.part.unlink(missing_ok=True)
        raise ThrownAway(f"what came from {model.source} is not the model and was thrown away: {fault}") from None
    finally:  # nobody else may begin while it is still at work
        given_up.set()
        await asyncio.gather(unpacking, return_exceptions=True)


def _told(ears: Ears) -> Tell:
    """Progress for the notice, and now and then for the log."""
    logged = -_LOG_EVERY

    def tell(there: int, total: int | None) -> None:
        nonlocal logged
        ears.silence(VoiceOff("voice_loading", f"the voice model is on its way: {progress(there, total)}"))
        if there - logged >= _LOG_EVERY or there == total:
            logged = there
            _log.info("voice_model_fetching", progress=progress(there, total))

    return tell


def _without(model: Published, reason: str, pause: float) -> str:
    minutes = f"{pause / 60:.0f} min" if pause >= 60 else f"{pause:.0f} s"
    return (
        f"no voice model yet: {reason}; next try in {minutes}, or unpack {model.source} to {model.folder}; "
        "text and buttons work"
    )


def _mb(size: int) -> str:
    return f"{size / 1e6:.0f}"
