"""From the end of a spoken sentence to the first byte of the spoken reply, with the real service and the tiny model:
voice activity, recogniser, understanding, conversation, store, outbox and voice. Sound comes as it is spoken.

`ANBU_WYOMING_VOSK` names a checkout of wyoming-vosk, `ANBU_WYOMING_VOSK_PYTHON` a Python that has what it needs: then
every other answer is heard by it, with the same model, behind a fixed silence of a second; what it heard goes to our
service as typed, so that both sides have the same conversation and voice behind them.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from wyoming.asr import Transcript
from wyoming.audio import AudioChunk, AudioStart, AudioStop
from wyoming.client import AsyncTcpClient

from benchmarks.stream_servers import await_port
from demo.town import demo_town
from prompts import load
from speech.hearing.decode import BYTES_PER_SECOND, decode
from speech.speaking.voice import Manner, synthesize
from tests.running import ROOT, Service, free_port

MODEL = ROOT / "tests" / "fixtures" / "vosk-ko-tiny"
ANSWERS = ("네 잘 잤어요", "밥 먹었어요", "무릎이 아파요", "약 먹었어요", "괜찮아요", "없어요", "네 알겠어요")
#: what a microphone sends at a time.
FRAME_S = 0.05
_FRAME = int(FRAME_S * BYTES_PER_SECOND)
#: the silence after which a client of wyoming-vosk says that the sentence is over.
_CUT_S = 1.0
Times = list[tuple[float, float]]


def measure(times: int) -> dict[str, Any]:
    """Talk until so many answers were answered, by either side."""
    with tempfile.TemporaryDirectory() as folder, _wyoming_vosk(Path(folder)) as peer:
        service = Service(Path(folder), {"VOSK_MODEL": str(MODEL)})
        printed = service.take_in(demo_town(load(), 1))
        with service:
            ours, theirs = asyncio.run(_talk(service, printed["devices"]["home-001/speaker-1"], times, peer))
    if not theirs:
        return {**_figures("", ours), "wyoming_vosk": "skipped: set ANBU_WYOMING_VOSK"}
    found = {**_figures("", ours), **_figures("wyoming_vosk_", theirs)}
    return {**found, "reply_p95_ratio": round(found["reply_p95_s"] / found["wyoming_vosk_reply_p95_s"], 3)}


def _figures(whose: str, found: Times) -> dict[str, Any]:
    heard, seconds = (sorted(column) for column in zip(*found, strict=True))
    return {
        f"{whose}answers": len(seconds),
        f"{whose}reply_p50_s": round(statistics.median(seconds), 3),
        f"{whose}reply_p95_s": round(seconds[max(0, int(len(seconds) * 0.95) - 1)], 3),
        f"{whose}reply_max_s": round(seconds[-1], 3),
        f"{whose}of_it_until_heard_p50_s": round(statistics.median(heard), 3),
    }


@contextmanager
def _wyoming_vosk(folder: Path) -> Iterator[int | None]:
    """The peer's port; None where there is none."""
    checkout, python = os.environ.get("ANBU_WYOMING_VOSK"), os.environ.get("ANBU_WYOMING_VOSK_PYTHON", "python3")
    if not checkout:
        yield None
        return
    port = free_port()
    chosen = ["--language", "ko", "--model-for-language", "ko", MODEL.name]
    command = [python, "-m", "wyoming_vosk", "--uri", f"tcp://127.0.0.1:{port}", "--data-dir", str(MODEL.parent)]
    with (folder / "wyoming-vosk.log").open("wb") as log:
        process = subprocess.Popen([*command, *chosen], cwd=checkout, stdout=log, stderr=log)
        try:
            await_port(port)
            yield port
        finally:
            process.kill()
            process.wait()


