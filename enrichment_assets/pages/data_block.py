"""Strangers' words as they stand in a prompt: a list's, a page's, and nothing of them outside the tags.

The tags carry a hash of all that lies between them, which nothing between them can contain. Tags, chat tokens and what
else looks like a delimiter were removed before (``quotes.readable``, ``evidence.evidence``).
"""

import hashlib
from collections.abc import Mapping

from enrichment_assets.pages.evidence import evidence

LONGEST_FACT = 120


def data_block(facts: Mapping[str, str | None], page: str) -> str:
    """Facts by name, one a line, and the page; ``page`` is evidence already. A fact that is None is ``(hidden)``."""
    lines = "\n".join(
        f"{name}: {'(hidden)' if fact is None else one_line(fact, LONGEST_FACT)}" for name, fact in facts.items()
    )
    key = hashlib.sha256(f"{lines}\n{page}".encode("utf-8", "replace")).hexdigest()[:24]
    return f"<company-{key}>\n{lines}\n</company-{key}>\n\n<page-{key}>\n{page}\n</page-{key}>"


def one_line(text: str, longest: int) -> str:
    """A stranger's text as one line of a prompt, through the filter that pages go through."""
    line = " ".join(evidence(text[: 4 * longest]).split())
    return line if len(line) <= longest else line[:longest] + "…"
