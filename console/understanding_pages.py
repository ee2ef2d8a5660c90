"""Trying what is understood of a sentence, and saying what it really means. Nothing is kept of a mere try."""

import asyncio
import unicodedata
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from console.access import Caller
from console.gate import Person, Ports, Shown, must_act, must_see, note
from console.problems import Problem
from console.render import Pages
from console.say import plain
from console.understood import Unfitting, choices, meant, shown
from speech.meaning import Explained, Meaning
from speech.understanding.corrections import holds_number, line_of

log = structlog.get_logger(__name__)
router = APIRouter(include_in_schema=False)
HERE = "understanding"
#: characters of a question, and of an answer.
LIMIT = 500
#: questions of the talks' script to pick from; "own" stands for one that is written by hand.
_EXAMPLES = ("how", "sleep", "meals", "health", "medicine", "mood", "outing", "people", "wishes")
_OWN = "own"
Written = Annotated[str, Form()]


@router.get("/understanding")
async def understanding(caller: Person, pages: Shown, said: str = "") -> Response:
    """The empty form."""
    must_see(caller, HERE)
    return _page(pages, caller, notice=_notice(pages, "good", "sent") if said == "sent" else None)


@router.post("/understanding")
async def tried(
    caller: Person, ports: Ports, pages: Shown, asked: Written = "", question: Written = "", text: Written = ""
) -> Response:
    """What is understood of an answer, and why."""
    must_see(caller, HERE)
    prompt, answer = _examples(pages).get(asked) or (_tidy(question) if asked == _OWN else ""), _tidy(text)
    if fault := _fault(prompt, answer):
        return _page(pages, caller, 422, question=prompt, text=answer, notice=_notice(pages, "urgent", fault))
    explained = await asyncio.to_thread(ports.explain, answer, prompt)
    return _page(pages, caller, question=prompt, text=answer, explained=explained)


@router.post("/understanding/corrections")
async def correct(
    request: Request, caller: Person, ports: Ports, pages: Shown, question: Written = "", text: Written = ""
) -> Response:
    """The form "틀렸어요, 사실은…": one line in the file that the next training takes in."""
    must_see(caller, HERE)
    must_act(caller)
    prompt, answer, meaning = _tidy(question), _tidy(text), await _meant(request)
    fault = _fault(prompt, answer) or ("number" if holds_number(f"{prompt} {answer}") else "")
    if not fault:
        try:
            await asyncio.to_thread(ports.keep_correction, line_of(prompt, answer, meaning))
        except OSError as error:
            log.error("correction not kept", error=type(error).__name__)
            fault = "not_kept"
    if fault:
        status, notice = 503 if fault == "not_kept" else 422, _notice(pages, "urgent", fault)
        return _page(pages, caller, status, question=prompt, text=answer, meaning=meaning, notice=notice)
    await note(request, caller, "understanding corrected")
    return RedirectResponse("/understanding?said=sent", 303)


async def _meant(request: Request) -> Meaning:
    try:
        return meant(await request.form())
    except Unfitting:
        raise Problem(422, "invalid", "The form names a state that there is not.") from None


def _page(
    pages: Pages,
    caller: Caller,
    status: int = 200,
    *,
    question: str = "",
    text: str = "",
    explained: Explained | None = None,
    meaning: Meaning | None = None,
    notice: dict[str, str] | None = None,
) -> Response:
    """explained: what the reader made of it; meaning: what the coordinator had filled in, shown again after a fault."""
    examples, labels = _examples(pages), meaning or (explained.meaning if explained else None)
    facts: dict[str, Any] = {
        "examples": examples,
        "asked": _asked(examples, question),
        "question": question[:LIMIT],
        "text": text[:LIMIT],
        "limit": LIMIT,
        "notice": notice,
        "result": shown(explained, text, pages.ports.checkins.book) if explained else None,
        "choices": choices(labels) if labels and caller.may_act else None,
        "unfold": meaning is not None,
    }
    return pages.page("understanding.html", caller, HERE, status, **facts)


def _examples(pages: Pages) -> dict[str, str]:
    questions = pages.ports.checkins.book.script.questions
    return {key: questions[key].prompts[0] for key in _EXAMPLES}


def _asked(examples: dict[str, str], question: str) -> str:
    """The example that was chosen, "own" for another question, "" for none."""
    return next((key for key, example in examples.items() if example == question), _OWN if question else "")


def _tidy(text: str) -> str:
    """One line in whole syllables, without what cannot be seen or written."""
    whole = unicodedata.normalize("NFC", text.encode("utf-8", "replace").decode())
    return " ".join(plain(whole).split())


def _fault(question: str, text: str) -> str:
    """Why it cannot be taken, by its name in the words; "" where it can."""
    if not text:
        return "empty"
    return "long" if max(len(text), len(question)) > LIMIT else ""


def _notice(pages: Pages, tone: str, what: str) -> dict[str, str]:
    title, detail = (pages.say.t(f"understanding.{what}.{part}", limit=LIMIT) for part in ("title", "text"))
    return {"tone": tone, "title": title, "text": detail}
