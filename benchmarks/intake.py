"""Reading a list: every row normalised, deduplicated and accounted for, against polars only reading it."""

from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import polars as pl

from benchmarks.figure import Figure
from benchmarks.world import home
from enrichment_assets.companies.intake import read_list


def measure(quick: bool) -> list[Figure]:
    rows = 10_000 if quick else 1_000_000
    with home() as folder:
        path = folder / "list.csv"
        _write(path, rows)
        plain_s = min(_seconds(lambda: pl.read_csv(path, infer_schema=False)) for _ in range(3))
        each_s = [_seconds(lambda: read_list(path)) for _ in range(3)]
        counted = sum(read_list(path).counts.values())
        ours_s = min(each_s)
    if counted != rows:
        raise RuntimeError(f"{rows} rows, {counted} accounted for")
    return [
        Figure(
            f"intake: {rows:,} rows",
            f"{ours_s:.2f} s (the first of three {each_s[0]:.2f} s)",
            f"polars {plain_s:.2f} s",
            ours_s / plain_s,
            "x",
            5,
            at_most=True,
        )
    ]


def _seconds(read: Callable[[], object]) -> float:
    started = perf_counter()
    read()
    return perf_counter() - started


def _write(path: Path, rows: int) -> None:
    """Domains in the spellings people type, a tenth of them seen before, some rows that are none."""
    spellings = ("https://www.{}/", "{}", "http://{}/about?utm=1", "WWW.{}", "https://{}")
    with path.open("w", encoding="utf-8") as file:
        file.write("Company Name,Website,Owner,Country,Employees\n")
        for number in range(rows):
            domain = f"company-{number % (rows * 9 // 10)}.{('com', 'io', 'co.uk', 'de')[number % 4]}"
            site = "n/a" if number % 500 == 0 else spellings[number % 5].format(domain)
            file.write(f"Company {number},{site},owner-{number % 50},DE,{number % 5000}\n")
