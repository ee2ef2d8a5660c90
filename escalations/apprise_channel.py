"""E-mail, SMS, chat services and others by apprise: the address is an apprise URL."""

import apprise

from escalations.channel import DeliveryOut, NotNow, Receipt, Refused


class Apprise:
    """Sends the text; buttons need a channel that has them."""

    async def send(self, delivery: DeliveryOut) -> Receipt:
        """Raises Refused for an address apprise does not know, NotNow when the service did not take it."""
        target = apprise.Apprise()
        if not target.add(delivery.address):
            raise Refused("not an apprise address")
        head, _, rest = str(delivery.body.get("text", "")).partition("\n")
        if not await target.async_notify(title=head, body=rest or head):
            raise NotNow("apprise: not taken")
        return Receipt()
