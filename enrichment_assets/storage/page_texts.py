"""Page texts that are not kept for ever: a website's value without its text, once it is old enough.

Its record, its data version and all that was judged from it stay, quotes included: nothing is read again because of it.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

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
