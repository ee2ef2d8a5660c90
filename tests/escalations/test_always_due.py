"""Whatever happens in whatever order: an open escalation always has a next step, and rounds never spin."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from escalations.errors import AlreadyTaken, IllegalStep
from escalations.escalation import State, decide
from escalations.events import (
    Acknowledged,
    Closed,
    ContactConfirmed,
    Event,
    GivenBack,
    Joined,
    Opened,
    Outcome,
    Page,
    PageFailed,
    StepDue,
    TakenOver,
)
from escalations.policy import default_data, freeze, policies
from residents.sign import Level

levels = st.sampled_from(list(Level))
people = st.sampled_from(["u-1", "u-2"])
duty_ends = st.datetimes(datetime(2026, 2, 1), datetime(2026, 5, 1), timezones=st.just(UTC))  # noqa: DTZ001
events: st.SearchStrategy[Event] = st.one_of(
    st.builds(Joined, levels),
    st.just(StepDue()),
    st.builds(PageFailed, st.integers(0, 12)),
    st.builds(Acknowledged, people, st.one_of(st.none(), duty_ends)),
    st.builds(TakenOver, people, st.one_of(st.none(), duty_ends)),
    st.builds(GivenBack, people),
    st.builds(ContactConfirmed, st.just("c-1")),
    st.builds(Closed, people, st.sampled_from(list(Outcome))),
)


@given(levels, st.sets(st.integers(1, 5)), st.lists(st.tuples(events, st.integers(0, 100_000)), max_size=40))
def test_an_open_escalation_always_has_a_next_step(
    level: Level, ranks: set[int], story: list[tuple[Event, int]]
) -> None:
    now = datetime(2026, 3, 1, tzinfo=UTC)
    state, _ = decide(None, Opened(level, policies(freeze(default_data(), "Australia/Lord_Howe", sorted(ranks)))), now)
    for event, seconds in story:
        now += timedelta(seconds=seconds)
        try:
            state, _ = decide(state, event, now)
        except (IllegalStep, AlreadyTaken):
            continue
        assert (state.due_at is not None) == (state.state is not State.CLOSED)
        assert (state.taken_by is not None) == (state.state is not State.OPEN)


@given(levels, st.sets(st.integers(1, 5)), st.booleans())
def test_when_nobody_is_ever_reached_a_round_still_takes_time(level: Level, ranks: set[int], confirmed: bool) -> None:
    now = datetime(2026, 3, 2, 3, tzinfo=UTC)
    state, _ = decide(None, Opened(level, policies(freeze(default_data(), "Asia/Seoul", sorted(ranks)))), now)
    if confirmed:
        state, _ = decide(state, ContactConfirmed("c-1"), now)
    steps = 0
    while state.due_at is not None and state.due_at <= now:
        state, todo = decide(state, StepDue(), now)
        steps += any(isinstance(each, Page) for each in todo)
        state, _ = decide(state, PageFailed(state.serial), now)
        assert steps <= len(state.policy.steps)
    assert state.round == 1
    assert state.due_at is not None
    assert state.due_at - now >= timedelta(seconds=60)
