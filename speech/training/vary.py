"""One written answer, said in many ways: other endings and dialect words, fillers, and a recogniser's mistakes.

The labels stay: other endings and words never change a negation or a tense. Mishearing spares no word: a sound, a space
or a word said twice may fall on a negation too, as it does with a recogniser.
"""

import random
import re
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import yaml

from speech.training.corpus import FOLDER, Answer

_PUNCTUATION = re.compile(r"[.,!?…~\"'“”‘’]+")
_SENTENCE_END = re.compile(r"(?=[.,!?…~]|$)")
_FIRST, _LAST, _FINALS, _VOWELS = 0xAC00, 0xD7A3, 28, 21
_VOWEL_LETTERS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_FINAL_LETTERS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_SS = _FINAL_LETTERS.index("ㅆ")


@dataclass(frozen=True)
class Ways:
    """What may stand for what; read from `corpus/variation.yaml`."""

    after_ss: list[list[str]]
    closing: list[list[str]]
    words: list[list[str]]
    fillers: list[str]
    vowels: dict[str, str]
    closings: dict[str, str]


@cache
def ways() -> Ways:
    """The ways of saying the same."""
    data: dict[str, Any] = yaml.safe_load((FOLDER / "variation.yaml").read_text(encoding="utf-8"))
    return Ways(
        data["endings"]["after_ss"],
        data["endings"]["closing"],
        data["words"],
        data["fillers"],
        _like(data["vowels"]),
        _like(data["closings"]),
    )


def _like(pairs: list[str]) -> dict[str, str]:
    return {pair[0]: pair[1] for pair in pairs} | {pair[1]: pair[0] for pair in pairs}


def varied(answer: Answer, rng: random.Random) -> Answer:
    """The answer said another way. About one in four comes back as it was."""
    text, prompt = answer.text, answer.prompt
    if rng.random() < 0.25:
        return answer
    if rng.random() < 0.45:
        text = other_ending(text, rng)
    if rng.random() < 0.2:
        text = other_word(text, rng)
    if rng.random() < 0.15:
        text = f"{rng.choice(ways().fillers)}{rng.choice([' ', ', ', '... '])}{text}"
    if rng.random() < 0.35:
        text = misheard(text, rng)
    if len(answer.text) > 14 and rng.random() < 0.12:
        prompt = ""
    if prompt and rng.random() < 0.2:
        prompt = _PUNCTUATION.sub("", prompt)
    return replace(answer, text=text or answer.text, prompt=prompt)


def other_ending(text: str, rng: random.Random) -> str:
    """The last word of one of the sentences, with an ending that means the same."""
    ends = [m.start() for m in _SENTENCE_END.finditer(text) if m.start()]
    if not ends:
        return text
    at = rng.choice(ends)
    head, tail = text[:at], text[at:]
    choices = []
    for group in ways().after_ss:
        for ending in group:
            stem = head.removesuffix(ending)
            if stem != head and stem and _final(stem[-1]) == _SS:
                choices += [stem + other for other in group]
    if not choices:
        for group in ways().closing:
            for ending in sorted(group, key=len, reverse=True):
                if head.endswith(ending) and len(head) > len(ending):
                    choices += [head.removesuffix(ending) + other for other in group]
                    break
    return (rng.choice(choices) if choices else head) + tail


def other_word(text: str, rng: random.Random) -> str:
    """One word as it is said elsewhere in the country."""
    found = [(word, group) for group in ways().words for word in group if f" {word}" in f" {text}"]
    if not found:
        return text
    word, group = rng.choice(found)
    return f" {text}".replace(f" {word}", f" {rng.choice(group)}", 1)[1:]


def misheard(text: str, rng: random.Random) -> str:
    """As a recogniser writes it down: no punctuation, other spaces, a sound taken for a like one."""
    text = " ".join(_PUNCTUATION.sub(" ", text).split())
    letters = []
    joined = rng.choice([0.0, 0.1, 0.3, 1.0]) if rng.random() < 0.5 else 0.0
    wrong = rng.choice([0.0, 0.0, 0.03, 0.06])
    for letter in text:
        if letter == " " and rng.random() < joined:
            continue
        letters.append(_like_sound(letter, rng) if rng.random() < wrong else letter)
        if rng.random() < 0.015:
            letters.append(" ")
    words = "".join(letters).split()
    if len(words) > 2 and rng.random() < 0.1:
        at = rng.randrange(len(words))
        words.insert(at, words[at])
    return " ".join(words)


def _final(letter: str) -> int:
    code = ord(letter)
    return (code - _FIRST) % _FINALS if _FIRST <= code <= _LAST else 0


def _like_sound(letter: str, rng: random.Random) -> str:
    code = ord(letter) - _FIRST
    if not 0 <= code <= _LAST - _FIRST:
        return letter
    first, vowel, final = code // (_VOWELS * _FINALS), code // _FINALS % _VOWELS, code % _FINALS
    if final and rng.random() < 0.5:
        other = ways().closings.get(_FINAL_LETTERS[final])
        final = _FINAL_LETTERS.index(other) if other else final
    else:
        vowel = _VOWEL_LETTERS.index(ways().vowels.get(_VOWEL_LETTERS[vowel], _VOWEL_LETTERS[vowel]))
    return chr(_FIRST + (first * _VOWELS + vowel) * _FINALS + final)
