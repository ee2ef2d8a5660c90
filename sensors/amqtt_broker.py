"""amqtt's broker with our sign-in, our rights and our way in; `broker.py` is the door to it.

amqtt's private steps are replaced where 0.12 would let one home disturb another: it takes over a session before it has
checked the password, sends every home's retained messages to whoever connects, lets a last will go anywhere and reads
packets of any size. The tests hold each of these against the real broker.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog
from amqtt.adapters import StreamReaderAdapter, StreamWriterAdapter
from amqtt.broker import Broker
from amqtt.contexts import Action, BrokerConfig, ListenerConfig
from amqtt.errors import MQTTError
from amqtt.mqtt.connack import NOT_AUTHORIZED, ConnackPacket
from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler
from amqtt.mqtt.puback import PubackPacket
from amqtt.mqtt.publish import PublishPacket
from amqtt.session import Session
from amqtt.utils import gen_client_id

from sensors.allowance import MAX_KEPT, MAX_KEPT_BYTES, Allowance
from sensors.door import Put
from sensors.rights import denied_topic, may_publish, may_subscribe

log = structlog.get_logger(__name__)

#: seconds a new connection has to say CONNECT.
CONNECT_WITHIN_S = 10.0
#: bytes of one packet: before sign-in, and after. A larger one ends the connection.
CONNECT_LIMIT, PACKET_LIMIT = 64 * 1024, 16 * 1024 * 1024
#: messages of one connection that may wait for their commit, and their bytes; a sender that goes on is cut off.
MAX_WAITING, MAX_WAITING_BYTES = 20_000, 32 * 1024 * 1024
#: connections that were closed let go of their sockets in the loop's next turns; seconds.
LETTING_GO_S = 0.05

SignIn = Callable[[str, str], Awaitable[bool]]


class _Reader(StreamReaderAdapter):  # type: ignore[misc]
    """Reads no packet beyond `limit` bytes."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        super().__init__(reader)
        self.limit = CONNECT_LIMIT

    async def read(self, n: int = -1) -> bytes:
        if n > self.limit:
            raise ConnectionAbortedError(f"a packet of {n} bytes")
        return bytes(await super().read(n))


class _Handler(BrokerProtocolHandler):  # type: ignore[misc]
    """One connection. Publishes are acknowledged when the ingest has committed them."""

    broker: "HomesBroker"
    waiting = 0
    waiting_bytes = 0

    def handle_read_timeout(self) -> None:
        self.broker.spawn(self.handle_connection_closed())

    async def handle_publish(self, publish_packet: PublishPacket) -> None:
        packet, session = publish_packet, self.session
        if session is None or packet.topic_name is None or packet.data is None:
            return
        if packet.qos == 2:
            await super().handle_publish(packet)
            return
        if self.waiting >= MAX_WAITING or self.waiting_bytes > MAX_WAITING_BYTES:
            await self.handle_connection_closed()
            return
        self.waiting += 1
        self.waiting_bytes += len(packet.data)
        try:
            await self.broker.take(session, packet.topic_name, bytes(packet.data), packet.retain_flag, packet.dup_flag)
            if packet.qos == 1:
                await self._send_packet(PubackPacket.build(packet.packet_id))
        finally:
            self.waiting -= 1
            self.waiting_bytes -= len(packet.data)


