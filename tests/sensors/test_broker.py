"""The embedded broker, with real gateways: who gets in, what they may say and hear, and when they are thanked."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import TypeVar

import pytest

from sensors import allowance
from sensors.broker import EmbeddedBroker
from sensors.rights import denied_topic
from tests.sensors.gateway import Gateway, until

T = TypeVar("T")


@dataclass
class Door:
    """Stands where the ingest stands; acknowledges at once unless told to wait."""

    heard: list[tuple[str, bytes]] = field(default_factory=list)
    open: list[Callable[[], None]] = field(default_factory=list)
    waits: bool = False

    def put(
        self, topic: str, payload: bytes, done: Callable[[], None], *, retained: bool = False, again: bool = False
    ) -> None:
        assert not retained
        self.heard.append((topic, payload))
        if self.waits:
            self.open.append(done)
        else:
            done()


async def sign_in(home: str, password: str) -> bool:
    return password == "pw" and home in {"home-001", "home-002"}


@pytest.fixture
def door() -> Door:
    return Door()


@pytest.fixture
async def broker(door: Door) -> AsyncIterator[EmbeddedBroker]:
    made = EmbeddedBroker(sign_in, door.put, port=0)
    await made.start()
    yield made
    await made.stop()


async def play(story: Callable[[], T]) -> T:
    """Run a gateway's story on a thread while the broker lives on this loop."""
    return await asyncio.wait_for(asyncio.to_thread(story), 30)


async def test_a_broker_says_whether_it_can_be_reached(broker: EmbeddedBroker) -> None:
    assert broker.listening
    await broker.stop()
    assert not broker.listening


async def test_a_home_signs_in_with_its_password_and_nobody_else_does(broker: EmbeddedBroker) -> None:
    def story() -> list[str]:
        answers = []
        for user, password in [
            ("home-001", "pw"),
            ("home-001", "wrong"),
            ("home-001", None),
            ("home-003", "pw"),
            ("", "pw"),
            (None, None),
        ]:
            gateway = Gateway(broker.port, user, password)
            answers.append(gateway.connect())
            gateway.close()
        return answers

    assert await play(story) == ["Success"] + ["Not authorized"] * 5


async def test_a_home_publishes_below_its_own_name_only(broker: EmbeddedBroker, door: Door) -> None:
    def story() -> None:
        with Gateway(broker.port, "home-001") as gateway:
            assert gateway.say("homes/home-001/readings/a", "1")
            assert gateway.say("homes/home-002/readings/a", "2")
            assert gateway.say("homes/home-001/sos/ack", "forged")
            assert gateway.say("elsewhere", "3", qos=2)
            assert gateway.say("homes/home-001/sos", "help", qos=2)

    await play(story)
    assert await asyncio.to_thread(until, lambda: len(door.heard) == 4)
    assert door.heard == [
        ("homes/home-001/readings/a", b"1"),
        (denied_topic("home-001", "homes/home-002/readings/a"), b"2"),
        (denied_topic("home-001", "homes/home-001/sos/ack"), b"forged"),
        ("homes/home-001/sos", b"help"),
    ]


async def test_a_home_hears_itself_and_the_service_but_no_other_home(broker: EmbeddedBroker) -> None:
    def story() -> None:
        with Gateway(broker.port, "home-001") as one, Gateway(broker.port, "home-002") as two:
            for topic in ("#", "homes/#", "homes/+/sos", "homes/home-001/#", "+/home-001/sos", "$SYS/#"):
                assert not two.listen(topic), topic
            assert two.listen("homes/home-002/#")
            assert one.listen("homes/home-001/sos/ack")
            assert one.listen("homes/home-001/zigbee2mqtt/+/set")
            one.say("homes/home-001/zigbee2mqtt/lamp/set", "on")
            asyncio.run_coroutine_threadsafe(broker.publish("homes/home-001/sos/ack", b"ack"), loop).result(5)
            assert until(lambda: len(one.heard) == 2)
            assert sorted(one.heard) == [
                ("homes/home-001/sos/ack", b"ack"),
                ("homes/home-001/zigbee2mqtt/lamp/set", b"on"),
            ]
            assert not two.heard

    loop = asyncio.get_running_loop()
    await play(story)


