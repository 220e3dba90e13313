"""What ``workbooks`` runs in a process of its own: path, where to write, sheet, records, columns."""

import contextlib
import os
import sys
from pathlib import Path
from typing import Any, Final

_HEADER_WITHIN: Final = 30
MOST_TEXT_BYTES: Final = 256 * 1024 * 1024
_MOST_CELL: Final = 32_767  # what a cell of Excel can hold


def main() -> int:
    """Write the table; 2 and a sentence for what is no list."""
    path, out, sheet, records, columns = sys.argv[1:6]
    bound_memory()
    os.environ.setdefault("POLARS_MAX_THREADS", "2")
    import polars as pl  # noqa: PLC0415

    from enrichment_assets.companies.lists.errors import UnreadableListError  # noqa: PLC0415

    try:
        most = int(records) if records else None
        with Path(path).open("rb") as file:
            magic = file.read(4)
        if magic == b"PAR1":
            frame, said = read_parquet(path, most)
        else:
            asked = [part.partition("=") for part in columns.split(",") if part]
            by_kind: dict[str, list[str]] = {}
            for kind, _, name in asked:
                by_kind.setdefault(kind, []).append(name)
            frame, said = read_workbook(path, sheet, most, by_kind)
        size = sum(frame.select(pl.all().str.len_bytes().sum()).row(0)) if frame.width else 0
        if size > MOST_TEXT_BYTES:
            mega = MOST_TEXT_BYTES // 1024**2
            raise UnreadableListError(f"its cells are more than {mega} MB of text; split it.")  # noqa: TRY301
        frame.write_ipc(out)
    except UnreadableListError as error:
        sys.stdout.write(f"{error}\n")
        return 2
    sys.stdout.write(said + "\n")
    return 0


def bound_memory() -> None:
    """No more data than ``MOST_MEMORY_BYTES`` in this process, where the platform can bound it."""
    from enrichment_assets.companies.lists.workbooks import MOST_MEMORY_BYTES  # noqa: PLC0415

    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))


def read_parquet(path: str, most: int | None) -> tuple[Any, str]:
    """A Parquet file as strings."""
    import polars as pl  # noqa: PLC0415

    from enrichment_assets.companies.lists.cells import as_strings  # noqa: PLC0415
    from enrichment_assets.companies.lists.errors import UnreadableListError  # noqa: PLC0415

    try:
        frame = pl.read_parquet(path, n_rows=most, glob=False)
    except pl.exceptions.PolarsError:
        raise UnreadableListError("it is not a Parquet file that can be read.") from None
    return as_strings(frame), f"Read {frame.height:,} rows of Parquet."


def read_workbook(path: str, sheet: str, most: int | None, asked: dict[str, list[str]]) -> tuple[Any, str]:
    """The sheet that was asked for, or the first that holds a list."""
    import fastexcel  # noqa: PLC0415

    from enrichment_assets.companies.lists.errors import NEEDS, UnreadableListError  # noqa: PLC0415

    try:
        workbook = fastexcel.read_excel(path)
    except Exception:  # noqa: BLE001 - calamine's errors have no common base
        raise UnreadableListError("it is a damaged workbook, or a zip archive that is none.") from None
    names = workbook.sheet_names
    chosen = sheet
    if sheet.isdecimal() and sheet not in names and 0 < int(sheet) <= len(names):
        chosen = names[int(sheet) - 1]
    if sheet and chosen not in names:
        raise UnreadableListError(f"there is no sheet {sheet}; it has {', '.join(names[:12])}.")
    others = f" of {len(names)}: --sheet NAME takes another." if len(names) > 1 else "."
    fallback = None
    for name in [chosen] if sheet else names:
        frame = _sheet(workbook, name)
        if frame is None:
            continue
        table, usable = _below_header(frame, asked)
        said = f"Read {table.height:,} rows of sheet {name}{others}"
        if usable:
            return table.head(most) if most is not None else table, said
        fallback = fallback or (table, said)
    if fallback is None:
        raise UnreadableListError(f"its sheets are empty; it {NEEDS}.")
    return fallback


def _sheet(workbook: Any, name: str) -> Any:
    """A sheet as strings, without a header; None where it is empty."""
    import polars as pl  # noqa: PLC0415

    frame = workbook.load_sheet(name, header_row=None, dtypes="string").to_polars()
    if frame.is_empty() or not frame.width:
        return None
    return frame.with_columns(pl.all().cast(pl.String).str.head(_MOST_CELL))


def _below_header(frame: Any, asked: dict[str, list[str]]) -> tuple[Any, bool]:
    """What stands below the header row, under its names, and whether that is a list of companies."""
    import polars as pl  # noqa: PLC0415

    from enrichment_assets.companies.headers import has_asked, map_headers  # noqa: PLC0415
    from enrichment_assets.companies.lists.table import unique_names  # noqa: PLC0415

    start, usable = 0, False
    for at, row in enumerate(frame.head(_HEADER_WITHIN).rows()):
        cells = [cell or "" for cell in row]
        columns = map_headers(cells, asked)
        if (has_asked(cells, asked) if asked else columns.usable) or (columns.names and sum(map(bool, cells)) > 1):
            start, usable = at, columns.usable
            break
    headers = unique_names([cell or "" for cell in frame.row(start)])
    below = frame[start + 1 :]
    below.columns = headers
    blank = pl.all_horizontal(pl.all().is_null() | (pl.all().str.strip_chars() == ""))
    return below.filter(~blank).with_columns(pl.all().replace("", None)), usable


if __name__ == "__main__":
    sys.exit(main())
