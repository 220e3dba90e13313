"""``enrich costs``: what was paid, from Dagster's event log alone."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import click
from pydantic import BaseModel

from enrichment_assets.cli.common_options import answers
from enrichment_assets.cli.echo import say, tell
from enrichment_assets.cli.opening import state_settings
from enrichment_assets.cli.running.report import provider_lines

if TYPE_CHECKING:
    import dagster as dg

    from enrichment_assets.cache.record_index import Spending
    from enrichment_assets.core.settings import Settings

LATEST = 20


class ProviderCosts(BaseModel):
    """Attempts at a provider, US dollars, and how many questions the answer store answered instead."""

    calls: int
    cost_usd: float
    stored: int


class Costs(BaseModel):
    """What was paid, US dollars; days are UTC."""

    total_usd: float
    failed_usd: float
    companies: int
    providers: dict[str, ProviderCosts]
    by_artifact_usd: dict[str, float]
    by_day_usd: dict[str, float]
    by_run_usd: dict[str, float]


@click.command()
@answers(Costs)
@click.option("--all", "everything", is_flag=True, help=f"Every day and run, not only the latest {LATEST}.")
@click.option("--pages", is_flag=True, help="Also what each page fetcher found for its money; reads every stored page.")
@click.option("--sandbox", is_flag=True, help="Of sandbox runs, whose money is not real.")
def costs(*, everything: bool, pages: bool, sandbox: bool) -> None:
    """What was paid, by provider, artifact, day and run; failed and retried calls too. Cache hits cost nothing."""
    from enrichment_assets.artifacts.website.declaration import WEBSITE  # noqa: PLC0415 - --help must not wait for it
    from enrichment_assets.cache.instance import open_instance  # noqa: PLC0415
    from enrichment_assets.cache.queries import by_provider, spendings, stored_by_provider  # noqa: PLC0415
    from enrichment_assets.orchestration.partitions import NAME  # noqa: PLC0415

    settings = state_settings(sandbox=sandbox)
    with open_instance(settings) as instance:
        paid = spendings(instance)
        known = costs_of(settings, instance, paid)
        domains = instance.get_dynamic_partitions(NAME) if pages else []
    tell(known)
    say(f"Total: ${known.total_usd:.4f}, of which ${known.failed_usd:.4f} for what failed")
    if known.companies:
        say(f"Per company: ${known.total_usd / known.companies:.5f} ({known.companies} companies)")
    say("\nBy provider:")
    say("\n".join(provider_lines(by_provider(paid), stored_by_provider(paid))) or "  nobody was called")
    if pages:
        asked = by_provider([spending for spending in paid if spending.artifact == WEBSITE.name])
        say("\n".join(["", *_rungs(asked, _found(settings, domains))]))
    _print("By artifact", known.by_artifact_usd, None)
    _print("By day (UTC)", known.by_day_usd, None if everything else LATEST)
    _print("By run", known.by_run_usd, None if everything else LATEST)


def costs_of(settings: "Settings", instance: "dg.DagsterInstance", paid: "Sequence[Spending]") -> Costs:
    """What was paid here, from the event log."""
    from enrichment_assets.artifacts.catalog import load_catalog  # noqa: PLC0415
    from enrichment_assets.cache.queries import by_provider, stored_by_provider, summed, tallies  # noqa: PLC0415

    known = tallies(instance)
    first = next(iter(load_catalog(settings)))
    spent, stored = by_provider(paid), stored_by_provider(paid)
    return Costs(
        total_usd=sum(tally.cost_usd for tally in known),
        failed_usd=sum(tally.cost_usd for tally in known if tally.outcome in ("FAIL", "BUDGET")),
        companies=sum(tally.events for tally in known if tally.artifact == first and tally.outcome == "OK"),
        providers={
            name: ProviderCosts(calls=calls, cost_usd=usd, stored=stored.get(name, 0))
            for name in dict.fromkeys((*spent, *stored))
            for calls, usd in [spent.get(name, (0, 0.0))]
        },
        by_artifact_usd=summed(known, lambda tally: tally.artifact),
        by_day_usd=summed(known, lambda tally: tally.day),
        by_run_usd=summed(known, lambda tally: tally.run_id),
    )


def _found(settings: "Settings", domains: Iterable[str]) -> Counter[str]:
    """How many companies have their home page from which fetcher: pages with text on them."""
    from enrichment_assets.artifacts.website.declaration import WEBSITE  # noqa: PLC0415
    from enrichment_assets.storage.artifacts import ArtifactStore  # noqa: PLC0415

    store = ArtifactStore(settings.store_url)
    try:
        values = (found.value for domain in domains if (found := store.get(WEBSITE.name, domain)) is not None)
        return Counter(value["source"] for value in values if value["judgeable"])
    finally:
        store.close()


def _rungs(asked: Mapping[str, tuple[int, float]], found: Mapping[str, int]) -> Iterator[str]:
    """Direct fetches stand in the ledger as calls to the web."""
    yield f"{'Home pages by fetcher:':<26}{'asked':>8}{'found':>8}{'$ per found':>14}"
    called = {"direct" if provider == "web" else provider: paid for provider, paid in asked.items()}
    for name in dict.fromkeys((*called, *found)):
        attempts, usd = called.get(name, (0, 0.0))
        each = f"${usd / found[name]:.6f}" if found.get(name) else "-"
        yield f"  {name:<24}{attempts:>8}{found.get(name, 0):>8}{each:>14}"


def _print(title: str, usd: Mapping[str, float], latest: int | None) -> None:
    shown = list(usd.items())[-latest:] if latest else list(usd.items())
    say(f"\n{title}:" + (f" (the latest {latest} of {len(usd)}; all with --all)" if len(shown) < len(usd) else ""))
    for name, paid in shown:
        amount = f"${paid:.4f}"
        say(f"  {name:<38}{amount:>14}")
