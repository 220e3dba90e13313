"""A plan made from what is recorded, and the question before a run."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from enrichment_assets.cli.echo import say

if TYPE_CHECKING:
    from enrichment_assets.artifacts.catalog import Catalog
    from enrichment_assets.cache.reading import Recorded
    from enrichment_assets.companies.intake import CompanyList
    from enrichment_assets.core.settings import Settings
    from enrichment_assets.planning.plan import Choice, Plan
    from enrichment_assets.storage.lifetime import Lifetime

OTHERS = 2_000
"""Companies beside the list's whose records are read through Dagster, where only it can."""


def make_plan(settings: "Settings", catalog: "Catalog", companies: "CompanyList", choice: "Choice") -> "Plan":
    """What a run over these companies would take. Nobody is called."""
    from datetime import UTC, datetime  # noqa: PLC0415 - --help must not wait

    from enrichment_assets.planning.plan import plan_of  # noqa: PLC0415
    from enrichment_assets.planning.rates import limits_of  # noqa: PLC0415

    domains = [company.domain for company in companies.companies]
    with _recorded(settings, catalog) as found:
        return plan_of(
            domains,
            found.latest(domains),
            found.spendings,
            catalog=catalog,
            settings=settings,
            choice=choice,
            now=datetime.now(UTC),
            limits=lambda provider: limits_of(settings, provider),
        )


@contextmanager
def _recorded(settings: "Settings", catalog: "Catalog") -> Iterator["Recorded"]:
    from enrichment_assets.cache.reading import Recorded, recorded  # noqa: PLC0415

    with recorded(settings) as found:
        if found is not None:
            yield found
            return
    from enrichment_assets.cache.instance import open_instance  # noqa: PLC0415
    from enrichment_assets.cache.latest_status import latest_statuses  # noqa: PLC0415
    from enrichment_assets.cache.queries import spendings  # noqa: PLC0415
    from enrichment_assets.orchestration.partitions import NAME  # noqa: PLC0415

    with open_instance(settings) as instance:
        others = instance.get_dynamic_partitions(NAME)[:OTHERS]
        yield Recorded(
            lambda domains: latest_statuses(instance, list(dict.fromkeys([*domains, *others])), catalog),
            spendings(instance),
        )


def lifetime_of(settings: "Settings") -> "Lifetime | None":
    """How much of the webhook's life is used up; None without a webhook."""
    from enrichment_assets.storage.lifetime import Lifetime  # noqa: PLC0415
    from enrichment_assets.storage.outbox import Outbox, destination_id  # noqa: PLC0415
    from enrichment_assets.storage.state import open_state  # noqa: PLC0415

    if not settings.clay_webhook_url:
        return None
    if not settings.enrichment_state_db and not (settings.dagster_home / "enrichment.db").exists():
        return Lifetime(0, settings.webhook_lifetime_submissions)
    state = open_state(settings)
    outbox = Outbox(state, lambda _run_id: True)
    try:
        submitted = outbox.submitted(destination_id(settings.clay_webhook_url))
    finally:
        outbox.close()
        state.dispose()
    return Lifetime(submitted, settings.webhook_lifetime_submissions)


def confirm(plan: "Plan", settings: "Settings") -> None:
    """Ask the person at the terminal where it may cost more than the settings let pass. Nobody there: go on."""
    may_cost = plan.cost.high if plan.budget_usd is None else min(plan.cost.high, plan.budget_usd)
    if may_cost <= settings.enrichment_ask_above_usd or not (sys.stdin.isatty() and sys.stdout.isatty()):
        return
    if not click.confirm(f"It may cost ${may_cost:.2f}. Start?", default=False):
        say("Nothing was started and nothing was spent.")
        raise click.Abort
