"""What a coordinator puts right: one line of the training corpus each, none lost, none half."""

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from speech.meaning import RISKS, TOPICS, Meaning, RiskLevel, Sentiment
from speech.training import corpus
from speech.understanding.corrections import append, holds_number, line_of
from speech.understanding.judging import completed


def read_back(path: Path, prompt: str, text: str, meaning: Meaning) -> corpus.Answer:
    """One correction, kept and read as the training reads it."""
    append(path, line_of(prompt, text, meaning))
    return corpus.read(path)[-1]


def test_a_line_is_five_fields_parted_by_tabs() -> None:
    meant = Meaning(Sentiment.NEGATIVE, {"meal": "skipped", "mood": "low"}, {"starvation": RiskLevel.URGENT})
    line = line_of("식사는 좀 하셨어요?", "통 못 먹었어", meant)
    assert line == "식사는 좀 하셨어요?\t통 못 먹었어\tnegative\tmeal=skipped,mood=low\tstarvation=urgent"
    assert line_of("", "네", Meaning()) == "\t네\tneutral\t\t"


@pytest.mark.parametrize("parted", ["\t", "\n", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u2029"])
def test_whatever_parts_lines_becomes_a_space(tmp_path: Path, parted: str) -> None:
    found = read_back(tmp_path / "c.tsv", f"잘{parted}주무셨어요?", f"응{parted}{parted}잘 잤어{parted}", Meaning())
    assert (found.prompt, found.text) == ("잘 주무셨어요?", "응 잘 잤어")


def test_every_label_there_is_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "c.tsv"
    for topic, states in TOPICS.items():
        for state in states:
            assert read_back(path, "", "말", Meaning(topics={topic: state})).topics == {topic: state}
    for kind in RISKS:
        for level in RiskLevel:
            assert read_back(path, "", "말", Meaning(risks={kind: level})).risks == {kind: level}


@pytest.mark.parametrize(
    ("kind", "topic", "state"),
    [
        ("fall", "health", "complaint"),
        ("symptom", "health", "complaint"),
        ("self_harm", "mood", "low"),
        ("help_call", "request", "present"),
    ],
)
def test_what_a_risk_carries_is_completed(kind: str, topic: str, state: str) -> None:
    meant = completed(Meaning(Sentiment.POSITIVE, {"health": "fine", "mood": "good"}, {kind: RiskLevel.URGENT}))
    assert meant.sentiment is Sentiment.NEGATIVE
    assert meant.topics[topic] == state


def test_what_carries_nothing_stays_as_it_was_said() -> None:
    meant = Meaning(Sentiment.POSITIVE, {"mood": "good", "meal": "eaten"})
    assert completed(meant).topics == {"meal": "eaten", "mood": "good"}
    fire = completed(Meaning(Sentiment.NEUTRAL, {}, {"fire_gas": RiskLevel.EMERGENCY}))
    assert (fire.sentiment, fire.topics) == (Sentiment.NEGATIVE, {})


@pytest.mark.parametrize(
    "text",
    [
        "010-1234-5678로 걸어",
        "01012345678",
        "02) 123-4567",
        "번호는 010 1234 5678",
        "410101-2345678",
        "123-4567",
        "1588-1234",
        "1588 1234로 전화해",
        "9001011234567",
        "900101 1234567",
        "+82 10 1234 5678",
        "+82 (0)10.1234.5678",
        "821012345678",
        "010–1234–5678",
        "공일공 말고 1 2 3 4 5 6 7 8",
    ],
)
def test_numbers_that_name_somebody_are_seen(text: str) -> None:
    assert holds_number(text)


@pytest.mark.parametrize(
    "text",
    [
        "혈압이 120에 80이야",
        "130에 80, 당은 140",
        "120 80 나왔어",
        "119 불러 줘",
        "1941년생",
        "10-20분쯤",
        "2026년 11월 22일",
        "두 시에 30분 걸었어",
    ],
)
def test_other_numbers_are_not(text: str) -> None:
    assert not holds_number(text)


def test_many_at_once_lose_nothing(tmp_path: Path) -> None:
    path, texts = tmp_path / "new folder" / "c.tsv", [f"{n} " + "긴 말 " * 100 for n in range(60)]
    with ThreadPoolExecutor(8) as coordinators:
        list(coordinators.map(lambda text: append(path, line_of("", text, Meaning())), texts))
    assert sorted(answer.text for answer in corpus.read(path)) == sorted(text.strip() for text in texts)


def test_a_full_disk_leaves_no_half_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, write = tmp_path / "c.tsv", os.write
    append(path, line_of("", "먼저", Meaning()))
    monkeypatch.setattr(os, "write", lambda file, data: write(file, data[:5]))
    with pytest.raises(OSError, match=os.strerror(errno.ENOSPC)):
        append(path, line_of("", "나중", Meaning()))
    monkeypatch.undo()
    append(path, line_of("", "다시", Meaning()))
    assert [answer.text for answer in corpus.read(path)] == ["먼저", "다시"]


def test_a_last_line_that_a_hand_left_open_is_ended_first(tmp_path: Path) -> None:
    path = tmp_path / "c.tsv"
    path.write_text(f"{line_of('', '먼저', Meaning())}\n\n{line_of('', '손으로', Meaning())}", encoding="utf-8")
    for text in ("나중", "끝"):
        append(path, line_of("", text, Meaning()))
    assert [answer.text for answer in corpus.read(path)] == ["먼저", "손으로", "나중", "끝"]
    assert path.read_bytes().count(b"\n") == 5


def test_the_folder_is_on_the_disk_once_it_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[Path] = []
    monkeypatch.setattr(os, "fsync", lambda file: kept.append(Path(f"/dev/fd/{file}").resolve()))
    for text in ("먼저", "나중"):
        append(tmp_path / "c.tsv", line_of("", text, Meaning()))
    assert kept == [tmp_path / "c.tsv", tmp_path, tmp_path / "c.tsv"]


def test_nobody_else_on_the_machine_reads_it(tmp_path: Path) -> None:
    append(tmp_path / "c.tsv", line_of("", "말", Meaning()))
    assert (tmp_path / "c.tsv").stat().st_mode & 0o777 == 0o600
