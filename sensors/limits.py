"""Published limits of vital signs, and what is a plausible value at all.

watch: a coordinator must know the same day once it has been measured again; urgent: within minutes.
Sources, by row of LIMITS:
- systolic, diastolic high: ESH 2023 / KSH 2022 grade 2 hypertension (160/100); NICE NG136 severe hypertension with
  same-day assessment (180/120). Low: NEWS2 (Royal College of Physicians 2017), 90 or less scores 3, here below 90 is
  watched and below 80 urgent; diastolic below 50: ESC 2024 lower safety bound in the old and frail.
- heart_rate: AHA bradycardia below 50 and tachycardia above 100 at rest; NEWS2 scores 3 at 40 or less, 131 or more.
- spo2: NEWS2 scale 1, 92-93 scores 2 (watch below 93), 91 or less scores 3 (urgent below 90; home oximeters err by 2).
- body_temperature: NEWS2, 38.1 and more scores 1, 39.1 and more 2; 35.0 or less 3 (hypothermia).
- glucose (mg/dL): ADA Standards of Care 2024, below 70 level 1 and below 54 level 2 hypoglycaemia; above 250 ketones
  are checked, above 400 a person comes.
- weight: ESC 2021 heart failure guideline, more than 2 kg within 3 days; GLIM 2019, more than 5 % lost within
  6 months, watched here over 28 days.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Limits:
    """watch/urgent: (below, above), None where there is none; plausible: outside it the value is an error.

    least: a deviation from the person's own range smaller than this never matters, in the kind's unit.
    """

    watch: tuple[float | None, float | None]
    urgent: tuple[float | None, float | None]
    plausible: tuple[float, float]
    least: float


LIMITS: Mapping[str, Limits] = {
    "systolic": Limits((90, 159.5), (80, 179.5), (50, 280), 25),
    "diastolic": Limits((50, 99.5), (40, 119.5), (25, 200), 18),
    "heart_rate": Limits((50, 100.5), (40, 130.5), (20, 250), 25),
    "spo2": Limits((93, None), (90, None), (50, 100), 4),
    "body_temperature": Limits((35.1, 38.0), (34.0, 39.0), (30, 43), 1.0),
    "glucose": Limits((70, 250), (54, 400), (20, 700), 80),
    "weight": Limits((None, None), (None, None), (20, 250), 2.0),
}
#: the kinds measured by one cuff belong together.
PRESSURE = ("systolic", "diastolic")
#: level and side of every limit that may be set otherwise.
SIDES = (("urgent", "low", 0), ("urgent", "high", 1), ("watch", "low", 0), ("watch", "high", 1))
#: weight: (days back, kg gained or lost, % lost).
GAINED_KG, GAINED_DAYS = 2.0, 3
LOST_SHARE, LOST_DAYS = 0.05, 28


def limits_of(kind: str, own: Mapping[str, float]) -> Limits:
    """The limits of a kind, where they are set otherwise by name: "systolic.watch_high", "spo2.urgent_low", …"""
    limits = LIMITS[kind]
    if not own:
        return limits
    sides = {"urgent": list(limits.urgent), "watch": list(limits.watch)}
    for level, side, which in SIDES:
        sides[level][which] = own.get(f"{kind}.{level}_{side}", sides[level][which])
    (low, high), (least, most) = sides["urgent"], sides["watch"]
    return replace(limits, urgent=(low, high), watch=(least, most))
