"""Fit the fleet's prior of the silence rule on real homes and print it as `sensors/prior.py` wants it.

    python -m benchmarks.sensors_fit --data DIR

The rows are made by the live rules themselves: at every pause of ten minutes or more, `silence.features` for each ten
minutes that it lasted. Ridge logistic regression by Newton's method. Data: TIHM (Palermo et al. 2023, CC BY 4.0).
"""

import argparse
import pickle
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from sensors import silence, watch
from sensors.place import Place
from sensors.reading import Reading
from sensors.readings_file import read
from sensors.rhythm import PAUSE_S, SLOT_S, SLOTS

Rows = npt.NDArray[np.float64]
_LONGEST_STEPS = 144
_RIDGE = 5.0


@dataclass
class Pause:
    """One pause of a home: its rows, whether it ended within them, and what is needed to judge thresholds on it."""

    home: str
    began: float
    seconds: float
    days: float
    away: bool
    rows: Rows
    ended: bool
    probes: list[float] = field(default_factory=list)


def by_home(path: Path) -> dict[str, list[Reading]]:
    """The file, one list per home."""
    homes: dict[str, list[Reading]] = {}
    for reading in read(path):
        homes.setdefault(reading.home, []).append(reading)
    return homes


def blackouts(homes: dict[str, list[Reading]]) -> list[tuple[float, float]]:
    """Times of more than two hours in which no home at all was heard."""
    times = np.sort(np.concatenate([[r.at.timestamp() for r in readings] for readings in homes.values()]))
    return [(times[i], times[i + 1]) for i in np.flatnonzero(np.diff(times) > 7200)]


def pauses(readings: Sequence[Reading], dark: Sequence[tuple[float, float]], probes: Sequence[float]) -> list[Pause]:
    """Every pause of one home as the live rules saw it. probes: moments after which the home is imagined silent."""
    home, found, first = watch.new(readings[0].home), [], readings[0].at.timestamp()
    waiting = sorted(probes)
    for reading in readings:
        at, life = reading.at.timestamp(), home.life
        if life is not None:
            here = [one for one in waiting if life.last <= one < at]
            waiting = waiting[len(here) :]
            hidden = any(life.last < end and at > begin + 600 for begin, end in dark)
            if (at - life.last >= PAUSE_S or here) and not hidden:
                rows = _rows(home, at - life.last, everything=bool(here))
                days, away = (life.last - first) / 86_400, life.place == Place.EXIT
                ended = at - life.last <= (_LONGEST_STEPS + 1) * silence.STEP_S
                found.append(Pause(home.home, life.last, at - life.last, days, away, rows, ended, here))
        home, _ = watch.observe(home, reading)
    return found


def _rows(home: watch.HomeWatch, seconds: float, *, everything: bool) -> Rows:
    assert home.life is not None
    stretch = watch.stretch_of(home.life, home.life.last)
    lines, owed, rows = silence.curve(home.rhythm, stretch), 0.0, []
    steps = max(1, int(np.ceil((seconds - PAUSE_S) / silence.STEP_S)))
    for step in range(1, (2 * _LONGEST_STEPS if everything else min(steps, _LONGEST_STEPS)) + 1):
        rows.append(silence.features(stretch, lines, step, owed))
        owed += lines.hazard(int(stretch.base + stretch.offset + step * silence.STEP_S) // SLOT_S)
    return np.array(rows)


def training(found: Sequence[Pause]) -> tuple[Rows, Rows]:
    """Rows and whether life came back in that step."""
    rows, ended = [], []
    for pause in found:
        if pause.seconds < PAUSE_S:
            continue
        steps = min(max(1, int(np.ceil((pause.seconds - PAUSE_S) / silence.STEP_S))), _LONGEST_STEPS)
        came = np.zeros(steps)
        came[-1] = pause.ended
        rows.append(pause.rows[:steps])
        ended.append(came)
    return np.concatenate(rows), np.concatenate(ended)


def fit(rows: Rows, came: Rows) -> Rows:
    """Ridge logistic regression; the weights belong to the rows as they are, not scaled."""
    mean, scale = rows.mean(0), rows.std(0)
    mean[0], scale[scale == 0] = 0.0, 1.0
    scaled = (rows - mean) / scale
    weights: Rows = np.zeros(rows.shape[1])
    for _ in range(10):
        chance = 1 / (1 + np.exp(-scaled @ weights))
        slope = scaled.T @ (came - chance) - _RIDGE * weights
        bend = (scaled * (chance * (1 - chance))[:, None]).T @ scaled + _RIDGE * np.eye(len(weights))
        weights = weights + np.linalg.solve(bend, slope)
    plain: Rows = weights / scale
    plain[0] -= (weights[1:] * mean[1:] / scale[1:]).sum()
    return plain


def chances(homes: dict[str, list[Reading]]) -> Rows:
    """How often each half hour of the day has life in it, over homes with two weeks or more."""
    per_home = []
    for readings in homes.values():
        first, last = readings[0].at, readings[-1].at
        days = (last - first).total_seconds() / 86_400
        if days >= 14:
            slots = {r.at.toordinal() * 48 + r.at.hour * 2 + (r.at.minute >= 30) for r in readings}
            per_home.append(np.bincount([slot % SLOTS for slot in slots], minlength=SLOTS) / days)
    mean: Rows = np.mean(per_home, axis=0)
    return mean


def main() -> None:
    """Print the weights."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--keep", type=Path, help="where to keep the rows, for trying thresholds")
    options = parser.parse_args()
    homes = by_home(options.data / "tihm" / "readings_dev.csv.xz")
    print("CHANCES =", _tuple(chances(homes)))
    dark, rng = blackouts(homes), np.random.default_rng(11)
    found: list[Pause] = []
    for name in sorted(homes):
        readings = homes[name]
        first, last = readings[0].at.timestamp(), readings[-1].at.timestamp()
        moments: Any = rng.uniform(first + 14 * 86_400, last, 60) if last - first >= 28 * 86_400 else []
        found += pauses(readings, dark, list(moments))
    if options.keep:
        options.keep.write_bytes(pickle.dumps(found))
    print("WEIGHTS =", _tuple(fit(*training(found))))


def _tuple(values: Any) -> str:
    return "(" + ", ".join(f"{value:.5g}" for value in values) + ")"


if __name__ == "__main__":
    main()
