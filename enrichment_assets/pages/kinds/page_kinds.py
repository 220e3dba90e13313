"""What a short page says that is no company's: parked, for sale, dead, a wall in front of the site, broken right now.

Two signs are needed: ideas that together make such a page (rows of ``data/page_kinds.yaml``), and that hardly anything
else is on it. The pages of a registrar, a hoster or a security vendor have the same ideas, among words of their own.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

from enrichment_assets.companies import suffixes
from enrichment_assets.pages.kinds.ideas import FEW, Said, Sentence, page_data

Kind = Literal["parked", "for_sale", "dead", "blocked", "broken"]
SHORT_PAGE: Final = 4_000
"""Characters of visible text up to which a page can be none of a company's."""
LITTLE: Final = 12
"""Words of its own that a page behind the markup of a parking service may have."""
HARDLY_ANY: Final = 1
"""Words of its own in a sentence whose ideas are enough by themselves."""
NAVIGATION: Final = 3
"""Links to other pages of the site from which only such a sentence counts."""
UNDER_ITS_TITLE: Final = 2
"""Words of its own that a page with a company's title may have, where it does not say what it is of this domain."""
PART: Final = 0.2
"""The same, as a part of all its words."""
_POINTING: Final = frozenset({"this", "name", "named", "listing", "searches"})


@dataclass(frozen=True, slots=True)
class _Row:
    kind: Kind
    ideas: tuple[frozenset[str], ...]
    in_a_sentence: bool
    firm: bool
    others: int

    @property
    def of_this_domain(self) -> bool:
        """Whether the page has to name its domain, or point at it."""
        return any(each <= _POINTING for each in self.ideas)


def host_kind(host: str) -> Literal["parked", "for_sale"] | None:
    """What a host that belongs to a domain market or a parking service says; None for any other."""
    domain = suffixes.registrable(host.lower()) or host.lower()
    if domain in page_data()["hosts"]["parked"]:
        return "parked"
    return "for_sale" if domain in page_data()["hosts"]["for_sale"] else None


def kind_of(page: Said) -> tuple[Kind, str] | None:
    """What a page that is not the company's is, with the sentence that says so; "" where its links do."""
    uncertain = not page.says_little_else or page.navigation >= NAVIGATION or page.tells_of_itself
    for row in _rows():
        if page.others > row.others or (uncertain and not row.firm):
            continue
        freely = page.others <= min(UNDER_ITS_TITLE, PART * page.words) or row.of_this_domain or not page.has_own_title
        for sentence in _telling(page, row):
            if freely or sentence.ideas & _POINTING:
                return row.kind, sentence.text
    return None


def _telling(page: Said, row: _Row) -> Iterator[Sentence]:
    """The sentences that make a page what the row says."""
    if row.in_a_sentence:
        most = FEW if not row.firm or "named" in page.ideas else HARDLY_ANY
        yield from (each for each in page.sentences if each.others <= most and _has(each.ideas, row))
    elif _has(page.ideas, row):
        yield from (each for each in page.sentences if each.ideas & row.ideas[0])


def kind_of_markup(markup: frozenset[str], others: int) -> Kind | None:
    """What the markup of a wall is, or on a page that says little else that of a parking service."""
    if "wall" in markup:
        return "blocked"
    if others > LITTLE:
        return None
    return "parked" if "parked" in markup else "blocked" if "blocked" in markup else None


def asks_for_scripts(page: Said) -> bool:
    """Whether a wall is a challenge that a browser may pass."""
    return not page.ideas.isdisjoint(("wait", "browser", "verify"))


def _has(ideas: frozenset[str], row: _Row) -> bool:
    return all(each & ideas for each in row.ideas)


@lru_cache(maxsize=1)
def _rows() -> tuple[_Row, ...]:
    return tuple(map(_row, page_data()["kinds"]))


def _row(row: Mapping[str, Any]) -> _Row:
    ideas = tuple(frozenset(each.split("|")) for each in row["ideas"])
    return _Row(row["kind"], ideas, row.get("in") == "sentence", bool(row.get("firm")), row["others"])
