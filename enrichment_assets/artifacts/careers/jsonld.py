"""JobPosting JSON-LD found on a page, as openings.

Taken as it comes: several blocks, ``@graph``, lists, ``@type`` as a list, JSON that is broken. Postings whose
``validThrough`` has passed were left up and are dropped.
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

import json_repair
import orjson

from enrichment_assets.providers.boards.board import Opening, day, once
from enrichment_assets.providers.boards.jobposting import first_text, opening_of

MAX_NODES = 20_000
_WRAPPING = re.compile(r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\s*\]\]>|\]\]>)\s*;?\s*$")


def jsonld_openings(blocks: Iterable[str], today: date) -> tuple[Opening, ...]:
    """Every open posting in the blocks, once."""
    openings = []
    for block in blocks:
        for posting in _postings(_parsed(block)):
            until = day(first_text(posting.get("validThrough")))
            opening = opening_of(posting)
            if opening is not None and not (until and until < today):
                openings.append(opening)
    return once(openings)


def _parsed(block: str) -> Any:
    text = _WRAPPING.sub("", block.strip()).strip()
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    try:
        return json_repair.loads(text)
    except (ValueError, RecursionError):
        return None


def _postings(document: Any) -> Iterator[dict[str, Any]]:
    """JobPosting objects at any depth, in order; an explicit stack, so that no nesting overflows."""
    stack, visited = [document], 0
    while stack and visited < MAX_NODES:
        node = stack.pop()
        visited += 1
        if isinstance(node, list):
            stack.extend(reversed(node))
        elif isinstance(node, dict):
            if _is_posting(node.get("@type")):
                yield node
            else:
                stack.extend(value for value in reversed(list(node.values())) if isinstance(value, dict | list))


def _is_posting(kind: Any) -> bool:
    kinds = kind if isinstance(kind, list) else [kind]
    return any(isinstance(each, str) and each.rpartition("/")[2].rpartition(":")[2] == "JobPosting" for each in kinds)
