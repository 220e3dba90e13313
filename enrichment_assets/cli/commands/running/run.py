"""``enrich run``: a list of companies through a real Dagster run, which the UI shows."""

import shlex
import sys
from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from enrichment_assets.cli.commands.keeping.stress import (
    BUDGET_USD,
    DURATION,
    Seconds,
    StressDocument,
    run_stress,
)
from enrichment_assets.cli.common_options import answers
from enrichment_assets.cli.echo import say, tell
from enrichment_assets.cli.listing import ListOptions, as_tag, from_tag, list_options
from enrichment_assets.cli.main import INTERRUPTED, UNUSABLE
from enrichment_assets.cli.opening import (
    WEBHOOK_HELP,
    check_settings,
    left_out_of,
    open_settings,
    state_settings,
    usable_list,
    usable_settings,
    used_columns,
)
from enrichment_assets.cli.running.output import SUFFIXES, check_output, write_output
from enrichment_assets.cli.running.resolving import Searched, find_sites, hint
from enrichment_assets.cli.running.resume_options import (
    ASKED_TAG,
    FILE_TAG,
    RESOLVE_TAG,
    SAMPLE_TAG,
    Earlier,
    asked_of,
    earlier_run,
)
from enrichment_assets.cli.running.run_document import RunDocument, summary_of
from enrichment_assets.cli.running.until import moment_to_stop
from enrichment_assets.core.gc_tuning import hold_collection

if TYPE_CHECKING:
    from enrichment_assets.artifacts.catalog import Catalog
    from enrichment_assets.companies.intake import CompanyList
    from enrichment_assets.core.settings import Settings
    from enrichment_assets.engine.run_companies import RunResult
    from enrichment_assets.engine.summary import Summary
    from enrichment_assets.orchestration.runs.launch import Ran
    from enrichment_assets.storage.inputs.company_lists import KnownList


