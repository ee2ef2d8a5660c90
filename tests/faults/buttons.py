"""The SOS buttons of a street: each press is repeated until the service has acknowledged it, as the contract has it."""

import json
import threading
from dataclasses import dataclass, field
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion


@dataclass
class Buttons:
    """All gateways in one: presses, and repeats each press until it is acknowledged."""

    passwords: dict[str, str]
    port: int
    acked: dict[str, str] = field(default_factory=dict)
    pressed: dict[str, str] = field(default_factory=dict)
    clients: dict[str, Client] = field(default_factory=dict)

    def press(self, home: str, press: str) -> None:
        """Press once; `repeat` does the rest."""
        self.pressed[press] = home
        self._publish(home, press)

    def repeat(self) -> None:
        """Publish again whatever has not been acknowledged."""
        for press, home in self.pressed.items():
            if press not in self.acked:
                self._publish(home, press)

    def move(self, port: int) -> None:
        """All gateways sign in at another broker."""
        self.close()
        self.clients.clear()
        self.port = port

    def close(self) -> None:
        """Leave."""
        for client in self.clients.values():
            client.disconnect()
            client.loop_stop()

    def _publish(self, home: str, press: str) -> None:
        if home not in self.clients:
            self.clients[home] = self._connect(home)
        if self.clients[home].is_connected():
            self.clients[home].publish(f"homes/{home}/sos", json.dumps({"id": press}), qos=0)

    def _connect(self, home: str) -> Client:
        client = Client(CallbackAPIVersion.VERSION2, client_id=f"kills-{home}")
        client.username_pw_set(home, self.passwords[home])
        client.reconnect_delay_set(1, 1)
        connected = threading.Event()
        client.on_message = self._on_ack
        client.on_subscribe = lambda *_: connected.set()
        client.on_connect = lambda c, *_: c.subscribe(f"homes/{home}/sos/ack", qos=1)
        client.connect_async("127.0.0.1", self.port)
        client.loop_start()
        connected.wait(3)
        return client

    def _on_ack(self, _client: Client, _data: Any, message: MQTTMessage) -> None:
        said = json.loads(message.payload)
        self.acked[said["id"]] = said["escalation"]
