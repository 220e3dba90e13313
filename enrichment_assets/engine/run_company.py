"""One company walks the graph."""

import asyncio
import logging
from collections.abc import Sequence
from typing import Any

from enrichment_assets.artifacts.base import Artifact
from enrichment_assets.cache.record import Record
from enrichment_assets.companies.company import Company
from enrichment_assets.engine.company_state import Journey, Surroundings
from enrichment_assets.engine.produce import ValueLostError, produce
from enrichment_assets.engine.resolve import settle
from enrichment_assets.engine.results import Finished, Outcome

log = logging.getLogger(__name__)


async def walk_company(company: Company, around: Surroundings) -> Finished:
    """Take one company through every selected artifact. Never raises for what a provider or an artifact does."""
    journey = Journey(company, around)
    while True:
        try:
            for level in around.graph.levels:
                await _produce_together(journey, [artifact for artifact in level if not settle(journey, artifact)])
                await _write_hits_and_skips(journey, level)
        except ValueLostError as loss:
            log.warning("%s of %s: the stored value cannot be read, making it again", loss.artifact, company.domain)
            journey.lose(loss.artifact)
        else:
            break
    in_order = (artifact.name for level in around.graph.levels for artifact in level)
    return Finished(company, {name: journey.nodes[name] for name in in_order if name in journey.nodes})


async def _produce_together(journey: Journey, artifacts: Sequence[Artifact[Any]]) -> None:
    """All of a level at once. What one of them raises is raised only when the others have ended."""
    if len(artifacts) == 1:
        await produce(journey, artifacts[0])
        return
    if not artifacts:
        return
    ended = await asyncio.gather(*(produce(journey, artifact) for artifact in artifacts), return_exceptions=True)
    for result in ended:
        if isinstance(result, BaseException):
            raise result


async def _write_hits_and_skips(journey: Journey, level: Sequence[Artifact[Any]]) -> None:
    """Record a closed gate that no record tells of yet; let the memory repeat what is known."""
    around = journey.around
    for artifact in level:
        name = artifact.name
        if name not in around.graph.selected or name in journey.written:
            continue
        node = journey.nodes[name]
        if node.outcome is Outcome.CACHE:
            journey.written.add(name)
            await around.memory.repeat(journey.records[name], journey.inputs(artifact))
        elif node.outcome is Outcome.SKIP:
            journey.written.add(name)
            latest = around.memory.latest(journey.company.domain, name)
            if latest is not None and latest.status == "SKIP" and latest.answer == node.reason:
                await around.memory.repeat(latest, journey.inputs(artifact))
            else:
                skip = Record(
                    domain=journey.company.domain,
                    artifact=name,
                    status="SKIP",
                    computed_at=around.clock(),
                    version="",
                    data_version="",
                    answer=node.reason,
                    run_id=around.run_id,
                    inputs=journey.inputs(artifact),
                )
                await around.memory.keep(skip, None, {})