@click.command()
@answers(RunDocument | StressDocument)
@list_options
@click.option("--sample", type=click.IntRange(min=1), help="Only the first N rows.")
@click.option("--random", "at_random", is_flag=True, help="With --sample: N random rows, each time the same.")
@click.option("--parallel", type=click.IntRange(min=1), help="Companies in flight. [default: ENRICHMENT_PARALLEL, 30]")
@click.option("--slices", type=click.IntRange(1, 1_000), default=1, help="Runs in Dagster's queue that share the list.")
@click.option("--webhook", metavar="URL", help=WEBHOOK_HELP)
@click.option("--dry-run", is_flag=True, help="Everything but the push.")
@click.option("--resume", metavar="RUN_ID", help="Go on with a run as it was asked; what it recorded counts.")
@click.option("--only", metavar="NAMES", help="Look for these artifacts alone: mx,website,careers.")
@click.option("--without", metavar="NAMES", help="Do without these: news,linkedin. [default: ENRICHMENT_ARTIFACTS]")
@click.option("--resolve", is_flag=True, help="Search for the sites of rows that have a name and none; costs are said.")
@click.option("--verbose", is_flag=True, help="Answers, costs and reasons of every company.")
@click.option("--output", type=click.Path(path_type=Path), help=f"Results by row: {', '.join(SUFFIXES)}.")
@click.option("--budget", type=click.FloatRange(min=0), metavar="USD", help="Never spend more than this.")
@click.option("--until", callback=moment_to_stop, metavar="HH:MM", help="Take no further company from then on.")
@click.option("--refresh", is_flag=True, help="Do it all again, fresh or not.")
@click.option("--stress", type=click.IntRange(1, 1_000), metavar="N", help="No run: enrich stress, N calls at a time.")
@click.option("--duration", type=Seconds(), help="With --stress: 90s, 5m. [default: 2m]")
@click.option("--provider", metavar="NAME", help="With --stress: whom.")
@click.option("--yes", is_flag=True, help="Do not ask, whatever it may cost.")
@click.option("--sandbox", is_flag=True, help="Providers on this machine instead of the real ones: no keys, no cost.")
def run(
    *,
    listed: ListOptions,
    sample: int | None,
    at_random: bool,
    parallel: int | None,
    slices: int,
    webhook: str | None,
    dry_run: bool,
    resume: str | None,
    only: str | None,
    without: str | None,
    resolve: bool,
    verbose: bool,
    output: Path | None,
    budget: float | None,
    until: datetime | None,
    refresh: bool,
    stress: int | None,
    duration: float | None,
    provider: str | None,
    yes: bool,
    sandbox: bool,
) -> None:
    """Enrich every company of a list and push the results.

    \b
    enrich run --sandbox --file sample
    enrich run --file companies.csv --sample 5 --dry-run
    enrich run --resume RUN_ID
    """
    if stress is not None:
        sys.exit(_stress(stress, duration, provider, budget, output, sandbox=sandbox))
    if duration or provider:
        raise click.UsageError("--duration and --provider belong to --stress N")
    hold_collection()
    if slices > 1 and (sandbox or webhook):
        raise click.UsageError(
            "--slices: other processes take them, with settings of their own: no --sandbox, --webhook"
        )
    if only and without:
        raise click.UsageError("--only and --without: one at a time")
    settings = usable_settings(webhook)
    earlier = Earlier() if resume is None else earlier_run(resume, settings, sandbox=sandbox)
    if at_random and sample is None:
        raise click.UsageError("--random needs --sample N: how many rows?")
    path = named = listed.path(settings)
    list_key = None
    if path is None and earlier.path is not None:
        path, named, sample, list_key = earlier.path, earlier.named, earlier.sample, earlier.list_key
        listed, at_random = from_tag(path, earlier.asked)
    if path is None:
        run_was = f"--resume {resume}: that run was not started by enrich run; add --file"
        raise click.UsageError(run_was if resume else "--file is missing: which list? (or --resume RUN_ID)")
    check_output(output, path)
    resolve = resolve or earlier.resolve
    companies = usable_list(
        path, state_settings(sandbox=sandbox), listed.asked(sample, at_random=at_random), needs_company=not resolve
    )
    if sandbox:
        say("Sandbox: the providers are on this machine; what they say, and what they charge, is made up.")
    if earlier.dry_run:
        say("Going on with a dry run: nothing is pushed. enrich deliver pushes what it made.")
    with open_settings(settings, companies.companies, sandbox=sandbox, webhook=webhook) as used:
        budget_usd, refresh = earlier.budget_usd if budget is None else budget, refresh or earlier.refresh
        searched = Searched()
        if resolve:
            companies, searched = find_sites(used, companies, budget_usd=budget_usd, refresh=refresh)
        code = _run(
            used,
            companies,
            searched=searched,
            dry_run=dry_run or earlier.dry_run,
            resume=resume,
            only=only,
            without=without or ",".join(earlier.without),
            yes=yes,
            verbose=verbose,
            output=output,
            budget_usd=budget_usd,
            parallel=parallel or earlier.parallel,
            slices=slices,
            refresh=refresh,
            list_key=list_key,
            until=until,
            tags={FILE_TAG: str((named or path).absolute()), ASKED_TAG: as_tag(listed, at_random=at_random)}
            | ({SAMPLE_TAG: str(sample)} if sample else {})
            | ({RESOLVE_TAG: "yes"} if resolve else {}),
            way_on=" ".join(["enrich run", *["--sandbox"] * sandbox, *["--webhook URL"] * bool(webhook), "--resume"]),
        )
    sys.exit(code)


def _stress(
    concurrency: int,
    duration_s: float | None,
    provider: str | None,
    budget: float | None,
    output: Path | None,
    *,
    sandbox: bool,
) -> int:
    """The same as ``enrich stress``; its exit code."""
    if provider is None:
        raise click.UsageError("--stress needs --provider NAME: whom?")
    return run_stress(
        provider,
        concurrency=concurrency,
        duration_s=duration_s or Seconds().convert(DURATION, None, None),
        budget_usd=BUDGET_USD if budget is None else budget,
        output=output,
        sandbox=sandbox,
    )


