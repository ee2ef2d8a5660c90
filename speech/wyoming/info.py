"""What the service says about itself to a Wyoming client such as Home Assistant."""

from wyoming.info import AsrModel, AsrProgram, Attribution, Info, TtsProgram, TtsVoice

LANGUAGES = ["ko"]
_VERSION = "0.1.0"
_HEARING = Attribution("Alpha Cephei", "https://alphacephei.com/vosk/")
_SPEAKING = Attribution("eSpeak NG", "https://github.com/espeak-ng/espeak-ng")


def info(hears: bool) -> Info:
    """Speech to text and text to speech in Korean. hears: whether speech can be recognised, now or in a moment."""
    return Info(asr=[_hearing(hears)], tts=[_speaking()])


def _hearing(installed: bool) -> AsrProgram:
    model = AsrModel(
        "ko", attribution=_HEARING, installed=installed, description="Korean", version=None, languages=LANGUAGES
    )
    return AsrProgram(
        "anbu",
        attribution=_HEARING,
        installed=installed,
        description="Anbu speech-to-text",
        version=_VERSION,
        models=[model],
    )


def _speaking() -> TtsProgram:
    voice = TtsVoice(
        "ko", attribution=_SPEAKING, installed=True, description="Korean", version=None, languages=LANGUAGES
    )
    return TtsProgram(
        "anbu",
        attribution=_SPEAKING,
        installed=True,
        description="Anbu text-to-speech",
        version=_VERSION,
        voices=[voice],
    )
