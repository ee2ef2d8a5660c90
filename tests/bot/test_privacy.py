"""No name, phone number, token or word of a message in any log, whatever goes wrong."""

import logging

import pytest
import structlog
from structlog.testing import capture_logs

from escalations.channel import NotNow
from tests.bot.conftest import Stage
from tests.bot.waiting import handled
from tests.fakes.bot_api import TOKEN, BotApi


async def test_logs_hold_ids_only(stage: Stage, api: BotApi, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    structlog.reset_defaults()
    with capture_logs() as lines:
        stage.start()
        resident = await stage.linked("resident", "r-001", name="김안부")
        stage.checkins.trouble.append(_fails)
        resident.says("비밀스러운 이야기 010-0000-0001")
        api.fault("garbage", "getUpdates")
        api.fault("500", "sendMessage")
        for _ in range(2):
            try:
                await stage.send(resident, "김안부 님의 소식")
            except NotNow:
                continue
        from bot.tables import UpdateState

        await handled(stage.store, 1, UpdateState.QUARANTINED)
    said = "\n".join([*map(str, lines), caplog.text])
    assert "telegram_update_failed" in said
    for secret in (TOKEN, TOKEN.split(":")[1], "비밀", "김안부", "안부 어르신", "010-0000-0001", str(resident.chat)):
        assert secret not in said


def _fails(text: str) -> None:
    raise RuntimeError(text)
