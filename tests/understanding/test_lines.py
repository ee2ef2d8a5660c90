"""`main.py understand`: one JSON line out for one line in, whatever comes."""

import io
import json
import os
import threading
from typing import Any

import pytest

from speech.meaning import Meaning
from speech.understanding.lines import run_lines
from tests.understanding.mirror import understand


def answers(*lines: bytes) -> list[dict[str, Any]]:
    out = io.BytesIO()
    run_lines(lines, out, understand())
    return [json.loads(line) for line in out.getvalue().decode().splitlines()]


def line(**fields: object) -> bytes:
    return (json.dumps(fields, ensure_ascii=False) + "\n").encode()


def test_the_form_of_the_contract() -> None:
    said = answers(line(id="u-1", prompt="잘 주무셨어요?", text="아니, 통 못 잤어. 살고 싶지가 않아"))
    topics, risks = {"sleep": "poor", "mood": "low"}, {"self_harm": "urgent"}
    assert said == [{"id": "u-1", "sentiment": "negative", "topics": topics, "risks": risks}]


def test_what_is_not_stated_is_an_empty_object() -> None:
    assert answers(line(id=7, text="여보세요?")) == [{"id": 7, "sentiment": "neutral", "topics": {}, "risks": {}}]


def test_every_line_has_its_answer_in_its_place() -> None:
    said = answers(
        line(id="a", text="네", prompt=None),
        b"\n",
        b"{broken\n",
        b"\xff\xfe\n",
        b"[1, 2]\n",
        line(id="b"),
        line(id="c", text=5),
        line(id="d", text="", prompt=["x"]),
        b"[" * 100_000 + b"\n",
        line(id={"x": 1}, text="네"),
        line(id="z", text="살려줘"),
    )
    assert [a["id"] for a in said] == ["a", None, None, None, None, "b", "c", "d", None, None, "z"]
    assert [a.get("line") for a in said] == [None, 2, 3, 4, 5, 6, 7, 8, 9, None, None]
    assert all(("error" in a) == ("line" in a) for a in said)
    assert said[-1]["risks"] == {"help_call": "emergency"}


STRANGE = ["가나다 " * 250_000, "😀🎉👍", "Hello, how are you?", "\u202e\u200f", "\ud800살려줘", "\x00\x01", "٣٤٥"]


@pytest.mark.parametrize("text", STRANGE)
def test_strange_texts_have_defined_answers(text: str) -> None:
    said = answers((json.dumps({"id": "x", "text": text}) + "\n").encode())
    assert set(said[0]) == {"id", "sentiment", "topics", "risks"}


def test_an_id_of_half_a_character_comes_back() -> None:
    assert answers(b'{"id": "\\ud800", "text": "\\ub124"}\n')[0]["id"] == "\ud800"


def test_an_id_that_is_no_number_is_answered_without_it() -> None:
    assert answers(b'{"id": NaN, "text": "x"}\n')[0]["id"] is None


def test_a_fault_in_the_reader_costs_one_line_only() -> None:
    def reader(text: str, prompt: str) -> Meaning:
        if text == "나쁨":
            raise RuntimeError(prompt)
        return Meaning()

    out = io.BytesIO()
    assert run_lines([line(id=1, text="나쁨"), line(id=2, text="좋음")], out, reader) == 1
    first, second = map(json.loads, out.getvalue().splitlines())
    assert first["id"] == 1
    assert "error" in first
    assert second == {"id": 2, "sentiment": "neutral", "topics": {}, "risks": {}}


def test_each_answer_leaves_before_the_next_line_comes() -> None:
    read_end, write_end = os.pipe()
    lines, answer = os.fdopen(read_end, "rb"), threading.Event()

    class Out(io.BytesIO):
        def flush(self) -> None:
            answer.set()

    worker = threading.Thread(target=run_lines, args=(lines, Out(), understand()))
    worker.start()
    with os.fdopen(write_end, "wb", buffering=0) as home:
        home.write(line(id=1, text="네"))
        assert answer.wait(10)
    worker.join(10)
    lines.close()


def test_a_reader_that_has_gone_ends_it_quietly() -> None:
    class Gone(io.BytesIO):
        def write(self, _: object) -> int:
            raise BrokenPipeError

    assert run_lines([line(id=1, text="네")] * 3, Gone(), understand()) == 0
