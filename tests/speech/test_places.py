"""How many talks there may be: rules with a clock that the test moves."""

from speech.speaker.places import CALL_BACK_S, IDLE_S, Places


def test_a_place_is_taken_once_and_given_back() -> None:
    places = Places(most=2)
    assert [places.take(who, 0) for who in ("a", "b", "a", "c")] == [True, True, True, False]
    places.leave("a", 1)
    assert (places.taken, places.take("c", 1)) == (1, True)


def test_without_a_measured_limit_there_is_room_for_all() -> None:
    places = Places()
    assert all(places.take(str(number), 0) for number in range(1000))


def test_a_running_talk_and_a_cry_for_help_need_no_room() -> None:
    places = Places(most=1)
    places.take("a", 0)
    places.keep("b", 0)
    assert (places.has("b"), places.taken, places.take("c", 0)) == (True, 2, False)
    places.leave("b", 1)
    assert not places.take("c", 1)  # still as full as it may be


class Town:
    """Who is here to be called back, and who was."""

    def __init__(self, *here: str) -> None:
        self.here = set(here)
        self.called: list[str] = []

    def call(self, address: str) -> bool:
        if address in self.here:
            self.called.append(address)
        return address in self.here


def test_whoever_was_put_off_is_called_back_in_turn_and_keeps_the_place() -> None:
    town = Town("b", "c")
    places = Places(1, town.call)
    places.take("a", 0)
    assert [places.put_off(who, at) for who, at in (("b", 1), ("c", 2), ("b", 3))] == [True, True, False]
    places.leave("a", 4)
    assert (town.called, places.take("d", 4)) == (["b"], False)
    places.leave("b", 5)
    assert town.called == ["b", "c"]


def test_nobody_is_called_back_much_later_or_where_it_is_not_wanted_any_more() -> None:
    town = Town("b", "c", "d")
    places = Places(1, town.call)
    places.take("a", 0)
    for who in ("b", "c", "d"):
        places.put_off(who, 0 if who == "b" else 100)
    places.keep("a", 140)
    places.leave("c", 150)
    places.keep("a", CALL_BACK_S)
    places.leave("a", CALL_BACK_S + 1)
    assert town.called == ["d"]


def test_who_was_promised_a_talk_and_is_away_for_a_moment_is_called_when_back() -> None:
    town = Town("c")
    places = Places(1, town.call)
    places.take("a", 0)
    places.put_off("b", 1)
    places.put_off("c", 2)
    places.gone("b", 3)  # the wireless net
    places.leave("a", 4)
    assert town.called == ["c"]
    town.here.add("b")
    places.leave("c", 60)
    assert town.called == ["c", "b"]


def test_who_was_promised_a_talk_has_it_before_a_new_one_also_where_nobody_said_good_bye() -> None:
    town = Town("b")
    places = Places(1, town.call)
    places.take("a", 0)
    places.put_off("b", 1)
    places.offer(IDLE_S)
    assert town.called == []
    assert not places.take("c", IDLE_S + 1)
    assert (town.called, places.has("b")) == (["b"], True)


def test_a_talk_whose_end_was_missed_keeps_nobody_out_for_ever() -> None:
    places = Places(most=1)
    places.take("a", 0)
    assert not places.take("b", IDLE_S)
    assert places.take("b", IDLE_S + 1)


def test_more_room_is_seen_at_once() -> None:
    places = Places(most=1)
    places.take("a", 0)
    places.most = 2
    assert places.take("b", 0)


def test_three_hundred_homes_at_half_past_nine_are_all_asked_within_minutes() -> None:
    """Sixteen places; every third home talks for a minute and a half, the others do not answer."""
    places, waiting, talking = Places(16), [str(home) for home in range(300)], dict[str, int]()
    at = 0
    while waiting:
        for home in [home for home in waiting if places.take(home, at)]:
            waiting.remove(home)
            if int(home) % 3 == 0:
                talking[home] = at + 90
        for home, until in list(talking.items()):
            if at < until:
                places.keep(home, at)
            else:
                places.leave(home, at)
                del talking[home]
        at += 5
    assert at < 20 * 60
