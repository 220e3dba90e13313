"""``enrich export``: what is known now, joined to every row of a list."""

import sys
from pathlib import Path

import click
from pydantic import BaseModel

from enrichment_assets.cli.common_options import answers
from enrichment_assets.cli.echo import say, tell
from enrichment_assets.cli.listing import ListOptions, list_options
from enrichment_assets.cli.main import UNUSABLE
from enrichment_assets.cli.opening import state_settings, usable_list
from enrichment_assets.cli.running.output import check_name

PART = 10_000
"""Rows in memory at a time."""
SUFFIXES = (".csv", ".xlsx", ".parquet", ".json", ".jsonl", ".duckdb")


class Exported(BaseModel):
    """A table that was written: its rows, the companies among them, and of how many something is known."""

    output: Path
    rows: int
    companies: int
    known: int


@click.command()
@answers(Exported)
@list_options
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), required=True, help=f"One of {', '.join(SUFFIXES)}."
)
@click.option("--sandbox", is_flag=True, help="From the sandbox's state.")
def export(*, listed: ListOptions, output: Path, sandbox: bool) -> None:
    """Join what is known now to every row of a list: its own columns first, in its own order.

    Calls nobody. A company that is not known says so; a rejected row keeps its reason. The column ``changes`` says
    what has changed in the last 30 days.
    """
    settings = state_settings(sandbox=sandbox)
    path = listed.path(settings)
    if path is None:
        raise click.UsageError("--file is missing: the results of which list?")
    check_name(output, path, SUFFIXES)
    companies = usable_list(path, settings, listed.asked(), needs_company=False)

    import polars as pl  # noqa: PLC0415 - --help must not wait for it

    from enrichment_assets.artifacts.catalog import load_catalog  # noqa: PLC0415
    from enrichment_assets.cache.instance import open_instance  # noqa: PLC0415
    from enrichment_assets.companies.joining import joined_parts, write_parts  # noqa: PLC0415
    from enrichment_assets.orchestration.partitions import NAME  # noqa: PLC0415
    from enrichment_assets.reports.changes import in_words, lately  # noqa: PLC0415
    from enrichment_assets.reports.current_companies import current_frames  # noqa: PLC0415
    from enrichment_assets.storage.artifacts import ArtifactStore  # noqa: PLC0415

    with open_instance(settings) as instance:
        met = dict.fromkeys(instance.get_dynamic_partitions(NAME), True)
    catalog, store = load_catalog(settings), ArtifactStore(settings.store_url)
    known = set[str]()

    def results_of(domains: list[str]) -> pl.DataFrame:
        changed = {domain: "; ".join(map(in_words, found)) for domain, found in lately(settings, domains).items()}
        results = pl.concat(current_frames(catalog, store, domains, met, changed))
        known.update(results.filter("known")["domain"])
        return results

    try:
        write_parts(joined_parts(companies, results_of, PART), output)
    except OSError as error:
        say(f"{output} was not written: {error}", err=True)
        sys.exit(UNUSABLE)
    finally:
        store.close()
    rows, number = companies.rows.height, companies.counts["company"]
    tell(Exported(output=output, rows=rows, companies=number, known=len(known)))
    say(f"{output}: {rows} rows, {number} companies, {len(known)} known, {number - len(known)} unknown")
