"""The embedded MQTT broker (amqtt) in the service's own process: the default where no outside one is set.

Its gateways' QoS 1 messages come straight to the ingest and are acknowledged only after the commit, without a second
hop over the network.
"""

import logging

from amqtt.contexts import BrokerConfig, ListenerConfig

from sensors.amqtt_broker import HomesBroker, SignIn
from sensors.door import Put

#: seconds an absent gateway's session is kept.
SESSION_LASTS_S = 7 * 24 * 3600


class EmbeddedBroker:
    """A broker for the homes of one machine. `sign_in(home, password)` says whether that is the home's password.

    `port` 0 takes a free one. Raises amqtt's BrokerError when the port cannot be had.
    """

    def __init__(self, sign_in: SignIn, put: Put, host: str = "127.0.0.1", port: int = 1883) -> None:
        self._sign_in, self._put = sign_in, put
        self._listener = ListenerConfig(bind=f"{host}:{port}", max_connections=10_000)
        self._broker: HomesBroker | None = None

    async def start(self) -> None:
        """Listen. Must run on the event loop that the service lives on."""
        for noisy in ("amqtt", "transitions"):
            logging.getLogger(noisy).setLevel(logging.ERROR)  # theirs name client ids and topics
        config = BrokerConfig(
            listeners={"default": self._listener}, plugins={}, session_expiry_interval=SESSION_LASTS_S
        )
        self._broker = HomesBroker(config, self._sign_in, self._put)
        await self._broker.start()

    async def stop(self) -> None:
        """Close every connection and the port."""
        if self._broker is not None:
            await self._broker.shutdown()
            self._broker = None

    @property
    def listening(self) -> bool:
        """Whether gateways can reach it."""
        return self._broker is not None and self._broker.listening

    @property
    def port(self) -> int:
        """The port it listens on."""
        assert self._broker is not None  # noqa: S101 - only asked after start
        return self._broker.port

    async def publish(self, topic: str, payload: bytes) -> None:
        """Send to whoever may hear it, QoS 1; kept for a gateway that is away."""
        if self._broker is not None:
            await self._broker.fan_out(topic, payload)