async def test_a_message_is_acknowledged_only_when_it_is_committed(broker: EmbeddedBroker, door: Door) -> None:
    def story() -> None:
        door.waits = True
        with Gateway(broker.port, "home-001") as gateway:
            assert not gateway.say("homes/home-001/readings/a", "1", timeout_s=0.5)
            door.open.pop()()
            assert until(lambda: gateway.say("homes/home-001/readings/a", "2", timeout_s=0.2) or door.open)

    await play(story)


async def test_a_gateway_that_reconnects_takes_its_own_place_and_still_hears(broker: EmbeddedBroker) -> None:
    def story() -> None:
        first = Gateway(broker.port, "home-001", clean=False)
        assert first.connect() == "Success"
        first.listen("homes/home-001/sos/ack")
        first.client.on_disconnect = None
        first.client.reconnect_delay_set(60, 60)
        with Gateway(broker.port, "home-001", clean=False) as second:
            second.listen("homes/home-001/sos/ack")
            asyncio.run_coroutine_threadsafe(broker.publish("homes/home-001/sos/ack", b"ack"), loop).result(5)
            assert until(lambda: second.heard) == [("homes/home-001/sos/ack", b"ack")]
        first.close()

    loop = asyncio.get_running_loop()
    await play(story)


async def test_the_answer_waits_for_a_gateway_that_is_away(broker: EmbeddedBroker) -> None:
    def story() -> None:
        with Gateway(broker.port, "home-001", clean=False) as gateway:
            gateway.listen("homes/home-001/sos/ack")
        until(lambda: False, 0.3)
        asyncio.run_coroutine_threadsafe(broker.publish("homes/home-001/sos/ack", b"ack"), loop).result(5)
        with Gateway(broker.port, "home-001", clean=False) as gateway:
            assert until(lambda: gateway.heard) == [("homes/home-001/sos/ack", b"ack")]

    loop = asyncio.get_running_loop()
    await play(story)


async def test_a_stranger_with_a_known_client_id_disturbs_nobody(broker: EmbeddedBroker, door: Door) -> None:
    def story() -> None:
        with Gateway(broker.port, "home-001", client_id="same", clean=False) as gateway:
            for user, password in (("home-001", "wrong"), ("home-002", "pw")):
                stranger = Gateway(broker.port, user, password, client_id="same", clean=False)
                stranger.connect()
                stranger.close()
            assert gateway.say("homes/home-001/readings/a", "still here")

    await play(story)
    assert door.heard == [("homes/home-001/readings/a", b"still here")]


async def test_what_one_home_retains_no_other_home_receives(broker: EmbeddedBroker) -> None:
    def story() -> None:
        with Gateway(broker.port, "home-001") as one:
            one.listen("homes/home-001/#")
            one.say("homes/home-001/zigbee2mqtt/bridge/state", "online", retain=True)
            with Gateway(broker.port, "home-002") as two:
                two.listen("homes/home-002/#")
                two.say("homes/home-002/readings/a", "x")
                assert until(lambda: two.heard) == [("homes/home-002/readings/a", b"x")]
            with Gateway(broker.port, "home-001", client_id="frontend") as front:
                front.listen("homes/home-001/zigbee2mqtt/#")
                assert until(lambda: front.heard) == [("homes/home-001/zigbee2mqtt/bridge/state", b"online")]

    await play(story)


async def test_a_last_will_is_heard_within_the_rights_and_not_beyond(broker: EmbeddedBroker, door: Door) -> None:
    def story() -> None:
        for topic in ("homes/home-001/zigbee2mqtt/bridge/state", "homes/home-002/sos"):
            gateway = Gateway(broker.port, "home-001")
            gateway.client.will_set(topic, "offline", qos=1)
            assert gateway.connect() == "Success"
            gateway.client.loop_stop()
            gateway.client.socket().close()  # type: ignore[union-attr]
        assert until(lambda: len(door.heard) == 2)

    await play(story)
    assert door.heard == [
        ("homes/home-001/zigbee2mqtt/bridge/state", b"offline"),
        (denied_topic("home-001", "homes/home-002/sos"), b"offline"),
    ]


