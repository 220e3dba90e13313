"""The push to a Clay table's webhook or any other HTTP endpoint. (Seam: body with the delivery issue.)"""

from dataclasses import dataclass

from enrichment_assets.providers.ledger import Account


@dataclass(frozen=True, slots=True)
class Accepted:
    """The destination took it (any 2xx; the body says nothing)."""

    status: int
    attempts: int


class Webhook:
    """Pushes one document."""

    async def push(self, body: bytes, key: str, account: Account) -> Accepted:
        """POST it with its Idempotency-Key."""
        raise NotImplementedError
