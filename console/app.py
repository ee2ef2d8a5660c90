"""The app: one place where routes, shield and errors are put together."""

from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from fastapi import APIRouter, FastAPI
from fastapi.staticfiles import StaticFiles

from console import (
    address_pages,
    api,
    consent_pages,
    device_pages,
    drill_pages,
    duty_pages,
    erasing_pages,
    figure_pages,
    health,
    house_pages,
    manner_pages,
    memory_pages,
    policy_pages,
    problems,
    queue_pages,
    recording_pages,
    resident_pages,
    screening_pages,
    script_pages,
    signin,
    sound_pages,
    threshold_pages,
    understanding_pages,
)
from console.ports import ConsolePorts
from console.render import HERE, Pages
from console.seen import Seen
from console.shield import Shield
from console.turnstile import Turnstile
from speech.speaking.levelling import MAX_BYTES

#: an open queue fetches itself again and again; the same view is audited once in this many real seconds.
_ONE_VIEW_S = 600.0


def create_app(ports: ConsolePorts, routers: Sequence[APIRouter] = ()) -> FastAPI:
    """The control centre's app. `routers`: the speaker's and the bot's, put in by the wiring."""
    app = _bare_app(ports)
    app.state.seen = Seen(_ONE_VIEW_S)
    app.state.turnstile = Turnstile()
    app.state.previews = Turnstile(line=3)
    app.state.tries = Turnstile(line=3)
    homes = (device_pages, threshold_pages, house_pages)
    order = (drill_pages, figure_pages, duty_pages, policy_pages, address_pages)
    pages = (
        queue_pages,
        resident_pages,
        erasing_pages,
        memory_pages,
        screening_pages,
        consent_pages,
        manner_pages,
        sound_pages,
        understanding_pages,
        script_pages,
        recording_pages,
        *homes,
        *order,
    )
    mine = (health, api, signin, *pages)
    for router in (*(module.router for module in mine), *routers):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    return app


def create_watched(ports: ConsolePorts, routers: Sequence[APIRouter] = ()) -> FastAPI:
    """The app of a process without the control centre: health, readiness, figures, and the wiring's routers."""
    app = _bare_app(ports)
    for router in (health.router, *routers):
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=HERE / "static"), name="static")
    return app


def _bare_app(ports: ConsolePorts) -> FastAPI:
    app = FastAPI(title="Anbu", version=_version(), docs_url=None, redoc_url=None, openapi_url="/openapi.json")
    app.state.ports = ports
    app.state.pages = Pages(ports)
    problems.install(app, signed_out=signin.to_login)
    app.add_middleware(Shield, limit=ports.body_limit, larger={"/recordings/": MAX_BYTES}, secure=ports.secure_cookies)
    return app


def _version() -> str:
    try:
        return version("anbu")
    except PackageNotFoundError:
        return "0.1.0"
