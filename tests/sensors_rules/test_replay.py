"""The replay verb: what goes in, what comes out, and what is refused with its line."""

import gzip
import io
import json
import lzma
from pathlib import Path

import pytest

from prompts import load
from sensors.replay import run
from tests.sensors_rules.home import at, ordinary_day, reading, weeks

HEADER = "home,device,kind,at,value\n"


def rows() -> str:
    """Three weeks of one home, then silence while another goes on, and a gas alarm."""
    story = [*weeks("home-1"), *ordinary_day("home-1", 21, to="10:00"), *weeks("home-2", 23)]
    story.append(reading("home-2", "gas_1", "gas", at(21, "09:30")))
    story.sort(key=lambda one: one.at)
    return HEADER + "".join(f"{r.home},{r.device},{r.kind},{r.at.isoformat()},{r.value}\n" for r in story)


def replay(path: Path, town: Path | None = None) -> tuple[int, list[dict[str, object]], str]:
    out, err = io.StringIO(), io.StringIO()
    code = run(path, town, load("ko"), out, err)
    return code, [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue()


def test_a_file_is_replayed_in_time_order_with_only_what_was_known_by_then(tmp_path: Path) -> None:
    path = tmp_path / "readings.csv"
    path.write_text(rows())
    code, lines, err = replay(path)
    assert code == 0
    assert "readings, up to" in err
    moments = [str(line["at"]) for line in lines]
    assert moments == sorted(moments)
    silent = [line for line in lines if line["sign"] == "silence" and str(line["at"]) > "2026-01-26"]
    assert [(line["home"], line["level"], line["since"]) for line in silent[:2]] == [
        ("home-1", "check", "2026-01-26T09:59:00+09:00"),
        ("home-1", "urgent", "2026-01-26T09:59:00+09:00"),
    ]
    for line in silent[:2]:
        assert isinstance(line["expected_min"], int)
        assert "움직임이 없습니다" in str(line["reasons"])
    gas = [line for line in lines if line["sign"] == "gas"]
    assert [(line["home"], line["device"], line["level"], line["at"]) for line in gas] == [
        ("home-2", "gas_1", "emergency", "2026-01-26T09:30:00+09:00")
    ]


def test_what_comes_later_changes_nothing_that_was_said_before(tmp_path: Path) -> None:
    whole, part = tmp_path / "whole.csv", tmp_path / "part.csv"
    text = rows().splitlines(keepends=True)
    whole.write_text("".join(text))
    part.write_text("".join(text[: len(text) * 2 // 3]))
    _, all_lines, _ = replay(whole)
    _, some, _ = replay(part)
    assert some
    assert all_lines[: len(some)] == some


def test_packed_or_plain_it_says_the_same_twice(tmp_path: Path) -> None:
    plain, packed, squeezed = (tmp_path / f"readings.csv{end}" for end in ("", ".gz", ".xz"))
    plain.write_text(rows())
    packed.write_bytes(gzip.compress(rows().encode()))
    squeezed.write_bytes(lzma.compress(rows().encode()))
    first = replay(plain)
    assert first[1] == replay(plain)[1] == replay(packed)[1] == replay(squeezed)[1]


def test_a_town_file_says_which_room_a_device_stands_in(tmp_path: Path) -> None:
    readings, town = tmp_path / "readings.csv", tmp_path / "town.json"
    readings.write_text(rows())
    town.write_text(
        json.dumps({"devices": [{"home": "home-1", "device": "bedroom", "kind": "motion", "room": "bedroom"}]})
    )
    assert replay(readings, town)[0] == 0
    town.write_text("{")
    code, lines, err = replay(readings, town)
    assert (code, lines, err.count("\n")) == (1, [], 1)


GOOD = "home-1,kitchen,motion,2026-01-05T09:00:00+09:00,1\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "line 1: the header"),
        ("home,device,kind,at\n", "line 1: the header"),
        (HEADER + GOOD + "home-1,kitchen,motion,2026-01-05T08:59:59+09:00,1\n", "line 3: at: earlier"),
        (HEADER + GOOD + "home-1,kitchen,motion\n", "line 3: 3 fields"),
        (HEADER + GOOD + "home-1,kitchen,motion,yesterday,1\n", "line 3: at: 'yesterday'"),
        (HEADER + GOOD + "home-1,kitchen,motion,2026-01-05T09:30:00,1\n", "line 3: at: '2026-01-05T09:30:00' has no"),
        (HEADER + GOOD + "home-1,kitchen,motion,2026-01-05T09:30:00+09:00,nan\n", "line 3: value: 'nan'"),
        (HEADER + GOOD + "home-1,kitchen,motion,2026-01-05T09:30:00+09:00,much\n", "line 3: value: 'much'"),
        (HEADER + GOOD + "home-1,kitchen,mood,2026-01-05T09:30:00+09:00,1\n", "line 3: kind: 'mood'"),
        (HEADER + GOOD + ",kitchen,motion,2026-01-05T09:30:00+09:00,1\n", "line 3: home: must be"),
        (HEADER + GOOD + "home-1,a\x00b,motion,2026-01-05T09:30:00+09:00,1\n", "line 3: "),
        (HEADER + GOOD + 'home-1,"kitchen,motion,2026-01-05T09:30:00+09:00,1\n', "not a CSV file"),
    ],
)
def test_a_bad_file_is_refused_with_line_and_field(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "readings.csv"
    path.write_text(text)
    code, _, err = replay(path)
    assert code == 1
    assert err.count("\n") == 1
    assert told in err


def test_a_file_that_is_not_what_its_name_says_is_refused(tmp_path: Path) -> None:
    for name, data in (("a.csv.xz", b"plain"), ("a.csv.gz", b"plain"), ("a.csv", b"\xff\xfe\x00"), ("a.txt", b"")):
        (tmp_path / name).write_bytes(data)
        code, lines, err = replay(tmp_path / name)
        assert (code, lines, err.count("\n")) == (1, [], 1)
    code, _, err = replay(tmp_path / "missing.csv")
    assert (code, err.count("\n")) == (1, 1)


def test_an_empty_file_of_readings_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "readings.csv"
    path.write_text(HEADER)
    assert replay(path)[:2] == (0, [])
