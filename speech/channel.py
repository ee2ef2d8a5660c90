"""The speaker as a channel: a delivery that is spoken at home."""

from dataclasses import dataclass

from escalations.channel import DeliveryOut, NotNow, Receipt, Refused
from speech.connections import Connected, Connections
from speech.line import Gone
from speech.protocol import Closed

#: a speaker that is not here is asked for again after this; its connection wakes what is open anyway.
_ABSENT_RETRY_S = 5.0
_BROKEN_RETRY_S = 1.0


@dataclass(frozen=True)
class SpeakerChannel:
    """Sends to the speakers connected to this process; address "home/device".

    body: {"text"}, and optionally "listen" (whether an answer is waited for; a question's is) and "bye" (the talk ends
    with this sentence), "slow" (said slower: it was not understood). kind "sos_ack" confirms the SOS of `escalation`
    without speaking.
    """

    connections: Connections

    def connected_addresses(self) -> set[str]:
        """What this process may claim deliveries for."""
        return self.connections.addresses()

    async def send(self, delivery: DeliveryOut) -> Receipt:
        """Speak it. Raises NotNow where the speaker is not connected here, Refused where there is nothing to say."""
        speaker = self.connections.find(delivery.address)
        if speaker is None:
            raise NotNow("the speaker is not connected to this process", _ABSENT_RETRY_S)
        try:
            await _speak(speaker, delivery)
        except Gone:
            speaker.line.close(Closed.IDLE)
            raise NotNow("the speaker's connection broke", _BROKEN_RETRY_S) from None
        return Receipt()


async def _speak(speaker: Connected, delivery: DeliveryOut) -> None:
    if delivery.kind == "sos_ack" and delivery.escalation:
        await speaker.confirm_sos(delivery.escalation)
        return
    text = delivery.body.get("text")
    if not isinstance(text, str) or not text.strip():
        raise Refused("nothing to say")
    bye = delivery.body.get("bye") is True
    listen = bool(delivery.body.get("listen", delivery.kind == "question")) and not bye
    await speaker.say(delivery.key, text.strip(), listen=listen, bye=bye, slow=delivery.body.get("slow") is True)