class HomesBroker(Broker):  # type: ignore[misc]
    """amqtt's broker with our sign-in, our rights and our way in."""

    def __init__(self, config: BrokerConfig, sign_in: SignIn, put: Put) -> None:
        super().__init__(config)
        self._sign_in, self._put = sign_in, put
        self._homes: dict[str, Allowance] = defaultdict(Allowance)
        self._spawned: set[asyncio.Task[Any]] = set()
        self._gone: dict[int, asyncio.Event] = defaultdict(asyncio.Event)

    @property
    def listening(self) -> bool:
        server = self._servers.get("default")
        return bool(server and server.instance and server.instance.is_serving())

    @property
    def port(self) -> int:
        server = self._servers["default"].instance
        return int(server.sockets[0].getsockname()[1])

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run on the side; a failure there (a gateway gone in mid-delivery) is nobody's business."""
        task = asyncio.ensure_future(work)
        self._spawned.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self._spawned.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.debug("mqtt delivery failed", error=type(task.exception()).__name__)

    async def shutdown(self) -> None:
        for task in list(self._spawned):
            task.cancel()
        await super().shutdown()
        await asyncio.sleep(LETTING_GO_S)

    async def stream_connected(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, listener_name: str
    ) -> None:
        await self._client_connected(listener_name, _Reader(reader), StreamWriterAdapter(writer))

    async def _initialize_client_session(
        self, reader: _Reader, writer: StreamWriterAdapter, remote_address: str, remote_port: int
    ) -> tuple[_Handler, Session]:
        handler, session = await self._connect_packet(reader, writer)
        if not await self._may_sign_in(session):
            log.info("mqtt sign-in refused")
            await ConnackPacket.build(0, NOT_AUTHORIZED).to_stream(writer)
            await writer.close()
            raise MQTTError("sign-in refused")
        reader.limit, handler.broker = PACKET_LIMIT, self
        # a home's client ids are its own: nobody can take over another's session by guessing its name
        session.client_id = f"{session.username}/{session.client_id or gen_client_id()}"
        session.keep_alive = int(session.keep_alive * 1.5)
        await self._make_room(session)
        return handler, await self._resumed(session)

    async def _connect_packet(self, reader: _Reader, writer: StreamWriterAdapter) -> tuple[_Handler, Session]:
        try:
            async with asyncio.timeout(CONNECT_WITHIN_S):
                handler, session = await _Handler.init_from_connect(reader, writer, self.plugins_manager)
        except Exception as error:
            await writer.close()
            raise MQTTError(f"no CONNECT: {type(error).__name__}") from error
        assert isinstance(handler, _Handler)  # noqa: S101 - for the type checker
        return handler, session

    async def _may_sign_in(self, session: Session) -> bool:
        if not session.username or session.password is None:
            return False
        return bool(await self._sign_in(session.username, session.password))

    async def _make_room(self, session: Session) -> None:
        allowance = self._homes[session.username or ""]
        known = [each for each in allowance.clients() if each in self._sessions]
        here = [each for each in known if self._sessions[each][0].transitions.is_connected()]
        if (given := allowance.enter(session.client_id or "", known, here)) is not None:
            await self._close_older(given)
            await self._delete_session(given)

    async def _resumed(self, session: Session) -> Session:
        """The session to go on with; an older connection of the same client is closed first."""
        await self._close_older(session.client_id)
        session.parent = 0
        if session.clean_session:
            await self._delete_session(session.client_id)
            return session
        kept, _ = self._sessions.get(session.client_id, (None, None))
        if kept is None:
            return session
        for name in ("will_flag", "will_message", "will_topic", "will_qos", "will_retain", "keep_alive", "username"):
            setattr(kept, name, getattr(session, name))
        kept.parent = 1
        return kept

    async def _close_older(self, client_id: str | None) -> None:
        session, handler = self._sessions.get(client_id, (None, None))
        if session is None or handler is None or not session.transitions.is_connected():
            return
        gone = self._gone[id(handler)]
        await handler.handle_connection_closed()
        try:
            await asyncio.wait_for(gone.wait(), 5)
        except TimeoutError:
            session.transitions.disconnect()

    async def _authenticate(self, session: Session, _: ListenerConfig) -> bool:
        return True  # done before the session was touched

    async def _handle_disconnect(
        self, client_session: Session, handler: _Handler, disconnect_waiter: asyncio.Future[Any]
    ) -> None:
        try:
            await super()._handle_disconnect(client_session, handler, disconnect_waiter)
        finally:
            self._gone.pop(id(handler), asyncio.Event()).set()

    async def _topic_filtering(self, session: Session | None, topic: str, action: Action) -> bool:
        home = (session.username if session else None) or ""
        return may_publish(home, topic) if action == Action.PUBLISH else may_subscribe(home, topic)

    async def add_subscription(self, subscription: tuple[str, int], session: Session) -> int:
        allowance = self._homes[session.username or ""]
        if not allowance.may_listen(subscription[0]):
            allowance.filters = {each for each in allowance.filters if self._subscriptions.get(each)}
            if not allowance.may_listen(subscription[0]):
                return 0x80
        code = int(await super().add_subscription(subscription, session))
        if code != 0x80:
            allowance.filters.add(subscription[0])
        return code

    async def _publish_retained_messages_for_subscription(
        self, subscription: tuple[str, int], session: Session
    ) -> None:
        # amqtt asks this of everybody's filters for whoever connects, and looks through everybody's messages
        handler = self._get_handler(session)
        if handler is None or all(who is not session for who, _ in self._subscriptions.get(subscription[0], ())):
            return
        for topic in self._homes[session.username or ""].retained():
            found = self._retained_messages.get(topic)
            if found is not None and self._matches(topic, subscription[0]):
                self.spawn(handler.mqtt_publish(topic, found.data, min(subscription[1], found.qos or 0), retain=True))

    async def take(self, session: Session, topic: str, data: bytes, retain: bool, again: bool) -> None:
        """Hand a message to the ingest and to the home's own listeners; returns when it is committed."""
        allowed = may_publish(session.username or "", topic)
        loop = asyncio.get_running_loop()
        committed = loop.create_future()
        done = _thread_safe(loop, committed)
        # what a home says outside its rights is neither obeyed nor passed on, but shown to a technician
        self._put(topic if allowed else denied_topic(session.username or "", topic), data, done, again=again)
        if allowed:
            await self.fan_out(topic, data)
            if retain:
                await self.retain_message(session, topic, data, 1)
        await committed

    async def _broadcast_message(
        self, session: Session | None, topic: str | None, data: bytes | bytearray | None, force_qos: int | None = None
    ) -> None:
        """amqtt's way for QoS 2 messages and last wills."""
        if session is not None and topic is not None:
            self.spawn(self.take(session, topic, bytes(data or b""), retain=False, again=False))

    async def retain_message(
        self, source_session: Session | None, topic_name: str | None, data: Any, qos: int | None = None
    ) -> None:
        home, topic = (source_session.username if source_session else None) or "", topic_name or ""
        if may_publish(home, topic) and self._homes[home].retain(topic, len(data or b"")):
            await super().retain_message(None, topic, data, qos)

    async def fan_out(self, topic: str, data: bytes) -> None:
        """Send to the home's own subscribers; only its filters are looked at."""
        home = topic.split("/", 2)[1]
        for topic_filter in tuple(self._homes[home].filters):
            if self._matches(topic, topic_filter):
                for session, qos in self._subscriptions.get(topic_filter, ()):
                    await self._deliver(session, topic, data, min(qos, 1))

    async def _deliver(self, session: Session, topic: str, data: bytes, qos: int) -> None:
        handler = self._get_handler(session)
        if session.transitions.is_connected() and handler is not None:
            self.spawn(handler.mqtt_publish(topic, data, qos, retain=False))
        elif not session.clean_session and len(data) <= MAX_KEPT_BYTES and session.retained_messages.qsize() < MAX_KEPT:
            await self._retain_broadcast_message({"session": None, "topic": topic, "data": data}, qos, session)


def _thread_safe(loop: asyncio.AbstractEventLoop, future: "asyncio.Future[None]") -> Callable[[], None]:
    def on_loop() -> None:
        if not future.done():
            future.set_result(None)

    def done() -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(on_loop)

    return done
