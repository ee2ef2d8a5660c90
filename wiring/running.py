"""Running the service: each role is started, stopped and looked after here."""

import asyncio
import os
import signal
import socket
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from typing import Any

import structlog
import uvicorn
from fastapi import APIRouter, FastAPI

from errors import Told, Usage
from logs import set_up_logging
from settings import Settings, read_settings
from speech.speaker.websocket import UVICORN as SOCKET_OPTIONS
from store import fault
from store.listen import Listener
from wiring.front_door import FrontDoor
from wiring.house import House, open_house
from wiring.ingesting import Ingesting
from wiring.interpreter import tune
from wiring.messaging import Messaging
from wiring.readiness import Readiness
from wiring.services import make_services
from wiring.sweeping import make_sweeps
from wiring.unsaved import Unsaved
from wiring.voicing import Voicing
from wiring.web import make_app

log = structlog.get_logger(__name__)

ROLES = ("web", "voice", "ingest", "clock", "bot")
#: real seconds open requests get to end.
GRACE_S = 5


def roles_of(text: str) -> frozenset[str]:
    """`all`, or some of the roles, comma-separated. Raises Usage."""
    wanted = {role.strip() for role in text.split(",") if role.strip()}
    if wanted == {"all"}:
        return frozenset(ROLES)
    if not wanted or not wanted <= set(ROLES):
        raise Usage(f"--roles {text}: give all, or some of {','.join(ROLES)}")
    return frozenset(wanted)


def run_service(roles: str = "all") -> None:
    """Run these roles until a signal ends them. Raises Told, BadSetting."""
    wanted, settings = roles_of(roles), read_settings()
    set_up_logging(settings.log_level)
    _arm(os.environ.get("FAULT", ""))
    with open_house(settings) as house:
        asyncio.run(serve(house, wanted))


def _arm(at: str) -> None:
    """FAULT belongs to the fault suite (tests/faults): whoever sets it elsewhere hears of it."""
    try:
        fault.arm(at)
    except ValueError as error:
        raise Usage(str(error)) from None
    if at:
        log.warning("this process will end by itself, as FAULT says", fault=at)


async def serve(house: House, roles: frozenset[str], routers: Sequence[APIRouter] = ()) -> None:
    """Start everything these roles need, serve until asked to stop, and stop in the opposite order."""
    server_socket = _listen(house.settings) if house.settings.http_port else None
    services = make_services(house)
    readiness = Readiness(house)
    tune()
    async with AsyncExitStack() as stack:
        listener = Listener(house.store)
        listener.start()
        stack.callback(listener.stop)
        voicing = Voicing(house, services, readiness) if "voice" in roles else None
        messaging = Messaging(house, services, readiness, roles, voicing)
        unsaved = Unsaved(house, services, messaging.channels)
        if "ingest" in roles:
            await stack.enter_async_context(Ingesting(house, services, readiness, unsaved))
        await stack.enter_async_context(messaging)
        if voicing is not None:
            await stack.enter_async_context(voicing)
        if "clock" in roles:
            sweeps = make_sweeps(house, services)
            readiness.sweeps = sweeps
            sweeps.start()
            stack.callback(sweeps.stop)
        edges = [*routers, *messaging.routers, *([voicing.edge.router] if voicing else [])]
        app = make_app(house, services, readiness, edges, console="web" in roles)
        await _serving_and_warming(_serve(app, server_socket), services.warm_up(house.words.text("escalations.button")))


async def _serving_and_warming(serving: Coroutine[Any, Any, None], warming: Coroutine[Any, Any, None]) -> None:
    """Serve while the rest is loaded; words at fault end the service with their fault, as at any start."""
    try:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_tuned(warming))
            tasks.create_task(serving)
    except* Exception as faults:
        raise faults.exceptions[0] from None


async def _tuned(warming: Coroutine[Any, Any, None]) -> None:
    await warming
    tune()


def _listen(settings: Settings) -> socket.socket:
    """The port, taken before anything else is started. Raises Told."""
    try:
        server = socket.create_server((settings.http_host, settings.http_port), backlog=2048)
        # its connections inherit this; without it the second part of an answer waits 40 ms for the first's receipt
        server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return server
    except OSError as error:
        where = f"{settings.http_host}:{settings.http_port}"
        raise Told(f"cannot listen on {where} ({error.strerror}); set ANBU_HTTP_PORT to a free port") from None


async def _serve(app: FastAPI, server_socket: socket.socket | None) -> None:
    if server_socket is None:  # ANBU_HTTP_PORT is off: what is left works on
        await _until_signal()
        return
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        http=FrontDoor,
        ws="websockets-sansio",
        timeout_graceful_shutdown=GRACE_S,
        server_header=False,
        **SOCKET_OPTIONS,
    )
    await _Server(config).serve(sockets=[server_socket])


async def _until_signal() -> None:
    ended, loop = asyncio.Event(), asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, ended.set)
    await ended.wait()


class _Server(uvicorn.Server):
    """A server that a signal ends in peace: uvicorn would raise the signal again and end the process with it."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(each, self.handle_exit, each, None)
        try:
            yield
        finally:
            for each in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(each)
