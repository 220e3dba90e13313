"""One HTTP request and one HTTP answer, in the terms the emulated providers share. No provider's rules here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson

JSON = "application/json"
HTML = "text/html; charset=utf-8"
TEXT = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Call:
    """A request. ``path`` is what is left below the provider's base URL, always with a leading slash."""

    method: str
    host: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON. Raises orjson.JSONDecodeError (a ValueError)."""
        return orjson.loads(self.body)

    def bearer(self) -> str:
        """The key in the Authorization header, or ""."""
        scheme, _, key = self.headers.get("Authorization", "").partition(" ")
        return key.strip() if scheme.lower() == "bearer" else ""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer. ``usd`` is what the provider invoices for it, ``tokens`` a model's; ``blanks`` are OpenRouter's
    keep-alive chunks."""

    status: int
    body: bytes
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    usd: float = 0.0
    tokens: int = 0
    blanks: bool = False
    reset: bool = False
    """Close the connection without any answer, as a dead web server does."""


def json_reply(
    document: Any, status: int = 200, *, usd: float = 0.0, headers: Mapping[str, str] | None = None
) -> Reply:
    """A JSON answer."""
    return Reply(status, orjson.dumps(document), JSON, headers or {}, usd)


def text_reply(text: str, status: int = 200, content_type: str = TEXT) -> Reply:
    """A text or HTML answer."""
    return Reply(status, text.encode(), content_type)
