"""How many talks one core keeps pace with: ours against alphacep's vosk-server, the same sound and the same tiny model.

`ANBU_VOSK_SERVER` names its asr_server.py and `ANBU_VOSK_SERVER_PYTHON` a Python that has vosk and websockets<14;
without them only ours is measured. The servers have one core for themselves, in turns, the clients have the others.
Every stream is a talk and sends 0.2 s at a time, as it is spoken: sentences with two to three seconds of a quiet room
between them, one of eight such talks, so that not all speak at the same moment. Measured is the time from a chunk that
brought something new (words so far, the end of a sentence) to the message that says so, the median of three turns, and,
less shaken by other work on the machine, the share of a core that one stream takes.
"""

import argparse
import asyncio
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from random import Random
from statistics import median
from typing import Any, TypeVar

import numpy as np
import psutil
from websockets.asyncio.client import connect

from benchmarks.stream_servers import MODEL, Server, news, ours, ours_alone, serve, theirs, vosk_alone, written
from speech.hearing.decode import BYTES_PER_SECOND, decode
from speech.hearing.ears import Ears
from speech.speaking.voice import Manner, synthesize
from tests.speech.house import FakeService, house

Moment = TypeVar("Moment", int, float)
CHUNK_S, SECONDS, P99_S = 0.2, 16.0, 0.2
TALKS, TURNS = 8, 3
#: of a second's spread, the next stream begins so much later than the one before: any number of them lies evenly.
_GOLDEN = 0.618034
CHUNK = int(CHUNK_S * BYTES_PER_SECOND)
SENTENCES = ("어젯밤에 잘 잤어요", "아침은 먹었어요", "무릎이 아파요", "딸이 전화했어요", "약은 아침에 먹었어요")


