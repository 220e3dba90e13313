"""What has changed lately, of which company: field, before, after, when."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from enrichment_assets.core.settings import Settings
from enrichment_assets.storage.history.changes import Change, Changes
from enrichment_assets.storage.state import open_state

LATELY: Final = timedelta(days=30)
"""How far back an export looks."""
LONGEST: Final = 60
"""Characters of a value in a sentence."""


def lately(
    settings: Settings, domains: Collection[str] | None = None, since: datetime | None = None
) -> Mapping[str, Sequence[Change]]:
    """Changes by company, the oldest first."""
    state = open_state(settings)
    changes = Changes(state)
    found: dict[str, list[Change]] = {}
    try:
        for change in changes.since(since or datetime.now(UTC) - LATELY, domains):
            found.setdefault(change.domain, []).append(change)
    finally:
        changes.close()
        state.dispose()
    return found


def in_words(change: Change) -> str:
    """``2026-11-24 icp.verdict: unclear → fit, icp.score: 60 → 80``."""
    told = ", ".join(f"{change.artifact}.{each['field']}: {_from_to(each)}" for each in change.fields)
    why = " (by other rules)" if change.cause == "rules" else ""
    return f"{change.noted_at:%Y-%m-%d} {told}{why}"


def rows(changes: Mapping[str, Sequence[Change]]) -> list[dict[str, Any]]:
    """One row per field, for JSON."""
    return [
        {
            "domain": change.domain,
            "artifact": change.artifact,
            "at": change.noted_at.isoformat(),
            "cause": change.cause,
            "run_id": change.run_id,
            **each,
        }
        for of_one in changes.values()
        for change in of_one
        for each in change.fields
    ]


def _from_to(each: Mapping[str, Any]) -> str:
    before, after = each["before"], each["after"]
    if isinstance(before, list) and isinstance(after, list):
        return f"{len(after)} new, {len(before)} gone"
    return f"{_shown(before)} → {_shown(after)}"


def _shown(value: Any) -> str:
    text = "nothing" if value is None else str(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
