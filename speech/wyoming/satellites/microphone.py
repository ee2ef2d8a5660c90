"""When a satellite's sound counts: after a wake word, and while a question waits for its answer. Pure; times are a
steady clock's seconds.

A satellite with a wake word of its own streams from there on until it is told to stop. One without streams whenever it
is let, so it is kept shut until a question listens. What comes while a sentence is played is not listened to: most
satellites would hear the sentence itself; unless the wake word came in between, or a voice where the satellite does not
hear itself (`overhearing.py`). Until it is played all counts: whoever has said "yes" may be about to cry for help.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

#: nobody says anything: stop listening (as the page does).
QUIET_S = 25.0
#: and after so long in any case: the service takes a minute of one utterance.
LONGEST_S = 55.0
#: nothing is asked, and the service says nothing more: let the satellite go back to its wake word.
THINKING_S = 12.0
#: several events tell of one wake word.
_SAME_WAKE_S = 2.0
#: the satellite stopped streaming, and does not go on: what was being said is over.
_CUT_S = 0.7


class Order(StrEnum):
    """What is to be done."""

    TALK = "talk"  # tell the service that the resident wants to talk
    END = "end"  # tell it that the utterance is over
    HUSH = "hush"  # let it hear silence: the satellite sends none
    OPEN = "open"  # let the satellite send sound
    SHUT = "shut"  # let it send none, and go back to its wake word


@dataclass(frozen=True)
class Microphone:
    """Where one satellite stands. playing: when each sentence sent will have been played at the latest.

    listens, last: what follows when all is played: an answer, nothing more. since, quiet_at: listening since, and until
    when unless words come. came: sound did, since then or since an utterance. flows: it streams since a wake word.
    unasked: it streams without one. cut_at: the stream stopped, and nothing came until then. rest_at: the service has
    the word; when to let it go although nothing more was said.
    """

    playing: tuple[float, ...] = ()
    listens: bool = False
    last: bool = False
    since: float | None = None
    quiet_at: float = 0.0
    came: bool = False
    flows: bool = False
    unasked: bool = False
    woken_at: float | None = None
    cut_at: float | None = None
    rest_at: float | None = None

    @property
    def open(self) -> bool:
        """Whether sound that comes now is listened to."""
        return self.since is not None

    @property
    def due(self) -> float | None:
        """When `passed` has something to do, if nothing happens before."""
        times = [self.cut_at, self.rest_at, self.playing[0] if self.playing else None]
        if self.since is not None:
            times += [self.quiet_at, self.since + LONGEST_S]
        return min((time for time in times if time is not None), default=None)


Step = tuple[Microphone, tuple[Order, ...]]


def said(state: Microphone, until: float, *, listen: bool, last: bool) -> Step:
    """A sentence is on its way: what was being said ends here. until: when it will have been played at the latest."""
    closed = replace(state, since=None, cut_at=None, rest_at=None)
    return replace(closed, playing=(*state.playing, until), listens=listen, last=last), _hush(state)


def sent(state: Microphone, until: float) -> Microphone:
    """The last sentence has been handed over as a whole: now it is known until when it plays."""
    return replace(state, playing=(*state.playing[:-1], until)) if state.playing else state


def played(state: Microphone, now: float) -> Step:
    """The satellite has played a sentence."""
    if not state.playing:
        return state, ()
    left = replace(state, playing=state.playing[1:])
    if left.playing:
        return left, ()
    if left.last:
        return _shut(replace(left, last=False))
    if left.open:
        return left, ()
    return _listening(left, now) if left.listens else (replace(left, rest_at=now + THINKING_S), ())


def woken(state: Microphone, now: float) -> Step:
    """The wake word was said, or a button pressed on the satellite; its sound follows."""
    again = state.woken_at is not None and now - state.woken_at < _SAME_WAKE_S
    flowing = replace(state, flows=True, woken_at=now)
    if again or (state.open and state.rest_at is None):
        return flowing, ()
    asked = bool(state.playing) and state.listens and not state.last
    return replace(_opened(flowing, now), last=False), () if asked else (Order.TALK,)


def spoken_into(state: Microphone, now: float) -> Microphone:
    """Somebody speaks into the question that is played: it is listened to at once."""
    asked = bool(state.playing) and state.listens and not state.last and not state.open
    return _opened(state, now) if asked else state


def unasked(state: Microphone) -> Step:
    """The satellite streams by itself: it has no wake word."""
    alone = replace(state, unasked=True)
    return (alone, ()) if alone.open else (alone, (Order.SHUT,))


def sound(state: Microphone) -> Microphone:
    """A piece of sound that is listened to."""
    return replace(state, came=True, cut_at=None)


def words(state: Microphone, now: float) -> Microphone:
    """Somebody is speaking."""
    return replace(state, quiet_at=now + QUIET_S, rest_at=None) if state.open else state


def heard(state: Microphone, text: str, now: float) -> Microphone:
    """An utterance was heard: the service has the word, and what is said until it speaks is listened to all the same.
    One without words, such as a cough, changes nothing."""
    return replace(_opened(state, now), rest_at=now + THINKING_S) if state.open and text else state


def stopped(state: Microphone, now: float) -> Microphone:
    """The satellite stopped streaming; one that listens for speech by itself may go on at once."""
    return replace(state, cut_at=now + _CUT_S) if state.open and state.came else state


def passed(state: Microphone, now: float) -> Step:
    """Time has passed."""
    if state.playing and state.playing[0] <= now:
        return played(state, now)
    if state.cut_at is not None and state.cut_at <= now:
        return replace(state, cut_at=None), (Order.HUSH,)
    if state.rest_at is not None and state.rest_at <= now:
        rested, orders = _shut(state)
        return rested, (*_hush(state), *orders)
    if state.since is not None and min(state.quiet_at, state.since + LONGEST_S) <= now:
        closed, orders = _shut(state)
        return closed, (Order.END, *orders) if state.came else orders
    return state, ()


def _listening(state: Microphone, now: float) -> Step:
    return _opened(state, now), (Order.OPEN,)


def _opened(state: Microphone, now: float) -> Microphone:
    return replace(state, since=now, quiet_at=now + QUIET_S, came=False, cut_at=None, rest_at=None)


def _hush(state: Microphone) -> tuple[Order, ...]:
    """Ends what is just being said, where something may be."""
    return (Order.HUSH,) if state.open and state.came else ()


def _shut(state: Microphone) -> Step:
    closed = replace(state, since=None, cut_at=None, rest_at=None, flows=False, listens=False, woken_at=None)
    return closed, (Order.SHUT,) if state.flows or state.unasked else ()
