"""The webhook channel: a delivery as signed JSON to a city's system."""

import hashlib
import hmac
import json

import httpx

from escalations.channel import DeliveryOut, NotNow, Receipt, Refused

#: answers that say "never": the request itself is wrong or not wanted.
_NEVER = frozenset({400, 401, 403, 404, 405, 410, 413, 415, 422})


class Webhook:
    """POSTs `{"id", "key", "kind", "escalation", "level", "text", "again"}`.

    `X-Anbu-Signature: sha256=<hex>` is the HMAC-SHA256 of the body with `secret`; `Idempotency-Key` is the same at
    every attempt. Any 2xx is "sent".
    """

    def __init__(self, client: httpx.AsyncClient, secret: bytes) -> None:
        self._client, self._secret = client, secret

    async def send(self, delivery: DeliveryOut) -> Receipt:
        """Raises Refused, NotNow."""
        body = payload(delivery)
        signature = "sha256=" + hmac.new(self._secret, body, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": delivery.key,
            "X-Anbu-Signature": signature,
        }
        try:
            answer = await self._client.post(delivery.address, content=body, headers=headers)
        except httpx.HTTPError as error:
            raise NotNow(type(error).__name__) from error
        return _judge(answer)


def payload(delivery: DeliveryOut) -> bytes:
    """The JSON that is posted and signed."""
    fields = {
        "id": delivery.id,
        "key": delivery.key,
        "kind": delivery.kind,
        "escalation": delivery.escalation,
        "level": delivery.level,
        "text": delivery.plain,
        "again": delivery.again,
    }
    return json.dumps(fields, ensure_ascii=False).encode()


def _judge(answer: httpx.Response) -> Receipt:
    if answer.is_success:
        return Receipt()
    reason = f"http {answer.status_code}"
    if answer.status_code in _NEVER:
        raise Refused(reason)
    wait = answer.headers.get("Retry-After", "")
    raise NotNow(reason, float(wait) if wait.isdecimal() else None)
