"""How a company ends in a run when nothing has to be asked, made or written for it."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import cast

from enrichment_assets.cache.record import Decision, Record
from enrichment_assets.cache.standing.stand import Standing
from enrichment_assets.companies.company import Company
from enrichment_assets.engine.company_state import CompanyState, RunContext
from enrichment_assets.engine.resolve import resolve
from enrichment_assets.engine.results import CompanyResult, Outcome
from enrichment_assets.engine.run_cache import RunCache
from enrichment_assets.storage.history.labels import NO_LABELS, OfCompany


class _Remembered:
    """What ``resolve`` asks of a run's cache, of one company all of whose records count."""

    def __init__(self, records: dict[str, Record]) -> None:
        self._records = records

    def labels(self, domain: str) -> OfCompany:  # noqa: ARG002
        return NO_LABELS

    def latest(self, domain: str, artifact: str) -> Record | None:  # noqa: ARG002
        return self._records.get(artifact)

    def decide(self, record: Record | None, artifact: str, versions: Collection[str], now: datetime) -> Decision:  # noqa: ARG002
        return Decision.MISSING if record is None else Decision.HIT


def ended(standing: Standing, company: Company, run: RunContext) -> CompanyResult | None:
    """What the engine would say of a company that stands so; None where it has something to do.

    It has where anything of the run's graph is not fresh, or a gate is closed of which no record tells.
    """
    now = run.clock()
    stands = {stand.artifact: stand for stand in standing}
    records = {
        name: Record(company.domain, name, "OK" if stand.status == "OK" else "SKIP", now, "", "", stand.summary, "")
        for name, stand in stands.items()
        if stand.status
    }
    state = CompanyState(company, replace(run, run_cache=cast("RunCache", _Remembered(records))))
    for artifact in (artifact for level in run.graph.levels for artifact in level):
        name = artifact.name
        if name not in records or stands[name].freshness != "fresh" or not resolve(state, artifact):
            return None
        node = state.nodes.get(name)
        if node is None or node.outcome is Outcome.CACHE:
            continue
        told = (stands[name].status, stands[name].summary) == ("SKIP", node.reason)
        if node.outcome is not Outcome.SKIP or not told:
            return None
    return CompanyResult(company, state.nodes)
