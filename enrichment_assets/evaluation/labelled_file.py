"""Reading a labelled file: CSV, TSV, Parquet or JSON lines, under whatever names its columns have."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from enrichment_assets.companies.domain import Rejected, canonical_domain
from enrichment_assets.evaluation.evaluation import Labelled

TEXT = ("text", "website_text", "page_text", "page", "content", "markdown", "long_description", "description")
NAME = ("company_name", "company", "name", "account_name")
SITE = ("website", "domain", "url", "company_domain", "homepage")
LABEL = ("label", "fits", "fit", "icp", "is_icp", "expected", "icp_label", "verdict", "target", "y")

LARGEST_BYTES = 200_000_000
MOST_ROWS = 200_000
"""Each row is a call that is paid for."""

_YES = frozenset({"1", "1.0", "true", "yes", "y", "fit", "fits", "qualified", "positive"})
_NO = frozenset({"0", "0.0", "false", "no", "n", "not_fit", "not fit", "disqualified", "negative"})


class LabelledFileError(Exception):
    """The file cannot be used; the message says what it has and what it needs."""


def read_labelled(path: Path, *, text: str | None = None, label: str | None = None) -> list[Labelled]:
    """The labelled companies of a file. ``text`` and ``label`` name columns that are not found by themselves.

    A column whose name begins with ``icp`` and holds only two values serves as the label too. Rows without a label
    are left out. Raises LabelledFileError.
    """
    frame = _read(path)
    if frame.height > MOST_ROWS:
        raise LabelledFileError(f"{path.name} has more than {MOST_ROWS:,} rows: take a sample of it")
    text_column = _column(frame, path, "a text", TEXT, text)
    label_column = _column(frame, path, "a label", (*LABEL, *_icp_columns(frame)), label)
    names, sites = _values(frame, _found(frame, NAME)), _values(frame, _found(frame, SITE))
    companies = []
    for row, (given, page) in enumerate(zip(frame[label_column], frame[text_column], strict=True), 1):
        fits = _fits(given, path, row, label_column)
        if fits is not None:
            site = canonical_domain(sites[row - 1])
            domain = "" if isinstance(site, Rejected) else str(site)
            companies.append(Labelled(row, names[row - 1] or domain, domain, str(page or ""), fits))
    if not companies:
        raise LabelledFileError(f"{path.name}: no row has a label in column {label_column}")
    return companies


def read_labels(path: Path, label: str | None = None) -> dict[str, bool]:
    """Domain to whether the company fits, of a file with sites and labels. Raises LabelledFileError."""
    frame = _read(path)
    sites = frame[_column(frame, path, "a site", SITE, None)]
    label_column = _column(frame, path, "a label", (*LABEL, *_icp_columns(frame)), label)
    labels: dict[str, bool] = {}
    for row, (given, site) in enumerate(zip(frame[label_column], sites, strict=True), 1):
        fits, domain = _fits(given, path, row, label_column), canonical_domain(str(site or ""))
        if fits is not None and not isinstance(domain, Rejected):
            labels[str(domain)] = fits
    return labels


def _read(path: Path) -> pl.DataFrame:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise LabelledFileError(f"{path.name} is larger than {LARGEST_BYTES // 1_000_000} MB: take a sample of it")
        match path.suffix.lower():
            case ".parquet":
                return pl.read_parquet(path, n_rows=MOST_ROWS + 1)
            case ".jsonl" | ".ndjson":
                return pl.read_ndjson(path, n_rows=MOST_ROWS + 1)
            case ".csv" | ".tsv" | ".txt":
                separator = "\t" if path.suffix.lower() == ".tsv" else ","
                return pl.read_csv(
                    path, infer_schema=False, separator=separator, encoding="utf8-lossy", n_rows=MOST_ROWS + 1
                )
            case other:
                raise LabelledFileError(f"{path.name}: {other or 'no extension'}; known are csv, tsv, parquet, jsonl")
    except (OSError, pl.exceptions.PolarsError) as error:
        raise LabelledFileError(f"{path.name} cannot be read: {' '.join(str(error).split())[:200]}") from None


def _column(frame: pl.DataFrame, path: Path, what: str, known: Sequence[str], named: str | None) -> str:
    found = named if named in frame.columns else (None if named else _found(frame, known))
    if found is None:
        raise LabelledFileError(
            f"{path.name} needs {what} column{f' called {named}' if named else f', such as {known[0]}'}; "
            f"found {', '.join(frame.columns)}"
        )
    return found


def _found(frame: pl.DataFrame, known: Sequence[str]) -> str | None:
    columns = {column.strip().lower().replace(" ", "_"): column for column in frame.columns}
    return next((columns[name] for name in known if name in columns), None)


def _icp_columns(frame: pl.DataFrame) -> list[str]:
    named = [column for column in frame.columns if column.lower().startswith("icp")]
    return [column.lower() for column in named if frame[column].drop_nulls().n_unique() <= 2]


def _values(frame: pl.DataFrame, column: str | None) -> list[str]:
    return [str(value or "").strip() for value in frame[column]] if column else [""] * frame.height


def _fits(value: object, path: Path, row: int, column: str) -> bool | None:
    word = str(value).strip().lower() if value is not None else ""
    if word in _YES:
        return True
    if word in _NO:
        return False
    if not word:
        return None
    raise LabelledFileError(
        f"{path.name}, row {row}: {column} is {str(value)[:40]!r}; a label is 1 or 0, true or false, yes or no, "
        "fit or not_fit, or empty"
    )
