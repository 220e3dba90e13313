"""A Clay table's webhook on loopback: takes rows, and after 50,000 for life drops them without a word."""

from dataclasses import dataclass, field
from time import time
from typing import Any, Final

import orjson

from enrichment_assets.sandbox.wire import HTML, Call, Reply, json_reply

MAX_BYTES: Final = 100_000
LIFETIME_SUBMISSIONS: Final = 50_000
_ROUTE: Final = "/v3/sources/webhook/pull-in-data-from-a-webhook-"


@dataclass
class Table:
    """One table with its webhook. ``token`` is None where the webhook asks for none."""

    token: str | None = None
    lifetime: int = LIFETIME_SUBMISSIONS
    dedupe_on: str | None = None
    """Auto-dedupe: the column whose repeats are dropped; the oldest row stays."""
    acknowledges: str = "text"
    """``text`` or ``json``: nobody publishes what Clay answers, so a client must not care."""
    submissions: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def reset(self) -> None:
        """An empty table without token and limits of its own."""
        self.__init__()  # type: ignore[misc]


def answer(table: Table, call: Call) -> Reply:
    """One submission: an object is a row, an array is several."""
    if not call.path.startswith(_ROUTE) or call.method != "POST":
        return json_reply({"message": "Webhook not found"}, 404)
    if table.token is not None and call.headers.get("x-clay-webhook-auth") != table.token:
        return json_reply({"message": "Authentication failed"}, 401)
    if len(call.body) > MAX_BYTES:
        return json_reply({"message": "Payload too large"}, 413)
    try:
        given = call.json()
    except orjson.JSONDecodeError:
        return json_reply({"message": "Invalid JSON"}, 422)
    records = given if isinstance(given, list) else [given]
    if not all(isinstance(record, dict) for record in records):
        return json_reply({"message": "Validation failed"}, 422)
    headers = {name.lower(): value for name, value in call.headers.items()}
    for record in records:
        table.submissions += 1
        if table.submissions > table.lifetime or _repeats(table, record):
            continue
        table.rows.append({"headers": headers, "body": record, "at": time(), "path": call.path})
    return json_reply({"success": True}) if table.acknowledges == "json" else Reply(200, b"OK", HTML)


def _repeats(table: Table, record: dict[str, Any]) -> bool:
    value = record.get(table.dedupe_on) if table.dedupe_on else None
    if not isinstance(value, str) or not value or len(value) > 200:
        return False
    repeated = value in table.seen
    table.seen.add(value)
    return repeated
