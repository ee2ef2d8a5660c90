"""What the sensor rules say about 40 real homes: false signs, hours until a real silence is noticed, vitals, speed.

    python -m benchmarks.sensors_tihm --data DIR [--json]

Silence is measured per home with 28 days or more, the first 14 as warm-up. False: every silence told about a home as
it really went on; signs during a fleet outage are counted apart. Delay: at random moments at which the person was at
home every later event of that home is removed; all other homes go on.
Data: TIHM (Palermo et al., Scientific Data 2023, CC BY 4.0).
"""

import argparse
import csv
import json
import os
import random
import sys
import time
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from zoneinfo import ZoneInfo

from sensors import watch
from sensors.finding import Finding
from sensors.place import Place, place_of
from sensors.player import Replay, replay, replay_file
from sensors.reading import Reading
from sensors.readings_file import read
from sensors.watch import HomeWatch

WARM, LEAST = timedelta(days=14), timedelta(days=28)
MONTH = timedelta(days=30.44)
SEED = 20260101
#: moments per home, and how long a sign is waited for (a later one would be no use to anybody).
ROUNDS, WATCHED = 40, timedelta(hours=96)
#: the signs apart from silence that a home's rhythm gives.
OTHER_SIGNS = ("bathroom_stay", "night_door", "night_wandering", "sleep_change", "no_cooking", "decline")
_LONDON = ZoneInfo("Europe/London")
_KINDS = {
    "Systolic blood pressure": "systolic",
    "Diastolic blood pressure": "diastolic",
    "Heart rate": "heart_rate",
    "Body Temperature": "body_temperature",
    "Body weight": "weight",
}
_LABELS = {
    "Blood pressure": ("systolic", "diastolic"),
    "Pulse": ("heart_rate",),
    "Body temperature": ("body_temperature",),
    "Weight": ("weight",),
}


@dataclass(frozen=True)
class Home:
    """One home of the file."""

    name: str
    readings: list[Reading]

    @property
    def begin(self) -> datetime:
        """From when it is measured."""
        return self.readings[0].at + WARM

    @property
    def end(self) -> datetime:
        """Its last event."""
        return self.readings[-1].at


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("ANBU_DATA", "../shared/data")))
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    options = parser.parse_args()
    folder = options.data / "tihm"
    figures = measure(folder, options.rounds) if folder.is_dir() else {"skipped": "no TIHM data; give --data"}
    if options.json:
        print(json.dumps(figures))
    else:
        _show(figures)


def measure(folder: Path, rounds: int) -> dict[str, object]:
    """Everything, as figures."""
    path = folder / "readings_dev.csv.xz"
    began, cpu = time.perf_counter(), time.process_time()
    findings = list(replay_file(path))
    wall, cpu = time.perf_counter() - began, time.process_time() - cpu
    readings = list(read(path))
    homes = _homes(readings)
    outages = _outages(findings, readings)
    return {
        "readings": len(readings),
        "readings_per_s": round(len(readings) / wall),
        "readings_per_cpu_s": round(len(readings) / cpu),
        "homes": len(homes),
        **false_signs(homes, findings, outages),
        "delay": delays(homes, readings, outages, rounds),
        "vitals": vitals(folder),
    }


def _homes(readings: Sequence[Reading]) -> dict[str, Home]:
    by_home: dict[str, list[Reading]] = defaultdict(list)
    for reading in readings:
        by_home[reading.home].append(reading)
    homes = {name: Home(name, events) for name, events in by_home.items()}
    return {name: home for name, home in homes.items() if home.end - home.readings[0].at >= LEAST}


def _outages(findings: Sequence[Finding], readings: Sequence[Reading]) -> list[tuple[datetime, datetime]]:
    """From the last life of any home to half a day after the first one after it."""
    times = [reading.at for reading in readings]
    found = []
    for one in findings:
        if one.sign == "outage" and one.since is not None:
            found.append((one.since, times[bisect_right(times, one.at)] + timedelta(hours=12)))
    return found


