"""Settings: defaults, empty values, and errors that name the setting, its fault and an example."""

from pathlib import Path

import pytest

from settings import EXAMPLES, BadSetting, Settings, read_settings, secret_key


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ANBU_{name.upper()}", raising=False)


def test_an_empty_value_counts_as_unset_and_an_empty_port_as_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANBU_TIMEZONE", "")
    monkeypatch.setenv("ANBU_MQTT_PORT", "")
    settings = read_settings()
    assert settings.timezone == "Asia/Seoul"
    assert settings.mqtt_port == 0


def test_the_environment_beats_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ANBU_HTTP_PORT=8001\nANBU_INSTANCE=from-file\n")
    monkeypatch.setenv("ANBU_HTTP_PORT", "8002")
    settings = read_settings()
    assert (settings.http_port, settings.instance) == (8002, "from-file")


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("SPEED", "nan", "finite"),
        ("SPEED", "0", "greater than 0"),
        ("TIMEZONE", "Mars/Base", "not a known time zone"),
        ("MQTT_URL", "http://broker", "mqtt|mqtts"),
        ("DATABASE_URL", "mysql://x/y", "sqlite or postgresql"),
        ("HTTP_PORT", "70000", "65535"),
        ("SECRET_KEY", "short", "32"),
        ("LANGUAGE", "en", "ko"),
        ("VOICE", "http://piper:10200", "tcp://host"),
        ("VOICE", "tcp://piper:99999", "tcp://host"),
    ],
)
def test_a_bad_value_is_named_with_its_fault_and_an_example(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, fault: str
) -> None:
    monkeypatch.setenv(f"ANBU_{name}", value)
    with pytest.raises(BadSetting) as caught:
        read_settings()
    message = str(caught.value)
    assert f"ANBU_{name}" in message
    assert fault in message
    assert EXAMPLES[name] in message
    assert name != "SECRET_KEY" or value not in message.replace("SECRET_KEY", "")


def test_every_setting_has_an_example_and_the_secret_is_made_once() -> None:
    assert set(EXAMPLES) == {name.upper() for name in Settings.model_fields} - {"VAR_DIR"}
    settings = read_settings()
    first = secret_key(settings)
    assert len(first) >= 32
    assert secret_key(settings) == first
    assert ((settings.var_dir / "secret_key").stat().st_mode & 0o777) == 0o600
