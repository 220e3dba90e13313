"""Copies of lists that were fetched (standard input, an address, a query): how long they stay, and what they name."""

from collections.abc import Collection
from datetime import datetime
from pathlib import Path
from typing import Final

import polars as pl

from enrichment_assets.companies.intake import read_list
from enrichment_assets.companies.reading import UnreadableListError

FOLDER: Final = "fetched_lists"
"""In Dagster's home."""


def copies_that_name(home: Path, domain: str, names: Collection[str]) -> list[Path]:
    """The copies that hold a company, in whatever format; one that cannot be read counts as one that does."""
    return [path for path in _copies(home) if names_company(path, domain, names)]


def drop_copies(home: Path, before: datetime) -> int:
    """Delete the copies that were fetched before a moment; how many."""
    old = [path for path in _copies(home) if path.stat().st_mtime < before.timestamp()]
    for path in old:
        path.unlink()
    return len(old)


def _copies(home: Path) -> list[Path]:
    return sorted(path for path in (home / FOLDER).glob("*") if path.is_file())


def names_company(path: Path, domain: str, names: Collection[str]) -> bool:
    """Whether a list's file holds a company, in whatever format; one that cannot be read counts as one that does."""
    try:
        companies = read_list(path)
    except UnreadableListError:
        return True
    if domain in companies.rows["domain"]:
        return True
    words = [word.lower() for word in (domain, *names) if word]
    cells = companies.own.select(pl.all().str.to_lowercase().str.contains_any(words).any())
    return any(cells.row(0))
