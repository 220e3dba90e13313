"""A payload that is too large loses details, in this order, until it fits; never an essential.

Before all, the nested documents of installed artifacts; then:

1. job postings: their quotes, then all but the first 50, then all but the first 10
2. stories: other addresses of the same story, snippets, then all but the first 5
3. evidence addresses but the first 5, MX hosts but the first 3
4. all postings and stories; counts by function and seniority
5. quotes of the findings, then the findings
6. the details of news, careers, linkedin, website, icp, one after the other

What remains are the flat essentials and ``mail``: lines of at most 500 characters and addresses of at most 2,000, in
practice below 4 KB. What was left out is named in the document's own ``trimmed``.
"""

from collections.abc import Callable, Iterable
from typing import Any

import orjson

Document = dict[str, Any]


def trim(document: Document, max_bytes: int, extra: Iterable[str] = ()) -> tuple[Document, tuple[str, ...]]:
    """The document in at most ``max_bytes`` of compact UTF-8 JSON, and the names of what was left out.

    ``extra``: nested documents that are not known here, of installed artifacts; they go before anything else.

    A document that fits is returned as it is. When even the essentials do not fit, they are returned all the same: a
    receiver that takes less than that has to refuse it.
    """
    if _size(document) <= max_bytes:
        return document, ()
    trimmed: Document = orjson.loads(orjson.dumps(document))
    left_out: dict[str, None] = {}
    for name, step in (*((part, _drop(part)) for part in extra), *_STEPS):
        if step(trimmed):
            left_out[name] = None
            trimmed["trimmed"] = list(left_out)
            if _size(trimmed) <= max_bytes:
                break
    return trimmed, tuple(left_out)


def _size(document: Document) -> int:
    return len(orjson.dumps(document))


def _shorten(part: str, items: str, keep: int) -> Callable[[Document], bool]:
    def step(document: Document) -> bool:
        holder = document.get(part) if part else document
        if not holder or len(holder.get(items, ())) <= keep:
            return False
        holder[items] = holder[items][:keep] if isinstance(holder[items], list) else {}
        return True

    return step


def _blank(part: str, items: str, field: str) -> Callable[[Document], bool]:
    def step(document: Document) -> bool:
        full = [item for item in (document.get(part) or {}).get(items, ()) if item.get(field)]
        for item in full:
            item[field] = [] if isinstance(item[field], list) else None
        return bool(full)

    return step


def _drop(part: str) -> Callable[[Document], bool]:
    def step(document: Document) -> bool:
        had = document.get(part) is not None
        document[part] = None
        return had

    return step


_STEPS: tuple[tuple[str, Callable[[Document], bool]], ...] = (
    ("careers.postings.quote", _blank("careers", "postings", "quote")),
    ("careers.postings", _shorten("careers", "postings", 50)),
    ("careers.postings", _shorten("careers", "postings", 10)),
    ("news.stories.also_at", _blank("news", "stories", "also_at")),
    ("news.stories.snippet", _blank("news", "stories", "snippet")),
    ("news.stories", _shorten("news", "stories", 5)),
    ("evidence_urls", _shorten("", "evidence_urls", 5)),
    ("mail.exchanges", _shorten("mail", "exchanges", 3)),
    ("careers.postings", _shorten("careers", "postings", 0)),
    ("news.stories", _shorten("news", "stories", 0)),
    ("careers.by_function", _shorten("careers", "by_function", 0)),
    ("careers.by_seniority", _shorten("careers", "by_seniority", 0)),
    ("icp.findings.quote", _blank("icp", "findings", "quote")),
    ("icp.findings", _shorten("icp", "findings", 0)),
    *((part, _drop(part)) for part in ("news", "careers", "linkedin", "website", "icp")),
)
KEPT = frozenset({"mail", *(name.partition(".")[0] for name, _ in _STEPS)})
"""Nested documents that the steps know."""
