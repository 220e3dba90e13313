"""Walking companies as a run does: records in a Dagster instance on disk, providers in the sandbox."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from enrichment_assets.cache.instance import open_instance
from enrichment_assets.cache.run_cache import open_run_cache
from enrichment_assets.companies.company import Company
from enrichment_assets.engine.results import CompanyResult, Outcome
from enrichment_assets.engine.run_companies import RunResult, run_companies
from enrichment_assets.engine.stop import Stop
from enrichment_assets.orchestration.specs import ttls
from enrichment_assets.providers.call.ledger import Ledger
from enrichment_assets.providers.clients import open_providers
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.storage.outbox import Outbox
from enrichment_assets.storage.state import open_state
from enrichment_assets_tests.builtin import CATALOG, SPECS

ALL = frozenset(CATALOG)


@dataclass
class Road:
    """Walks on the same records, one after the other; ``now`` is the clock of the next one."""

    sandbox: Sandbox
    home: Path
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    result: RunResult | None = None

    async def walk(
        self,
        domains: Iterable[str],
        *,
        selected: frozenset[str] = ALL,
        left_out: frozenset[str] = frozenset(),
        parallel: int = 10,
        cap_usd: float | None = None,
        forced: frozenset[str] = frozenset(),
        resumed: frozenset[str] = frozenset(),
        run_id: str | None = None,
        stop: Stop | None = None,
        on_finished: Callable[[CompanyResult], None] = lambda _: None,
        **settings: object,
    ) -> dict[str, CompanyResult]:
        used = self.sandbox.settings(dagster_home=self.home, **settings)
        run_id = run_id or str(uuid4())
        state = open_state(used)
        finished: dict[str, CompanyResult] = {}

        def collect(company: CompanyResult) -> None:
            finished[company.company.domain] = company
            on_finished(company)

        with open_instance(used) as instance:
            async with (
                open_providers(used, CATALOG.reading) as providers,
                open_run_cache(
                    instance,
                    state,
                    used,
                    catalog=CATALOG,
                    run_id=run_id,
                    ttls=ttls(SPECS),
                    forced=forced,
                    resumed=resumed,
                    clock=lambda: self.now,
                ) as run_cache,
            ):
                self.result = await run_companies(
                    [Company.named(domain, None) for domain in domains],
                    catalog=CATALOG,
                    selected=selected - left_out,
                    left_out=left_out,
                    run_cache=run_cache,
                    providers=providers,
                    outbox=Outbox(state, run_cache.alive),
                    ledger=Ledger(run_cap_usd=cap_usd, company_cap_usd=10.0),
                    settings=used,
                    run_id=run_id,
                    parallel=parallel,
                    stop=stop or Stop(),
                    on_finished=collect,
                    clock=lambda: self.now,
                )
        state.dispose()
        return finished

    def later(self, **time: float) -> None:
        self.now += timedelta(**time)


def outcomes(finished: CompanyResult) -> dict[str, str]:
    return {name: str(node.outcome) for name, node in finished.nodes.items()}


def with_outcome(finished: CompanyResult, outcome: Outcome) -> set[str]:
    return {name for name, node in finished.nodes.items() if node.outcome is outcome}
