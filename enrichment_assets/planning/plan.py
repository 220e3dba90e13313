"""A plan: everything that is said of a run before it starts, put together from what the home knows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from enrichment_assets.artifacts.base import DELIVERY
from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.cache.record_index import LatestStatus, Spending
from enrichment_assets.core.settings import Settings
from enrichment_assets.engine.graph import graph
from enrichment_assets.engine.known.freshness import known_companies
from enrichment_assets.planning.basis import Basis
from enrichment_assets.planning.duration import Duration, Work
from enrichment_assets.planning.estimate import Range, draw
from enrichment_assets.planning.history import Reader
from enrichment_assets.planning.prices import kinds_by_provider
from enrichment_assets.planning.standing import standing_of
from enrichment_assets.providers.llm.refused import PROVIDER as LLM
from enrichment_assets.storage.history.labels import NO_LABELS, OfCompany


@dataclass(frozen=True, slots=True)
class Choice:
    """What is to be planned: artifacts that are made, those left out, and how the run is to be."""

    selected: frozenset[str]
    left_out: frozenset[str]
    parallel: int
    refresh: bool = False
    budget_usd: float | None = None


@dataclass(frozen=True)
class Plan:
    """All figures. ``cells`` is (artifact, provider) to US dollars, ``calls`` provider to calls."""

    companies: int
    touched: int
    states: Mapping[str, Mapping[str, int]]
    made: Mapping[str, Range]
    cost: Range
    by_artifact: Mapping[str, Range]
    by_provider: Mapping[str, Range]
    cells: Mapping[tuple[str, str], Range]
    calls: Mapping[str, Range]
    duration: Duration
    pushes: Range | None
    reach: Range | None
    budget_usd: float | None
    basis: Sequence[str]
    """Where the prices come from, a sentence each."""


def plan_of(
    domains: Sequence[str],
    statuses: Iterable[LatestStatus],
    spendings: Sequence[Spending],
    *,
    catalog: Catalog,
    settings: Settings,
    choice: Choice,
    now: datetime,
    limits: Callable[[str], tuple[float, int] | None],
    labels: Mapping[str, OfCompany] = NO_LABELS,
) -> Plan:
    """Work it out. Calls nobody but a model's endpoint that is in no list of ours, for its price. Raises OSError."""
    whole = graph(catalog, settings, choice.selected, choice.left_out)
    everything = graph(catalog, settings, frozenset(catalog), choice.left_out)
    reader = Reader(catalog, settings)
    known = known_companies(
        reader.passing(statuses), everything, ttls=catalog.ttls, settings=settings, now=now, labels=labels
    )
    standing = standing_of(domains, known, whole, settings, refresh=choice.refresh)
    history = reader.finish(spendings)
    basis = Basis(catalog, settings, history, now)
    tried = basis.tried(standing)
    beliefs = basis.beliefs(standing, tried)
    drawn = draw(standing, beliefs)
    calls, made = drawn.by_provider(drawn.calls), {name: Range.of(values) for name, values in drawn.made.items()}
    kinds = kinds_by_provider()
    work = Work(
        whole,
        made=made,
        calls=calls,
        touched=standing.touched,
        parallel=choice.parallel,
        latency_s=history.latency_s,
        kind_of=lambda provider: "llm" if provider == LLM else kinds.get(provider, provider),
        limits=limits,
    )
    budget = choice.budget_usd
    return Plan(
        companies=standing.companies,
        touched=standing.touched,
        states=standing.states,
        made=made,
        cost=Range.of(drawn.total),
        by_artifact=drawn.by_artifact(drawn.usd),
        by_provider=drawn.by_provider(drawn.usd),
        cells={key: Range.of(values) for key, values in drawn.usd.items()},
        calls=calls,
        duration=work.duration(),
        pushes=made.get(DELIVERY),
        reach=None if budget is None else drawn.reach(budget, standing.touched),
        budget_usd=budget,
        basis=basis.told,
    )
