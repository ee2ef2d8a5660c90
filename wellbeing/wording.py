"""The score's reasons in words. Pure; the words are in prompts."""

from collections.abc import Mapping
from dataclasses import replace

from prompts import Words
from wellbeing.score import PartScore, Score, state_of


def worded(score: Score, words: Words, texts: Mapping[str, str]) -> Score:
    """The score with its reasons' sentences. texts: what the signs said, by sign id; missing ones are left out."""
    return replace(score, reasons=tuple(replace(r, text=_sentence(r, words, texts)) for r in score.reasons))


def needed(score: Score) -> list[str]:
    """The signs whose texts `worded` would like: the weightiest one of each part that is not good."""
    return [sign for reason in score.reasons for sign in reason.signs[:1] if state_of(reason.value) != "good"]


def why(score: Score) -> str:
    """The sentence of the part that costs most points."""
    return score.reasons[0].text if score.reasons else ""


def part_name(part: str, words: Words) -> str:
    """A part's name as shown."""
    return words.text(f"wellbeing.part.{part}.name")


def _sentence(reason: PartScore, words: Words, texts: Mapping[str, str]) -> str:
    state = state_of(reason.value)
    said = words.text(f"wellbeing.part.{reason.part}.{state}")
    latest = texts.get(reason.signs[0], "") if reason.signs and state != "good" else ""
    return words.text("wellbeing.reason", state=said, latest=latest).strip()
