"""What a short page says that is no company's: parked, for sale, dead, a wall in front of the site, broken right now.

Two signs are needed: ideas that together make such a page (rows of ``data/page_kinds.yaml``), and that hardly anything
else is on it. The pages of a registrar, a hoster or a security vendor have the same ideas, among words of their own.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

from enrichment_assets.companies import suffixes
from enrichment_assets.core.pattern_rules import load_rules
from enrichment_assets.pages.ideas import FEW, Said, page_data

Kind = Literal["parked", "for_sale", "dead", "blocked", "broken"]
SHORT_PAGE: Final = 4_000
"""Characters of visible text up to which a page can be none of a company's."""
MARKUP_LOOKED_AT: Final = 50_000
HARDLY_ANY: Final = 1
"""Words of its own in a sentence whose ideas are enough by themselves."""
NAVIGATION: Final = 3
"""Links to other pages of the site from which only such a sentence counts."""


@dataclass(frozen=True, slots=True)
class _Row:
    kind: Kind
    ideas: tuple[frozenset[str], ...]
    in_a_sentence: bool
    firm: bool
    others: int


def host_kind(host: str) -> Literal["parked", "for_sale"] | None:
    """What a host that belongs to a domain market or a parking service says; None for any other."""
    domain = suffixes.registrable(host.lower()) or host.lower()
    if domain in page_data()["hosts"]["parked"]:
        return "parked"
    return "for_sale" if domain in page_data()["hosts"]["for_sale"] else None


def kind_of(page: Said) -> tuple[Kind, str] | None:
    """What a page that is not the company's is, with the sentence that says so."""
    others, ideas = page.others, page.ideas
    uncertain = not page.says_little_else or page.navigation >= NAVIGATION
    for row in _rows():
        if others > row.others or (uncertain and not row.firm):
            continue
        if row.in_a_sentence:
            most = HARDLY_ANY if row.firm else FEW
            telling = (each.text for each in page.sentences if each.others <= most and _has(each.ideas, row))
        else:
            telling = (each.text for each in page.sentences if _has(ideas, row) and each.ideas & row.ideas[0])
        if (text := next(telling, None)) is not None:
            return row.kind, text
    return None


def kind_of_markup(html: str) -> Kind | None:
    """What the markup of a parking service, or of a wall on a page that says little, is. Its beginning is looked at."""
    head = html[:MARKUP_LOOKED_AT].lower()
    rules = load_rules("enrichment_assets.pages", "data/page_kinds.yaml")
    return next((_KINDS[rule.scope] for rule in rules if rule.found_in(head, head)), None)


def asks_for_scripts(page: Said) -> bool:
    """Whether a wall is a challenge that a browser may pass."""
    return not page.ideas.isdisjoint(("wait", "browser", "verify"))


_KINDS: Final[Mapping[str, Kind]] = {"parked": "parked", "blocked": "blocked"}


def _has(ideas: frozenset[str], row: _Row) -> bool:
    return all(each & ideas for each in row.ideas)


@lru_cache(maxsize=1)
def _rows() -> tuple[_Row, ...]:
    return tuple(map(_row, page_data()["kinds"]))


def _row(row: Mapping[str, Any]) -> _Row:
    ideas = tuple(frozenset(each.split("|")) for each in row["ideas"])
    return _Row(row["kind"], ideas, row.get("in") == "sentence", bool(row.get("firm")), row["others"])
