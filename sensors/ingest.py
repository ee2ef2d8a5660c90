"""Messages in, commits out: batches for readings, a lane of its own for the button, acknowledged after the commit."""

import json
import queue
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

import structlog
from sqlmodel import Session

from sensors.consent import apply_consent
from sensors.counters import PRESSES, WAITING
from sensors.decode import beyond_understanding, decode, failed, home_of
from sensors.door import Done, Publish
from sensors.gather import Item
from sensors.homes import Homes
from sensors.keep import Kept, keep, quarantine
from sensors.message import Decoded, Message, Reason, Sos
from sensors.presses import Answer
from sensors.rights import ack_topic
from sensors.upkeep import call, count, is_passing
from store import Store, fault

log = structlog.get_logger(__name__)

#: messages in one transaction, and real seconds a small batch waits for company.
BATCH, LINGER_S = 1_000, 0.01
#: real seconds between two tries while the database does not answer.
AGAIN_S = 0.5
#: failures of one press (not the database's) after which it is raised for the home alone: a person must hear of it.
BARE_AFTER = 3


class TakePress(Protocol):
    """Opens the emergency for one press, inside the caller's transaction."""

    def __call__(self, tx: Session, sos: Sos, message: Message, now: datetime, /) -> Answer: ...


class Watch(Protocol):
    """Told before a press is written down and after: what stays unwritten must not stay unheard."""

    def begun(self, sos: Sos, /) -> None: ...

    def saved(self, sos: Sos, /) -> None: ...


class Now(Protocol):
    """The service's clock."""

    def now(self) -> datetime: ...


@dataclass(slots=True)
class _Waiting:
    message: Message
    done: Done
    decoded: Decoded | None = None
    tries: int = 0


