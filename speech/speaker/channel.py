"""The speaker as a channel: a delivery that is spoken at home."""

import asyncio
from dataclasses import dataclass

from escalations.channel import DeliveryOut, NotNow, Receipt, Refused
from speech.hearing.grammar import ANYTHING, Expected
from speech.speaker.connections import Connected, Connections
from speech.speaker.line import Busy, Gone
from speech.speaker.places import Places
from speech.speaker.protocol import Closed

#: a speaker that is not here is asked for again after this; its connection wakes what is open anyway.
_ABSENT_RETRY_S = 5.0
_BROKEN_RETRY_S = 1.0
#: a question for which there is no room is tried again after this.
_FULL_RETRY_S = 5.0


@dataclass(frozen=True)
class SpeakerChannel:
    """Sends to the speakers connected to this process; address "home/device".

    body: {"text"}, and optionally "listen" (whether an answer is waited for; a question's is) and "bye" (the talk ends
    with this sentence), "slow" (said slower: it was not understood), "expect" and "buttons" (which answers are awaited:
    see `Expected`), "sound" (the id of a sound that is played behind it), "at_once" (a question that waits for no
    room). kind "sos_ack" confirms the SOS of `escalation` without speaking.
    """

    connections: Connections
    places: Places

    def connected_addresses(self) -> set[str]:
        """What this process may claim deliveries for."""
        return self.connections.addresses()

    async def send(self, delivery: DeliveryOut) -> Receipt:
        """Speak it. Raises NotNow where the speaker is not connected here, or still plays something long, and where
        there is no room yet for the talk that a question would begin; Refused where there is nothing to say."""
        speaker = self.connections.find(delivery.address)
        if speaker is None:
            raise NotNow("the speaker is not connected to this process", _ABSENT_RETRY_S)
        if not self._room(delivery):
            raise NotNow("no room for another talk in this process", _FULL_RETRY_S, full=True)
        try:
            await _speak(speaker, delivery)
        except Busy as busy:
            raise NotNow("the speaker is still speaking", busy.left_s) from None
        except Gone:
            speaker.line.close(Closed.IDLE)
            raise NotNow("the speaker's connection broke", _BROKEN_RETRY_S) from None
        return Receipt()

    def _room(self, delivery: DeliveryOut) -> bool:
        if delivery.kind != "question" or delivery.body.get("at_once") is True:
            return True
        return self.places.take(delivery.address, asyncio.get_running_loop().time())


async def _speak(speaker: Connected, delivery: DeliveryOut) -> None:
    if delivery.kind == "sos_ack" and delivery.escalation:
        await speaker.confirm_sos(delivery.escalation)
        return
    text = delivery.body.get("text")
    if not isinstance(text, str) or not text.strip():
        raise Refused("nothing to say")
    bye = delivery.body.get("bye") is True
    listen = bool(delivery.body.get("listen", delivery.kind == "question")) and not bye
    slow, awaited = delivery.body.get("slow") is True, Expected.of(delivery.body) if listen else ANYTHING
    sound = str(delivery.body["sound"]) if delivery.body.get("sound") else None
    await speaker.say(delivery.key, text.strip(), listen=listen, bye=bye, slow=slow, awaited=awaited, sound=sound)
