"""JSON Lines in, JSON Lines out: one answer for every line, in order, each written as soon as it is known."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO

import structlog

import prompts
from speech.meaning import Meaning, Understand
from speech.understanding import reader

log = structlog.get_logger(__name__)


class BadLine(ValueError):
    """A line that says no utterance; the message is for the person who sent it, `field` is what is wrong."""

    def __init__(self, message: str, ref: Any = None) -> None:
        super().__init__(message)
        self.ref = ref


@dataclass(frozen=True)
class _Utterance:
    ref: Any
    text: str
    prompt: str


def run_lines(lines: Iterable[bytes], out: BinaryIO, understand: Understand | None = None, language: str = "ko") -> int:
    """Answers every line, blank and bad ones too: `{"id", "error", "line"}`. Returns how many were bad.

    Stops quietly when the reader of `out` has gone.
    """
    understand = understand or reader.load(language).read
    words = prompts.load(language)
    bad = 0
    for number, raw in enumerate(lines, 1):
        answer = _answer(raw, number, understand, words)
        bad += "error" in answer
        try:
            out.write(_encoded(answer))
            out.flush()
        except BrokenPipeError:
            break
    return bad


def _answer(raw: bytes, number: int, understand: Understand, words: prompts.Words) -> dict[str, Any]:
    try:
        said = _parsed(raw, number, words)
    except BadLine as fault:
        return {"id": fault.ref, "error": str(fault), "line": number}
    try:
        return {"id": said.ref, **stated(understand(said.text, said.prompt))}
    except Exception:
        log.exception("understand_failed", line=number)
        return {"id": said.ref, "error": words.text("understand.failed", line=number), "line": number}


def stated(meaning: Meaning) -> dict[str, Any]:
    """The three parts of a meaning, as the contract writes them."""
    risks = {kind: level.value for kind, level in meaning.risks.items()}
    return {"sentiment": meaning.sentiment.value, "topics": dict(meaning.topics), "risks": risks}


def _parsed(raw: bytes, number: int, words: prompts.Words) -> _Utterance:
    def bad(key: str, ref: Any = None, **values: object) -> BadLine:
        return BadLine(words.text(f"understand.{key}", line=number, **values), ref)

    try:
        text = raw.decode("utf-8-sig" if number == 1 else "utf-8").strip()
    except UnicodeDecodeError as fault:
        raise bad("encoding") from fault
    if not text:
        raise bad("empty")
    found = _json(text, bad)
    if not isinstance(found, dict):
        raise bad("object")
    return _utterance(found, bad)


def _json(text: str, bad: Any) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as fault:
        raise bad("json", column=fault.colno, fault=fault.msg) from fault
    except (RecursionError, ValueError) as fault:  # too deep, or a number of thousands of digits
        raise bad("deep") from fault


def _utterance(found: dict[str, Any], bad: Any) -> _Utterance:
    ref = found.get("id")
    ref = ref if isinstance(ref, str | int | float) else None
    if "text" not in found:
        raise bad("missing", ref)
    prompt = found.get("prompt")
    for field, value in (("text", found["text"]), ("prompt", "" if prompt is None else prompt)):
        if not isinstance(value, str):
            raise bad("type", ref, field=field)
    return _Utterance(ref, found["text"], prompt or "")


def _encoded(answer: dict[str, Any]) -> bytes:
    try:
        return (json.dumps(answer, ensure_ascii=False, allow_nan=False) + "\n").encode()
    except (UnicodeEncodeError, ValueError):  # a half character or a NaN as id
        ref = answer["id"] if isinstance(answer["id"], str) else None
        return (json.dumps({**answer, "id": ref}) + "\n").encode()