def false_signs(
    homes: Mapping[str, Home], findings: Sequence[Finding], outages: Sequence[tuple[datetime, datetime]]
) -> dict[str, object]:
    """Signs per home-month by kind and level; those of an outage apart. other_signs: bathroom to decline together."""
    months = sum((_measured(home, outages) for home in homes.values()), timedelta(0)) / MONTH
    counts: Counter[str] = Counter()
    apart: Counter[str] = Counter()
    for one in findings:
        if one.home is None or one.home not in homes:
            continue
        home = homes[one.home]
        if home.begin <= one.at <= home.end and (one.since or one.at) >= home.readings[0].at:
            name = f"{one.sign} {one.level}" if one.level else one.sign
            hidden = any(one.at >= a and (one.since or one.at) <= b and one.at <= b for a, b in outages)
            (apart if hidden and one.sign in ("silence", *OTHER_SIGNS) else counts)[name] += 1
    return {
        "home_months": round(months, 1),
        "per_home_month": {name: round(count / months, 3) for name, count in sorted(counts.items())},
        "other_signs": round(sum(n for name, n in counts.items() if name.split()[0] in OTHER_SIGNS) / months, 3),
        "during_outages": dict(apart),
        "outages": [
            {
                "since": one.since.isoformat(),
                "after_min": round((one.at - one.since).total_seconds() / 60),
                "homes": one.homes,
            }
            for one in findings
            if one.sign == "outage" and one.since
        ],
    }


def _measured(home: Home, outages: Sequence[tuple[datetime, datetime]]) -> timedelta:
    hidden = sum((max(timedelta(0), min(b, home.end) - max(a, home.begin)) for a, b in outages), timedelta(0))
    return home.end - home.begin - hidden


def delays(
    homes: Mapping[str, Home],
    readings: Sequence[Reading],
    outages: Sequence[tuple[datetime, datetime]],
    rounds: int,
) -> dict[str, object]:
    """Hours until `check` and `urgent` after a home's events stop, the person being at home."""
    rng = random.Random(SEED)
    drawn = [(at, name) for name in sorted(homes) for _ in range(rounds) if (at := _moment(homes[name], outages, rng))]
    hours: dict[str, list[float]] = {"check": [], "urgent": []}
    missed: Counter[str] = Counter()
    for at, told in _told(readings, sorted(drawn)):
        for level, values in hours.items():
            if level in told:
                values.append(max(0.0, (told[level] - at).total_seconds() / 3600))
            else:
                missed[level] += 1
    return {level: _spread(values, missed[level]) for level, values in hours.items()}


def _spread(values: Sequence[float], missed: int) -> dict[str, float]:
    tenths = quantiles(values, n=10) if len(values) > 1 else [0.0] * 9
    return {"n": len(values), "median_h": round(median(values), 2), "p90_h": round(tenths[8], 2), "missed": missed}


def _told(
    readings: Sequence[Reading], moments: Sequence[tuple[datetime, str]]
) -> Iterator[tuple[datetime, dict[str, datetime]]]:
    """For each moment: when each level was told about the silence in which it lies.

    The fleet is played once; at each moment the home's watch, which is frozen, goes on alone with no more readings.
    """
    fleet = Replay()
    stretches: dict[str, dict[str, datetime]] = defaultdict(dict)
    waiting = list(reversed(moments))
    for reading in readings:
        while waiting and waiting[-1][0] < reading.at:
            at, name = waiting.pop()
            for one in fleet.until(at.timestamp()):
                _note(stretches, one)
            yield at, stretches[name] | _alone(fleet.home(name), at)
        for one in fleet.feed(reading):
            _note(stretches, one)
        state = fleet.home(reading.home)
        if state is not None and not state.is_silent:
            stretches[reading.home].clear()


def _note(stretches: dict[str, dict[str, datetime]], one: Finding) -> None:
    if one.sign == "silence" and one.home is not None:
        stretches[one.home][str(one.level)] = one.at


