"""Cursors: no entry lost, none shown twice, and nothing made up is believed."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.cursor import BadCursor, after, at_and_skip, by_time, pack, unpack
from tests.conftest import SEOUL

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=SEOUL)


@given(st.lists(st.integers(0, 5)), st.integers(1, 4))
def test_pages_by_time_hold_every_entry_once(minutes: list[int], limit: int) -> None:
    rows = sorted((NOW - timedelta(minutes=m) for m in minutes), reverse=True)
    shown: list[datetime] = []
    cursor: str | None = None
    for _ in range(len(rows) + 1):
        at, skip = at_and_skip(cursor)
        found = [row for row in rows if at is None or row < at + timedelta(microseconds=1)][: skip + limit + 1][skip:]
        shown += found[:limit]
        cursor = by_time(found, cursor, limit)
        if cursor is None:
            break
    assert (shown, cursor) == (rows, None)


@given(st.lists(st.integers()), st.integers(1, 4))
def test_pages_by_place_hold_every_entry_once(rows: list[int], limit: int) -> None:
    shown, cursor = after(rows, None, limit)
    while cursor is not None:
        more, cursor = after(rows, cursor, limit)
        shown += more
    assert shown == rows


@given(st.text())
def test_what_nobody_handed_out_is_refused(made_up: str) -> None:
    for kind in (int, str, list):
        try:
            assert isinstance(unpack(made_up, kind), kind)
        except BadCursor:
            continue


@pytest.mark.parametrize("place", [-1, 2**63, True])
def test_a_place_no_list_has(place: int) -> None:
    with pytest.raises(BadCursor):
        unpack(pack(place), int)


@pytest.mark.parametrize(
    "place",
    [
        ["2026-11-23T09:00:00", 0],
        ["2026-11-23T09:00:00+09:00", -1],
        ["never", 1],
        ["9999-12-31T23:59:59.999999-14:00", 0],  # no UTC clock can tell it
        ["0001-01-01T00:00:00+14:00", 0],
        [1, 2],
        ["2026-11-23T09:00:00+09:00"],
    ],
)
def test_a_time_no_list_has(place: list[object]) -> None:
    with pytest.raises(BadCursor):
        at_and_skip(pack(place))