def _run(
    settings: "Settings",
    companies: "CompanyList",
    *,
    searched: "Searched",
    dry_run: bool,
    resume: str | None,
    only: str | None,
    without: str | None,
    yes: bool,
    verbose: bool,
    output: Path | None,
    budget_usd: float | None,
    parallel: int | None,
    slices: int,
    refresh: bool,
    list_key: str | None,
    until: datetime | None,
    tags: dict[str, str],
    way_on: str,
) -> int:
    """The run itself; its exit code."""
    from enrichment_assets.artifacts.base import DELIVERY  # noqa: PLC0415
    from enrichment_assets.artifacts.catalog import load_catalog  # noqa: PLC0415
    from enrichment_assets.cache.instance import open_instance  # noqa: PLC0415
    from enrichment_assets.cli.planned.making import say_price  # noqa: PLC0415
    from enrichment_assets.cli.running.progress import progress  # noqa: PLC0415
    from enrichment_assets.cli.running.report import final_report  # noqa: PLC0415
    from enrichment_assets.core.errors import MisconfiguredError  # noqa: PLC0415
    from enrichment_assets.engine.destination import destination_report  # noqa: PLC0415
    from enrichment_assets.engine.rows import rows_by_outcome  # noqa: PLC0415
    from enrichment_assets.engine.summary import Summary  # noqa: PLC0415

    catalog = load_catalog(settings)
    left_out = left_out_of(catalog, settings, only, without)
    assets = [name for name in catalog if name not in left_out and not (dry_run and name == DELIVERY)]
    if left_out:
        say(f"Not looked for: {', '.join(name for name in catalog if name in left_out)}.")
    command = f"enrich run --file {shlex.quote(tags[FILE_TAG])}"
    check_settings(settings, assets, command)
    _announce(companies)
    cap_usd = searched.left_of(budget_usd, settings)
    say_price(
        settings,
        catalog,
        companies,
        selected=frozenset(assets),
        left_out=left_out,
        parallel=parallel,
        refresh=refresh,
        budget_usd=cap_usd,
        asking=not yes,
    )
    _load_readers(settings, catalog, slices)
    summary, started = Summary(settings, catalog), monotonic()
    with open_instance(settings) as instance, progress(len(companies.companies), verbose=verbose) as show:

        def finished(company: Any) -> None:
            summary.add(company)
            show(company)

        try:
            asked = asked_of(tags[ASKED_TAG], tags.get(SAMPLE_TAG))
            known = _made_known(instance, settings, companies, asked, list_key)
            ran = _launcher(slices)(
                instance,
                known.list_id,
                list_key=known.key,
                settings=settings,
                assets=assets,
                without=sorted(left_out),
                catalog=catalog,
                refresh=refresh,
                budget_usd=cap_usd,
                parallel=parallel,
                on_finished=finished,
                resume=resume,
                tags=tags,
                until=until,
            )
        except (LookupError, MisconfiguredError) as error:
            raise click.UsageError(str(error)) from error
    duration_s = monotonic() - started
    go_on = f"{way_on} {ran.run_id}{f' --slices {slices}' * (slices > 1)}"
    if ran.result is None:
        return _broken_off(ran, summary, go_on)
    if ran.result.refused:
        return _refused(ran, catalog, assets, go_on, command)
    spent_at = searched.with_costs(ran.result.spent_at)
    by_outcome = rows_by_outcome(companies, summary)
    say(
        final_report(
            summary,
            companies=companies,
            by_outcome=by_outcome,
            duration_s=duration_s,
            result=ran.result,
            spent=spent_at,
        )
    )
    if summary.deliveries:
        say("\n".join(["", *destination_report(settings, summary.deliveries)]))
    code = _code(summary, ran.result, until)
    document = RunDocument(
        run_id=ran.run_id,
        ended="interrupted" if ran.result.interrupted else "complete",
        exit_status=code,
        summary=summary_of(summary, companies, by_outcome, spent_at, duration_s),
        failures=dict(summary.failures),
        resume=go_on if code else None,
    )
    tell(document)
    if output is not None and not _wrote(output, document, companies, summary, settings):
        return UNUSABLE
    if code:
        say(f"\nTo go on: {go_on}")
    if summary.budget:
        say("It may then spend as much once more; --budget USD sets another cap.")
    return code


def _load_readers(settings: "Settings", catalog: "Catalog", slices: int) -> None:
    """Let them load beside this process, which has Dagster to load before they are needed."""
    from enrichment_assets.providers.clients import open_readers  # noqa: PLC0415

    if slices == 1:
        open_readers(settings, catalog.reading).load()


