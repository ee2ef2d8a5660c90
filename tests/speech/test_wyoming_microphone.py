"""When a satellite's sound counts, step by step: the rules without a socket or a clock."""

from dataclasses import replace

from speech.wyoming.satellites.microphone import (
    LONGEST_S,
    QUIET_S,
    THINKING_S,
    Microphone,
    Order,
    heard,
    passed,
    played,
    said,
    sent,
    sound,
    spoken_into,
    stopped,
    unasked,
    woken,
    words,
)
from speech.wyoming.satellites.overhearing import ENOUGH_MS, Overheard, listened, over, own


def told(state: Microphone, until: float, *, listen: bool, last: bool) -> Microphone:
    """A sentence into silence."""
    after, orders = said(state, until, listen=listen, last=last)
    assert orders == ()
    return after


FREE = Microphone(unasked=True)  # it streams by itself
ASKED = told(FREE, 5.0, listen=True, last=False)


def test_a_question_listens_once_it_has_been_played() -> None:
    assert not ASKED.open
    state, orders = played(ASKED, 3.0)
    assert (state.open, orders) == (True, (Order.OPEN,))
    assert state.due == 3.0 + QUIET_S


def test_or_once_it_must_have_been() -> None:
    assert ASKED.due == 5.0
    assert passed(ASKED, 4.9) == (ASKED, ())
    state, orders = passed(ASKED, 5.0)
    assert (state.open, orders) == (True, (Order.OPEN,))


def test_a_sentence_still_being_handed_over_has_no_end_yet() -> None:
    handing = told(FREE, float("inf"), listen=True, last=False)
    assert handing.due == float("inf")
    assert sent(handing, 9.0).due == 9.0
    finished, _ = played(handing, 2.0)  # played before all was handed over
    assert sent(finished, 9.0) == finished


def test_two_sentences_are_both_played_before_it_listens() -> None:
    two = told(ASKED, 8.0, listen=True, last=False)
    one, orders = played(two, 4.0)
    assert (one.open, orders) == (False, ())
    assert played(one, 7.0)[0].open


def test_what_is_no_question_does_not_listen() -> None:
    state, orders = played(told(FREE, 5.0, listen=False, last=False), 3.0)
    assert (state.open, orders) == (False, ())


def test_a_talk_that_goes_no_further_lets_the_satellite_go_after_a_while() -> None:
    woke, _ = woken(Microphone(), 1.0)
    state, orders = played(told(woke, 5.0, listen=False, last=False), 3.0)
    assert (state.flows, orders, state.due) == (True, (), 3.0 + THINKING_S)
    assert passed(state, 3.0 + THINKING_S)[1] == (Order.SHUT,)


def test_the_last_sentence_lets_the_satellite_go() -> None:
    woke, _ = woken(Microphone(), 1.0)
    state, orders = played(told(woke, 5.0, listen=False, last=True), 3.0)
    assert (state.open, state.flows, state.playing, orders) == (False, False, (), (Order.SHUT,))


def test_one_wake_word_is_one_talk_however_many_events_tell_of_it() -> None:
    first, orders = woken(Microphone(), 1.0)
    assert (first.open, first.flows, orders) == (True, True, (Order.TALK,))
    answered = told(first, 9.0, listen=True, last=False)  # the service was quicker than the second event
    assert woken(answered, 1.3)[1] == ()
    assert not woken(answered, 1.3)[0].open


def test_the_wake_word_while_an_answer_is_waited_for_is_no_new_talk() -> None:
    listening, _ = played(told(Microphone(), 5.0, listen=True, last=False), 3.0)
    state, orders = woken(listening, 4.0)
    assert (state.open, state.flows, orders) == (True, True, ())


def test_the_wake_word_into_a_sentence_is_listened_to_at_once() -> None:
    into_question, orders = woken(told(Microphone(), 5.0, listen=True, last=False), 3.0)
    assert (into_question.open, orders) == (True, ())
    into_goodbye, orders = woken(told(Microphone(), 5.0, listen=False, last=True), 3.0)
    assert (into_goodbye.open, orders) == (True, (Order.TALK,))
    still, orders = played(into_goodbye, 4.0)
    assert (still.open, orders) == (True, ())


def test_who_speaks_into_a_question_is_listened_to_at_once_and_into_anything_else_not() -> None:
    into_question = spoken_into(ASKED, 3.0)
    assert (into_question.open, into_question.playing) == (True, ASKED.playing)
    assert played(into_question, 4.0)[0].since == 3.0
    for other in (told(FREE, 5.0, listen=False, last=False), told(FREE, 5.0, listen=True, last=True), FREE):
        assert spoken_into(other, 3.0) == other


