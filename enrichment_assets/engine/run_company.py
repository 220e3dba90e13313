"""One company goes through the catalog."""

import asyncio
import logging
from collections.abc import Sequence
from functools import partial
from typing import Any

from enrichment_assets.artifacts.base import Artifact
from enrichment_assets.cache.record import Record
from enrichment_assets.companies.company import Company
from enrichment_assets.engine.company_state import CompanyState, RunContext
from enrichment_assets.engine.produce import ValueLostError, produce
from enrichment_assets.engine.resolve import resolve
from enrichment_assets.engine.results import CompanyResult, Outcome

log = logging.getLogger(__name__)


async def run_company(company: Company, run: RunContext) -> CompanyResult:
    """Take one company through every selected artifact. Never raises for what a provider or an artifact does.

    Raises RefusedError when an account does not work as the run starts, LeaseLostError when the company may be another
    run's by now.
    """
    state = CompanyState(company, run)
    while True:
        try:
            for level in run.graph.levels:
                if wanted := [artifact for artifact in level if not resolve(state, artifact)]:
                    await _produce_together(state, wanted)
                await _write_hits_and_skips(state, level)
        except ValueLostError as loss:
            log.warning("%s of %s: the stored value cannot be read, making it again", loss.artifact, company.domain)
            state.lose(loss.artifact)
        else:
            break
    in_order = (artifact.name for level in run.graph.levels for artifact in level)
    nodes = {name: state.nodes[name] for name in in_order if name in state.nodes}
    return CompanyResult(company, nodes, {name: each.label for name, each in state.labels.items() if each.label})


async def _produce_together(state: CompanyState, artifacts: Sequence[Artifact[Any]]) -> None:
    """All of a level at once. What one of them raises is raised only when the others have ended."""
    shared: dict[int, list[Artifact[Any]]] = {}
    for artifact in artifacts:
        shared.setdefault(id(artifact.together or artifact), []).append(artifact)
    if len(shared) == 1:
        await produce(state, artifacts)
        return
    ended = await asyncio.gather(*(produce(state, group) for group in shared.values()), return_exceptions=True)
    for result in ended:
        if isinstance(result, BaseException):
            raise result


async def _write_hits_and_skips(state: CompanyState, level: Sequence[Artifact[Any]]) -> None:
    """Record a closed gate that no record tells of yet; let the cache repeat what is known."""
    run = state.run
    for artifact in level:
        name = artifact.name
        if name not in run.graph.selected or name in state.written:
            continue
        node = state.nodes[name]
        if node.outcome is Outcome.CACHE:
            state.written.add(name)
            await run.run_cache.repeat(state.records[name], partial(state.inputs, artifact))
        elif node.outcome is Outcome.SKIP:
            state.written.add(name)
            latest = run.run_cache.latest(state.company.domain, name)
            known = latest is not None and latest.status == "SKIP" and latest.summary == node.reason
            if latest is not None and known and node.reason != artifact.condition:
                await run.run_cache.repeat(latest, partial(state.inputs, artifact))
            else:
                skip = Record(
                    domain=state.company.domain,
                    artifact=name,
                    status="SKIP",
                    computed_at=run.clock(),
                    version="",
                    data_version="",
                    summary=node.reason,
                    run_id=run.run_id,
                    inputs=state.inputs(artifact),
                )
                await run.run_cache.keep(skip, None, {})
