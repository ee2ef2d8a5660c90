"""From the end of a cry for help, spoken into a speaker, to the first page leaving for a coordinator.

The real service with the tiny model; every cry in another home, alone and with more words right behind it.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from itertools import cycle
from pathlib import Path
from typing import Any

from websockets.asyncio.client import connect

from benchmarks.hearing import HELP
from benchmarks.reply import FRAME_S, MODEL, spoken
from benchmarks.sos import first_pages, until
from demo.town import demo_town
from prompts import load
from speech.hearing.decode import BYTES_PER_SECOND
from tests.fakes.bot_api import TOKEN, BotApi
from tests.fakes.phone import Phone
from tests.running import Service

_FRAME = int(FRAME_S * BYTES_PER_SECOND)
MORE = "무릎이 아파요"


async def measure(cries: int) -> dict[str, Any]:
    """One cry a home."""
    with tempfile.TemporaryDirectory() as folder:
        async with BotApi() as api:
            settings = {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": api.url, "VOSK_MODEL": str(MODEL)}
            service = Service(Path(folder), settings)
            printed = await asyncio.to_thread(service.take_in, demo_town(load(), cries))
            await asyncio.to_thread(service.start)
            try:
                phone = api.phone("담당")
                phone.says(f"/start {printed['telegram']['u-001']}")
                await until(lambda: bool(phone.messages), 15)
                return await _all(service, printed["devices"], api, phone, cries)
            finally:
                await asyncio.to_thread(service.stop)


async def _all(service: Service, tokens: dict[str, str], api: BotApi, phone: Phone, cries: int) -> dict[str, Any]:
    sounds = cycle([(spoken(cry), more) for cry in HELP for more in (b"", spoken(MORE))])
    found = {"alone": list[float](), "in_mid_sentence": list[float]()}
    for number in range(cries):
        (cry, more), token = next(sounds), tokens[f"home-{number + 1:03}/speaker-1"]
        ended = await _cried(service, token, cry, more, lambda n=number: len(first_pages(api, phone.chat)) > n)
        found["in_mid_sentence" if more else "alone"].append(first_pages(api, phone.chat)[number] - ended)
    return {
        "cries": cries,
        **{f"{name}_to_page_p50_s": round(statistics.median(seconds), 3) for name, seconds in found.items()},
        **{f"{name}_to_page_max_s": round(max(seconds), 3) for name, seconds in found.items()},
    }


async def _cried(service: Service, token: str, cry: bytes, more: bytes, paged: Any) -> float:
    """Say it in real time, go on sending the quiet room until somebody was paged; when the cry had ended."""
    header = {"Authorization": f"Bearer {token}"}
    url = f"ws://127.0.0.1:{service.http_port}/ws/speaker"
    sound = cry + more + bytes(10 * BYTES_PER_SECOND)
    async with connect(url, additional_headers=header) as client:
        await client.recv()  # welcome
        due, ended = time.monotonic() + 0.5, 0.0
        for at in range(0, len(sound), _FRAME):
            due += FRAME_S
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            await client.send(sound[at : at + _FRAME].ljust(_FRAME, b"\0"))
            if not ended and at + _FRAME >= len(cry):
                ended = time.monotonic()
            if ended and paged():
                return ended
    raise TimeoutError("nobody was paged within ten seconds")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cries", type=int, default=30)
    parser.add_argument("--json", action="store_true")
    print(json.dumps(asyncio.run(measure(parser.parse_args().cries))))