def talk(seed: int) -> list[bytes]:
    """What a stream says, in chunks."""
    random, room = Random(seed), np.random.default_rng(seed)
    sound = b""
    while len(sound) < SECONDS * BYTES_PER_SECOND:
        pcm = decode(synthesize(random.choice(SENTENCES), Manner())).pcm
        sound += pcm + bytes(int(random.uniform(2, 3) * BYTES_PER_SECOND) // 2 * 2)
    samples = np.frombuffer(sound, "<i2") + room.normal(0, 30, len(sound) // 2)
    noisy = np.clip(samples, -32768, 32767).astype("<i2").tobytes()
    return [noisy[at : at + CHUNK] for at in range(0, int(SECONDS * BYTES_PER_SECOND), CHUNK)]


async def run(server: Server, streams: int, talks: list[list[bytes]]) -> list[float]:
    """So many at once; how late each new thing was told, in seconds. Streams begin spread over two seconds."""
    late = await asyncio.gather(*(_stream(server, n, talks[n % len(talks)]) for n in range(streams)))
    return sorted(second for one in late for second in one)


async def _stream(server: Server, number: int, chunks: list[bytes]) -> list[float]:
    await asyncio.sleep(2 * (number * _GOLDEN % 1))
    try:
        return await _spoken(server, number, chunks)
    except TimeoutError:  # not even let in: too many
        return [1.0] * len(chunks)


async def _spoken(server: Server, number: int, chunks: list[bytes]) -> list[float]:
    path = "/ws/speaker" if server.ours else ""
    headers = {"Authorization": f"Bearer anybody-{number}"} if server.ours else {}
    async with connect(f"ws://127.0.0.1:{server.port}{path}", additional_headers=headers, max_size=None) as client:
        sent: list[float] = []
        told: list[tuple[str, float]] = []
        if server.ours:
            await client.send('{"type": "talk"}')
        listening = asyncio.create_task(_listen(client, server.ours, told))
        due = time.perf_counter()
        for chunk in chunks:
            due += CHUNK_S
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            sent.append(time.perf_counter())
            await client.send(chunk)
        await asyncio.sleep(1.0)
        listening.cancel()
    return _lateness(server.new[number % len(server.new)], sent, told)


async def _listen(client: Any, is_ours: bool, told: list[tuple[str, float]]) -> None:
    before = ""
    async for raw in client:
        when, message = time.perf_counter(), json.loads(raw)
        if is_ours and message["type"] not in {"partial", "heard"}:
            continue
        text = f"{message['type']} {message['text']}" if is_ours else written(message)
        if text != before and text not in {"partial ", "heard "}:
            told.append((text, when))
        before = text


def _lateness(new: list[tuple[str, int]], sent: list[float], told: list[tuple[str, float]]) -> list[float]:
    """Seconds from each chunk to its news. Words so far that came in one message with later ones are left out; the end
    of a sentence that never came is late by a second."""
    came = dict(reversed(list(_numbered(told))))
    late = [came[key] - sent[chunk] for key, chunk in _numbered(new) if key in came]
    missed = [key for key, _ in _numbered(new) if key not in came and key[1].startswith("heard")]
    return late + [1.0] * len(missed)


def _numbered(news: list[tuple[str, Moment]]) -> Iterator[tuple[tuple[int, str], Moment]]:
    """Each with the number of its sentence: the same may be said again later."""
    sentence = 0
    for text, moment in news:
        yield (sentence, text), moment
        sentence += text.startswith("heard")


def most(servers: list[Server], steps: list[int], talks: list[list[bytes]]) -> list[dict[int, tuple[float, float]]]:
    """Add streams until the 99th percentile passes 200 ms. For each server that percentile and the share of a core by
    number of streams, the last one too many."""
    for server in servers:
        server.new = [list(news((ours_alone if server.ours else vosk_alone)(chunks))) for chunks in talks]
    found = [dict[int, tuple[float, float]]() for _ in servers]
    keeping = list(zip(servers, found, strict=True))
    for streams in steps:
        turns = [[_turn(server, streams, talks) for server, _ in keeping] for _ in range(TURNS)]
        for number, (_, kept) in enumerate(keeping):
            p99, share = (median(turn[number][part] for turn in turns) for part in (0, 1))
            kept[streams] = p99, share
        keeping = [(server, kept) for server, kept in keeping if kept[streams][0] <= P99_S]
    return found


def _turn(server: Server, streams: int, talks: list[list[bytes]]) -> tuple[float, float]:
    process = psutil.Process(server.process.pid)
    before = sum(process.cpu_times()[:2])
    late = asyncio.run(run(server, streams, talks))
    return late[max(0, int(len(late) * 0.99) - 1)], (sum(process.cpu_times()[:2]) - before) / streams / SECONDS


def _told(kept: dict[int, tuple[float, float]]) -> dict[str, Any]:
    """One side's figures."""
    streams = max((n for n, (p99, _) in kept.items() if p99 <= P99_S), default=0)
    return {
        "streams": streams,
        "p99_s": {n: round(p99, 3) for n, (p99, _) in kept.items()},
        "core_share_per_stream": round(kept[streams or max(kept)][1], 4),
    }


async def refusal() -> dict[str, float]:
    """How fast a new talk is put off when all places are taken."""
    ears, service = Ears(MODEL), FakeService()
    ears.load_now()
    service.anybody = True
    with tempfile.TemporaryDirectory() as folder:
        async with house(Path(folder), ears=ears, service=service) as home:
            home.edge.places.most = 0
            took = []
            async with home.speaker("anybody-1") as client:
                for _ in range(101):
                    began = time.perf_counter()
                    await client.send('{"type": "talk"}')
                    while json.loads(await client.recv())["type"] != "say":
                        pass
                    took.append(time.perf_counter() - began)
                    await asyncio.sleep(0.11)
    return {"refusal_first_s": round(took[0], 3), "refusal_p99_s": round(sorted(took[1:])[98], 3)}


def measure(steps: list[int], core: int) -> dict[str, Any]:
    """Both sides, in turns."""
    talks = [talk(seed) for seed in range(TALKS)]
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores - {core} or cores)
    script, python = os.environ.get("ANBU_VOSK_SERVER"), os.environ.get("ANBU_VOSK_SERVER_PYTHON", sys.executable)
    with ours(core) as server, theirs(core, script, python) if script else nullcontext() as other:
        mine, *peers = most([server, *([other] if other else [])], steps, talks)
    figures = {"ours": _told(mine), "vosk_server": "skipped: set ANBU_VOSK_SERVER"}
    for peer in peers:
        figures |= {"vosk_server": _told(peer)} | _compared(mine, peer)
    return figures | asyncio.run(refusal())


def _compared(ours: dict[int, tuple[float, float]], theirs: dict[int, tuple[float, float]]) -> dict[str, Any]:
    """Ours to theirs: streams kept, and the 99th percentiles for as many streams as both keep."""
    kept = [_told(side)["streams"] for side in (ours, theirs)]
    both = [n for n in ours if n <= min(kept)]
    return {
        "ratio": round(kept[0] / max(1, kept[1]), 2),
        "p99_ratio": {n: round(ours[n][0] / theirs[n][0], 2) for n in both},
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--serve", type=int, help="be our server on this core")
    parser.add_argument("--steps", default="20,40,60,80,100,120,140,160")
    parser.add_argument("--core", type=int, default=max(os.sched_getaffinity(0)))
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    if asked.serve is not None:
        asyncio.run(serve(asked.serve))
    else:
        print(json.dumps(measure([int(n) for n in asked.steps.split(",")], asked.core)))
