"""The two servers of `benchmarks.streams`, each on a core of its own, and what each makes of a sound when alone."""

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from prompts import load
from speech.hearing.decode import SAMPLE_RATE
from speech.hearing.ears import Ears
from speech.hearing.listening import Listener, Partial
from speech.hearing.vad import Endings
from tests.running import ROOT, free_port
from tests.speech.house import FakeService, house
from wiring.interpreter import tune

MODEL = ROOT / "tests" / "fixtures" / "vosk-ko-tiny"


@dataclass
class Server:
    """One side. ours: speaks `/ws/speaker`, else asr_server's protocol. new: what each chunk of each talk brings
    that is new."""

    ours: bool
    port: int
    process: "subprocess.Popen[bytes]"
    new: list[list[tuple[str, int]]] = field(default_factory=list)


async def serve(core: int) -> None:
    """Our side: the speaker's edge alone, pinned to a core; its port on the first line."""
    os.sched_setaffinity(0, {core})
    ears, service = Ears(MODEL), FakeService()
    ears.load_now()
    tune()
    service.anybody = True
    with tempfile.TemporaryDirectory() as folder:
        async with house(Path(folder), ears=ears, service=service) as home:
            print(home.port, flush=True)
            await asyncio.to_thread(sys.stdin.read)


@contextmanager
def ours(core: int) -> Iterator[Server]:
    """Our server in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.streams", "--serve", str(core)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            yield Server(True, int(process.stdout.readline()), process)
        finally:
            process.kill()


@contextmanager
def theirs(core: int, script: str, python: str) -> Iterator[Server]:
    """alphacep's asr_server.py."""
    port = free_port()
    settings = {"INTERFACE": "127.0.0.1", "PORT": str(port), "SAMPLE_RATE": "16000"}
    environment = os.environ | {f"VOSK_SERVER_{name}": value for name, value in settings.items()}
    environment |= {"VOSK_MODEL_PATH": str(MODEL), "VOSK_SAMPLE_RATE": "16000"}
    command = ["taskset", "-c", str(core), python, script]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            await_port(port)
            yield Server(False, port, process)
        finally:
            process.kill()


def await_port(port: int) -> None:
    """Wait until something listens there. Raises TimeoutError."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.1)
    raise TimeoutError(f"nothing listens on port {port}")


def written(message: dict[str, Any]) -> str:
    """What asr_server says, as ours says it."""
    return f"heard {message['text']}" if "text" in message else f"partial {message.get('partial', '')}"


def news(brought: Iterable[str]) -> Iterator[tuple[str, int]]:
    """(text, chunk) where a chunk brings another text than the one before."""
    before = ""
    for text in brought:
        chunk, _, said = text.partition(" ")
        if said not in {before, "partial ", "heard "}:
            yield said, int(chunk)
        before = said


def ours_alone(chunks: Sequence[bytes]) -> Iterator[str]:
    """What our ear makes of it, chunk by chunk: "7 partial 네"."""
    ears = Ears(MODEL)
    ears.load_now()
    listener = Listener(ears.recogniser, SAMPLE_RATE, Endings.of(load().data("speech.endings")))
    for number, chunk in enumerate(chunks):
        for found in listener.feed(chunk):
            yield f"{number} {'partial' if isinstance(found, Partial) else 'heard'} {found.text}"


def vosk_alone(chunks: Sequence[bytes]) -> Iterator[str]:
    """What asr_server's recogniser makes of it."""
    import vosk

    vosk.SetLogLevel(-1)
    recogniser = vosk.KaldiRecognizer(vosk.Model(str(MODEL)), SAMPLE_RATE)
    recogniser.SetWords(True)
    for number, chunk in enumerate(chunks):
        said = recogniser.Result() if recogniser.AcceptWaveform(chunk) else recogniser.PartialResult()
        yield f"{number} {written(json.loads(said))}"
