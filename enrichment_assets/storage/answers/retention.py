"""What is not kept for ever: answers past their time, and the text of pages in a website's value once it is old.

Its record, its data version and all that was judged from it stay, quotes included: nothing is read again because of it.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from enrichment_assets.core.settings import Settings
from enrichment_assets.storage.answers.store import open_answers
from enrichment_assets.storage.artifacts import ArtifactStore


def drop_page_texts(store_url: str, domains: Iterable[str], before: datetime) -> int:
    """Take the text out of websites read before a moment; of how many. Raises OSError."""
    store = ArtifactStore(store_url)
    dropped = 0
    try:
        for domain in domains:
            kept = store.get("website", domain)
            if kept is not None and kept.computed_at < before and kept.value.get("text"):
                store.put(replace(kept, value={**kept.value, "text": ""}))
                dropped += 1
    finally:
        store.close()
    return dropped


def prune_answers(settings: Settings, now: datetime, answered_before: datetime | None) -> int:
    """Delete stored answers that nobody may use any more, and those older than a moment; how many. Raises OSError."""
    store = open_answers(settings)
    if store is None:
        return 0
    try:
        return store.backend.prune(now, answered_before)
    finally:
        store.close()
