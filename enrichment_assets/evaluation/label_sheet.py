"""Labels as a table for people who work in a spreadsheet, and back.

The column ``label`` is for people: what is to be said, or ``none`` to take a label back; an empty one says nothing.
A text that a spreadsheet would run as a formula gets an apostrophe, which is taken off again.
"""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson

from enrichment_assets.artifacts.base import Labelling
from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.companies.domain import Rejected, canonical_domain
from enrichment_assets.companies.reading import read_table
from enrichment_assets.core.text import truncate_line
from enrichment_assets.evaluation.reviewing import LONGEST_NAME, LONGEST_NOTE, Case, labelled_artifacts
from enrichment_assets.storage.history.labels import Label

COLUMNS: Final = (
    "domain", "company_name", "artifact", "said", "why", "page", "quotes", "label", "note", "given_by", "given_at",
    "evidence",
)  # fmt: skip
TAKEN_BACK: Final = "none"
_YES: Final = frozenset({"y", "yes", "1", "1.0", "true"})
_NO: Final = frozenset({"n", "no", "0", "0.0", "false"})
_RISKY: Final = re.compile(r"(^|[;|])([\"\s\u200b\ufeff]*+)('*+)(?=[=+\-@＝＋－＠])")
_MADE_HARMLESS: Final = re.compile(r"(^|[;|])([\"\s\u200b\ufeff]*+)'(?='*+[=+\-@＝＋－＠])")


@dataclass(frozen=True)
class Sheet:
    """What a table says: labels given, and (domain, artifact) of those taken back. ``bad``: line to what is wrong."""

    given: Sequence[Label]
    taken_back: Sequence[tuple[str, str]]
    bad: Mapping[int, str]


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula, nor for several cells with one among them."""
    return _RISKY.sub(r"\1\2'\3", text)


def as_it_was(text: str) -> str:
    """What ``harmless`` was given."""
    return _MADE_HARMLESS.sub(r"\1\2", text)


def write_sheet(cases: Iterable[Case]) -> str:
    """The cases as CSV, each with its label so far. Of a label on older evidence its own evidence is told."""
    written = io.StringIO()
    writer = csv.writer(written, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for case in cases:
        page = next((line.page for line in case.lines() if line.page), "")
        label = case.label or case.labelled("", "", datetime.now(UTC))
        by, at = (label.by, label.at.isoformat()) if case.label else ("", "")
        why = truncate_line(case.labelling.shown(case.value), LONGEST_NOTE)
        cells = (
            *(case.company.domain, case.company.name, case.artifact.name, _json(label.said), why, page or ""),
            *(_json(label.quotes), label.label, label.note, by, at, label.evidence),
        )
        writer.writerow([harmless(cell) for cell in cells])
    return "\ufeff" + written.getvalue()


def read_sheet(path: Path, catalog: Catalog, known: Mapping[tuple[str, str], Case], by: str, now: datetime) -> Sheet:
    """What a table says that ``write_sheet`` wrote, or any with the columns ``domain`` and ``label``.

    ``known``: cases by domain and artifact, whose evidence counts for labels that bring none. ``by`` gives those that
    name nobody. Raises UnreadableListError for what is no table.
    """
    table = read_table(path)
    given: dict[tuple[str, str], Label] = {}
    taken_back: dict[tuple[str, str], None] = {}
    bad: dict[int, str] = {}
    own = table.own.rename({name: name.strip().casefold() for name in table.own.columns}, strict=False)
    if not {"label", "domain"} <= set(own.columns):
        return Sheet((), (), {1: f"it needs the columns domain and label; it has {', '.join(own.columns)[:200]}"})
    lines = table.lines or range(table.first_row, table.first_row + table.own.height)
    for line, row in zip(lines, own.iter_rows(named=True), strict=True):
        cells = {name: as_it_was(str(value or "").strip()) for name, value in row.items()}
        try:
            label = _label(cells, catalog, known, by, now)
        except ValueError as error:
            bad[line] = str(error)
            continue
        if label is None:
            continue
        key = label.domain, label.artifact
        if key in given or key in taken_back:
            bad[line] = f"{label.domain} stands here twice"
        elif label.label == TAKEN_BACK:
            taken_back[key] = None
        else:
            given[key] = label
    return Sheet(tuple(given.values()), tuple(taken_back), bad)


def _label(
    cells: Mapping[str, str], catalog: Catalog, known: Mapping[tuple[str, str], Case], by: str, now: datetime
) -> Label | None:
    """What one row says; None for a row that says nothing. Raises ValueError, in words for its author."""
    word, note = cells["label"], truncate_line(cells.get("note", ""), LONGEST_NOTE)
    if not word and not note:
        return None
    domain = canonical_domain(cells["domain"])
    if isinstance(domain, Rejected):
        raise ValueError(f"domain: {domain.reason}")  # noqa: TRY004 - it is the row that is wrong
    artifact = cells.get("artifact") or "icp"
    labelling = catalog[artifact].labelling if artifact in catalog else None
    if labelling is None:
        raise ValueError(f"artifact is {artifact[:40]!r}: there are {', '.join(labelled_artifacts(catalog))}")
    case = known.get((str(domain), artifact))
    label = Label(
        domain=str(domain),
        artifact=artifact,
        label=_word(word, labelling),
        note=note,
        by=truncate_line(cells.get("given_by") or by, LONGEST_NAME),
        at=_moment(cells.get("given_at", "")) or now,
    )
    before = case.label if case is not None else None
    if before is not None and before.at == label.at and before.label != label.label:
        label = replace(
            label, by=truncate_line(by, LONGEST_NAME), at=now
        )  # another word in the row of an earlier label
    if cells.get("evidence"):
        said, quotes = _parsed(cells.get("said"), "said"), _parsed(cells.get("quotes") or "[]", "quotes")
        if not isinstance(quotes, list):
            raise ValueError("quotes is no JSON list")
        return replace(label, evidence=cells["evidence"][:16], said=said, quotes=tuple(map(str, quotes)))
    if case is None:
        return label
    return case.labelled(label.label, label.by, label.at, note)


def _word(word: str, labelling: Labelling[Any]) -> str:
    folded = word.casefold().replace(" ", "_")
    if folded in ("", TAKEN_BACK, *labelling.words):
        return folded
    if folded in _YES:
        return labelling.yes
    if folded in _NO:
        return labelling.no
    raise ValueError(f"label is {word[:40]!r}: write {labelling.yes}, {labelling.no}, {TAKEN_BACK}, or nothing")


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"given_at is {text[:40]!r}: write a time such as 2026-05-01 or leave it empty") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _parsed(text: str | None, column: str) -> Any:
    try:
        return orjson.loads(text or "null")
    except orjson.JSONDecodeError:
        raise ValueError(f"{column} is no JSON: leave the column as it was exported, or empty `evidence`") from None


def by_key(cases: Iterable[Case]) -> Iterator[tuple[tuple[str, str], Case]]:
    """Cases with the key that ``read_sheet`` looks for."""
    return (((case.company.domain, case.artifact.name), case) for case in cases)
