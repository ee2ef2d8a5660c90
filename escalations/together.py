"""One message instead of many: what can wait and leaves for the same chat at the same moment is told together.

Each of them stays a delivery of its own, with its own attempt and its own record; only the last step is one.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256

from escalations.channel import Channel, DeliveryOut, Receipt
from prompts import Words

#: so long others may still come, REAL time: a sweep's pages are claimed in a moment.
LINGER_S = 0.3
#: lines and buttons of one message, and characters of a line: a chat takes 4,096.
LINES, BUTTONS, LONGEST = 25, 10, 120
#: before the data of a button that stands under several items: the chat shows the list anew when it is pressed.
LISTED = "list:"


@dataclass
class _Pile:
    """What leaves with its first one, which sends it."""

    deliveries: list[DeliveryOut]
    left: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class Together:
    """A channel before a channel: holds what has a `line` back for a moment, and hands on what has come by then."""

    def __init__(self, channel: Channel, words: Words, linger_s: float = LINGER_S) -> None:
        self._channel, self._words, self._linger_s = channel, words, linger_s
        self._piles: dict[str, _Pile] = {}

    async def send(self, delivery: DeliveryOut) -> Receipt:
        """Raises what the channel raises, to all whose message it was.

        A joined message has no receipt: none of them may change it for itself alone.
        """
        if not delivery.body.get("line"):
            return await self._channel.send(delivery)
        pile = self._piles.get(delivery.address)
        if pile is not None:
            pile.deliveries.append(delivery)
            await asyncio.shield(pile.left)
            return Receipt()
        return await self._first(delivery)

    async def _first(self, delivery: DeliveryOut) -> Receipt:
        pile = self._piles[delivery.address] = _Pile([delivery])
        try:
            try:
                await asyncio.sleep(self._linger_s)
            finally:
                del self._piles[delivery.address]  # what comes from now on is another message
            alone = len(pile.deliveries) == 1
            receipt = await self._channel.send(delivery if alone else joined(pile.deliveries, self._words))
        except BaseException as error:
            pile.left.set_exception(error if isinstance(error, Exception) else TimeoutError())
            pile.left.exception()  # where there is nobody else, nobody asks for it
            raise
        pile.left.set_result(None)
        return receipt if alone else Receipt()


def joined(deliveries: Sequence[DeliveryOut], words: Words) -> DeliveryOut:
    """Several as one: first what is asked, a button each, then what is only told."""
    asks = [one for one in deliveries if one.body.get("buttons")]
    news = [one for one in deliveries if not one.body.get("buttons")]
    lines = [words.text("escalations.together.asks" if asks else "escalations.together.news", count=len(asks or news))]
    if any(one.again for one in deliveries):
        lines.insert(0, words.text("escalations.repeat"))
    lines += [
        words.text("escalations.together.item", n=n, line=_line(one)) for n, one in enumerate(asks[:LINES], start=1)
    ]
    if asks and news:
        lines += ["", words.text("escalations.together.also")]
    room = LINES - len(asks[:LINES])
    lines += [words.text("escalations.together.point", line=_line(one)) for one in news[:room]]
    if (left := len(asks[LINES:]) + len(news[room:])) > 0:
        lines.append(words.text("escalations.together.more", count=left))
    text = "\n".join(lines)
    plain = f"{text}\n\n{words.text('escalations.together.plain')}" if asks else text
    buttons = [_button(words, n, one) for n, one in enumerate(asks[:BUTTONS], start=1)]
    keys = sha256("\n".join(sorted(one.key for one in deliveries)).encode()).hexdigest()[:16]
    return replace(
        deliveries[0],
        key=f"together/{deliveries[0].person_id}/{keys}",
        kind="page" if any(one.kind == "page" for one in deliveries) else "notice",
        body={"text": text, "plain": plain, "buttons": buttons},
        escalation=None,
        step=None,
    )


def _line(one: DeliveryOut) -> str:
    line = " ".join(str(one.body["line"]).split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def _button(words: Words, n: int, one: DeliveryOut) -> dict[str, str]:
    button = one.body["buttons"][0]
    shown = words.text("escalations.together.button", n=n, word=button["text"])
    return {"text": shown, "data": f"{LISTED}{button['data']}"}
