"""An outside MQTT broker, by paho: persistent sessions, and no acknowledgement before the commit.

MQTT 3.1.1 on purpose: every broker speaks it, shared subscriptions work with it on Mosquitto, EMQX and HiveMQ alike,
and paho reads it several times faster than MQTT 5, whose properties it parses message by message.
"""

import ssl
import threading
import time
from typing import Any
from urllib.parse import unquote, urlsplit

import paho.mqtt.client as paho
import structlog
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from sensors.door import Put
from sensors.paho_client import LeanClient

log = structlog.get_logger(__name__)

EVERYTHING, SOS = "homes/#", "homes/+/sos"
KEEPALIVE_S = 30
RECONNECT_S = (1, 10)


class _Link:
    """One connection with one subscription."""

    def __init__(self, url: str, client_id: str, topic: str, put: Put) -> None:
        parts = urlsplit(url)
        self._host, self._port = parts.hostname or "localhost", parts.port or _default_port(parts.scheme)
        self._topic, self._put = topic, put
        self._lock = threading.Lock()
        self._connection = 0
        self.is_subscribed = False
        self._down_since: float | None = time.monotonic()
        self.client = LeanClient(client_id)
        _prepare(self.client, url)
        self.client.reconnect_delay_set(*RECONNECT_S)
        self.client.on_connect, self.client.on_disconnect = self._on_connect, self._on_disconnect
        self.client.on_subscribe, self.client.on_message = self._on_subscribe, self._on_message
        self.client.take = self._take  # type: ignore[method-assign]

    def start(self) -> None:
        self.client.connect_async(self._host, self._port, KEEPALIVE_S)
        self.client.loop_start()

    def stop(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    @property
    def lost_for_s(self) -> float:
        down = self._down_since
        return 0.0 if down is None else time.monotonic() - down

    def _on_connect(
        self, client: paho.Client, _data: Any, flags: paho.ConnectFlags, code: ReasonCode, _props: Properties | None
    ) -> None:
        if code.is_failure:
            log.warning("mqtt broker refused us", reason=str(code))
            return
        with self._lock:
            self._connection += 1
        if flags.session_present and self.is_subscribed:
            self._down_since = None  # subscribing again would only repeat every retained message
        else:
            client.subscribe(self._topic, qos=1)

    def _on_subscribe(
        self, _client: paho.Client, _data: Any, _mid: int, codes: list[ReasonCode], _props: Properties | None
    ) -> None:
        if any(code.is_failure for code in codes):
            log.error("mqtt broker refused the subscription", topic=self._topic)
            return
        self.is_subscribed, self._down_since = True, None
        log.info("mqtt connected", broker=f"{self._host}:{self._port}", topic=self._topic)

    def _on_disconnect(
        self, _client: paho.Client, _data: Any, _flags: Any, code: ReasonCode, _props: Properties | None
    ) -> None:
        with self._lock:
            self._connection += 1
        if self._down_since is None:
            self._down_since = time.monotonic()
        log.info("mqtt disconnected", reason=str(code), topic=self._topic)

    def _on_message(self, _client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        mid = message.mid if message.qos == 1 else 0
        self._take(message._topic, bytes(message.payload), mid, message.retain, message.dup)

    def _take(self, topic: bytes, payload: bytes, mid: int, retained: bool, again: bool) -> None:
        connection = self._connection

        def done() -> None:
            # A packet id belongs to its connection: on the next one it may be another message's, and the broker
            # delivers this one again anyway.
            with self._lock:
                if mid and connection == self._connection:
                    self.client.acknowledge(mid)

        self._put(topic.decode("utf-8", "replace"), payload, done, retained=retained, again=again)


class MqttClient:
    """The service's connection to a broker `mqtt[s]://user:password@host:port`.

    `instance` makes the client ids stable, so that the broker keeps what arrives while the service is away; `group`
    shares the homes out among all processes of that group. The SOS topics have a connection, and so a queue at the
    broker, of their own: a press does not stand behind ten thousand readings. Messages go to `put`, on paho's threads.
    """

    def __init__(self, url: str, instance: str, put: Put, group: str | None = None) -> None:
        share = f"$share/{group}/" if group else ""
        self._put = put
        self._sos = _Link(url, f"anbu-{instance}-sos", share + SOS, put)
        self._all = _Link(url, f"anbu-{instance}", share + EVERYTHING, self._put_the_rest)

    def start(self) -> None:
        """Connect, and keep connecting; returns at once."""
        self._sos.start()
        self._all.start()

    def stop(self) -> None:
        """Disconnect; the broker keeps the sessions and whatever was not acknowledged."""
        self._all.stop()
        self._sos.stop()

    def publish(self, topic: str, payload: bytes) -> None:
        """Send with QoS 1, now or once connected; from any thread."""
        self._sos.client.publish(topic, payload, qos=1)

    @property
    def lost_for_s(self) -> float:
        """Real seconds since the connection was lost; 0 while messages can come in."""
        return max(self._all.lost_for_s, self._sos.lost_for_s)

    def _put_the_rest(
        self, topic: str, payload: bytes, done: Any, *, retained: bool = False, again: bool = False
    ) -> None:
        others = self._sos.is_subscribed and self._sos.lost_for_s == 0
        if others and topic.endswith("/sos") and topic.count("/") == 2:
            done()  # the other connection brings it
        else:
            self._put(topic, payload, done, retained=retained, again=again)


def _default_port(scheme: str) -> int:
    return 8883 if scheme == "mqtts" else 1883


def _prepare(client: paho.Client, url: str) -> None:
    """Password and TLS, as the address says."""
    parts = urlsplit(url)
    if parts.username:
        client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
    if parts.scheme == "mqtts":
        client.tls_set_context(ssl.create_default_context())


def try_connect(url: str, seconds: float = 5.0) -> str | None:
    """For the doctor: None when the broker lets us in, else what is wrong, in a few words."""
    answer: list[str] = []
    told = threading.Event()

    def on_connect(_client: Any, _data: Any, _flags: Any, code: ReasonCode, _props: Any) -> None:
        answer.append(str(code) if code.is_failure else "")
        told.set()

    parts = urlsplit(url)
    client = paho.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv311)
    client.on_connect = on_connect
    _prepare(client, url)
    try:
        client.connect(parts.hostname or "localhost", parts.port or _default_port(parts.scheme), KEEPALIVE_S)
        client.loop_start()
        told.wait(seconds)
    except (OSError, ValueError) as error:
        return str(error)
    finally:
        client.disconnect()
        client.loop_stop()
    return (answer[0] or None) if answer else "no answer"
