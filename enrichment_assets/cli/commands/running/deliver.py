"""``enrich deliver``: push what is enriched and did not arrive, without asking any other provider."""

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click
from pydantic import BaseModel

from enrichment_assets.cli.common_options import answers
from enrichment_assets.cli.echo import plain, say, tell
from enrichment_assets.cli.listing import ListOptions, list_options
from enrichment_assets.cli.main import INTERRUPTED, UNUSABLE
from enrichment_assets.cli.opening import (
    WEBHOOK_HELP,
    check_settings,
    open_settings,
    state_settings,
    usable_list,
    usable_settings,
)

if TYPE_CHECKING:
    from enrichment_assets.companies.company import Company
    from enrichment_assets.core.settings import Settings


class HeldPush(BaseModel):
    """A push that got no answer; a person looks for its key in the table."""

    domain: str
    delivery_key: str


class Delivered(BaseModel):
    """What was pushed, by what happened; failures by company. ``held`` with --held, ``decided`` with --held-…"""

    run_id: str | None = None
    companies: int = 0
    without_payload: int = 0
    deliveries: dict[str, int] = {}
    failures: dict[str, str] = {}
    held: list[HeldPush] | None = None
    decided: int | None = None


@click.command()
@answers(Delivered)
@list_options
@click.option("--webhook", metavar="URL", help=WEBHOOK_HELP)
@click.option("--sandbox", is_flag=True, help="On the sandbox's state, to the sandbox's Clay.")
@click.option("--held", is_flag=True, help="List the pushes that got no answer and wait for a person.")
@click.option("--held-arrived", is_flag=True, help="They are all in the table: never push them again.")
@click.option("--held-again", is_flag=True, help="They are not: push them again, under the same keys.")
def deliver(
    *, listed: ListOptions, webhook: str | None, sandbox: bool, held: bool, held_arrived: bool, held_again: bool
) -> None:
    """Push what is enriched but did not arrive: all of it, or only the companies of a list. Calls no other provider.

    What the destination has already is not pushed again. Exit status: 0 all is there, 1 something is not, 2 unusable
    settings or list.
    """
    if held + held_arrived + held_again > 1:
        raise click.UsageError("--held, --held-arrived and --held-again: one at a time")
    settings = usable_settings(webhook)
    stored = state_settings(sandbox=sandbox)
    path = listed.path(stored)
    chosen = None if path is None else usable_list(path, stored, listed.asked()).companies
    companies = _with_payload(stored, chosen)
    left = 0 if chosen is None else len(chosen) - len(companies)
    if chosen is not None and left:
        say(f"{left} of {len(chosen)} companies have no payload yet and are left out: enrich run --file {path}")
    with open_settings(settings, companies, sandbox=sandbox, webhook=webhook) as used:
        check_settings(used, _delivery())
        if held:
            _list_held(used)
            return
        if held_arrived or held_again:
            _decide(used, arrived=held_arrived)
        code = _deliver(used, companies, left)
    sys.exit(code)


def _delivery() -> tuple[str, ...]:
    from enrichment_assets.artifacts.base import DELIVERY  # noqa: PLC0415 - --help must not wait for providers

    return (DELIVERY,)


def _with_payload(settings: "Settings", listed: "Sequence[Company] | None") -> "list[Company]":
    """Companies that have a payload: all of them, or those of a list."""
    from enrichment_assets.artifacts.base import PAYLOAD  # noqa: PLC0415 - --help must not wait for Dagster
    from enrichment_assets.cache.instance import open_instance  # noqa: PLC0415
    from enrichment_assets.cache.lookup import latest_records  # noqa: PLC0415
    from enrichment_assets.orchestration.partitions import NAME  # noqa: PLC0415
    from enrichment_assets.storage.names import Names  # noqa: PLC0415
    from enrichment_assets.storage.state import open_state  # noqa: PLC0415

    with open_instance(settings) as instance:
        known = instance.get_dynamic_partitions(NAME) if listed is None else [company.domain for company in listed]
        payloads = latest_records(instance, known, (PAYLOAD,))
        enriched = {record.domain for record in payloads if record.status == "OK"}
    state = open_state(settings)
    try:
        return list(Names(state).companies(domain for domain in known if domain in enriched))
    finally:
        state.dispose()


def _deliver(settings: "Settings", companies: "Sequence[Company]", without_payload: int) -> int:
    """The run itself; its exit code."""
    from enrichment_assets.artifacts.catalog import load_catalog  # noqa: PLC0415
    from enrichment_assets.cache.instance import open_instance  # noqa: PLC0415
    from enrichment_assets.cli.running.progress import progress  # noqa: PLC0415
    from enrichment_assets.engine.destination import destination_report  # noqa: PLC0415
    from enrichment_assets.engine.results import Outcome  # noqa: PLC0415
    from enrichment_assets.engine.summary import Summary  # noqa: PLC0415
    from enrichment_assets.orchestration.runs.launch import run_list  # noqa: PLC0415

    if not companies:
        tell(Delivered(without_payload=without_payload))
        say("No company has a payload yet: enrich run --file LIST")
        return 0
    summary = Summary(settings, load_catalog(settings))
    with open_instance(settings) as instance, progress(len(companies), verbose=False) as show:

        def finished(company: Any) -> None:
            summary.add(company)
            if any(node.outcome is not Outcome.CACHE for node in company.nodes.values()):
                show(company)

        ran = run_list(
            instance,
            companies,
            settings=settings,
            assets=_delivery(),
            source="enrich deliver",
            on_started=lambda run_id: say(f"Run {run_id}"),
            on_finished=finished,
        )
    if ran.result is None:
        say(f"The run ended before its first company: {ran.error}", err=True)
        return UNUSABLE
    tell(
        Delivered(
            run_id=ran.run_id,
            companies=len(companies),
            without_payload=without_payload,
            deliveries=dict(summary.deliveries),
            failures=dict(summary.failures),
        )
    )
    say("\n".join(["", f"{len(companies)} companies", *destination_report(settings, summary.deliveries)]))
    for domain, reason in sorted(summary.failures.items()):
        say(f"  {plain(domain)}: {plain(reason)}")
    if ran.result.interrupted:
        return INTERRUPTED
    return 1 if summary.failures else 0


def _list_held(settings: "Settings") -> None:
    from enrichment_assets.engine.destination import outbox_at_rest  # noqa: PLC0415

    with outbox_at_rest(settings) as (outbox, destination):
        waiting = outbox.held(destination)
    tell(Delivered(held=[HeldPush(domain=domain, delivery_key=key) for domain, key in waiting]))
    for domain, key in waiting:
        say(f"{plain(domain)}  delivery_key {key}")
    say(f"{len(waiting)} pushes got no answer and wait for a person.")
    if waiting:
        say("Look for their delivery_key in the table, then: enrich deliver --held-arrived, or --held-again")


def _decide(settings: "Settings", *, arrived: bool) -> None:
    from enrichment_assets.engine.destination import outbox_at_rest  # noqa: PLC0415

    with outbox_at_rest(settings) as (outbox, destination):
        count = outbox.decide_held(destination, arrived=arrived)
    tell(Delivered(decided=count))
    say(f"{count} held pushes " + ("count as delivered." if arrived else "are pushed again."))
