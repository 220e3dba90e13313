"""``--output``: one entry per input row, as JSON, CSV or Parquet, written whole or not at all."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click
import orjson

SUFFIXES = (".json", ".csv", ".parquet")


def check_output(path: Path | None) -> None:
    """Refuse a path that could not be written at the end, before anything is spent."""
    if path is None:
        return
    if path.suffix.lower() not in SUFFIXES:
        raise click.UsageError(f"--output {path}: the extension decides the format; use one of {', '.join(SUFFIXES)}")
    if not path.absolute().parent.is_dir():
        raise click.UsageError(f"--output {path}: there is no directory {path.absolute().parent}")


def write_output(path: Path, run_id: str, summary: Mapping[str, Any], rows: Iterable[dict[str, Any]]) -> None:
    """Write the rows in the format the extension names."""
    if path.suffix.lower() == ".json":
        _write_json(path, run_id, summary, rows)
        return
    import polars as pl  # noqa: PLC0415 - only when it is needed

    from enrichment_assets.companies.joining import write_table  # noqa: PLC0415

    write_table(pl.DataFrame([_flat(row) for row in rows], infer_schema_length=None), path)


def _write_json(path: Path, run_id: str, summary: Mapping[str, Any], rows: Iterable[dict[str, Any]]) -> None:
    """Row by row, so that memory does not grow with the list."""
    beside = path.with_name(f".{path.name}.part")
    with beside.open("wb") as file:
        file.write(b'{"run_id":' + orjson.dumps(run_id) + b',"summary":' + orjson.dumps(summary) + b',"rows":[')
        for number, row in enumerate(rows):
            file.write((b",\n" if number else b"\n") + orjson.dumps(row))
        file.write(b"\n]}\n")
    beside.replace(path)


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row without nesting: one column per node, and the payload's flat essentials."""
    flat = {name: value for name, value in row.items() if name not in ("nodes", "payload")}
    flat |= row["nodes"]
    essentials = {
        name: value
        for name, value in (row["payload"] or {}).items()
        if not isinstance(value, dict | list) and name not in flat
    }
    return flat | essentials
