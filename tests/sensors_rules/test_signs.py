"""Findings become signs: the same one the same id, every one with words, and nothing said that is not in the words."""

import json
import re
from pathlib import Path

from prompts import load
from residents.sign import Level, Source
from sensors.finding import CHECK, Finding, to_sign
from tests.sensors_rules.home import at, ordinary_day, play, weeks

WORDS = load("ko")


def silence() -> Finding:
    story = [*weeks("home-1"), *ordinary_day("home-1", 21, to="10:00")]
    return next(one for one in play(story, at(22, "12:00")) if one.level == "urgent" and one.at > at(21, "00:00"))


def test_a_silence_becomes_an_urgent_sign_with_its_evidence() -> None:
    sign = to_sign(silence(), "r-1", WORDS)
    assert (sign.kind, sign.level, sign.source, sign.home, sign.resident) == (
        "silence",
        Level.URGENT,
        Source.SENSOR,
        "home-1",
        "r-1",
    )
    assert sign.rule == "silence@2"
    assert sign.evidence["since"] == "2026-01-26T09:59:00+09:00"
    assert sign.text.endswith("움직이셨습니다.")
    json.dumps(dict(sign.evidence))


def test_the_same_finding_is_the_same_sign_and_another_resident_another() -> None:
    assert to_sign(silence(), "r-1", WORDS).id == to_sign(silence(), "r-1", WORDS).id
    assert to_sign(silence(), "r-1", WORDS).id != to_sign(silence(), "r-2", WORDS).id


def test_a_check_opens_no_escalation() -> None:
    finding = Finding(at(0, "10:00"), "home-1", "silence", CHECK, "silence@2", since=at(0, "07:00"))
    assert to_sign(finding, "r-1", WORDS).level is None


def test_every_reason_a_rule_can_give_has_its_sentence() -> None:
    there = set(WORDS.data("sensors.reasons"))
    for file in (Path(__file__).parents[2] / "sensors").glob("*.py"):
        for key in re.findall(r'Reason\(\s*"(\w+)"', file.read_text()):
            assert key in there, (file.name, key)
