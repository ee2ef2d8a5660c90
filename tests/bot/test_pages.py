"""From an alarm to a person who has it: pages, the button, who sees what, and what does nothing."""

from datetime import timedelta

from sqlmodel import Session

from escalations.roster import Shift
from residents.sign import Level
from residents.tables import CoordinatorRow
from tests.bot.conftest import Stage
from tests.fakes.bot_api import BotApi
from tests.fakes.phone import Phone

ACK = "내가 확인할게요"


async def on_duty(stage: Stage) -> tuple[Phone, Phone]:
    """A coordinator on rank 1 and a supervisor on rank 2, both with phones."""
    shifts = [Shift("u-001", rank=1), Shift("u-002", rank=2)]
    stage.store.write(stage.escalations.set_roster, shifts, stage.clock.now())
    return await stage.linked("coordinator", "u-001"), await stage.linked("coordinator", "u-002")


async def later(stage: Stage, **span: float) -> None:
    """Time passes, the sweep steps on, the outbox sends."""
    stage.clock.forward(**span)
    stage.store.write(stage.escalations.sweep, stage.clock.now(), stage.clock.real())
    await stage.sent()


async def test_a_page_is_taken_by_its_button_and_the_others_see_who_has_it(stage: Stage) -> None:
    stage.start()
    first, second = await on_duty(stage)
    escalation = stage.alarm()
    await stage.sent()
    page = await first.sees("김안부")
    await later(stage, seconds=61)
    await second.sees("김안부")

    first.presses(ACK)
    assert "맡으셨어요" in await first.is_answered("맡으셨어요")
    marked = await first.sees("박담당 님이 맡았어요")
    await stage.sent()
    await second.sees("박담당")
    assert "김안부" in marked.text
    assert "단추를 눌러" not in marked.text

    taken = stage.store.read(stage.escalations.summary, escalation)
    assert (taken.state, taken.acknowledged_by) == ("acknowledged", "u-001")
    assert page.buttons == []
    assert second.last.buttons == []


async def test_whoever_comes_on_duty_takes_it_from_who_went_home_by_a_button(stage: Stage) -> None:
    stage.start()
    first, second = await on_duty(stage)
    shifts = [Shift("u-001", "daily", "00:00", "18:00"), Shift("u-002", "daily", "18:00", "24:00")]
    stage.store.write(stage.escalations.set_roster, shifts, stage.clock.now())
    escalation = stage.alarm()
    await stage.sent()
    first.presses(ACK)
    await first.is_answered("맡으셨어요")
    duty_ends = stage.clock.now().replace(hour=18, minute=0) - stage.clock.now()
    while duty_ends > timedelta(minutes=25):  # a sign of life keeps it theirs until then
        await later(stage, minutes=25)
        first.presses_data(f"ack:{escalation}", first.messages[0])
        duty_ends -= timedelta(minutes=25)
    await later(stage, seconds=duty_ends.total_seconds())
    await second.sees("당직이 끝났습니다")
    second.presses("내가 넘겨받을게요")
    await second.is_answered("맡으셨어요")
    taken = stage.store.read(stage.escalations.summary, escalation)
    assert (taken.state, taken.acknowledged_by) == ("acknowledged", "u-002")


async def test_the_second_to_press_is_told_who_has_it_and_changes_nothing(stage: Stage) -> None:
    stage.start()
    first, second = await on_duty(stage)
    escalation = stage.alarm()
    await stage.sent()
    await later(stage, seconds=61)
    first.presses(ACK)
    await first.is_answered("맡으셨어요")
    second.presses(ACK)
    await second.is_answered("박담당 님이 맡으셨어요")
    await second.sees("박담당 님이 맡았어요")
    assert stage.store.read(stage.escalations.summary, escalation).acknowledged_by == "u-001"


async def test_pressing_twice_is_pressing_once(stage: Stage) -> None:
    stage.start()
    first, _ = await on_duty(stage)
    escalation = stage.alarm()
    await stage.sent()
    first.presses(ACK)
    await first.sees("맡았어요")
    before = stage.store.read(stage.escalations.summary, escalation)
    stage.clock.forward(minutes=1)
    first.presses_data(f"ack:{escalation}")
    await stage_answers(first, 2)
    assert stage.store.read(stage.escalations.summary, escalation).acknowledged_at == before.acknowledged_at


async def stage_answers(phone: Phone, count: int) -> None:
    """Until so many presses were answered."""
    from tests.bot.waiting import until

    await until(lambda: len(phone.answers) >= count, f"{count} answers")


async def test_strangers_residents_and_viewers_take_nothing_over(stage: Stage, api: BotApi) -> None:
    stage.start()
    await on_duty(stage)
    escalation = stage.alarm()
    stranger, resident, viewer = (
        api.phone(),
        await stage.linked("resident", "r-001"),
        await stage.linked("coordinator", "u-003"),
    )
    for phone, said in ((stranger, "쓰실 수 없"), (resident, "지나간"), (viewer, "맡으실 수 없")):
        phone.presses_data(f"ack:{escalation}")
        await phone.is_answered(said)
    assert stage.store.read(stage.escalations.summary, escalation).state == "open"


