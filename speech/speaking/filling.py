"""The scripts' sentences spoken ahead, so that a talk starts at once. In the background: whoever is spoken to now goes
first."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from speech.speaking.script_lines import SLOW_SECTIONS, lines, sentences
from speech.speaking.speaking import Speaking
from speech.speaking.voice import Manner, VoiceMissing

_log = structlog.get_logger(__name__)

#: what a sentence takes on disk; half of the cache is for what is spoken ahead.
_TYPICAL_BYTES = 100_000
#: real seconds for one round, and rest after each sentence, in parts of the time it took.
_WITHIN_S, _REST = 900.0, 4.0


@dataclass(frozen=True)
class Listener:
    """A resident with a speaker: how they are called and how they are spoken to."""

    called: str
    manner: Manner


def wanted(talk: Mapping[str, Any], listeners: Sequence[Listener]) -> Iterator[tuple[str, Manner]]:
    """Sentences of talk.yaml, each with its manner, in the order of need: what everybody hears, what may have to be
    said slowly, the names. Pure."""
    script = lines(talk)
    manners = [manner for manner, _ in Counter(listener.manner for listener in listeners).most_common()]
    for manner in manners or [Manner()]:
        yield from ((s, manner) for line in script if not line.personal for s in sentences(line.text))
    for manner in manners:
        slow = (line for line in script if not line.personal and line.section in SLOW_SECTIONS)
        yield from ((s, manner.slower()) for line in slow for s in sentences(line.text))
    for listener in listeners:
        personal = (line.to(listener.called) for line in script if line.personal)
        yield from ((s, listener.manner) for line in personal for s in sentences(line.text))


async def fill(speaking: Speaking, ahead: Iterator[tuple[str, Manner]]) -> int:
    """Speak these ahead until time or room is used up; returns how many are ready. Stops where the voice does."""
    loop, cache, ready = asyncio.get_running_loop(), speaking.cache, set[str]()
    ends = loop.time() + _WITHIN_S
    most = cache.max_bytes // 2 // _TYPICAL_BYTES
    for text, manner in ahead:
        key = cache.key(text, manner)
        if key in ready:
            continue
        if len(ready) >= most or loop.time() > ends:
            break
        await speaking.quiet()
        began = loop.time()
        try:
            await cache.spoken(text, manner)
        except (VoiceMissing, OSError) as error:
            _log.warning("speaking_ahead_stopped", ready=len(ready), error=type(error).__name__)
            break
        ready.add(key)
        await asyncio.sleep(_REST * (loop.time() - began))
    return len(ready)
