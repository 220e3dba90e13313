"""One story for all the outlets that ran it. Pure.

Two results are one story when they lead to the same address, when their titles share most of their words and do not
name other figures (6% of staff is not 12% of staff), or when both tell of the same sum raised; and when their dates,
where both are known, are at most ``SAME_STORY_DAYS`` apart.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from enrichment_assets.companies.company_names import squashed
from enrichment_assets.companies.platforms import words

SAME_STORY_DAYS: Final = 7
TITLE_SHARE: Final = 0.6
"""Share of the words of both titles together that the two must have in common (Jaccard)."""
SHORTER_SHARE: Final = 0.85
"""Or the share of the shorter title's words, of at least ``SHORTER_WORDS``."""
SHORTER_WORDS: Final = 5

_WORD: Final = re.compile(r"[^\W_]+(?:[.,]\d+)*")
_FIGURE: Final = re.compile(r"\d+")
_OUTLET: Final = re.compile(r"(?<!\s)\s++[-–—|]\s+[^-–—|]{2,40}$")
_EMPTY_WORDS: Final = words("a an and as at by for from in into is it its of on or the to with new up after over")
_TRACKING: Final = re.compile(
    r"^(?:utm_\w+|fbclid|gclid|ref|ref_src|source|src|cmpid|ncid|guccounter|amp|output|s)$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class NewsItem:
    """What merging looks at: one result. ``raised_usd`` is the sum that a funding story tells of."""

    title: str
    url: str
    published_on: date | None
    raised_usd: int | None


def same_story_groups(items: Sequence[NewsItem]) -> list[list[int]]:
    """Indexes of ``items`` by story, each group and the list of groups in the given order."""
    titles = [_title_words(item.title) for item in items]
    links = [one_address(item.url) for item in items]
    groups: list[list[int]] = []
    for at, item in enumerate(items):
        for group in groups:
            if any(
                links[other] == links[at]
                or (_close(items[other], item) and (_alike(titles[other], titles[at]) or _same_sum(items[other], item)))
                for other in group
            ):
                group.append(at)
                break
        else:
            groups.append([at])
    return groups


def one_address(url: str) -> str:
    """The address without scheme, ``www.``, ``amp`` and tracking: the same article however it was shared."""
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").lower().removeprefix("www.").removeprefix("amp.").removeprefix("m.")
    except ValueError:
        return url.strip()
    kept = [(key, value) for key, value in parse_qsl(parts.query) if not _TRACKING.match(key)]
    path = re.sub(r"/amp/?$|\.amp(?=\.html$|$)|^/amp(?=/)", "", parts.path).rstrip("/")
    return f"{host}{path}{'?' + urlencode(sorted(kept)) if kept else ''}"


def _title_words(title: str) -> frozenset[str]:
    text = _OUTLET.sub("", title)
    spoken = (squashed(word) for word in _WORD.findall(text.lower()))
    return frozenset(word.removesuffix("s") if len(word) > 3 else word for word in spoken) - _EMPTY_WORDS


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    if not one or not other:
        return False
    figures, other_figures = _figures(one), _figures(other)
    if figures and other_figures and not figures & other_figures:
        return False
    shared, shorter = len(one & other), min(len(one), len(other))
    return shared / len(one | other) >= TITLE_SHARE or (
        shorter >= SHORTER_WORDS and shared / shorter >= SHORTER_SHARE
    )  # fmt: skip


def _figures(title: frozenset[str]) -> frozenset[str]:
    return frozenset(match[0] for word in title if (match := _FIGURE.match(word)))


def _same_sum(one: NewsItem, other: NewsItem) -> bool:
    return one.raised_usd is not None and one.raised_usd == other.raised_usd


def _close(one: NewsItem, other: NewsItem) -> bool:
    if one.published_on is None or other.published_on is None:
        return True
    return abs((one.published_on - other.published_on).days) <= SAME_STORY_DAYS
