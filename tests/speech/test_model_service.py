"""The running service while its voice is fetched: it starts at once, says how far it is, and ends when asked to."""

import json
import time
from io import StringIO
from pathlib import Path

import httpx
import pytest

from settings import Settings
from tests.running import Service
from tests.speech.model_server import Manner, serving
from wiring.checkup import run_checkup
from wiring.ears import ears_at_once, missing_model


def voice_of(service: Service) -> str:
    parts: dict[str, str] = httpx.get(f"{service.url}/readyz", timeout=5).json()["parts"]
    return parts["voice"]


def test_a_service_is_ready_while_its_voice_trickles_in(tmp_path: Path) -> None:
    with serving(bytes(82_000_000), Manner(sends=40_000_000, hangs=True)) as server:
        settings = {"VOSK_FETCH": "1", "VOSK_MODEL_URL": server.url, "MQTT_PORT": ""}
        with Service(tmp_path, settings, roles="web,voice") as service:
            until = time.monotonic() + 60
            while "fetched 40 of 82 MB" not in voice_of(service) and time.monotonic() < until:
                time.sleep(0.02)
            assert "fetched 40 of 82 MB" in voice_of(service)
            process = service.process
            service.stop()  # which kills what does not end by itself
            assert process is not None
            assert process.poll() == 0
        logged = [json.loads(line) for line in service.log().splitlines()]
        assert "fetched 30 of 82 MB" in {line.get("progress") for line in logged}
        assert len(server.asked) == 1


def test_the_doctor_says_what_would_be_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def told() -> str:
        assert run_checkup() == 0
        return capsys.readouterr().out

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANBU_MQTT_PORT", "")
    monkeypatch.delenv("ANBU_VOSK_FETCH", raising=False)
    assert "note voice model: not there yet: the service fetches https://alphacephei.com/vosk/models/" in told()
    part = Path("var/models/vosk-model-small-ko-0.22.zip.part")
    part.parent.mkdir(parents=True)
    part.write_bytes(bytes(40_000_000))
    assert "note voice model: 40 MB of it are there: the service fetches" in told()
    monkeypatch.setenv("ANBU_VOSK_FETCH", "0")
    assert "note voice model: no voice model: set ANBU_VOSK_MODEL" in told()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    with serving(b"") as gone:
        return Settings(_env_file=None, var_dir=tmp_path, vosk_fetch=True, vosk_model_url=gone.url)


def test_a_verb_without_a_network_says_so_and_goes_on(settings: Settings) -> None:
    told = StringIO()
    ears = ears_at_once(settings, told)
    assert "could not be fetched: 127.0.0.1 cannot be reached" in told.getvalue()
    assert "ANBU_VOSK_MODEL" in (ears.notice or "")


def test_nothing_is_fetched_where_a_model_is_set_there_or_fetching_forbidden(settings: Settings) -> None:
    assert missing_model(settings) is not None
    assert missing_model(settings.model_copy(update={"vosk_fetch": False})) is None
    assert missing_model(settings.model_copy(update={"vosk_model": Path("elsewhere")})) is None
    settings.published_folder.mkdir(parents=True)
    assert missing_model(settings) is None
