"""A home's gateway, as the service sees it: a real MQTT client with the home's own password."""

import json
import threading
import uuid
from datetime import datetime
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion


class Gateway:
    """Signs in as the home, publishes what its devices say, and repeats an SOS until it is acknowledged."""

    def __init__(self, home: str, password: str, host: str, port: int) -> None:
        self._home = home
        self._acked = threading.Event()
        self._client = Client(CallbackAPIVersion.VERSION2, client_id=f"gateway-{home}")
        self._client.username_pw_set(home, password)
        self._client.on_message = self._on_message
        self._client.on_connect = lambda client, *_: client.subscribe(f"homes/{home}/sos/ack", qos=1)
        self._client.connect_async(host, port, keepalive=30)

    def start(self) -> None:
        """Connect and stay connected."""
        self._client.loop_start()
        self._publish("zigbee2mqtt/bridge/state", {"state": "online"}, retain=True)

    def stop(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()

    def say(self, device: str, fields: dict[str, Any], at: datetime) -> None:
        """A device's message, seen at this service time."""
        self._publish(f"zigbee2mqtt/{device}", fields | {"last_seen": at.isoformat(), "linkquality": 120})

    def press_sos(self, at: datetime, wait_s: float = 5.0, times: int = 6) -> bool:
        """Press the button and repeat until the service has it; blocking. True once it was acknowledged."""
        self._acked.clear()
        press = {"id": uuid.uuid4().hex, "device": "sos_button", "at": at.isoformat()}
        for _ in range(times):
            self._publish("sos", press)
            if self._acked.wait(wait_s):
                return True
        return False

    def _publish(self, topic: str, payload: dict[str, Any], retain: bool = False) -> None:
        self._client.publish(f"homes/{self._home}/{topic}", json.dumps(payload), qos=1, retain=retain)

    def _on_message(self, _client: Client, _data: Any, _message: MQTTMessage) -> None:
        self._acked.set()
