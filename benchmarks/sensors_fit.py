"""Fit the fleet's prior of the silence rule on real homes, and say what it does for homes it has not seen.

    python -m benchmarks.sensors_fit --data DIR [--held-out]

Prints the weights and prices as `sensors/prior.py` wants them. With --held-out: five times a fifth of the homes is left
out, weights and prices are made from the others alone, and false signs and delays are counted on those left out.
Rows are made by the live rules themselves: at every pause of ten minutes or more, `returning.features` for each ten
minutes that it lasted; ridge logistic regression by Newton's method. The price of a level is the lowest that keeps its
budget on the homes of the fit. Data: TIHM (Palermo et al. 2023, CC BY 4.0); only fleet numbers are kept.
"""

import argparse
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sensors import returning, silence, watch
from sensors.place import Place, place_of
from sensors.reading import Reading
from sensors.readings_file import read
from sensors.returning import STEP_S, STEPS, Stretch
from sensors.rhythm import PAUSE_S, SLOTS, Rhythm
from sensors.silence import LEVELS

Rows = npt.NDArray[np.float64]
_RIDGE = 5.0
#: signs per home-month, by level: two and 0.3 are to hold, and two is kept less well on homes that are not known.
BUDGETS = (1.9, 0.3)
#: days of warm-up, of a home that is measured; moments per home; folds.
_WARM, _LEAST, _ROUNDS, _FOLDS = 14, 28, 100, 5
_MONTH_S = 30.44 * 86_400


@dataclass
class Pause:
    """One pause as the live rules saw it. seconds: its length; probes: hours after its beginning at which the home is
    imagined to have stopped; is_out: begins or ends at an exit door."""

    home: str
    began: float
    seconds: float
    days: float
    is_out: bool
    rhythm: Rhythm
    stretch: Stretch
    probes: list[float]

    @cached_property
    def rows(self) -> Rows:
        """Its features; kept, as they do not depend on the weights."""
        return returning.features(self.rhythm, self.stretch).astype(np.float32)

    def lasting(self, weights: Rows) -> Rows:
        """What part of such silences lasts as long, by these weights."""
        return returning.shares(returning.likely(self.rows @ weights.astype(np.float32)))


@dataclass
class Fleet:
    """All homes: their pauses, and the months each is measured for (0: not measured)."""

    pauses: list[Pause]
    months: dict[str, float]


def by_home(path: Path) -> dict[str, list[Reading]]:
    """The file, one list per home."""
    homes: dict[str, list[Reading]] = {}
    for reading in read(path):
        homes.setdefault(reading.home, []).append(reading)
    return homes


def outages(homes: dict[str, list[Reading]]) -> list[tuple[float, float]]:
    """Times of more than a day in which no home at all was heard."""
    times = np.sort(np.concatenate([[r.at.timestamp() for r in readings] for readings in homes.values()]))
    return [(float(times[i]), float(times[i + 1])) for i in np.flatnonzero(np.diff(times) > 86_400)]


def fleet_of(homes: dict[str, list[Reading]]) -> Fleet:
    """Every pause of ten minutes or more, and those that a random moment falls into."""
    dark, rng = outages(homes), np.random.default_rng(11)
    found: list[Pause] = []
    months: dict[str, float] = {}
    for name in sorted(homes):
        readings = homes[name]
        first, last = readings[0].at.timestamp(), readings[-1].at.timestamp()
        begin = first + _WARM * 86_400
        is_measured = last - first >= _LEAST * 86_400
        hidden = sum(max(0.0, min(end + 43_200, last) - max(a, begin)) for a, end in dark)
        months[name] = (last - begin - hidden) / _MONTH_S if is_measured else 0.0
        found += pauses(readings, dark, sorted(rng.uniform(begin, last, _ROUNDS)) if is_measured else [])
    return Fleet(found, months)


def pauses(readings: Sequence[Reading], dark: Sequence[tuple[float, float]], probes: Sequence[float]) -> list[Pause]:
    """The pauses of one home."""
    home, found, first = watch.new(readings[0].home), [], readings[0].at.timestamp()
    waiting, before = list(reversed(probes)), readings[0]
    for reading in readings:
        at, life = reading.at.timestamp(), home.life
        if life is not None:
            here = []
            while waiting and waiting[-1] < at:
                here.append((waiting.pop() - life.last) / 3600)
            seconds = at - life.last
            hidden = any(life.last < end and at > begin for begin, end in dark)
            if (seconds >= PAUSE_S or here) and not hidden:
                is_out = seconds > 1800 and (_is_exit(before) or _is_exit(reading))
                here = [] if is_out or seconds >= 86_400 else here
                stretch = watch.stretch_of(life, life.last)
                days = (life.last - first) / 86_400
                found.append(Pause(home.home, life.last, seconds, days, is_out, home.rhythm, stretch, here))
        home, _ = watch.observe(home, reading)
        before = reading
    return found


def _is_exit(reading: Reading) -> bool:
    return place_of(reading.device, reading.kind) == Place.EXIT


def training(found: Iterable[Pause]) -> tuple[Rows, Rows]:
    """Rows and whether life came back in that step."""
    rows, ended = [], []
    for pause in found:
        steps = max(1, int(np.ceil((pause.seconds - PAUSE_S) / STEP_S)))
        if pause.seconds < 2 * PAUSE_S:  # nothing is ever told so early
            continue
        came = np.zeros(min(steps, STEPS))
        came[-1] = steps <= STEPS
        rows.append(pause.rows[1 : len(came)])
        ended.append(came[1:])
    return np.concatenate(rows), np.concatenate(ended)


