"""``--output``: one entry per input row, as JSON or a table, written whole or not at all."""

import importlib.util
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson

if TYPE_CHECKING:
    import polars as pl

SUFFIXES = (".json", ".csv", ".xlsx", ".jsonl", ".parquet", ".duckdb")
OWN_WORDS = ("company_name", "website")
"""What a table says in the list's own columns."""


def check_name(path: Path, listed: Path | None, suffixes: Sequence[str]) -> None:
    """Refuse an extension that is no format, and the list itself."""
    if path.suffix.lower() not in suffixes:
        raise click.UsageError(f"--output {path}: the extension decides the format; use one of {', '.join(suffixes)}")
    if listed is not None and path.exists() and listed.exists() and path.samefile(listed):
        raise click.UsageError(f"--output {path} is the list itself: name another file")


def check_output(path: Path | None, listed: Path | None = None) -> None:
    """Refuse a path that could not be written at the end, or that is the list itself, before anything is spent."""
    if path is None:
        return
    check_name(path, listed, SUFFIXES)
    if path.suffix.lower() == ".duckdb" and importlib.util.find_spec("duckdb") is None:
        raise click.UsageError(f"--output {path} needs an extra: pip install 'enrichment-assets[duckdb]'")
    if path.is_dir():
        raise click.UsageError(f"--output {path} is a directory: name a file in it")
    if not path.absolute().parent.is_dir():
        raise click.UsageError(f"--output {path}: there is no directory {path.absolute().parent}")
    try:
        tempfile.TemporaryFile(dir=path.absolute().parent).close()
    except OSError as error:
        raise click.UsageError(f"--output {path}: {path.absolute().parent}: {error.strerror}") from None


def write_output(
    path: Path, run_id: str, summary: Mapping[str, Any], rows: Iterable[dict[str, Any]], own: "pl.DataFrame"
) -> None:
    """Write the rows in the format the extension names; tables carry the list's ``own`` columns too.

    Raises OSError when the place cannot be written.
    """
    if path.suffix.lower() == ".json":
        _write_json(path, run_id, summary, rows)
        return
    import polars as pl  # noqa: PLC0415 - only when it is needed

    from enrichment_assets.companies.joining import merge, write_table  # noqa: PLC0415

    write_table(merge(own, pl.DataFrame([_flat(row) for row in rows], infer_schema_length=None)), path)


def _write_json(path: Path, run_id: str, summary: Mapping[str, Any], rows: Iterable[dict[str, Any]]) -> None:
    """Row by row, so that memory does not grow with the list."""
    part = path.with_name(f".{path.name}.part")
    with part.open("wb") as file:
        file.write(b'{"run_id":' + orjson.dumps(run_id) + b',"summary":' + orjson.dumps(summary) + b',"rows":[')
        for number, row in enumerate(rows):
            file.write((b",\n" if number else b"\n") + orjson.dumps(row))
        file.write(b"\n]}\n")
    part.replace(path)


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row without nesting: one column per node, and the payload's flat essentials."""
    flat = {name: value for name, value in row.items() if name not in ("nodes", "payload", *OWN_WORDS)}
    flat |= {f"{name}_outcome": outcome for name, outcome in row["nodes"].items()}
    payload = row["payload"] or {}
    documents = row["nodes"].keys() - (payload.get("answers") or {}).keys()  # a question's own name is its column
    essentials = {
        name: "; ".join(map(str, value)) if isinstance(value, list) and name in row["nodes"] else value
        for name, value in payload.items()
        if name not in row and name not in documents
    }
    essentials = {name: value for name, value in essentials.items() if not isinstance(value, dict | list)}
    return flat | essentials
