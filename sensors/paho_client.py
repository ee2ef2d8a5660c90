"""paho's client with fewer system calls: each one costs a wait for the interpreter while a batch is being stored."""

import struct
from collections import deque
from typing import Any

import paho.mqtt.client as paho
import structlog
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode, MQTTProtocolVersion

log = structlog.get_logger(__name__)

_PUBACK, _PUBLISH = 0x40, 0x30
_READ = 64 * 1024


class LeanClient(paho.Client):
    """Reads a buffer at a time instead of a few bytes of one packet; sends the acknowledgements of a batch together."""

    def __init__(self, client_id: str) -> None:
        super().__init__(
            CallbackAPIVersion.VERSION2,
            client_id,
            clean_session=False,
            protocol=MQTTProtocolVersion.MQTTv311,
            manual_ack=True,
        )
        self._buffer, self._read = b"", 0
        self._acks: deque[int] = deque()

    def acknowledge(self, mid: int) -> None:
        """Send a PUBACK soon, with others; from any thread."""
        self._acks.append(mid)
        wake = self._sockpairW
        if len(self._acks) == 1 and wake is not None:
            try:
                wake.send(b"\0")
            except OSError:
                log.debug("no wake-up")  # the loop looks once a second anyway

    def want_write(self) -> bool:
        return bool(self._acks) or super().want_write()

    def loop_write(self) -> MQTTErrorCode:
        out = bytearray()
        while self._acks:
            out += struct.pack("!BBH", _PUBACK, 2, self._acks.popleft())
        if out:
            self._packet_queue(_PUBACK, out, 0, 0)
        return super().loop_write()

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        while True:
            if self._in_packet["command"] == 0:
                self._take_publishes()
            code = super().loop_read(max_packets)
            if code != MQTTErrorCode.MQTT_ERR_SUCCESS or self._sock is None or self._read >= len(self._buffer):
                return code

    def _take_publishes(self) -> None:
        """Hand over every whole PUBLISH (QoS 0 and 1) at the head of the buffer; paho reads whatever is left."""
        buffer, at, end = self._buffer, self._read, len(self._buffer)
        while end - at > 4 and buffer[at] & 0xF4 == _PUBLISH:
            first, body = buffer[at], at + 1
            length = shift = 0
            while body < end and shift < 28:
                length |= (buffer[body] & 0x7F) << shift
                shift += 7
                body += 1
                if not buffer[body - 1] & 0x80:
                    break
            next_at, topic_end = body + length, body + 2 + int.from_bytes(buffer[body : body + 2])
            if next_at > end or buffer[body - 1] & 0x80 or topic_end + 2 > next_at:
                break
            mid = int.from_bytes(buffer[topic_end : topic_end + 2]) if first & 0x02 else 0
            payload = buffer[topic_end + (2 if mid else 0) : next_at]
            self._read = at = next_at
            self.take(buffer[body + 2 : topic_end], payload, mid, bool(first & 1), bool(first & 8))

    def take(self, topic: bytes, payload: bytes, mid: int, retained: bool, again: bool) -> None:
        """One message; `mid` 0 = QoS 0. Set by the link."""
        raise NotImplementedError

    def _sock_recv(self, bufsize: int) -> bytes:
        if self._read >= len(self._buffer):
            self._buffer, self._read = super()._sock_recv(_READ), 0
        part = self._buffer[self._read : self._read + bufsize]
        self._read += len(part)
        return part

    def _create_socket(self) -> Any:
        self._buffer, self._read = b"", 0
        self._acks.clear()
        return super()._create_socket()
