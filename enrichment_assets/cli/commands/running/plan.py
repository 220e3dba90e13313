"""``enrich plan``: the price of a run, its time and its limits, before a cent is spent."""

import click

from enrichment_assets.cli.common_options import answers
from enrichment_assets.cli.echo import say, tell
from enrichment_assets.cli.listing import ListOptions, list_options
from enrichment_assets.cli.opening import WEBHOOK_HELP, left_out_of, state_settings, usable_list, usable_settings
from enrichment_assets.cli.planned.document import PlanDocument, document_of
from enrichment_assets.cli.running.resolving import hint
from enrichment_assets.core.gc_tuning import hold_collection


@click.command()
@answers(PlanDocument)
@list_options
@click.option("--sample", type=click.IntRange(min=1), help="Only the first N rows.")
@click.option("--random", "at_random", is_flag=True, help="With --sample: N random rows, each time the same.")
@click.option("--budget", type=click.FloatRange(min=0), metavar="USD", help="How many companies would it reach?")
@click.option("--only", metavar="NAMES", help="Look for these artifacts alone: mx,website,careers.")
@click.option("--without", metavar="NAMES", help="Do without these: news,linkedin. [default: ENRICHMENT_ARTIFACTS]")
@click.option("--parallel", type=click.IntRange(min=1), help="Companies in flight. [default: ENRICHMENT_PARALLEL, 30]")
@click.option("--webhook", metavar="URL", help=WEBHOOK_HELP)
@click.option("--dry-run", is_flag=True, help="Without the push.")
@click.option("--refresh", is_flag=True, help="As if nothing were fresh.")
@click.option("--sandbox", is_flag=True, help="Of a sandbox run, by what sandbox runs have cost.")
def plan(
    *,
    listed: ListOptions,
    sample: int | None,
    at_random: bool,
    budget: float | None,
    only: str | None,
    without: str | None,
    parallel: int | None,
    webhook: str | None,
    dry_run: bool,
    refresh: bool,
    sandbox: bool,
) -> None:
    """Say what `enrich run` with the same options would cost and how long it would take. Nobody is called.

    \b
    enrich plan --file companies.csv --budget 20

    Prices and shares are those of this home's own records; list prices and assumptions where there are none. Between
    low and high lie 9 of 10 such runs. Fresh is not asked for; outdated is made again from stored answers, mostly for
    nothing; expired and missing are asked for.
    """
    hold_collection()
    if only and without:
        raise click.UsageError("--only and --without: one at a time")
    if at_random and sample is None:
        raise click.UsageError("--random needs --sample N: how many rows?")
    settings = state_settings(sandbox=sandbox) if sandbox or not webhook else usable_settings(webhook)
    path = listed.path(settings)
    if path is None:
        raise click.UsageError("--file is missing: which list?")
    companies = usable_list(path, settings, listed.asked(sample, at_random=at_random))
    from enrichment_assets.artifacts.base import DELIVERY  # noqa: PLC0415 - --help must not wait
    from enrichment_assets.artifacts.catalog import load_catalog  # noqa: PLC0415
    from enrichment_assets.cli.planned.making import lifetime_of, make_plan  # noqa: PLC0415
    from enrichment_assets.cli.planned.words import in_words  # noqa: PLC0415
    from enrichment_assets.planning.plan import Choice  # noqa: PLC0415

    catalog = load_catalog(settings)
    left_out = left_out_of(catalog, settings, only, without)
    selected = frozenset(name for name in catalog if name not in left_out and not (dry_run and name == DELIVERY))
    budget = settings.enrichment_budget_usd if budget is None else budget
    choice = Choice(selected, left_out, parallel or settings.enrichment_parallel, refresh, budget)
    made, lifetime = make_plan(settings, catalog, companies, choice), lifetime_of(settings)
    tell(document_of(companies, made, lifetime))
    counts = companies.counts
    say(
        f"{path.name}: {companies.rows.height} rows, {counts['company']} companies, "
        f"{counts['duplicate']} duplicates, {counts['rejected']} rejected"
    )
    hint(companies)
    say(f"\n{in_words(made, lifetime)}")
