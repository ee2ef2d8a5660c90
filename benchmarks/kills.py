"""kill -9 of the real service at random moments, while buttons are pressed, check-ins fall due and residents answer.

Gateways repeat a press until it is acknowledged, as the contract has it. Nothing is tidied up between two kills; leases
run out in real time. Afterwards every promise is looked for in the rows themselves (tests/faults/promises.py), every
press must have been paged, and what came twice is held against what was under way when the service died.
"""

import argparse
import asyncio
import json
import random
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.faults.street import Street, open_street

HOMES = 40
#: what Telegram takes for an answer, so that there is something to interrupt.
ANSWER_S = 0.2
#: an interrupted page leaves again within 35 s; a busy machine is given more.
AFTERWARDS_S = 90.0
LINKED = ("u-001", "u-002", "u-003", *(f"c-{number:03}" for number in range(1, 6)))
TALKERS = tuple(f"r-{number:03}" for number in range(1, 9))


async def measure(kills: int, seed: int) -> dict[str, Any]:
    """So many kills, then the promises."""
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        async with open_street(Path(folder)) as street:
            street.api.delay_s = ANSWER_S
            await street.start()
            await street.link(*LINKED, *TALKERS)
            for _ in range(kills):
                await _one_kill(street, rng)
            return await _judge(street, kills, seed)


async def _one_kill(street: Street, rng: random.Random) -> None:
    await street.press(rng.randint(1, HOMES))
    started = street.ask(rng.choice(TALKERS))
    street.phones[rng.choice(TALKERS)].says("응, 잘 지냈어요. 밥도 잘 먹었고.")
    await asyncio.wait([asyncio.ensure_future(started)], timeout=rng.uniform(0.0, 0.6))
    await street.kill_only()
    await street.start()
    await asyncio.to_thread(street.buttons.repeat)


async def _judge(street: Street, kills: int, seed: int) -> dict[str, Any]:
    began = time.monotonic()
    while (missing := street.missing()) and time.monotonic() - began < AFTERWARDS_S:
        await asyncio.to_thread(street.buttons.repeat)
        await asyncio.sleep(0.5)
    settled = time.monotonic() - began
    await asyncio.sleep(35)  # whatever would still come twice has come by then
    return {
        "kills": kills,
        "seed": seed,
        "presses": len(street.buttons.pressed),
        "lost": len(missing),
        "settled_after_s": round(settled, 1),
        "attempts_under_way_when_killed": len(street.begun),
        "pages_sent_twice": street.repeated(),
        "of_these_not_labelled_or_of_another_key": len(street.unlabelled()),
        "missing": missing[:5],
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=random.randrange(10_000))
    arguments, _ = parser.parse_known_args()
    print(json.dumps(asyncio.run(measure(arguments.kills, arguments.seed))))
