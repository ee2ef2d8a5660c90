"""The ears as the settings have them: which model is missing, and ears at once for a verb of the command line."""

import asyncio
from typing import TextIO

from settings import Settings
from speech.hearing.download import NotFetched
from speech.hearing.ears import Ears
from speech.hearing.fetching import fetch, progress
from speech.hearing.published_model import Published, published


def missing_model(settings: Settings) -> Published | None:
    """The published model, where the settings let it be fetched and it is not there yet."""
    if settings.voice_model is not None or not settings.vosk_fetch:
        return None
    return published(settings.vosk_model_url, settings.published_folder)


def ears_at_once(settings: Settings, told: TextIO) -> Ears:
    """Ears that hear, or whose notice says why not; a missing model is fetched first. Blocking."""
    if (missing := missing_model(settings)) is not None:
        _fetch(missing, told)
    ears = Ears(settings.voice_model)
    ears.load_now()
    return ears


def _fetch(model: Published, told: TextIO) -> None:
    shown = -1

    def tell(there: int, total: int | None) -> None:
        nonlocal shown
        if there // 10**7 > shown:
            shown = there // 10**7
            told.write(f"the voice model: {progress(there, total)}\n")

    try:
        asyncio.run(fetch(model, tell))
    except NotFetched as fault:
        told.write(f"the voice model could not be fetched: {fault}\n")