def fit(rows: Rows, came: Rows) -> Rows:
    """Ridge logistic regression; the weights belong to the rows as they are, not scaled."""
    mean, scale = rows.mean(0, dtype=float), rows.std(0, dtype=float)
    mean[0], scale[scale < 1e-6] = 0.0, 1.0
    scaled = (rows - mean) / scale
    weights: Rows = np.zeros(rows.shape[1])
    for _ in range(7):
        chance = 1 / (1 + np.exp(-scaled @ weights))
        slope = scaled.T @ (came - chance) - _RIDGE * weights
        bend = (scaled * (chance * (1 - chance))[:, None]).T @ scaled + _RIDGE * np.eye(len(weights))
        weights = weights + np.linalg.solve(bend, slope)
    plain: Rows = weights / scale
    plain[0] -= (weights[1:] * mean[1:] / scale[1:]).sum()
    return plain


@dataclass
class Judged:
    """Pauses that are measured, with the share of such silences that last as long by `weights`."""

    pauses: list[Pause]
    lasting: Rows
    months: float

    @classmethod
    def of(cls, fleet: Fleet, homes: set[str], weights: Rows) -> "Judged":
        """Those of these homes, after the warm-up."""
        chosen = [
            p
            for p in fleet.pauses
            if p.home in homes and fleet.months[p.home] and p.days >= _WARM and (p.seconds >= 1800 or p.probes)
        ]
        lasting = np.stack([pause.lasting(weights) for pause in chosen])
        return cls(chosen, lasting, sum(fleet.months[home] for home in homes))

    def hours(self, level: str, price: float) -> Rows:
        """When this level is told about each."""
        told = zip(self.pauses, self.lasting, strict=True)
        return np.array([silence.reached(level, p.rhythm, p.stretch, lasting, price) for p, lasting in told])

    def false(self, hours: Rows) -> int:
        """How many pauses were told of that ended by themselves."""
        return int(sum(p.seconds > hour * 3600 for p, hour in zip(self.pauses, hours, strict=True)))

    def delays(self, hours: Rows) -> list[float]:
        """Hours waited at each moment."""
        return [max(0.0, hour - at) for p, hour in zip(self.pauses, hours, strict=True) for at in p.probes]


def price_of(judged: Judged, level: str, budget: float) -> float:
    """The lowest price that keeps the budget."""
    low, high = 1.0, 1e6
    for _ in range(14):
        price = float(np.sqrt(low * high))
        is_over = judged.false(judged.hours(level, price)) > budget * judged.months
        low, high = (price, high) if is_over else (low, price)
    return high


def held_out(fleet: Fleet) -> dict[str, Any]:
    """False signs and delays of homes of which neither weights nor prices know anything."""
    count = {name: sum(p.home == name for p in fleet.pauses) for name in fleet.months}
    names = sorted(count, key=lambda name: -count[name])
    false, delays, prices, months = [0, 0], ([], []), ([], []), 0.0  # type: ignore[var-annotated]
    for fold in range(_FOLDS):
        left = {name for i, name in enumerate(names) if i % _FOLDS == fold}
        weights = fit(*training(p for p in fleet.pauses if p.home not in left))
        seen, unseen = Judged.of(fleet, set(names) - left, weights), Judged.of(fleet, left, weights)
        months += unseen.months
        for i, level in enumerate(LEVELS):
            price = price_of(seen, level, BUDGETS[i])
            hours = unseen.hours(level, price)
            false[i] += unseen.false(hours)
            delays[i].extend(unseen.delays(hours))
            prices[i].append(round(price, 1))
    return {
        level: {
            "per_home_month": round(false[i] / months, 3),
            "median_h": round(float(np.median(delays[i])), 2),
            "mean_h": round(float(np.mean(delays[i])), 2),
            "p90_h": round(float(np.quantile(delays[i], 0.9)), 2),
            "within_2_5_10_h": [round(float(np.mean(np.array(delays[i]) <= h)), 3) for h in (2, 5, 10)],
            "n": len(delays[i]),
            "prices": prices[i],
        }
        for i, level in enumerate(LEVELS)
    } | {"home_months": round(months, 1)}


def chances(homes: dict[str, list[Reading]]) -> Rows:
    """How often each half hour of the day has life in it, over homes with two weeks or more."""
    per_home = []
    for readings in homes.values():
        days = (readings[-1].at - readings[0].at) / timedelta(days=1)
        if days >= 14:
            slots = {r.at.toordinal() * 48 + r.at.hour * 2 + (r.at.minute >= 30) for r in readings}
            per_home.append(np.bincount([slot % SLOTS for slot in slots], minlength=SLOTS) / days)
    mean: Rows = np.mean(per_home, axis=0)
    return mean


def main() -> None:
    """Print the weights, or what they do for homes they have not seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--held-out", action="store_true")
    options = parser.parse_args()
    homes = by_home(options.data / "tihm" / "readings_dev.csv.xz")
    fleet = fleet_of(homes)
    if options.held_out:
        print(json.dumps(held_out(fleet)))
        return
    weights = fit(*training(fleet.pauses))
    judged = Judged.of(fleet, set(fleet.months), weights)
    print("CHANCES =", _tuple(chances(homes)))
    print("PRICES =", _tuple(price_of(judged, level, budget) for level, budget in zip(LEVELS, BUDGETS, strict=True)))
    print("WEIGHTS =", _tuple(weights))


def _tuple(values: Iterable[float]) -> str:
    return "(" + ", ".join(f"{value:.5g}" for value in values) + ")"


if __name__ == "__main__":
    main()