async def _talk(service: Service, token: str, times: int, peer: int | None) -> tuple[Times, Times]:
    """So many answers heard by us, and as many by the peer where there is one, one after the other."""
    header, ours, theirs = {"Authorization": f"Bearer {token}"}, Times(), Times()
    answers = cycle([spoken(text) for text in ANSWERS])
    async with (
        httpx.AsyncClient(base_url=service.url, headers=header) as web,
        connect(f"ws://127.0.0.1:{service.http_port}/ws/speaker", additional_headers=header) as client,
    ):
        assert (await _next(client, "welcome"))["hearing"]
        await client.send('{"type": "talk"}')
        asked = await _next(client, "say")
        if peer:  # it loads its model with the first sentence
            asked = (await _answer_by(peer, client, web, next(answers)))[0]
        while len(ours) < times:
            if not asked["listen"]:  # good-bye
                await client.send('{"type": "talk"}')
                asked = await _next(client, "say")
                continue
            if peer and len(theirs) <= len(ours):
                asked, *times_s = await _answer_by(peer, client, web, next(answers))
                theirs.append((times_s[0], times_s[1]))
            else:
                asked, *times_s = await _answer(client, web, next(answers))
                ours.append((times_s[0], times_s[1]))
    return ours, theirs


async def _answer(
    client: ClientConnection, web: httpx.AsyncClient, sound: bytes
) -> tuple[dict[str, Any], float, float]:
    """Say it and wait for what is said to it: the sentence, and the seconds from the last sound until it was heard and
    until the first byte of the reply."""
    ended = asyncio.Event()
    speaking = asyncio.create_task(_speak(client, sound, ended))
    try:
        await ended.wait()
        began = time.perf_counter()
        await _next(client, "heard")
        heard_s = time.perf_counter() - began
        said = await _first_byte(client, web)
        return said, heard_s, time.perf_counter() - began
    finally:
        speaking.cancel()


async def _first_byte(client: ClientConnection, web: httpx.AsyncClient) -> dict[str, Any]:
    said = await _next(client, "say")
    async with web.stream("GET", said["audio"]) as response:
        await anext(response.aiter_raw())
    return said


async def _answer_by(
    peer: int, client: ClientConnection, web: httpx.AsyncClient, sound: bytes
) -> tuple[dict[str, Any], float, float]:
    """The same with the peer's ear."""
    form = {"rate": BYTES_PER_SECOND // 2, "width": 2, "channels": 1}
    async with AsyncTcpClient("127.0.0.1", peer) as ear:
        await ear.write_event(AudioStart(**form).event())
        due, began = time.perf_counter(), 0.0
        for at in range(0, len(sound) + int(_CUT_S * BYTES_PER_SECOND), _FRAME):
            due += FRAME_S
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            await ear.write_event(AudioChunk(audio=sound[at : at + _FRAME].ljust(_FRAME, b"\0"), **form).event())
            if not began and at + _FRAME >= len(sound):
                began = time.perf_counter()
        await ear.write_event(AudioStop().event())
        while (event := await ear.read_event()) is not None and not Transcript.is_type(event.type):
            pass
        assert event is not None, "wyoming-vosk hung up"
        heard_s = time.perf_counter() - began
    await client.send(json.dumps({"type": "text", "text": Transcript.from_event(event).text or "네"}))
    said = await _first_byte(client, web)
    return said, heard_s, time.perf_counter() - began


async def _speak(client: ClientConnection, sound: bytes, ended: asyncio.Event) -> None:
    """As a microphone: frame by frame in real time, then the quiet of the room."""
    due = time.perf_counter()
    for at in range(0, len(sound) + 5 * BYTES_PER_SECOND, _FRAME):
        due += FRAME_S
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        await client.send(sound[at : at + _FRAME].ljust(_FRAME, b"\0"))
        if at + _FRAME >= len(sound):
            ended.set()


def spoken(text: str) -> bytes:
    """The sentence, ending with its last sound."""
    pcm = decode(synthesize(text, Manner())).pcm
    samples = memoryview(pcm).cast("h")
    least = max(abs(sample) for sample in samples) // 50
    last = max(at for at, sample in enumerate(samples) if abs(sample) > least)
    return pcm[: 2 * (last + 1)]


async def _next(client: ClientConnection, kind: str) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while True:
            message: dict[str, Any] = json.loads(await client.recv())
            if message["type"] == kind:
                return message


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=60)
    parser.add_argument("--json", action="store_true")
    print(json.dumps(measure(parser.parse_args().times)))
