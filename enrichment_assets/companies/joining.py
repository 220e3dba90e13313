"""Results back to every row of the list they came from, and tables written so that spreadsheets cannot be tricked."""

import contextlib
import os
import tempfile
from collections.abc import Callable
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
    write = _WRITERS.get(path.suffix.lower())
    if write is None:
        raise ValueError(f"{path} has no extension that can be written; use one of {', '.join(_WRITERS)}.")
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
    os.close(handle)
    part = Path(name)
    try:
        write(frame, part)
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.chmod(0o666 & ~_umask())
        part.replace(path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()
        raise


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


def _write_csv(frame: pl.DataFrame, path: Path) -> None:
    flat = _flat(frame)
    write_csv(flat, path, bom=not is_ascii(flat))


def _write_xlsx(frame: pl.DataFrame, path: Path) -> None:
    """Texts stay texts: nothing becomes a formula or a link. A cell holds 32,767 characters, a sheet 1,048,575 rows."""
    if frame.height > _XLSX_ROWS:
        raise ValueError(f"{frame.height:,} rows are more than a sheet can hold ({_XLSX_ROWS:,}); write .csv.")
    import xlsxwriter  # noqa: PLC0415 - only when it is needed

    flat = _flat(frame).with_columns(pl.col(pl.String).str.head(_XLSX_CELL))
    flat = flat.with_columns(pl.col(pl.Datetime).dt.strftime(CSV_TIME), pl.col(pl.UInt64, pl.Int64).cast(pl.Float64))
    texts = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": True,
    }
    with xlsxwriter.Workbook(path, {"constant_memory": True, **texts}) as book:
        sheet = book.add_worksheet("results")
        for at, name in enumerate(flat.columns):
            sheet.write_string(0, at, name)
        for number, row in enumerate(flat.iter_rows(), 1):
            for at, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(number, at, cell)
                elif cell is not None:
                    sheet.write(number, at, cell)


def _write_duckdb(frame: pl.DataFrame, path: Path) -> None:
    """A database with one table, ``results``."""
    try:
        import duckdb  # noqa: PLC0415 - an extra
    except ImportError:
        raise ValueError(f"{path} needs an extra: pip install 'enrichment-assets[duckdb]'") from None
    path.unlink(missing_ok=True)  # an empty file is no database
    rows = path.with_suffix(".parquet.part")
    try:
        frame.write_parquet(rows)
        with duckdb.connect(path) as connection:
            connection.execute("CREATE TABLE results AS SELECT * FROM read_parquet(?)", [str(rows)])
    finally:
        rows.unlink(missing_ok=True)


def _write_parquet(frame: pl.DataFrame, path: Path) -> None:
    frame.write_parquet(path)


def _write_json(frame: pl.DataFrame, path: Path) -> None:
    frame.write_json(path)


def _write_jsonl(frame: pl.DataFrame, path: Path) -> None:
    frame.write_ndjson(path)


_WRITERS: Final[dict[str, Callable[[pl.DataFrame, Path], None]]] = {
    ".csv": _write_csv,
    ".xlsx": _write_xlsx,
    ".parquet": _write_parquet,
    ".json": _write_json,
    ".jsonl": _write_jsonl,
    ".duckdb": _write_duckdb,
}
