"""An outside MQTT broker, by paho: a persistent session, and no acknowledgement before the commit.

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
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from sensors.door import Put

log = structlog.get_logger(__name__)

TOPICS = "homes/#"
KEEPALIVE_S = 30
RECONNECT_S = (1, 10)


class MqttClient:
    """The service's connection to a broker `mqtt[s]://user:password@host:port`.

    `instance` makes the client id stable, so that the broker keeps what arrives while the service is away;
    `group` shares the homes out among all processes of that group. Messages go to `put`, on paho's thread.
    """

    def __init__(self, url: str, instance: str, put: Put, group: str | None = None) -> None:
        parts = urlsplit(url)
        self._host, self._port = (
            parts.hostname or "localhost",
            parts.port or (8883 if parts.scheme == "mqtts" else 1883),
        )
        self._filter = f"$share/{group}/{TOPICS}" if group else TOPICS
        self._put = put
        self._lock = threading.Lock()
        self._connection = 0
        self._subscribed = False
        self._down_since: float | None = time.monotonic()
        self._client = self._make_client(f"anbu-{instance}", parts.scheme == "mqtts")
        if parts.username:
            self._client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))

    def _make_client(self, client_id: str, tls: bool) -> paho.Client:
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id,
            clean_session=False,
            protocol=MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
        )
        client.reconnect_delay_set(*RECONNECT_S)
        client.on_connect, client.on_disconnect = self._on_connect, self._on_disconnect
        client.on_subscribe, client.on_message = self._on_subscribe, self._on_message
        if tls:
            client.tls_set_context(ssl.create_default_context())
        return client

    def start(self) -> None:
        """Connect, and keep connecting; returns at once."""
        self._client.connect_async(self._host, self._port, KEEPALIVE_S)
        self._client.loop_start()

    def stop(self) -> None:
        """Disconnect; the broker keeps the session and whatever was not acknowledged."""
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, topic: str, payload: bytes) -> None:
        """Send with QoS 1, now or once connected; from any thread."""
        self._client.publish(topic, payload, qos=1)

    @property
    def lost_for_s(self) -> float:
        """Real seconds since the connection was lost; 0 while messages can come in."""
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
        if flags.session_present and self._subscribed:
            self._down_since = None  # subscribing again would only repeat every retained message
        else:
            client.subscribe(self._filter, qos=1)

    def _on_subscribe(
        self, _client: paho.Client, _data: Any, _mid: int, codes: list[ReasonCode], _props: Properties | None
    ) -> None:
        if any(code.is_failure for code in codes):
            log.error("mqtt broker refused the subscription", topic=self._filter)
            return
        self._subscribed, self._down_since = True, None
        log.info("mqtt connected", broker=f"{self._host}:{self._port}")

    def _on_disconnect(
        self, _client: paho.Client, _data: Any, _flags: Any, code: ReasonCode, _props: Properties | None
    ) -> None:
        with self._lock:
            self._connection += 1
        if self._down_since is None:
            self._down_since = time.monotonic()
        log.info("mqtt disconnected", reason=str(code))

    def _on_message(self, client: paho.Client, _data: Any, message: paho.MQTTMessage) -> None:
        connection, mid, qos = self._connection, message.mid, message.qos

        def done() -> None:
            # A packet id belongs to its connection: on the next one it may be another message's, and the broker
            # delivers this one again anyway.
            with self._lock:
                if qos and connection == self._connection:
                    client.ack(mid, qos)

        self._put(_topic(message), bytes(message.payload), done, retained=message.retain, again=message.dup)


def _topic(message: paho.MQTTMessage) -> str:
    try:
        return message.topic
    except UnicodeDecodeError:
        return "not utf-8"


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
    if parts.username:
        client.username_pw_set(unquote(parts.username), unquote(parts.password or ""))
    if parts.scheme == "mqtts":
        client.tls_set_context(ssl.create_default_context())
    try:
        if (
            client.connect(parts.hostname or "localhost", parts.port or 1883, KEEPALIVE_S)
            != MQTTErrorCode.MQTT_ERR_SUCCESS
        ):
            return "no connection"
        client.loop_start()
        told.wait(seconds)
    except (OSError, ValueError) as error:
        return str(error)
    finally:
        client.disconnect()
        client.loop_stop()
    return (answer[0] or None) if answer else "no answer"
