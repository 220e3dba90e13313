"""A plan made from what is recorded, and the question before a run."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from enrichment_assets.cli.echo import confirm, say

if TYPE_CHECKING:
    from enrichment_assets.artifacts.catalog import Catalog
    from enrichment_assets.companies.intake import CompanyList
    from enrichment_assets.core.settings import Settings
    from enrichment_assets.planning.plan import Choice, Plan
    from enrichment_assets.planning.recorded import Recorded
    from enrichment_assets.storage.history.labels import OfCompany
    from enrichment_assets.storage.lifetime import Lifetime

OTHERS = 2_000
"""Companies beside the list's whose records are read through Dagster, where only it can."""


def make_plan(settings: "Settings", catalog: "Catalog", companies: "CompanyList", choice: "Choice") -> "Plan":
    """What a run over this list would take. Nobody is called."""
    return plan_companies(settings, catalog, [company.domain for company in companies.companies], choice)


def plan_companies(settings: "Settings", catalog: "Catalog", domains: Sequence[str], choice: "Choice") -> "Plan":
    """The same of these companies."""
    from datetime import UTC, datetime  # noqa: PLC0415 - --help must not wait

    from enrichment_assets.planning.plan import plan_of  # noqa: PLC0415
    from enrichment_assets.planning.rates import limits_of  # noqa: PLC0415

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
            labels=_labels(settings),
        )


def _labels(settings: "Settings") -> "Mapping[str, OfCompany]":
    """What people said; nothing where there is no state yet."""
    from enrichment_assets.storage.history.labels import NO_LABELS, all_labels  # noqa: PLC0415
    from enrichment_assets.storage.state import has_state  # noqa: PLC0415

    return all_labels(settings) if has_state(settings) else NO_LABELS


@contextmanager
def _recorded(settings: "Settings", catalog: "Catalog") -> Iterator["Recorded"]:
    from enrichment_assets.planning.recorded import Recorded, recorded  # noqa: PLC0415

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
    from enrichment_assets.engine.destination import outbox_at_rest  # noqa: PLC0415
    from enrichment_assets.storage.lifetime import Lifetime  # noqa: PLC0415
    from enrichment_assets.storage.state import has_state  # noqa: PLC0415

    if not settings.clay_webhook_url:
        return None
    if not has_state(settings):
        return Lifetime(0, settings.webhook_lifetime_submissions)
    with outbox_at_rest(settings) as (outbox, destination):
        return Lifetime(outbox.submitted(destination), settings.webhook_lifetime_submissions)


def say_price(
    settings: "Settings",
    catalog: "Catalog",
    companies: "CompanyList",
    *,
    selected: frozenset[str],
    left_out: frozenset[str],
    parallel: int | None,
    refresh: bool,
    budget_usd: float | None,
    asking: bool,
) -> None:
    """The plan of a run in a line before it starts, and the question where it may cost more than the settings let pass.

    A sandbox costs nothing and nobody is asked where nobody sits. Raises Abort for a no.
    """
    from enrichment_assets.cli.planned.words import as_line  # noqa: PLC0415 - --help must not wait
    from enrichment_assets.planning.plan import Choice  # noqa: PLC0415

    choice = Choice(selected, left_out, parallel or settings.enrichment_parallel, refresh, budget_usd)
    try:
        plan = make_plan(settings, catalog, companies, choice)
    except OSError as error:
        say(f"What it will cost is not known: {error}", err=True)
        return
    say(as_line(plan))
    may_cost = plan.cost.high if budget_usd is None else min(plan.cost.high, budget_usd)
    somebody = asking and settings.enrichment_sandbox is None and sys.stdin.isatty() and sys.stderr.isatty()
    if somebody and may_cost > settings.enrichment_ask_above_usd:
        confirm(f"It may cost ${may_cost:.2f}. Start?")