class Ingest:
    """Two threads: one for presses, one for everything else. `put` takes messages from any thread.

    `press` is the service's; `publish` sends the acknowledgement of an SOS to its home.
    """

    def __init__(
        self, store: Store, clock: Now, press: TakePress, publish: Publish, watch: Watch | None = None
    ) -> None:
        self.homes, self._watch = Homes(store), watch
        self._store, self._clock, self._press, self._publish = store, clock, press, publish
        self._readings: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._presses: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(target=self._run_presses, name="sos", daemon=True),
            threading.Thread(target=self._run_readings, name="ingest", daemon=True),
        ]
        self._stopping = threading.Event()

    def start(self) -> None:
        """Begin to work; what was put before is not lost."""
        for thread in self._threads:
            thread.start()

    def stop(self, timeout_s: float = 10.0) -> None:
        """Finish what can be finished within the time; the rest stays unacknowledged and comes again."""
        self._stopping.set()
        self._presses.put(None)
        self._readings.put(None)
        for thread in self._threads:
            thread.join(timeout_s)

    def put(self, topic: str, payload: bytes, done: Done, *, retained: bool = False, again: bool = False) -> None:
        """Take a message; `done` is called once it is committed. Never blocks, never raises."""
        if topic.endswith("/sos/ack"):
            done()  # our own word, heard back
            return
        waiting = _Waiting(Message(topic, payload, self._clock.now(), retained, again), done)
        (self._presses if self._may_be_press(topic, payload) else self._readings).put(waiting)

    def _may_be_press(self, topic: str, payload: bytes) -> bool:
        if topic.endswith("/sos") or "/sos/" in topic or b'"sos"' in payload[:2_000]:
            return True
        if b"action" not in payload[:2_000]:
            return False
        return topic.partition("/zigbee2mqtt/")[1] != ""

    # -- the button ------------------------------------------------------------------------------------------

    def _run_presses(self) -> None:
        while (waiting := self._presses.get()) is not None:
            try:
                self._handle_press(waiting)
            except Exception as error:  # whatever it was: the press stays unacknowledged and is tried again
                log.error("sos not yet committed", error=type(error).__name__, tries=waiting.tries)
                tries = waiting.tries + (not is_passing(error))
                if self._stopping.wait(AGAIN_S if self._presses.empty() else 0):
                    return
                self._presses.put(replace(waiting, tries=tries))

    def _handle_press(self, waiting: _Waiting) -> None:
        message, now = waiting.message, self._clock.now()
        decoded = waiting.decoded or self._decode(message, now, fresh=True)
        for sos in decoded.presses:
            bare = replace(sos, device=None, known_home=False, verified=False)
            which = sos if waiting.tries < BARE_AFTER else bare
            if self._watch is not None:
                self._watch.begun(sos)
            answer = self._store.write_first(self._press, which, message, now)
            if self._watch is not None:
                self._watch.saved(sos)
            fault.at("ack")
            PRESSES.inc(answer.new)
            self._acknowledge(answer)
        if decoded.readings or decoded.devices or decoded.rejected:
            self._readings.put(replace(waiting, decoded=decoded))
        else:
            call(waiting.done)

    def _acknowledge(self, answer: Answer) -> None:
        said = {"id": answer.press, "escalation": answer.escalation, "at": answer.at.isoformat()}
        try:
            self._publish(ack_topic(answer.home), json.dumps(said, ensure_ascii=False).encode())
        except Exception as error:  # the gateway repeats its SOS and hears then
            log.error("sos not acknowledged", error=type(error).__name__)

    # -- everything else -------------------------------------------------------------------------------------

    def _run_readings(self) -> None:
        while batch := self._next_batch():
            try:
                self.homes.refresh()
                kept = self._read(batch)
            except Exception as error:  # the database is away: nothing is acknowledged, nothing is lost
                log.error("homes not readable", error=type(error).__name__)
                for each in batch:
                    self._readings.put(each)
                if self._stopping.wait(AGAIN_S):
                    return
                continue
            if not self._commit([Item(each.message, each.decoded) for each in kept if each.decoded]):
                return
            WAITING.set(self._readings.qsize())
            for each in kept:
                call(each.done)

    def _read(self, batch: Sequence[_Waiting]) -> list[_Waiting]:
        """The batch, decoded. What turns out to be a press changes to the other lane."""
        now, kept = self._clock.now(), []
        for each in batch:
            decoded = each.decoded or self._decode(each.message, now)
            if decoded.presses and each.decoded is None:
                self._presses.put(replace(each, decoded=decoded))
            else:
                each.decoded = decoded
                kept.append(each)
        return kept

    def _next_batch(self) -> list[_Waiting]:
        """Whatever waits, up to BATCH, with a short wait for company; empty when it is time to stop."""
        first = self._readings.get()
        if first is None:
            return []
        batch, until = [first], time.monotonic() + LINGER_S
        while len(batch) < BATCH:
            try:
                waiting = self._readings.get(timeout=max(0.0, until - time.monotonic()))
            except queue.Empty:
                break
            if waiting is None:
                self._readings.put(None)
                break
            batch.append(waiting)
        return batch

    def _commit(self, items: Sequence[Item]) -> bool:
        """Store them all; a message the database refuses is found by halving. False when stopped before."""
        while True:
            try:
                count(self._store.write(keep, items))
                return True
            except Exception as error:
                if not is_passing(error):
                    log.error("batch refused", error=type(error).__name__, messages=len(items))
                    return self._halve(items)
                log.warning("database not ready", error=type(error).__name__)
            if self._stopping.wait(AGAIN_S):
                return False

    def _halve(self, items: Sequence[Item]) -> bool:
        if len(items) == 1:
            self._set_aside(items[0])
            return True
        middle = len(items) // 2
        return self._commit(items[:middle]) and self._commit(items[middle:])

    def _set_aside(self, item: Item) -> None:
        """The one message that cannot be stored as what it is: into quarantine, as a technician's riddle."""
        kept = Kept()
        try:
            self._store.write(quarantine, [Item(item.message, failed(item.message))], kept)
        except Exception as error:
            log.error("message dropped", error=type(error).__name__)
        count(kept)

    def _decode(self, message: Message, now: datetime, fresh: bool = False) -> Decoded:
        """What the message means, never stopped by it. Raises only when the database is away."""
        try:
            return self._meaning(message, now, fresh)
        except Exception as error:
            if is_passing(error):
                raise
            log.error("message not understood", error=type(error).__name__)
            return beyond_understanding(message)

    def _meaning(self, message: Message, now: datetime, fresh: bool) -> Decoded:
        home = home_of(message.topic) or ""
        if fresh and home:
            self.homes.look_up(home)
        decoded = decode(message, self.homes, now)
        unknown = any(r.reason in (Reason.UNKNOWN_DEVICE, Reason.UNKNOWN_HOME) for r in decoded.rejected)
        if unknown and home and not fresh and self.homes.look_again(home):
            decoded = decode(message, self.homes, now)
        if decoded.readings or decoded.devices:
            apply_consent(decoded, self.homes(home))
        return decoded
