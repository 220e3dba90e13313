"""Results back to every row of the list they came from, and tables written so that spreadsheets cannot be tricked."""

import codecs
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Final

import polars as pl

from enrichment_assets.companies.intake import CompanyList
from enrichment_assets.companies.lists.cells import as_json

CLASH_PREFIX: Final = "enriched_"
CSV_TIME: Final = "%Y-%m-%d %H:%M:%S"
"""UTC, as a spreadsheet takes it for a time."""
_XLSX_ROWS: Final = 1_048_575
_XLSX_CELL: Final = 32_767
_OF_RESULT: Final = " of the result"
_ROW_COLUMNS: Final = ("row", "domain", "outcome", "reason", "duplicate_of_row")
# What a spreadsheet may take for the beginning of a formula (OWASP, CSV injection): full-width forms included, and
# blanks before it, which some spreadsheets cut off.
_FORMULA: Final = r"^(?:[\t\r\n]|[\s\x00\x{200b}\x{feff}]*[=+\-@＝＋－＠])"
# The same after what some spreadsheet takes for the end of a cell: where lists are separated by semicolons (most of
# Europe), Excel reads `"a","b;=1+1;"` as three cells, because a quote only counts at a cell's beginning.
_CELL_IN_CELL: Final = r"([;\t|\r\n][\"\s\x00\x{200b}\x{feff}]*)([=+\-@＝＋－＠])"
_NUMBER: Final = r"^ *[+-]?(?:[0-9]+(?:[.,][0-9]+)*|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?\s?%?$"


def join_results(companies: CompanyList, results: pl.DataFrame) -> pl.DataFrame:
    """One line per row of the list, in its order: its own columns, what intake decided, and the company's results.

    ``results`` has a unique ``domain`` column. Its ``outcome`` and ``reason``, where it has them, replace those of the
    company's first row; duplicates stay duplicates and carry the company's other results. A column whose name the
    list already uses is prefixed with ``enriched_``. Raises ``ValueError`` when a domain occurs twice.
    """
    if results["domain"].is_duplicated().any():
        raise ValueError("The results hold a domain twice; they must be one line per company.")
    decided = companies.rows.select(_ROW_COLUMNS)
    results = results.drop("row", "duplicate_of_row", strict=False)
    joined = decided.join(results, on="domain", how="left", maintain_order="left", suffix=_OF_RESULT)
    is_run = (decided["outcome"] == "company") & decided["domain"].is_in(results["domain"].implode())
    for name in {"outcome", "reason"} & set(results.columns):
        replaced = joined[name + _OF_RESULT].zip_with(is_run.fill_null(value=False), joined[name])
        joined = joined.with_columns(replaced.alias(name)).drop(name + _OF_RESULT)
    return merge(companies.own, joined)


def joined_parts(
    companies: CompanyList, results_of: Callable[[list[str]], pl.DataFrame], rows: int
) -> Iterator[pl.DataFrame]:
    """The same, so many rows of the list at a time. ``results_of`` is asked for the domains in them."""
    for start in range(0, max(1, companies.rows.height), rows):
        part = replace(companies, rows=companies.rows.slice(start, rows), own=companies.own.slice(start, rows))
        domains = part.rows["domain"].drop_nulls().unique(maintain_order=True).to_list()
        yield join_results(part, results_of(domains))


def merge(own: pl.DataFrame, results: pl.DataFrame) -> pl.DataFrame:
    """The list's own columns, then the results of its rows in the same order, under names that are still free."""
    taken = {name.lower() for name in own.columns}
    names: dict[str, str] = {}
    for name in results.columns:
        free = name
        while free.lower() in taken:
            free = CLASH_PREFIX + free
        taken.add(free.lower())
        names[name] = free
    return pl.concat([own, results.rename(names)], how="horizontal")


def neutralise_formulas(frame: pl.DataFrame) -> pl.DataFrame:
    """Texts that a spreadsheet would run as a formula get a leading apostrophe; numbers such as -5 stay numbers."""
    safe = frame.with_columns(
        pl.when(pl.col(name).str.contains(_FORMULA) & ~pl.col(name).str.contains(_NUMBER))
        .then(pl.concat_str(pl.lit("'"), name))
        .otherwise(name)
        .str.replace_all(_CELL_IN_CELL, "${1}'${2}")
        .alias(name)
        for name, dtype in frame.schema.items()
        if dtype == pl.String
    )
    headers = pl.Series(frame.columns, dtype=pl.String)
    within = headers.str.replace_all(_CELL_IN_CELL, "${1}'${2}")
    names: list[str] = []
    for name, is_formula in zip(within, headers.str.contains(_FORMULA), strict=True):
        harmless = f"'{name}" if is_formula else name
        while harmless in names or (is_formula and harmless in frame.columns):
            harmless = f"'{harmless}"
        names.append(harmless)
    safe.columns = names
    return safe


def is_ascii(frame: pl.DataFrame) -> bool:
    """Whether a table holds nothing but ASCII, headers included: Excel takes anything else without a byte order mark
    for its own country's code page."""
    texts = frame.select(pl.col(pl.String))
    wide = texts.select(pl.any_horizontal((pl.all().str.len_bytes() != pl.all().str.len_chars()).any()))
    return "".join(frame.columns).isascii() and not (texts.width and wide.item())


