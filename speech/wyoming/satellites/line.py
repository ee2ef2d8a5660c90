"""A satellite's connection as a speaker's line: what the service says becomes sound, what the satellite does becomes
the messages of `speech.protocol`."""

import asyncio
import json
from contextlib import suppress
from typing import Any

from wyoming.asr import Transcript
from wyoming.audio import AudioChunk, AudioStop
from wyoming.event import Event
from wyoming.info import Describe, Info
from wyoming.ping import Ping, Pong
from wyoming.pipeline import PipelineStage, RunPipeline
from wyoming.satellite import PauseSatellite, RunSatellite, StreamingStarted, StreamingStopped
from wyoming.snd import Played
from wyoming.wake import Detection

from speech.hearing.decode import BYTES_PER_SECOND
from speech.speaker.limits import Rate
from speech.speaker.line import Busy, Ended, Gone, Line
from speech.speaker.protocol import Closed
from speech.wyoming.satellites import microphone
from speech.wyoming.satellites.microphone import Microphone, Order, Step
from speech.wyoming.satellites.overhearing import Overhearing
from speech.wyoming.satellites.voice import Voice
from speech.wyoming.wire import BadSound, Client, Converter, Pcm, seconds_of, sound_events

#: a sentence counts as played so long after its end where the satellite does not say so (as Home Assistant waits).
_UNTOLD_S = 1.5
#: and so long where it has said so before: the network may be slow, but what is still played must not be heard.
_TOLD_S = 10.0
#: whoever sends waits no longer for the sentence before, and then for this one to be handed over: less than the outbox
#: has patience with an emergency (4 s). A long sound is taken only as fast as it is played.
_SOON_S = 3.0
#: a sentence that should have been played, and is not, is asked for again.
_AGAIN_S = 1.0
#: longer than any pause within a sentence (`vad.Rules`): an utterance ends in it.
_SILENCE = bytes(int(2.2 * BYTES_PER_SECOND))
_MOST_EVENTS, _EVENTS_S = 200, 10.0


