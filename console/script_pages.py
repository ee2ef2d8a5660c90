"""The sentences of the talks: read, tried out as they will be heard, changed, put back."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from checkins import scripts
from checkins.scripts import Overtaken
from checkins.wordings import BadWordings
from console import scripts_read
from console.access import Caller
from console.gate import Person, Ports, Shown, address_of, must_act, must_see
from console.ports import ConsolePorts
from console.problems import Problem
from console.render import Pages
from console.say import plain

router = APIRouter(include_in_schema=False)
HERE = "scripts"
#: characters of a sentence tried out, of all wordings together, and of why one was changed.
SPOKEN, WRITTEN, WHY = 400, 6000, 200


@router.get("/scripts")
async def listed(
    caller: Person,
    ports: Ports,
    pages: Shown,
    q: Annotated[str, Query(max_length=60)] = "",
    changed: bool = False,
) -> Response:
    """Every sentence, by section."""
    must_see(caller, HERE)
    facts = await ports.store.aread(scripts_read.listed, ports, pages.say, q.strip(), changed)
    return pages.page("scripts.html", caller, HERE, q=q, changed=changed, **facts)


@router.get("/scripts/sound.wav")
async def sound(
    caller: Person, ports: Ports, text: Annotated[str, Query(max_length=SPOKEN)] = "", slow: bool = False
) -> Response:
    """A sentence as everybody's speaker would say it: recorded where it is, else by the voice of the house."""
    must_see(caller, HERE)
    must_act(caller)
    wav = await ports.speak(plain(text), slow) if text.strip() else None
    if wav is None:
        raise Problem(404, "no-voice", "There is no voice here, or nothing to say.")
    return Response(wav, media_type="audio/wav")


@router.get("/scripts/{key}")
async def one(caller: Person, ports: Ports, pages: Shown, key: str, said: str = "") -> Response:
    """One sentence and what became of it."""
    must_see(caller, HERE)
    return await _page(caller, ports, pages, key, said=said if said == "saved" else "")


@router.post("/scripts/{key}/preview")
async def preview(
    caller: Person, ports: Ports, pages: Shown, key: str, wordings: Annotated[str, Form(max_length=WRITTEN)] = ""
) -> Response:
    """What is being written, as it would be heard; nothing is kept."""
    must_see(caller, HERE)
    must_act(caller)
    standing = await ports.store.aread(scripts_read.standing_of, ports, key)
    facts = scripts_read.preview(ports, pages.say, standing.sentence, written(wordings))
    return pages.page("_script_preview.html", caller, HERE, may_edit=True, **facts)


@router.post("/scripts/{key}")
async def change(
    request: Request,
    caller: Person,
    ports: Ports,
    pages: Shown,
    key: str,
    wordings: Annotated[str, Form(max_length=WRITTEN)] = "",
    seen: Annotated[int, Form()] = 0,
    why: Annotated[str, Form(max_length=WHY)] = "",
    back: Annotated[int | None, Form()] = None,
) -> Response:
    """Say it so from the next talk on. back: as it was after this change instead, 0 for as shipped."""
    _must_edit(caller, ports, key)
    reason, text = " ".join(plain(why).split()), written(wordings)
    if back is None and not reason:
        return await _page(caller, ports, pages, key, 422, text=wordings, why=why, refused="why")
    try:
        args = (ports, pages, caller, key, text, seen, reason, back, address_of(request))
        await ports.store.awrite(_change, *args)
    except BadWordings:
        return await _page(caller, ports, pages, key, 422, text=wordings, why=why, refused="faults")
    except Overtaken:
        return await _page(caller, ports, pages, key, 409, text=wordings, why=why, refused="overtaken")
    return RedirectResponse(f"/scripts/{key}?said=saved", 303)


def written(text: str) -> list[str]:
    """One wording a line, without what cannot be seen."""
    return [line for part in text.splitlines() if (line := " ".join(plain(part).split()))]


def _must_edit(caller: Caller, ports: ConsolePorts, key: str) -> None:
    must_see(caller, HERE)
    must_act(caller)
    if not scripts_read.may_edit(caller, scripts.rules(ports.words), key):
        raise Problem(403, "for-supervisors", "A supervisor changes this sentence.")


def _change(
    tx: Session,
    ports: ConsolePorts,
    pages: Pages,
    caller: Caller,
    key: str,
    wordings: list[str],
    seen: int,
    why: str,
    back: int | None,
    where: str,
) -> None:
    scripts_read.standing_of(tx, ports, key)
    tx.info["where"] = where
    if back is not None:
        then = next((made for made in scripts.history(tx, key) if made.number == back), None)
        if back and then is None:
            raise Problem(404, "no-such-change", "There is no such change of this sentence.")
        wordings, why = list(then.wordings) if then else [], why or pages.say.t("scripts.put_back_why")
    elif not wordings:
        raise BadWordings(())  # an empty form is no wish for the shipped text
    scripts.change(tx, ports.words, key, wordings, seen, why, caller.id, ports.clock.now())


async def _page(
    caller: Caller, ports: ConsolePorts, pages: Pages, key: str, status: int = 200, /, **told: Any
) -> Response:
    facts = await ports.store.aread(scripts_read.one, ports, pages.say, caller, key)
    if "text" in told:  # what was written is not lost, and shown with what stands against it
        facts |= scripts_read.preview(ports, pages.say, facts["one"].sentence, written(told["text"]))
    around = {"said": "", "refused": "", "why": "", "why_limit": WHY, "limit": WRITTEN}
    return pages.page("script.html", caller, HERE, status, **(around | facts | told))