def _launcher(slices: int) -> "Callable[..., Ran]":
    """What carries out a run: this process, or those that look into the queue."""
    from enrichment_assets.orchestration.runs.launch import run_list, run_slices  # noqa: PLC0415

    if slices > 1:
        return partial(run_slices, slices=slices, say=say)
    return partial(run_list, on_started=lambda run_id: say(f"Run {run_id}"))


def _wrote(
    output: Path, document: RunDocument, companies: "CompanyList", summary: "Summary", settings: "Settings"
) -> bool:
    from enrichment_assets.engine.rows import result_rows  # noqa: PLC0415

    rows = result_rows(companies, summary, _payloads(settings))
    try:
        write_output(output, document.run_id, document.model_dump()["summary"], rows, companies.own)
    except OSError as error:
        say(f"\n{output} was not written: {error.strerror}. It is all recorded: enrich export", err=True)
        return False
    say(f"\nWrote {output}")
    return True


def _code(summary: "Summary", result: "RunResult", until: datetime | None) -> int:
    """The exit status of a run that has bought something: 1 where something is left, whoever ended it but Ctrl-C."""
    from enrichment_assets.engine.run_companies import utc_now  # noqa: PLC0415

    if result.interrupted:
        return INTERRUPTED if until is None or utc_now() < until else 1
    return 1 if summary.failures or summary.budget else 0


def _made_known(
    instance: Any, settings: "Settings", companies: "CompanyList", asked: str, list_key: str | None
) -> "KnownList":
    """The list as a partition in Dagster."""
    from enrichment_assets.orchestration.runs.company_lists import add_list  # noqa: PLC0415
    from enrichment_assets.storage.state import open_state  # noqa: PLC0415

    state = open_state(settings)
    try:
        return add_list(instance, settings, state, companies, asked=asked, key=list_key)
    finally:
        state.dispose()


def _broken_off(ran: "Ran", summary: "Summary", go_on: str) -> int:
    """A run that something other than its companies ended: a full disk, a setting found wrong."""
    code = 1 if summary.results else UNUSABLE
    problems = [str(ran.error)]
    tell(RunDocument(run_id=ran.run_id, ended="broken_off", exit_status=code, problems=problems, resume=go_on))
    if not summary.results:
        say(f"The run ended before its first company: {ran.error}", err=True)
        return code
    say(f"The run broke off after {len(summary.results)} companies: {ran.error}", err=True)
    say(f"Then: {go_on}", err=True)
    return code


def _refused(ran: "Ran", catalog: "Catalog", assets: list[str], go_on: str, command: str) -> int:
    """An account does not work."""
    from enrichment_assets.engine.preflight import without  # noqa: PLC0415

    result = ran.result
    assert result is not None  # noqa: S101 - narrows the type
    problems = [str(error) for error in result.refused.values()]
    tell(RunDocument(run_id=ran.run_id, ended="refused", exit_status=UNUSABLE, problems=problems, resume=go_on))
    spent_usd = sum(usd for _, usd in result.spent_at.values())
    said = f"only the question cost ${spent_usd:.6f}" if spent_usd else "nothing was spent"
    say(f"Refused: an account does not work. Nothing was bought and {said}:", err=True)
    for error in result.refused.values():
        say(f"  {error}", err=True)
    say(f"When that is put right: {go_on}", err=True)
    blocked = [name for name in assets if result.refused.keys() & set(catalog[name].providers)]
    if way := without(catalog, assets, blocked, command):
        say(f"To run without it: {way}", err=True)
    return UNUSABLE


def _announce(companies: "CompanyList") -> None:
    counts = companies.counts
    say(
        f"{companies.path.name}: {companies.rows.height} rows, {counts['company']} companies, "
        f"{counts['duplicate']} duplicates, {counts['rejected']} rejected"
    )
    say(" ".join([*companies.said, used_columns(companies)]))
    hint(companies)


def _payloads(settings: "Settings") -> Callable[[str], Any]:
    from enrichment_assets.artifacts.base import PAYLOAD  # noqa: PLC0415
    from enrichment_assets.storage.artifacts import ArtifactStore  # noqa: PLC0415

    store = ArtifactStore(settings.store_url)

    def payload_of(domain: str) -> Any:
        envelope = store.get(PAYLOAD, domain)
        return envelope.value if envelope is not None else None

    return payload_of