class SatelliteLine(Line):
    """`run` beside whoever sends and receives. `send` returns once a sentence is on its way, the one before being
    played: two sentences sent at once would cut each other off on some satellites. Whoever gives up a `send` cuts
    nothing off: a sentence that has begun goes on to its end, or the connection ends."""

    def __init__(self, client: Client, voice: Voice, send_s: float) -> None:
        super().__init__()
        self._client, self._voice, self._send_s = client, voice, send_s
        self._microphone, self._overhearing = Microphone(), Overhearing()
        self._stirred = asyncio.Event()
        self._silent = asyncio.Event()
        self._silent.set()
        self._handing: asyncio.Task[bool] | None = None
        self._over_at = 0.0
        self._frames: asyncio.Queue[str | bytes | None] = asyncio.Queue()
        self._rate = Rate(_MOST_EVENTS, _EVENTS_S)
        self._converter: Converter | None = None
        self._tells_played = self._can_be_triggered = False

    async def run(self) -> None:
        """Take what the satellite sends and do what is due, until it has gone. Never raises."""
        watching = asyncio.create_task(self._watch())
        try:
            while (event := await self._client.read_event()) is not None:
                await self._take(event)
        except Ended as ended:
            self.close(ended.code)
        except Gone:
            pass
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            self._frames.put_nowait(None)

    async def send(self, *messages: dict[str, Any]) -> None:
        """See `Line`."""
        last = messages[-1]["type"] == "bye"
        for message in messages:
            match message["type"]:
                case "welcome":
                    await self._write(RunSatellite().event(), Describe().event())
                case "ping":
                    await self._write(Ping().event())
                case "say":
                    self._overhearing.begins(message["text"])
                    sound = await self._voice.sound_at(message["audio"]) if message["audio"] else None
                    await self._play(sound, listen=message["listen"], last=last)
                case "error" if message["code"] in self._voice.spoken:
                    sound = await self._voice.speak(self._voice.spoken[message["code"]])
                    with suppress(Busy):
                        await self._play(sound, listen=message["code"] == "try_again", last=False)
                case "partial":
                    self._become(microphone.words(self._microphone, _now()))
                case "heard":
                    self._overhearing.heard(message["text"])
                    self._become(microphone.heard(self._microphone, message["text"], _now()))

    async def receive(self) -> str | bytes:
        """See `Line`."""
        frame = await self._frames.get()
        if frame is None:
            raise Gone
        return frame

    async def shut(self, code: int) -> None:
        """See `Line`. The satellite stops listening until somebody connects to it again."""
        if self._handing is not None:
            self._handing.cancel()
        with suppress(Gone):
            await self._write(PauseSatellite().event())
        await self._client.disconnect()

    async def _play(self, wav: bytes | None, *, listen: bool, last: bool) -> None:
        """A satellite shows no caption: what cannot be made audible has not been said."""
        if wav is None:
            raise Gone
        seconds, soon = seconds_of(wav), _now() + _SOON_S
        await self._my_turn(soon)
        self._over_at = _now() + seconds
        await self._do(microphone.said(self._microphone, float("inf"), listen=listen, last=last))
        handing = self._handing = asyncio.create_task(self._hand_over(wav, seconds))
        done, _ = await asyncio.wait({handing}, timeout=soon - _now())
        if done and (handing.cancelled() or not handing.result()):
            raise Gone

    async def _my_turn(self, soon: float) -> None:
        """Wait until it is silent. Raises Busy where that is not soon."""
        if self._over_at > soon and not self._silent.is_set():
            raise Busy(self._over_at - _now())
        try:
            async with asyncio.timeout_at(soon):
                while not self._silent.is_set():  # another one may have been quicker
                    await self._silent.wait()
        except TimeoutError:
            raise Busy(max(self._over_at - _now(), _AGAIN_S)) from None

    async def _hand_over(self, wav: bytes, seconds: float) -> bool:
        """Whether the satellite has taken the whole sentence; else the connection ends: nobody knows what it plays."""
        taken = False
        try:
            with suppress(Gone):
                await self._write(*sound_events(wav), within_s=self._send_s + seconds)
                self._handing, taken = None, True
                later = _TOLD_S if self._tells_played else _UNTOLD_S
                self._become(microphone.sent(self._microphone, _now() + seconds + later))
        finally:
            if not taken:
                self.close(Closed.IDLE)
        return taken

    async def _take(self, event: Event) -> None:
        if AudioChunk.is_type(event.type):
            self._hear(event)
            return
        if not self._rate.allows(_now()):
            raise Ended(Closed.TOO_MANY)
        if Ping.is_type(event.type):
            await self._write(Pong(text=event.data.get("text")).event())
        elif Pong.is_type(event.type):
            self._frames.put_nowait(json.dumps({"type": "pong"}))
        elif Played.is_type(event.type):
            self._tells_played = True
            await self._do(microphone.played(self._microphone, _now()))
        elif RunPipeline.is_type(event.type) and event.data.get("start_stage") == PipelineStage.WAKE.value:
            await self._do(microphone.unasked(self._microphone))
        elif any(kind.is_type(event.type) for kind in (Detection, RunPipeline, StreamingStarted)):
            await self._do(microphone.woken(self._microphone, _now()))
        elif AudioStop.is_type(event.type) or StreamingStopped.is_type(event.type):
            self._become(microphone.stopped(self._microphone, _now()))
        elif Info.is_type(event.type):
            about = event.data.get("satellite")
            self._can_be_triggered = isinstance(about, dict) and about.get("supports_trigger") is True

    def _hear(self, event: Event) -> None:
        if not self._microphone.open and not self._microphone.playing:
            return
        try:
            pcm = Pcm.of(event.data)
        except BadSound:
            raise Ended(Closed.TOO_MANY) from None
        if self._converter is None or self._converter.pcm != pcm:
            self._converter = Converter(pcm)
        sound = self._converter.feed(event.payload or b"")
        if not self._microphone.open and (sound := self._overhearing.feed(sound)):
            self._become(microphone.spoken_into(self._microphone, _now()))
        if sound and self._microphone.open:
            self._become(microphone.sound(self._microphone))
            self._frames.put_nowait(sound)

    async def _watch(self) -> None:
        """Do what is due when nothing happens."""
        while True:
            self._stirred.clear()
            due = self._microphone.due
            with suppress(TimeoutError):
                async with asyncio.timeout_at(None if due == float("inf") else due):
                    await self._stirred.wait()
            try:
                await self._do(microphone.passed(self._microphone, _now()))
            except Gone:
                self.close(Closed.IDLE)
                return

    def _become(self, state: Microphone) -> None:
        if state.playing or self._handing:
            self._silent.clear()
        else:
            self._silent.set()
        if self._microphone.playing and not state.playing:
            self._overhearing.ends()
        stirs = state.due != self._microphone.due
        self._microphone = state
        if stirs:
            self._stirred.set()

    async def _do(self, step: Step) -> None:
        state, orders = step
        self._become(state)
        for order in orders:
            match order:
                case Order.TALK | Order.END:
                    self._frames.put_nowait(json.dumps({"type": order.value}))
                case Order.HUSH:
                    self._frames.put_nowait(_SILENCE)
                case Order.OPEN:
                    await self._open()
                case Order.SHUT:
                    shut = PauseSatellite() if state.unasked else Transcript(text="")
                    await self._write(shut.event())

    async def _open(self) -> None:
        if self._microphone.unasked:
            await self._write(RunSatellite().event())
        elif self._can_be_triggered and not self._microphone.flows:
            await self._write(RunPipeline(PipelineStage.ASR, PipelineStage.TTS).event())

    async def _write(self, *events: Event, within_s: float | None = None) -> None:
        try:
            async with asyncio.timeout(within_s or self._send_s):
                for event in events:
                    await self._client.write_event(event)
        except (TimeoutError, OSError, AssertionError):  # the library asserts that it is connected
            raise Gone from None


def _now() -> float:
    return asyncio.get_running_loop().time()
