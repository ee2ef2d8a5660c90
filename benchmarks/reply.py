"""From the end of a spoken sentence to the first byte of the spoken reply, with the real service and the tiny model:
voice activity, recogniser, understanding, conversation, store, outbox and voice. Sound comes as it is spoken."""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from itertools import cycle
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from demo.town import demo_town
from prompts import load
from speech.hearing.decode import BYTES_PER_SECOND, decode
from speech.speaking.voice import Manner, synthesize
from tests.running import ROOT, Service

MODEL = ROOT / "tests" / "fixtures" / "vosk-ko-tiny"
ANSWERS = ("네 잘 잤어요", "밥 먹었어요", "무릎이 아파요", "약 먹었어요", "괜찮아요", "없어요", "네 알겠어요")
#: what a microphone sends at a time.
FRAME_S = 0.05
_FRAME = int(FRAME_S * BYTES_PER_SECOND)


def measure(times: int) -> dict[str, Any]:
    """Talk until so many answers were answered."""
    with tempfile.TemporaryDirectory() as folder:
        service = Service(Path(folder), {"VOSK_MODEL": str(MODEL)})
        printed = service.take_in(demo_town(load(), 1))
        with service:
            found = asyncio.run(_talk(service, printed["devices"]["home-001/speaker-1"], times))
    heard, seconds = (sorted(column) for column in zip(*found, strict=True))
    return {
        "answers": len(seconds),
        "reply_p50_s": round(statistics.median(seconds), 3),
        "reply_p95_s": round(seconds[max(0, int(len(seconds) * 0.95) - 1)], 3),
        "reply_max_s": round(seconds[-1], 3),
        "of_it_until_heard_p50_s": round(statistics.median(heard), 3),
    }


async def _talk(service: Service, token: str, times: int) -> list[tuple[float, float]]:
    header, found = {"Authorization": f"Bearer {token}"}, list[tuple[float, float]]()
    answers = cycle([_spoken(text) for text in ANSWERS])
    async with (
        httpx.AsyncClient(base_url=service.url, headers=header) as web,
        connect(f"ws://127.0.0.1:{service.http_port}/ws/speaker", additional_headers=header) as client,
    ):
        assert (await _next(client, "welcome"))["hearing"]
        await client.send('{"type": "talk"}')
        asked = await _next(client, "say")
        while len(found) < times:
            if not asked["listen"]:  # good-bye
                await client.send('{"type": "talk"}')
                asked = await _next(client, "say")
                continue
            asked, *times_s = await _answer(client, web, next(answers))
            found.append((times_s[0], times_s[1]))
    return found


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
        said = await _next(client, "say")
        async with web.stream("GET", said["audio"]) as response:
            await anext(response.aiter_raw())
        return said, heard_s, time.perf_counter() - began
    finally:
        speaking.cancel()


async def _speak(client: ClientConnection, sound: bytes, ended: asyncio.Event) -> None:
    """As a microphone: frame by frame in real time, then the quiet of the room."""
    due = time.perf_counter()
    for at in range(0, len(sound) + 5 * BYTES_PER_SECOND, _FRAME):
        due += FRAME_S
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        await client.send(sound[at : at + _FRAME].ljust(_FRAME, b"\0"))
        if at + _FRAME >= len(sound):
            ended.set()


def _spoken(text: str) -> bytes:
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
