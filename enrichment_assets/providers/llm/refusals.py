"""What an endpoint's refusal means, by its words and codes: rows of ``data/refusals.yaml``."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from enrichment_assets.core.yaml_files.shipped import load_shipped
from enrichment_assets.providers.llm.failure import Failure

LONGEST_WORDS = 4_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row; what its parts mean stands at the head of the file."""

    means: str
    codes: frozenset[str]
    words: tuple[tuple[str, ...], ...]
    unless: tuple[str, ...]
    statuses: frozenset[int]
    match: tuple[str, ...]
    no_match: tuple[str, ...]

    def fits(self, failure: Failure, said: str) -> bool:
        """``said`` is what there is to search: words and codes in lower case."""
        if self.statuses and failure.status not in self.statuses:
            return False
        if any(phrase in said for phrase in self.unless):
            return False
        return bool(self.codes & failure.codes) or any(all(part in said for part in line) for line in self.words)


def meaning_of(failure: Failure) -> str | None:
    """What the refusal means, or None for one that no row knows."""
    said = f"{failure.words[:LONGEST_WORDS]} {' '.join(sorted(failure.codes))}"[: 2 * LONGEST_WORDS].lower()
    return next((row.means for row in rows() if row.fits(failure, said)), None)


@lru_cache(maxsize=1)
def rows() -> tuple[Row, ...]:
    """All rows, in their order."""
    return tuple(map(_row, load_shipped("enrichment_assets.providers.llm", "data/refusals.yaml")))


def _row(given: Mapping[str, Any]) -> Row:
    return Row(
        means=given["means"],
        codes=frozenset(given.get("codes", ())),
        words=tuple(tuple(map(str, line)) for line in given.get("words", ())),
        unless=tuple(given.get("unless", ())),
        statuses=frozenset(given.get("status", ())),
        match=tuple(given.get("match", ())),
        no_match=tuple(given.get("no_match", ())),
    )
