"""The documents say what is: every setting, every verb, the diagrams as they are."""

import re
from pathlib import Path

import pytest

from prompts import load
from residents.town import read_town
from settings import Settings

ROOT = Path(__file__).parents[2]


def test_every_setting_is_documented_and_nothing_else() -> None:
    named = set()
    for row in (ROOT / "docs/settings.md").read_text("utf-8").splitlines():
        if row.startswith("| `"):
            named |= set(re.findall(r"`([A-Z_]+)`", row.split("|")[1]))
    assert named == {name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize(
    "diagram", ["checkins/checkin.mmd", "checkins/talk.mmd", "escalations/escalation.mmd", "escalations/delivery.mmd"]
)
def test_the_page_shows_the_diagrams_as_they_are(diagram: str) -> None:
    assert (ROOT / diagram).read_text("utf-8").strip() in (ROOT / "docs/how-it-works.md").read_text("utf-8")


def test_the_example_town_can_be_imported() -> None:
    town = read_town(ROOT / "docs/town-example.json")
    assert [person.id for person in town.residents] == ["r-001"]


def test_the_words_are_all_readable() -> None:
    words = load("ko")
    assert words.text("escalations.button") == "내가 확인할게요"


def test_no_file_names_a_package_index() -> None:
    tracked = [*ROOT.glob("*.lock"), ROOT / "pyproject.toml", ROOT / "Makefile", *ROOT.glob(".ci/*")]
    forbidden = re.compile(r"--index-url|--extra-index-url|--find-links|p[y]pi\.org")
    assert [file.name for file in tracked if forbidden.search(file.read_text("utf-8"))] == []
