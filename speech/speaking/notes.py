"""A voice note made ready to be played at home: checked, as loud as the voice of the house, small. Blocking."""

from speech.hearing.decode import SAMPLE_RATE, BadAudio, NoSound, decode
from speech.kept import Packed, packed
from speech.speaking.levelling import Unfit, levelled
from speech.speaking.voice import to_wav

#: longer is a telephone call.
LONGEST_S = 60
#: of the file as it was sent: a minute at any usual quality.
MAX_BYTES = 8 * 2**20
#: recorders round up; and a click on the button is no note.
_SLACK_S, _LEAST_S = 1.0, 0.5


def noted(audio: bytes) -> Packed:
    """A note in any format we know. Raises TooLong, and BadAudio for what is broken, cut off or silent."""
    sound = decode(audio, max_bytes=MAX_BYTES, max_seconds=LONGEST_S + _SLACK_S)
    if not sound.complete:
        raise BadAudio("the note breaks off before its end")
    if sound.seconds < _LEAST_S or not sound.pcm.strip(b"\0"):
        raise NoSound("the note holds no sound")
    return packed(_loud(sound.pcm))


def playable(ogg: bytes) -> bytes:
    """A kept note as a WAV file (PCM16, 16 kHz, mono), as every speaker plays it."""
    return to_wav(decode(ogg).pcm, SAMPLE_RATE)


def _loud(pcm: bytes) -> bytes:
    """At the loudness of the house; as it is where that cannot be told: a song, a laugh, a noisy street."""
    try:
        return decode(levelled(to_wav(pcm, SAMPLE_RATE), float(LONGEST_S)).wav).pcm
    except Unfit:
        return pcm
