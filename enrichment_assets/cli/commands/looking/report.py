"""``enrich report``: a run or a list on one page, for people who were not there."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from pydantic import BaseModel

from enrichment_assets.cli.common_options import answers
from enrichment_assets.cli.echo import say, tell
from enrichment_assets.cli.listing import ListOptions, from_tag, list_options
from enrichment_assets.cli.main import UNUSABLE
from enrichment_assets.cli.opening import state_settings, usable_list, usable_settings
from enrichment_assets.cli.running.resume_options import FILE_TAG, earlier_run

if TYPE_CHECKING:
    import dagster as dg

    from enrichment_assets.companies.intake import CompanyList
    from enrichment_assets.core.settings import Settings


class Reported(BaseModel):
    """A page that was written, and the runs it tells of."""

    output: Path
    runs: list[str]


@click.command()
@answers(Reported)
@click.argument("run_id", required=False)
@list_options
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), default=Path("report.html"), show_default=True
)
@click.option("--sandbox", is_flag=True, help="Of sandbox runs.")
def report(*, run_id: str | None, listed: ListOptions, output: Path, sandbox: bool) -> None:
    """Write what came out as one HTML file: of the run RUN_ID, or of all runs over the list --file.

    Funnel, costs, reasons, failures, the companies to look at with their quotes. It loads nothing from elsewhere.
    """
    settings = state_settings(sandbox=sandbox)
    path, sample = listed.path(settings), None
    if run_id is not None:
        earlier = earlier_run(run_id, usable_settings(), sandbox=sandbox)
        if earlier.path is None:
            raise click.UsageError(f"{run_id} was not started by enrich run: name its list with --file instead")
        path, sample = earlier.path, earlier.sample
        listed, at_random = from_tag(path, earlier.asked)
        asked = listed.asked(sample, at_random=at_random)
    elif path is None:
        raise click.UsageError("Which run, or which list? enrich report RUN_ID, or --file LIST")
    else:
        asked = listed.asked()
    companies = usable_list(path, settings, asked, needs_company=False)
    document, runs = _document(settings, companies, run_id, sandbox=sandbox)
    try:
        output.write_text(document, encoding="utf-8")
    except OSError as error:
        say(f"{output} was not written: {error.strerror}", err=True)
        sys.exit(UNUSABLE)
    tell(Reported(output=output, runs=runs))
    say(f"Wrote {output}: open it in a browser")


def _document(
    settings: "Settings", companies: "CompanyList", run_id: str | None, *, sandbox: bool
) -> tuple[str, list[str]]:
    from enrichment_assets.artifacts.catalog import load_catalog  # noqa: PLC0415 - --help must not wait for any of it
    from enrichment_assets.cache.instance import open_instance  # noqa: PLC0415
    from enrichment_assets.orchestration.runs.list_report import document  # noqa: PLC0415
    from enrichment_assets.storage.inputs.company_lists import rows_of  # noqa: PLC0415

    with open_instance(settings) as instance:
        runs = [run_id] if run_id is not None else _runs_over(instance, companies.path)
        said = document(
            instance,
            settings,
            load_catalog(settings),
            source=str(companies.path),
            rows=rows_of(companies),
            domains=[company.domain for company in companies.companies],
            runs=runs,
            sandbox=sandbox,
        )
    return said, runs


def _runs_over(instance: "dg.DagsterInstance", path: Path) -> list[str]:
    """The runs of ``enrich run`` over this very file, the latest first."""
    import dagster as dg  # noqa: PLC0415

    return [run.run_id for run in instance.get_runs(dg.RunsFilter(tags={FILE_TAG: str(path.absolute())}))]
