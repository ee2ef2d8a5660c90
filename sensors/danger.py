"""What cannot wait for a rhythm: smoke, gas, carbon monoxide, water on the floor, a fall, the SOS button."""

from collections.abc import Mapping

from residents.sign import Level
from sensors.finding import Finding, Reason
from sensors.reading import Reading

RULE = "danger@1"
LEVELS: Mapping[str, Level] = {
    "sos": Level.EMERGENCY,
    "fall": Level.EMERGENCY,
    "smoke": Level.EMERGENCY,
    "gas": Level.EMERGENCY,
    "co": Level.EMERGENCY,
    "leak": Level.WATCH,
}
#: a detector that keeps on saying the same is one danger; after this long without a word it is a new one, seconds.
AGAIN_S = 1800.0


def observe(last: float, reading: Reading) -> tuple[float, tuple[Finding, ...]]:
    """`last`: when this detector last spoke of danger, epoch s, 0 never or cleared. Returns the new one."""
    now = reading.at.timestamp()
    if reading.value <= 0:
        return (0.0 if now >= last else last), ()
    if last and now - last < AGAIN_S:
        return max(last, now), ()
    finding = Finding(
        at=reading.at,
        home=reading.home,
        sign=reading.kind,
        level=LEVELS[reading.kind].value,
        rule=RULE,
        reasons=(Reason(reading.kind),),
        since=reading.at,
        device=reading.device,
        evidence={"value": reading.value},
    )
    return now, (finding,)