def write_table(frame: pl.DataFrame, path: Path) -> None:
    """Write by extension: .csv (formulas neutralised), .xlsx, .parquet, .json (an array), .jsonl, .duckdb.

    A CSV is UTF-8, with a byte order mark where it is not ASCII. The file appears whole or not at all. Raises
    ``ValueError`` for another extension, ``OSError`` when the place cannot be written.
    """
    write_parts([frame], path)


def write_parts(frames: Iterable[pl.DataFrame], path: Path) -> None:
    """The same of a table that comes in parts, at least one; one of them is in memory at a time."""
    write = _WRITERS.get(path.suffix.lower())
    if write is None:
        raise ValueError(f"{path} has no extension that can be written; use one of {', '.join(_WRITERS)}.")
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.", suffix=".part") as folder:
        part = Path(folder) / f"whole{path.suffix}"
        write(frames, part)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.chmod(0o666 & ~_umask())
        part.replace(path)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_csv(frame: pl.DataFrame, file: Path | IO[bytes], *, header: bool = True, bom: bool = False) -> None:
    """A table as a spreadsheet can take it: formulas neutralised, every field quoted."""
    neutralise_formulas(frame).write_csv(
        file, include_header=header, include_bom=bom, quote_style="always", datetime_format=CSV_TIME
    )


def _flat(frame: pl.DataFrame) -> pl.DataFrame:
    nested = [name for name, dtype in frame.schema.items() if dtype.is_nested()]
    return frame.with_columns(pl.col(name).map_elements(as_json, return_dtype=pl.String) for name in nested)


def _write_csv(frames: Iterable[pl.DataFrame], path: Path) -> None:
    plain = True
    body = path.with_suffix(".body")
    with body.open("wb") as file:
        for number, frame in enumerate(map(_flat, frames)):
            write_csv(frame, file, header=number == 0)
            plain = plain and is_ascii(frame)
    if plain:
        body.replace(path)
        return
    with body.open("rb") as written, path.open("wb") as file:
        file.write(codecs.BOM_UTF8)
        shutil.copyfileobj(written, file)


def _write_xlsx(frames: Iterable[pl.DataFrame], path: Path) -> None:
    """Texts stay texts: nothing becomes a formula or a link. A cell holds 32,767 characters, a sheet 1,048,575 rows."""
    import xlsxwriter  # noqa: PLC0415 - only when it is needed

    texts = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
    }
    with xlsxwriter.Workbook(path, {"constant_memory": True, **texts}) as book:
        sheet = book.add_worksheet("results")
        rows = 0
        for part, frame in enumerate(frames):
            flat = _flat(frame).with_columns(pl.col(pl.String).str.head(_XLSX_CELL))
            flat = flat.with_columns(
                pl.col(pl.Datetime).dt.strftime(CSV_TIME), pl.col(pl.UInt64, pl.Int64).cast(pl.Float64)
            )
            for at, name in enumerate(flat.columns if part == 0 else ()):
                sheet.write_string(0, at, name)
            if rows + flat.height > _XLSX_ROWS:
                raise ValueError(f"A sheet holds {_XLSX_ROWS:,} rows, and these are more; write .csv.")
            for number, row in enumerate(flat.iter_rows(), rows + 1):
                for at, cell in enumerate(row):
                    if isinstance(cell, str):
                        sheet.write_string(number, at, cell)
                    elif cell is not None:
                        sheet.write(number, at, cell)
            rows += flat.height


def _write_duckdb(frames: Iterable[pl.DataFrame], path: Path) -> None:
    """A database with one table, ``results``."""
    try:
        import duckdb  # noqa: PLC0415 - an extra
    except ImportError:
        raise ValueError(f"{path.suffix} needs an extra: pip install 'enrichment-assets[duckdb]'") from None
    parts = [str(part) for part in _in_files(frames, path)]
    with duckdb.connect(path) as connection:
        connection.execute("CREATE TABLE results AS SELECT * FROM read_parquet(?)", [parts])


def _write_parquet(frames: Iterable[pl.DataFrame], path: Path) -> None:
    pl.scan_parquet(_in_files(frames, path), glob=False).sink_parquet(path)


def _in_files(frames: Iterable[pl.DataFrame], path: Path) -> list[Path]:
    """Each part in a file beside the path."""
    parts: list[Path] = []
    for number, frame in enumerate(frames):
        parts.append(path.with_name(f"{number}.parquet"))
        frame.write_parquet(parts[-1])
    return parts


def _write_json(frames: Iterable[pl.DataFrame], path: Path) -> None:
    with path.open("w", encoding="utf-8") as file:
        separator = "["
        for frame in frames:
            if rows := frame.write_json()[1:-1]:
                file.write(separator + rows)
                separator = ","
        file.write("[]" if separator == "[" else "]")


def _write_jsonl(frames: Iterable[pl.DataFrame], path: Path) -> None:
    with path.open("wb") as file:
        for frame in frames:
            frame.write_ndjson(file)


_WRITERS: Final[dict[str, Callable[[Iterable[pl.DataFrame], Path], None]]] = {
    ".csv": _write_csv,
    ".xlsx": _write_xlsx,
    ".parquet": _write_parquet,
    ".json": _write_json,
    ".jsonl": _write_jsonl,
    ".duckdb": _write_duckdb,
}
