"""Recording the script's sentences in a real voice: listen, record or upload, delete."""

import asyncio
import json
from typing import Annotated
from urllib.parse import unquote, urlencode

import structlog
from fastapi import APIRouter, Form, Path, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from console import recordings_read, residents_read
from console.access import Caller
from console.gate import Person, Ports, Shown, address_of, must_act, must_see, note
from console.ports import ConsolePorts
from console.problems import Problem
from console.recordings_read import Row
from console.render import Pages
from console.say import plain
from speech.speaking.levelling import Fault, Levelled, Unfit, levelled
from speech.speaking.recordings import EVERYBODY, MAX_SECONDS, Recorded

log = structlog.get_logger(__name__)
router = APIRouter(include_in_schema=False)
HERE = "recordings"
#: characters of "whose voice is it".
VOICE_LIMIT = 60
#: the header that says whose voice it is, percent-encoded.
VOICE_HEADER = "x-voice"
_JS_WORDS = (
    *("stop", "seconds", "no_voice", "no_microphone", "no_microphone_here", "no_permission"),
    *("too_large", "failed", "lost"),
)
Whom = Annotated[str, Query(max_length=200)]
Sentence = Annotated[str, Path(pattern="^[0-9a-f]{64}$")]


@router.get("/recordings")
async def recordings(
    request: Request, caller: Person, ports: Ports, pages: Shown, resident: Whom = EVERYBODY, said: str = ""
) -> Response:
    """Every sentence of the script, for everybody or for one resident."""
    must_see(caller, HERE)
    facts = await ports.store.aread(recordings_read.page, ports, caller, resident)
    if resident:
        await note(request, caller, "viewed recordings", resident)
    notice = {"tone": "good", "title": pages.say.t("recordings.cleared"), "text": ""} if said == "cleared" else None
    may_change = caller.may_act and (resident != EVERYBODY or caller.may_act_for_all)
    around = {
        "may_change": may_change,
        "max_seconds": int(MAX_SECONDS),
        "voice_limit": VOICE_LIMIT,
        "js": _js_words(pages),
        "notice": notice,
    }
    return pages.page("recordings.html", caller, HERE, **around, **facts)


@router.get("/recordings/{id}.wav")
async def listen(request: Request, caller: Person, ports: Ports, id: Sentence) -> Response:
    """One recording."""
    must_see(caller, HERE)
    found, wav = await ports.store.aread(_sound, ports, caller, id)
    await note(request, caller, "recording heard", found.resident, recording=id[:12])
    return Response(wav, media_type="audio/wav")


@router.post("/recordings/{sentence}")
async def record(
    request: Request, caller: Person, ports: Ports, pages: Shown, sentence: Sentence, resident: Whom = EVERYBODY
) -> Response:
    """A sound file as the request's body becomes the sentence's recording; the sentence's new row is the answer."""
    _must_change(caller, resident)
    voice = " ".join(plain(unquote(request.headers.get(VOICE_HEADER, ""))).split())[:VOICE_LIMIT]
    if not voice:
        raise _refused(pages, "no_voice")
    row = await _row(ports, caller, resident, sentence)
    audio = await request.body()
    try:
        sound = await asyncio.to_thread(levelled, audio, MAX_SECONDS)
    except Unfit as unfit:
        raise _refused(pages, unfit.fault.value) from None
    kept = await ports.store.awrite(_keep, ports, caller, resident, row.text, voice, sound, address_of(request))
    return _shown(pages, caller, resident, Row(sentence, row.text, kept, row.shared))


@router.post("/recordings/{sentence}/delete")
async def delete(
    request: Request, caller: Person, ports: Ports, pages: Shown, sentence: Sentence, resident: Whom = EVERYBODY
) -> Response:
    """The voice of the house says this sentence again; its new row is the answer, nothing where it is not in use."""
    _must_change(caller, resident)
    await ports.store.awrite(_delete, ports, caller, resident, sentence, address_of(request))
    try:
        row = await _row(ports, caller, resident, sentence)
    except Problem:
        return Response("", media_type="text/html")
    return _shown(pages, caller, resident, row)


@router.post("/recordings")
async def clear(
    request: Request, caller: Person, ports: Ports, resident: Annotated[str, Form(max_length=200)] = EVERYBODY
) -> Response:
    """Whose voice it is does not want it any more: all recordings for a resident, or for everybody, are deleted."""
    _must_change(caller, resident)
    await ports.store.awrite(_delete, ports, caller, resident, None, address_of(request))
    return RedirectResponse(f"/recordings?{urlencode({'resident': resident, 'said': 'cleared'})}", 303)


def _must_change(caller: Caller, resident: str) -> None:
    """Raise 403 for who only reads, and where everybody would hear it. Whose residents are whose is looked up later."""
    must_see(caller, HERE)
    must_act(caller)
    if resident == EVERYBODY and not caller.may_act_for_all:
        raise Problem(403, "not-for-everybody", "This role records for single residents only.")


async def _row(ports: ConsolePorts, caller: Caller, resident: str, sentence: str) -> Row:
    row = await ports.store.aread(recordings_read.row_of, ports, caller, resident, sentence)
    if row is None:
        raise Problem(404, "no-such-sentence", "The script has no such sentence.")
    return row


def _js_words(pages: Pages) -> str:
    """What the script in the page writes by itself."""
    return json.dumps({name: pages.say.t(f"recordings.js.{name}") for name in _JS_WORDS}, ensure_ascii=False)


def _shown(pages: Pages, caller: Caller, resident: str, row: Row) -> Response:
    return pages.page("_recording.html", caller, HERE, row=row, resident=resident, may_change=True)


def _refused(pages: Pages, fault: str) -> Problem:
    status = 413 if fault == Fault.TOO_LONG.value else 422
    said = pages.say.t(f"recordings.fault.{fault}", seconds=int(MAX_SECONDS))
    return Problem(status, fault.replace("_", "-"), "The recording cannot be used.", said=said)


def _sound(tx: Session, ports: ConsolePorts, caller: Caller, id: str) -> tuple[Recorded, bytes]:
    found, wav = ports.recordings.one(tx, id), ports.recordings.sound(tx, id)
    if found is None or wav is None:
        raise Problem(404, "no-such-recording", "There is no such recording.")
    if found.resident:
        residents_read.resident_of(tx, caller, found.resident)
    return found, wav


def _keep(
    tx: Session, ports: ConsolePorts, caller: Caller, resident: str, text: str, voice: str, sound: Levelled, where: str
) -> Recorded:
    tx.info["where"] = where
    now = ports.clock.now()
    return ports.recordings.keep(tx, resident, text, voice, sound.wav, sound.seconds, caller.id, now)


def _delete(tx: Session, ports: ConsolePorts, caller: Caller, resident: str, sentence: str | None, where: str) -> None:
    """sentence: None for all of them."""
    if resident:
        residents_read.resident_of(tx, caller, resident)
    tx.info["where"] = where
    found = [r.id for r in ports.recordings.of(tx, resident) if sentence in (None, r.sentence)]
    ports.recordings.delete(tx, found, caller.id, ports.clock.now())
