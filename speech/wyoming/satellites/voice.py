"""What a satellite says, as sound."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

#: an address of a sound, as `say` carries it → its WAV file; None where there is none.
SoundAt = Callable[[str], Awaitable[bytes | None]]
#: a sentence → its WAV file; None where no voice can be made.
Speak = Callable[[str], Awaitable[bytes | None]]


@dataclass(frozen=True)
class Voice:
    """How a satellite speaks. spoken: what is said aloud when an error is to be told, by its code; others are not."""

    sound_at: SoundAt
    speak: Speak
    spoken: Mapping[str, str]
