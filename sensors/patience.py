"""How patient a city is with silence, as a person may set it: how often a call that was not needed is accepted in a
home and month, and how long anybody at home waits at most.

The rule knows no such number but the price of a false call (`silence.Worth`). How many of them a price leads to was
counted on the homes the rule was made from (TIHM, Palermo et al. 2023); what lies between is interpolated.
"""

from collections.abc import Mapping
from math import exp, log

from residents.sign import Level
from sensors.finding import CHECK

SIGN = "silence"
#: what the fleet's prices lead to on homes left out, false signs in a home and month (docs/benchmarks.md).
BUDGETS: Mapping[str, float] = {CHECK: 2.0, Level.URGENT.value: 0.3}
#: (false signs, to the budget's; times the fleet's price), the dearest first.
MEASURED: Mapping[str, tuple[tuple[float, float], ...]] = {
    CHECK: ((0.27, 16.0), (0.53, 4.0), (1.0, 1.0), (2.34, 0.25), (11.19, 0.0625)),
    Level.URGENT.value: ((0.45, 16.0), (0.82, 4.0), (1.0, 1.0), (2.36, 0.25), (4.36, 0.0625)),
}


def dearer(level: str, own: Mapping[str, float]) -> float:
    """How many times the fleet's price a false call costs. own: "silence.check", "silence.urgent", in a month."""
    often = own.get(f"{SIGN}.{level}")
    return 1.0 if often is None else _between(MEASURED[level], often / BUDGETS[level])


def at_most_h(level: str, own: Mapping[str, float], hours: float) -> float:
    """These hours of a silence at home, or fewer where "silence.check_most" and "silence.urgent_most" say so."""
    return min(hours, own.get(f"{SIGN}.{level}_most", hours))


def _between(measured: tuple[tuple[float, float], ...], share: float) -> float:
    """On straight lines between the logarithms; at either end the last one holds."""
    below = [point for point in measured if point[0] <= share]
    above = [point for point in measured if point[0] > share]
    if not below or not above:
        return (below or above)[-1 if below else 0][1]
    (low, price), (high, other) = below[-1], above[0]
    along = log(share / low) / log(high / low)
    return exp(log(price) + along * log(other / price))
