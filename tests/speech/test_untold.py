"""A client that cannot be told or played something, for whatever reason, is heard and shown the rest all the same."""

import json
from pathlib import Path
from typing import Any

import pytest

from speech.speaker.line import SocketLine
from speech.speaking.cache import Cache
from speech.speaking.voice import Manner
from tests.speech.house import ScriptedEars, house, question, settled, until
from tests.speech.sounds import speech


async def test_a_message_that_cannot_be_sent_costs_only_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    send = SocketLine.send

    async def broken(line: SocketLine, *messages: dict[str, Any]) -> None:
        if any(message["type"] in {"partial", "heard"} for message in messages):
            raise ValueError("nobody expected this")
        await send(line, *messages)

    monkeypatch.setattr(SocketLine, "send", broken)
    async with house(tmp_path, ears=ScriptedEars("밥 잘 먹었어요")) as home, home.speaker() as client:
        await until(client, "welcome")
        await client.send(speech("밥 잘 먹었어요", after_s=0.3))
        await client.send(json.dumps({"type": "end"}))
        await settled(lambda: len(home.service.of("heard")) == 1)
        await client.send(json.dumps({"type": "text", "text": "약도 먹었어"}))
        await settled(lambda: len(home.service.of("heard")) == 2)
        assert [said[0] for said in home.service.of("heard")] == ["밥 잘 먹었어요", "약도 먹었어"]


async def test_a_sentence_whose_voice_fails_in_any_way_is_still_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(_cache: Cache, _text: str, _manner: Manner) -> str:
        raise ValueError("nobody expected this")

    monkeypatch.setattr(Cache, "spoken", broken)
    async with house(tmp_path) as home, home.speaker() as client:
        await home.edge.channel.send(question("식사는 좀 하셨어요?"))
        said = await until(client, "say")
        assert (said["text"], said["audio"]) == ("식사는 좀 하셨어요?", None)