async def test_a_closed_or_unknown_page_is_answered_politely(stage: Stage) -> None:
    from escalations.actor import Actor, ActorKind

    stage.start()
    first, _ = await on_duty(stage)
    escalation = stage.alarm()
    await stage.sent()
    by = Actor(ActorKind.COORDINATOR, "u-002", "최책임", "supervisor")
    stage.store.write(stage.escalations.close, escalation, by, "safe", "", stage.clock.now())
    first.presses(ACK)
    await first.is_answered("이미 마무리")
    for data in ("ack:e-999", "ack:", "ack:" + "x" * 60, "list:e-999", "무엇", ""):
        first.presses_data(data)
    await stage_answers(first, 7)
    assert stage.store.read(stage.escalations.summary, escalation).state == "closed"


async def test_a_contact_confirms_which_is_shown_while_the_emergency_goes_on(stage: Stage) -> None:
    stage.start()
    first, second = await on_duty(stage)
    daughter = await stage.linked("contact", "c-001")
    escalation = stage.alarm()
    await stage.sent()
    await daughter.sees("김안부")
    daughter.presses(ACK)
    await daughter.is_answered("담당자에게 전했")
    await daughter.sees("확인하겠다고 하셨어요")
    await stage.sent()
    await first.sees("김하나")
    summary = stage.store.read(stage.escalations.summary, escalation)
    assert (summary.state, summary.confirmed_by) == ("open", "김하나")
    await later(stage, seconds=61)
    await second.sees("김안부")


async def test_another_residents_contact_confirms_nothing(stage: Stage) -> None:
    stage.start()
    daughter = await stage.linked("contact", "c-001")
    escalation = stage.alarm(resident="r-002")
    daughter.presses_data(f"ack:{escalation}")
    await daughter.is_answered("맡으실 수 없")
    assert stage.store.read(stage.escalations.summary, escalation).confirmed_by is None


async def test_open_lists_the_gravest_first_with_age_and_buttons(stage: Stage) -> None:
    stage.start()
    first, _ = await on_duty(stage)
    stage.alarm("wish", Level.WATCH, "r-002")
    stage.clock.forward(minutes=5)
    grave = stage.alarm()
    stage.clock.forward(minutes=2)
    first.says("/open")
    shown = await first.sees("열린 일 2건")
    assert shown.text.index("[응급] 김안부 · 2분 전") < shown.text.index("[오늘 안에] 이안부 · 7분 전")
    assert [label for label, _ in shown.buttons] == ["1번 · 내가 확인할게요", "2번 · 내가 확인할게요"]

    first.presses("1번 · 내가 확인할게요")
    await first.sees("✔ 박담당")
    assert stage.store.read(stage.escalations.summary, grave).acknowledged_by_name == "박담당"
    assert [label for label, _ in shown.buttons] == ["2번 · 내가 확인할게요"]

    supervisor = (await on_duty(stage))[1]
    supervisor.presses_data(f"list:take:{grave}")
    await supervisor.is_answered("맡으셨어요")
    assert stage.store.read(stage.escalations.summary, grave).acknowledged_by_name == "최책임"


async def test_a_technician_is_shown_what_is_technical_and_nobodys_health(stage: Stage) -> None:
    stage.store.write(lambda tx: setattr(tx.get_one(CoordinatorRow, "u-001"), "role", "technician"))
    stage.start()
    phone = await stage.linked("coordinator", "u-001")
    stage.alarm()
    stage.alarm("battery_low", Level.TECHNICAL, "r-002")
    phone.says("/open")
    shown = await phone.sees("열린 일 1건")
    assert "[기술] 이안부" in shown.text


async def test_nothing_open_and_who_is_on_duty(stage: Stage) -> None:
    stage.start()
    first, _ = await on_duty(stage)
    first.says("할 일 있어?")
    await first.sees("열린 일이 없")
    first.says("/duty")
    duty = await first.sees("지금 당번")
    assert duty.text.splitlines()[1:] == ["1순위 박담당", "2순위 최책임"]
    first.says("안녕하세요")
    await first.sees("/open")


async def test_nobody_on_duty_is_said(stage: Stage) -> None:
    stage.start()
    phone = await stage.linked("coordinator", "u-001")
    phone.says("/당번")
    await phone.sees("당번이 없어요")


async def test_a_coordinator_of_other_districts_sees_only_their_own(stage: Stage) -> None:
    def elsewhere(tx: Session) -> None:
        row = tx.get_one(CoordinatorRow, "u-001")
        row.districts = ["회천1동"]

    stage.store.write(elsewhere)
    stage.start()
    phone = await stage.linked("coordinator", "u-001")
    stage.alarm()
    phone.says("/open")
    await phone.sees("열린 일이 없")


async def test_a_message_from_long_ago_is_taken_over_by_a_new_line(stage: Stage, api: BotApi) -> None:
    stage.start()
    first, _ = await on_duty(stage)
    escalation = stage.alarm()
    stage.clock.forward(**{"seconds": timedelta(days=3).total_seconds()})
    first.presses_data(f"ack:{escalation}")  # the message it stood under cannot be edited any more
    await first.sees("맡았어요")
