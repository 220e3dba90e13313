"""The options that say which list, and how it is read, for every command that takes one."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click
import orjson

from enrichment_assets.cli.echo import say

if TYPE_CHECKING:
    from enrichment_assets.companies.reading import Asked
    from enrichment_assets.core.settings import Settings

Command = TypeVar("Command", bound=Callable[..., Any])
FILE_HELP = (
    "The list: CSV, TSV, JSON, JSONL, .gz, .xlsx, .xls, .ods, Parquet; - for standard input; an http(s) address; "
    "sample for the one that comes with the program."
)

SAMPLE = "sample"


@dataclass(frozen=True)
class ListOptions:
    """What was said of the list on the command line."""

    source: str | None
    columns: tuple[str, ...] = ()
    encoding: str | None = None
    sheet: str | None = None
    query: str | None = None
    database: str | None = None

    def asked(self, sample: int | None = None, *, at_random: bool = False) -> "Asked":
        """How to read it. Raises UsageError for a column of no kind."""
        from enrichment_assets.companies.reading import Asked  # noqa: PLC0415 - --help must not wait for polars

        return Asked(sample, at_random, _columns(self.columns), self.encoding, self.sheet)

    def path(self, settings: "Settings") -> Path | None:
        """The list as a file, fetched where it is none. Raises UsageError."""
        from enrichment_assets.companies.fetched import FOLDER  # noqa: PLC0415
        from enrichment_assets.companies.lists import sources  # noqa: PLC0415
        from enrichment_assets.companies.reading import UnreadableListError  # noqa: PLC0415
        from enrichment_assets.providers.addresses import is_public  # noqa: PLC0415

        into = settings.dagster_home / FOLDER
        try:
            if (self.query is None) != (self.database is None):
                raise click.UsageError("--query and --from belong together")
            if self.query is not None and self.database is not None:
                return sources.fetch_query(self.query, _from_environment(self.database), into)
            if self.source == "-":
                return sources.fetch_input(into)
            if self.source is not None and sources.is_address(self.source):
                say(f"Fetching the list from {sources.host_of(self.source)}, as --file says.")
                return sources.fetch_address(self.source, into, self.sheet, is_public)
        except UnreadableListError as error:
            raise click.UsageError(f"--file: {error}" if self.query is None else f"--query: {error}") from error
        if self.source == SAMPLE and not Path(SAMPLE).exists():
            return Path(__file__).with_name("sample.csv")
        return None if self.source is None else Path(self.source)


def list_options(command: Command) -> Command:
    """``--file`` and what belongs to it, as one argument ``listed``."""

    @wraps(command)
    def gathered(**given: Any) -> Any:
        own = {name: given.pop(name) for name in ("columns", "encoding", "sheet", "query", "database")}
        return command(listed=ListOptions(given.pop("path"), **own), **given)

    options = (
        click.option("--file", "path", metavar="LIST", help=FILE_HELP),
        click.option(
            "--column", "columns", multiple=True, metavar="KIND=NAME", help="company=, website= or email=; repeatable."
        ),
        click.option("--encoding", help="What the list is written in, e.g. cp1251. [default: found out, and said]"),
        click.option("--sheet", help="Of a workbook: the sheet's name or number. [default: the first with companies]"),
        click.option("--query", metavar="SQL", help="The list as a database's answer; needs --from."),
        click.option("--from", "database", metavar="URL", help="duckdb:///FILE, a SQLAlchemy URL, or env:NAME."),
    )
    for option in reversed(options):
        gathered = option(gathered)
    return cast("Command", gathered)


def _from_environment(database: str) -> str:
    """``env:NAME`` keeps a password out of the process list."""
    if not database.startswith("env:"):
        return database
    name = database.removeprefix("env:")
    if not os.environ.get(name):
        raise click.UsageError(f"--from {database}: {name} is not set")
    return os.environ[name]


def _columns(given: tuple[str, ...]) -> Mapping[str, tuple[str, ...]]:
    from enrichment_assets.companies.headers import KINDS  # noqa: PLC0415

    columns: dict[str, tuple[str, ...]] = {}
    for text in given:
        kind, equals, name = text.partition("=")
        if kind not in KINDS or not equals or not name.strip():
            raise click.UsageError(f"--column {text}: write KIND=NAME, KIND one of {', '.join(KINDS)}")
        columns[kind] = (*columns.get(kind, ()), name)
    return columns


def as_tag(listed: ListOptions, *, at_random: bool) -> str:
    """What a resumed run must read its list with; the file itself stands in a tag of its own."""
    said = {"columns": listed.columns, "encoding": listed.encoding, "sheet": listed.sheet, "random": at_random}
    return orjson.dumps({name: value for name, value in said.items() if value}).decode()


def from_tag(path: Path, text: str) -> tuple[ListOptions, bool]:
    """The options of an earlier run, and whether its sample was a random one."""
    said = orjson.loads(text or "{}")
    columns = tuple(said.get("columns", ()))
    return ListOptions(str(path), columns, said.get("encoding"), said.get("sheet")), bool(said.get("random"))