def test_a_satellite_is_trusted_not_to_hear_itself_after_a_whole_sentence_without_a_voice() -> None:
    quiet, voice = [0.1] * (ENOUGH_MS // 32 + 1), [0.9] * 8
    unknown, spoken = listened(Overheard(), voice)
    assert not spoken
    alone = over(listened(Overheard(), quiet)[0])
    assert alone.alone
    assert listened(alone, voice[1:])[1] is False  # a click
    after, spoken = listened(alone, voice)
    assert (spoken, over(after).alone) == (True, True)  # their voice says nothing about the satellite's
    assert not over(listened(Overheard(), [*quiet, *voice])[0]).alone
    assert over(unknown) == Overheard()  # too short to tell


def test_its_own_words_end_the_trust() -> None:
    assert own("주무셨어요", "안녕히 주무셨어요? 오늘은 어떠세요?")
    assert own("안녕히 주무셨어요 오늘은", "안녕히 주무셨어요? 오늘은 어떠세요?")
    assert not own("잘 잤어요", "안녕히 주무셨어요? 오늘은 어떠세요?")


def test_silence_ends_the_listening_and_is_no_end_of_an_utterance() -> None:
    listening, _ = played(ASKED, 3.0)
    state, orders = passed(listening, 3.0 + QUIET_S)
    assert (state.open, orders) == (False, (Order.SHUT,))


def test_sound_without_words_is_told_to_the_service_at_the_end() -> None:
    listening, _ = played(ASKED, 3.0)
    assert passed(sound(listening), 3.0 + QUIET_S)[1] == (Order.END, Order.SHUT)


def test_words_keep_it_listening_but_not_for_ever() -> None:
    listening, _ = played(ASKED, 0.0)
    for second in range(10, 60, 10):
        listening = words(listening, float(second))
    assert listening.due == LONGEST_S
    assert not passed(listening, LONGEST_S)[0].open


def test_after_an_utterance_the_service_has_the_word() -> None:
    listening, _ = played(told(replace(FREE, unasked=False, flows=True), 5.0, listen=True, last=False), 3.0)
    thinking = heard(sound(listening), "네", 6.0)
    assert thinking.due == 6.0 + THINKING_S
    assert told(thinking, 9.0, listen=True, last=False).due == 9.0
    assert passed(thinking, 6.0 + THINKING_S)[1] == (Order.SHUT,)


def test_what_is_said_after_an_utterance_is_listened_to_until_the_answer_begins() -> None:
    listening, _ = played(ASKED, 3.0)
    thinking = heard(sound(listening), "네", 6.0)
    assert thinking.open
    crying = words(sound(thinking), 17.0)
    assert crying.due == 17.0 + QUIET_S  # she speaks: nobody hangs up on her
    answered, orders = said(crying, 25.0, listen=True, last=False)
    assert (answered.open, orders) == (False, (Order.HUSH,))  # so that what she was saying is over, and heard
    assert heard(answered, "살려줘", 20.0) == answered
    assert passed(sound(thinking), 6.0 + THINKING_S)[1] == (Order.HUSH, Order.SHUT)


def test_the_wake_word_after_an_utterance_begins_a_talk() -> None:
    listening, _ = played(ASKED, 3.0)
    state, orders = woken(heard(sound(listening), "네", 6.0), 7.0)
    assert (state.open, state.rest_at, orders) == (True, None, (Order.TALK,))


def test_a_cough_ends_no_listening() -> None:
    listening = sound(played(ASKED, 3.0)[0])
    assert heard(listening, "", 6.0) == listening


def test_a_stream_that_stops_is_followed_by_silence_unless_it_goes_on() -> None:
    listening, _ = played(ASKED, 3.0)
    assert stopped(listening, 4.0) == listening  # nothing had come
    cut = stopped(sound(listening), 4.0)
    assert passed(cut, 5.0)[1] == (Order.HUSH,)
    assert passed(sound(cut), 5.0)[1] == ()


def test_one_without_a_wake_word_is_kept_shut_until_it_is_asked() -> None:
    assert unasked(Microphone()) == (FREE, (Order.SHUT,))
    listening, _ = played(ASKED, 3.0)
    assert unasked(listening) == (listening, ())


def test_played_without_a_sentence_means_nothing() -> None:
    assert played(FREE, 1.0) == (FREE, ())
