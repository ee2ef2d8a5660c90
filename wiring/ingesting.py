"""The role `ingest`: a broker, the homes' messages in, the SOS acknowledgements out."""

import asyncio
from typing import Self

import structlog

from errors import Told
from residents import service as residents
from sensors.broker import EmbeddedBroker
from sensors.ingest import Ingest
from sensors.mqtt import MqttClient
from wiring.house import House
from wiring.readiness import BROKER_LOST_S, Readiness
from wiring.services import Services
from wiring.unsaved import Unsaved

log = structlog.get_logger(__name__)

#: real seconds between two notes that the broker can be heard.
LISTENING_EVERY_S = 10.0


class Ingesting:
    """With ANBU_MQTT_URL an outside broker, else the embedded one on ANBU_MQTT_PORT."""

    def __init__(self, house: House, services: Services, readiness: Readiness, unsaved: Unsaved) -> None:
        self._house, self._readiness, self._sensors = house, readiness, services.sensors
        self._ingest = Ingest(house.store, house.clock, services.sensors.press, self._publish, unsaved)
        self._broker: EmbeddedBroker | None = None
        self._client: MqttClient | None = None
        self._loop = asyncio.get_running_loop()

    async def __aenter__(self) -> Self:
        self._ingest.start()
        settings = self._house.settings
        if settings.mqtt_url is not None:
            url, group = settings.mqtt_url, settings.mqtt_shared_group
            client = self._client = MqttClient(url, settings.instance, self._ingest.put, group)
            client.start()
            self._readiness.broker_lost_s = lambda: client.lost_for_s
        elif settings.mqtt_port:
            broker = self._broker = EmbeddedBroker(self._sign_in, self._ingest.put, "0.0.0.0", settings.mqtt_port)  # noqa: S104
            await self._open(broker, settings.mqtt_port)
            self._readiness.broker_lost_s = lambda: 0.0 if broker.listening else BROKER_LOST_S
        self._listening = asyncio.create_task(self._keep_listening())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listening.cancel()
        if self._client is not None:
            await asyncio.to_thread(self._client.stop)
        if self._broker is not None:
            await self._broker.stop()
        await asyncio.to_thread(self._ingest.stop)

    async def _keep_listening(self) -> None:
        """As long as messages can come in, a silent home is a silent home and not a silent broker."""
        while True:
            lost_s = self._readiness.broker_lost_s
            if lost_s is not None and lost_s() <= 0:
                try:
                    clock = self._house.clock
                    await self._house.store.awrite(self._sensors.listening, clock.now(), clock.real())
                except Exception as error:  # the next word comes in ten seconds
                    log.warning("listening not noted", error=type(error).__name__)
            await asyncio.sleep(LISTENING_EVERY_S)

    async def _open(self, broker: EmbeddedBroker, port: int) -> None:
        try:
            await broker.start()
        except Exception as error:
            raise Told(
                f"the embedded MQTT broker cannot listen on port {port} ({type(error).__name__}): set ANBU_MQTT_PORT "
                "to a free port, or ANBU_MQTT_URL to the broker that is there"
            ) from error

    async def _sign_in(self, home: str, password: str) -> bool:
        return await self._house.store.aread(residents.home_login, home, password)

    def _publish(self, topic: str, payload: bytes) -> None:
        if self._client is not None:
            self._client.publish(topic, payload)
        elif self._broker is not None:
            asyncio.run_coroutine_threadsafe(self._broker.publish(topic, payload), self._loop)