def _alone(state: HomeWatch | None, at: datetime) -> dict[str, datetime]:
    told: dict[str, datetime] = {}
    while state is not None and state.due_at is not None and state.due_at <= at + WATCHED:
        state, found = watch.due(state, state.due_at.astimezone(at.tzinfo))
        told |= {str(one.level): one.at for one in found if one.sign == "silence"}
    return told


def _moment(home: Home, outages: Sequence[tuple[datetime, datetime]], rng: random.Random) -> datetime | None:
    """A moment at which the person was at home: not between two exit doors, not in a day-long silence or an outage."""
    times = [reading.at for reading in home.readings]
    for _ in range(50):
        at = home.begin + rng.random() * (home.end - home.begin)
        i = bisect_right(times, at) - 1
        before, after = home.readings[i], home.readings[min(i + 1, len(times) - 1)]
        pause = after.at - before.at
        is_out = pause > timedelta(minutes=30) and (_is_exit(before) or _is_exit(after))
        is_hidden = any(a - timedelta(days=1) <= at <= b for a, b in outages)
        if not is_out and not is_hidden and pause < timedelta(hours=24):
            return at
    return None


def _is_exit(reading: Reading) -> bool:
    return place_of(reading.device, reading.kind) == Place.EXIT


def vitals(folder: Path) -> dict[str, object]:
    """Clinicians' alerts (whose clock is UTC, the measurements' local) that the rules told of in the day before."""
    told: dict[str, list[Finding]] = defaultdict(list)
    homes = {reading.home: reading.at for reading in reversed(list(_physiology(folder)))}
    span: dict[str, list[datetime]] = defaultdict(list)
    for reading in _physiology(folder):
        span[reading.home].append(reading.at)
    for one in replay(_physiology(folder)):
        if one.sign == "vital" and one.level and one.home:
            told[one.home].append(one)
    months = sum((max(days) - min(days) + timedelta(days=1) for days in span.values()), timedelta(0)) / MONTH
    figures: dict[str, object] = {"people": len(homes), "person_months": round(months, 1)}
    labels = list(_labels(folder))
    for label, kinds in _LABELS.items():
        alerts = [(who, at) for who, at, name in labels if name == label]
        if alerts:
            figures[label] = _found(alerts, told, kinds, months)
    return figures


def _found(
    alerts: Sequence[tuple[str, datetime]], told: Mapping[str, Sequence[Finding]], kinds: Sequence[str], months: float
) -> dict[str, object]:
    found: dict[str, object] = {"alerts": len(alerts)}
    for name, levels in (("asked_again", {"check", "watch", "urgent"}), ("person_called", {"watch", "urgent"})):
        mine = [
            (home, one.at)
            for home, each in told.items()
            for one in each
            if one.level in levels and one.evidence["kind"] in kinds
        ]
        hit = sum(any(h == who and timedelta(0) <= at - t <= timedelta(days=1) for h, t in mine) for who, at in alerts)
        wrong = sum(
            not any(h == who and timedelta(0) <= at - t <= timedelta(days=1) for who, at in alerts) for h, t in mine
        )
        found[name] = {"found": round(hit / len(alerts), 3), "false_per_person_month": round(wrong / months, 2)}
    return found


def _physiology(folder: Path) -> Iterator[Reading]:
    with (folder / "physiology.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["device_type"] in _KINDS]
    for row in sorted(rows, key=lambda row: row["date"]):
        at = datetime.fromisoformat(row["date"]).replace(tzinfo=_LONDON)
        kind = _KINDS[row["device_type"]]
        yield Reading(row["patient_id"], f"{kind}-1", kind, at, float(row["value"]))


def _labels(folder: Path) -> Iterator[tuple[str, datetime, str]]:
    with (folder / "labels.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            at = datetime.fromisoformat(row["date"]).replace(tzinfo=ZoneInfo("UTC"))
            yield row["patient_id"], at, row["type"]


def _show(figures: Mapping[str, object]) -> None:
    for name, value in figures.items():
        if isinstance(value, dict):
            print(name)
            for key, one in value.items():
                print(f"  {key:28} {one}")
        else:
            print(f"{name:30} {value}")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
