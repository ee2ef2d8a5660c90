"""A home's gateway for the tests: a real paho client that remembers what it was told."""

import threading
import time
from collections.abc import Callable
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.needs import PATIENCE_S


class Gateway:
    """Connects on entering, and waits for each publish to be acknowledged."""

    def __init__(
        self,
        port: int,
        user: str | None,
        password: str | None = "pw",  # noqa: S107
        *,
        client_id: str | None = None,
        clean: bool = True,
    ) -> None:
        self.client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id or f"gateway-{user}",
            clean_session=clean,
            protocol=MQTTProtocolVersion.MQTTv311,
        )
        self.client.max_inflight_messages_set(500)
        if user is not None:
            self.client.username_pw_set(user, password)
        self.port, self.heard = port, list[tuple[str, bytes]]()
        self.code: str | None = None
        self._answered, self._subscribed = threading.Event(), threading.Event()
        self.granted = False
        self.client.on_connect = self._on_connect
        self.client.on_message = self._on_message
        self.client.on_subscribe = self._on_subscribe

    def connect(self) -> str:
        """What the broker said: "Success" or why not."""
        self.client.connect("127.0.0.1", self.port, keepalive=30)
        self.client.loop_start()
        assert self._answered.wait(PATIENCE_S)
        assert self.code is not None
        return self.code

    def __enter__(self) -> "Gateway":
        assert self.connect() == "Success"
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    def say(
        self, topic: str, payload: bytes | str, qos: int = 1, retain: bool = False, timeout_s: float = PATIENCE_S
    ) -> bool:
        """Publish; True once it is acknowledged, False when that does not come in time."""
        sent = self.client.publish(topic, payload, qos=qos, retain=retain)
        try:
            sent.wait_for_publish(timeout_s)
        except RuntimeError:
            return False
        return sent.is_published()

    def listen(self, topic: str) -> bool:
        """Subscribe; whether it was granted."""
        self._subscribed.clear()
        self.client.subscribe(topic, qos=1)
        assert self._subscribed.wait(PATIENCE_S)
        return self.granted

    def _on_connect(self, _client: Any, _data: Any, _flags: Any, code: Any, _props: Any) -> None:
        self.code = str(code)
        self._answered.set()

    def _on_message(self, _client: Any, _data: Any, message: Any) -> None:
        self.heard.append((message.topic, bytes(message.payload)))

    def _on_subscribe(self, _client: Any, _data: Any, _mid: Any, codes: Any, _props: Any) -> None:
        self.granted = not any(code.is_failure for code in codes)
        self._subscribed.set()


def until(what: Callable[[], Any], seconds: float = PATIENCE_S) -> Any:
    """Wait for a true answer and return it; the last answer when it does not come."""
    end = time.monotonic() + seconds
    while not (answer := what()) and time.monotonic() < end:
        time.sleep(0.01)
    return answer
