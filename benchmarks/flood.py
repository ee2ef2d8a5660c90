"""Gateways that flood a broker with readings, QoS 1, over plain sockets: cheap enough to leave the cores to others."""

import argparse
import json
import selectors
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

#: messages of one gateway that may wait for their acknowledgement.
WINDOW = 250


@dataclass
class Sender:
    """One home's connection. `packets` are made as they are sent."""

    home: str
    link: socket.socket
    packets: Iterator[bytes]
    unanswered: int = 0
    answered: int = 0
    out: bytearray = field(default_factory=bytearray)
    rest: bytes = b""
    is_over: bool = False

    def fill(self) -> None:
        """Take as many packets as the window allows."""
        while self.unanswered < WINDOW and len(self.out) < 64 * 1024:
            packet = next(self.packets, None)
            if packet is None:
                self.is_over = True
                return
            self.out += packet
            self.unanswered += 1

    def write(self) -> None:
        """Send what the socket takes."""
        if self.out:
            del self.out[: self.link.send(self.out)]

    def read(self) -> None:
        """Count acknowledgements: four bytes each."""
        data = self.rest + self.link.recv(64 * 1024)
        whole = len(data) // 4
        self.rest = data[whole * 4 :]
        self.unanswered -= whole
        self.answered += whole


def connect(port: int, user: str, password: str) -> socket.socket:
    """Sign in with MQTT 3.1.1; raises ConnectionError when refused."""
    link = socket.create_connection(("127.0.0.1", port))
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    body = b"\x00\x04MQTT\x04\xc2\x00\x00" + _text(f"flood-{user}") + _text(user) + _text(password)
    link.sendall(b"\x10" + _length(len(body)) + body)
    answer = link.recv(4)
    if answer[3:4] != b"\x00":
        raise ConnectionError(f"{user} was refused: {answer!r}")
    return link


def readings(home: str, number: int, begin: datetime) -> Iterator[bytes]:
    """PUBLISH packets with one reading each, every one with its own time."""
    topic = _text(f"homes/{home}/readings/bedroom_motion")
    for n in range(number):
        at = (begin + timedelta(milliseconds=37 * n)).isoformat()
        payload = f'{{"at":"{at}","kind":"motion","value":{n % 2}}}'.encode()
        body = topic + struct.pack("!H", n % 65_535 + 1) + payload
        yield b"\x32" + _length(len(body)) + body


def flood(port: int, homes: list[str], passwords: dict[str, str], each: int) -> dict[str, float]:
    """Send `each` readings from every home; the figures when all are acknowledged."""
    begin = datetime.now(UTC) - timedelta(hours=24)
    senders = [
        Sender(home, connect(port, home, passwords.get(home, "pw")), readings(home, each, begin)) for home in homes
    ]
    started = time.time()
    with selectors.DefaultSelector() as selector:
        for sender in senders:
            sender.link.setblocking(False)
            selector.register(sender.link, selectors.EVENT_READ, sender)
        _run(senders, selector)
    return {"started": started, "acknowledged": time.time(), "sent": float(sum(each.answered for each in senders))}


def _run(senders: list[Sender], selector: selectors.BaseSelector) -> None:
    while any(not sender.is_over or sender.unanswered for sender in senders):
        for sender in senders:
            sender.fill()
            wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if sender.out else 0)
            selector.modify(sender.link, wanted, sender)
        for key, events in selector.select(0.1):
            sender = key.data
            if events & selectors.EVENT_READ:
                sender.read()
            if events & selectors.EVENT_WRITE:
                sender.write()


def _text(text: str) -> bytes:
    raw = text.encode()
    return struct.pack("!H", len(raw)) + raw


def _length(number: int) -> bytes:
    out = bytearray()
    while True:
        number, byte = divmod(number, 128)
        out.append(byte | (0x80 if number else 0))
        if not number:
            return bytes(out)


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--port", type=int, required=True)
    options.add_argument("--homes", type=json.loads, required=True, help="home → password")
    options.add_argument("--each", type=int, required=True)
    chosen = options.parse_args()
    print(json.dumps(flood(chosen.port, list(chosen.homes), chosen.homes, chosen.each)))
