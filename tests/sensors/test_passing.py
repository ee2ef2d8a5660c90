"""Many readings at once leave a home as the same readings one by one do, whatever they are and whenever they come."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from sensors import watch
from sensors.diary import slot_of
from sensors.finding import Finding
from sensors.message import GatewayState
from sensors.passing import Passing, observe_all
from sensors.reading import Reading
from sensors.watch import HomeWatch
from tests.sensors_rules.home import FIRST, weeks

HOME = "home-1"
_LIVED = watch.observe_all(watch.new(HOME), weeks(HOME, 16))[0]
_BEGIN = FIRST + timedelta(days=15, hours=22)

#: (device, kind, values)
_DEVICES = (
    ("bedroom", "motion", (1.0, 1.0, 0.0)),
    ("living_room", "motion", (1.0,)),
    ("kitchen", "motion", (1.0, 0.0)),
    ("bathroom", "motion", (1.0, 1.0, 0.0)),
    ("front_door", "contact", (1.0,)),
    ("back_door", "contact", (1.0, 0.0)),
    ("fridge_door", "contact", (1.0, 1.0, 1.0, 0.0)),
    ("band", "steps", (12.0, 0.0)),
    ("band", "heart_rate", (70.0, 190.0)),
    ("kettle", "power", (0.0, 1800.0)),
    ("detector", "smoke", (0.0, 1.0)),
    ("belt", "fall", (0.0, 1.0)),
    ("thermometer", "temperature", (8.0, 21.0)),
)
_APART_S = (0, 1, 20, 200, 599, 600, 601, 1799, 2700, 3601, 7300, 90_000, -5, -4000)
_some = st.sampled_from([(name, kind, value) for name, kind, values in _DEVICES for value in values])
_steps = st.lists(st.tuples(st.sampled_from(_APART_S), _some), min_size=1, max_size=60)


def _one_by_one(state: HomeWatch, readings: list[Reading]) -> tuple[HomeWatch, list[Finding]]:
    findings: list[Finding] = []
    for one in readings:
        state, found = watch.observe(state, one)
        findings += found
    return state, findings


def _readings(steps: list[tuple[int, tuple[str, str, float]]], offset: int) -> list[Reading]:
    readings, when = [], _BEGIN + timedelta(minutes=offset)
    for apart, (name, kind, value) in steps:
        when += timedelta(seconds=apart)
        readings.append(Reading(HOME, name, kind, when, value))
    return readings


@given(begun=st.sampled_from([watch.new(HOME), _LIVED]), steps=_steps, offset=st.integers(0, 900))
@settings(max_examples=250, deadline=None)
def test_all_at_once_is_as_one_by_one(
    begun: HomeWatch, steps: list[tuple[int, tuple[str, str, float]]], offset: int
) -> None:
    readings = _readings(steps, offset)
    state, findings = observe_all(begun, readings)
    assert (state, list(findings)) == _one_by_one(begun, readings)


@given(steps=_steps, cuts=st.sets(st.integers(0, 59), max_size=6), hidden=st.booleans())
@settings(max_examples=100, deadline=None)
def test_it_may_be_looked_at_and_judged_in_between(
    steps: list[tuple[int, tuple[str, str, float]]], cuts: set[int], hidden: bool
) -> None:
    """Deadlines that pass, a gateway that goes and comes, an absence: the state is taken out and put back."""
    passing, state = Passing(_LIVED), _LIVED
    findings, expected = list[Finding](), list[Finding]()
    for n, one in enumerate(_readings(steps, 0)):
        if n in cuts:
            assert passing.state == state
            later = one.at + timedelta(hours=3)
            state, _ = watch.note_state(state, GatewayState(HOME, one.at, online=bool(n % 2)))
            state, found = watch.due(state, later, hidden=hidden)
            state = watch.pause(state, later) if n % 3 == 0 else state
            expected += found
            passing.state = state
            findings += found
        state, found = watch.observe(state, one)
        expected += found
        findings += passing.take(one, one.at.timestamp(), slot_of(one.at)) or ()
        assert passing.due == state.due
    assert (passing.state, findings) == (state, expected)


def test_most_readings_change_no_state_and_no_deadline() -> None:
    """What the speed of a replay rests on."""
    passing, new = Passing(_LIVED), 0
    for n in range(120):
        when = _BEGIN + timedelta(minutes=30, seconds=n * 10)
        new += passing.take(Reading(HOME, "kitchen", "motion", when, 1.0), when.timestamp(), slot_of(when)) is not None
    assert new < 5
    assert passing.state.life is not None
    assert passing.state.life.count > 60
