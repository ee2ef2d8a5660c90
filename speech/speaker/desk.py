"""What every speaker's connection of a process shares."""

from collections.abc import Callable
from dataclasses import dataclass, field

from speech.hearing.aside import Aside
from speech.hearing.ears import Ears
from speech.hearing.grammar import Grammars
from speech.hearing.vad import Endings
from speech.speaker.limits import Limits
from speech.speaker.places import Places
from speech.speaker.ports import SpeakerPorts


@dataclass(frozen=True)
class Desk:
    """complain: an error code → the message to send. later: what is said to a resident who is put off.

    places: the talks. aside: listens to all who have no talk, so that a cry for help is heard when the process is full,
    and the talks keep their pace.
    """

    ports: SpeakerPorts
    ears: Ears
    endings: Endings
    grammars: Grammars
    limits: Limits
    complain: Callable[[str], dict[str, object]]
    later: str
    places: Places = field(default_factory=Places)
    aside: Aside = field(default_factory=Aside)