async def test_garbage_and_giants_do_not_stop_the_broker(broker: EmbeddedBroker, door: Door) -> None:
    def story() -> None:
        for rubbish in (
            b"",
            b"GET / HTTP/1.1\r\n\r\n",
            b"\x10\xff\xff\xff\x7f",
            b"\x10\x04\x00\x04MQ",
            b"\x30\x02\xff\xff",
        ):
            with socket.create_connection(("127.0.0.1", broker.port), timeout=5) as connection:
                connection.sendall(rubbish)
        with Gateway(broker.port, "home-001") as gateway:
            assert gateway.say("homes/home-001/readings/a", b"x" * 1_000_000)
            assert not gateway.say("homes/home-001/readings/a", b"x" * 17_000_000, timeout_s=1)
        with Gateway(broker.port, "home-001") as gateway:
            assert gateway.say("homes/home-001/readings/a", "fine")

    await play(story)
    assert [len(payload) for _, payload in door.heard] == [1_000_000, 4]


async def test_many_homes_at_once(broker: EmbeddedBroker, door: Door) -> None:
    def one(home: str) -> None:
        with Gateway(broker.port, home, client_id=threading.current_thread().name) as gateway:
            sent = [gateway.client.publish(f"homes/{home}/readings/a", str(n), qos=1) for n in range(200)]
            for each in sent:
                each.wait_for_publish(20)

    await asyncio.gather(*[asyncio.to_thread(one, f"home-00{1 + n % 2}") for n in range(8)])
    assert len(door.heard) == 1_600


async def test_a_home_may_make_the_broker_remember_so_much_and_its_other_messages_still_come(
    broker: EmbeddedBroker, door: Door
) -> None:
    def story() -> None:
        with Gateway(broker.port, "home-001", client_id="mad") as gateway:
            for n in range(12):
                assert gateway.say(f"homes/home-001/big/{n}", b"x" * 250_000, retain=True)
            assert gateway.say("homes/home-001/big/0", b"", retain=True)
            granted = [gateway.listen(f"homes/home-001/f{n}/#") for n in range(allowance.MAX_FILTERS + 5)]
            assert (sum(granted), granted[-1]) == (allowance.MAX_FILTERS, False)
            assert gateway.say("homes/home-001/sos", b"{}")
        with Gateway(broker.port, "home-001", client_id="other") as listener:
            assert until(lambda: listener.listen("homes/home-001/big/#"))  # the filters of who has gone count no more
            assert until(lambda: len(listener.heard) == 7), [topic for topic, _ in listener.heard]

    await play(story)
    assert [topic for topic, _ in door.heard if topic.endswith("/sos")] == ["homes/home-001/sos"]
    assert sum(topic.startswith("homes/home-001/big") for topic, _ in door.heard) == 13


async def test_of_too_many_clients_of_one_home_the_one_away_for_longest_gives_way(broker: EmbeddedBroker) -> None:
    def story() -> None:
        with Gateway(broker.port, "home-001", client_id="first", clean=False) as first:
            assert first.listen("homes/home-001/sos/ack")
            for n in range(allowance.MAX_SESSIONS + 10):
                with Gateway(broker.port, "home-001", client_id=f"passing-{n}", clean=False):
                    pass
            asyncio.run_coroutine_threadsafe(broker.publish("homes/home-001/sos/ack", b"heard"), loop).result(5)
            assert until(lambda: bool(first.heard))

    loop = asyncio.get_running_loop()
    await play(story)


def test_who_is_here_stays_before_who_is_away() -> None:
    one = allowance.Allowance()
    ids = [f"c{n}" for n in range(allowance.MAX_SESSIONS + 1)]
    gone = [one.enter(id, one.clients(), ["c0", "c1"]) for id in ids]
    assert gone == [None] * allowance.MAX_SESSIONS + ["c2"]
    assert one.enter("next", one.clients(), one.clients()) == "c0"  # all are here: the one that came first
    assert one.enter("again", [], []) is None  # the broker has forgotten them all


def test_a_home_replaces_and_clears_what_it_retains_within_its_allowance() -> None:
    one = allowance.Allowance()
    half = allowance.MAX_RETAINED_BYTES // 2
    assert one.retain("a", half)
    assert one.retain("b", half)
    assert not one.retain("c", 1)
    assert not one.retain("a", half + 1)  # what stood there stays
    assert sorted(one.retained()) == ["a", "b"]
    assert one.retain("b", 0)
    assert one.retain("c", 1)
    assert sorted(one.retained()) == ["a", "c"]
