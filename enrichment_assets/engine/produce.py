"""Making artifacts for one company, and recording what came of it."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import Any

from enrichment_assets.artifacts.base import Artifact, NotAskedError, ProduceContext, Value
from enrichment_assets.cache.record import Record
from enrichment_assets.core.errors import BudgetReachedError, LeaseLostError, ProviderError
from enrichment_assets.engine.company_state import CompanyState
from enrichment_assets.engine.results import ArtifactResult, Outcome
from enrichment_assets.engine.trial import RefusedError
from enrichment_assets.providers.call.ledger import CostScope

log = logging.getLogger(__name__)


class ValueLostError(Exception):
    """A record's value is missing or unreadable: that artifact is a miss after all."""

    def __init__(self, artifact: str) -> None:
        super().__init__(artifact)
        self.artifact = artifact


async def produce(state: CompanyState, artifacts: Sequence[Artifact[Any]]) -> None:
    """Make the values of artifacts that are made together, or of one alone, or learn why they cannot be made.

    Everything is recorded. Raises ValueLostError, RefusedError and LeaseLostError.
    """
    contexts: dict[str, ProduceContext] = {}
    for artifact in artifacts:
        context = await _begin(state, artifact)
        if context is not None:
            contexts[artifact.name] = context
    due = [artifact for artifact in artifacts if artifact.name in contexts]
    started = perf_counter()
    made = await _made(due, contexts)
    for artifact in due:
        await _end(state, artifact, contexts[artifact.name], made[artifact.name], perf_counter() - started)


async def _begin(state: CompanyState, artifact: Artifact[Any]) -> ProduceContext | None:
    """What the artifact is made from; None where it is settled without being made."""
    run, domain, name = state.run, state.company.domain, artifact.name
    adopted = None if name in state.lost else await run.run_cache.adopt(domain, name, state.versions(artifact))
    if adopted is not None:
        record, value = replace(adopted[0], inputs=state.inputs(artifact)), adopted[1]
        state.nodes[name] = ArtifactResult(Outcome.CACHE, record.summary)
        await _keep(state, artifact, record, value)
        return None
    scope = run.ledger.scope(
        domain,
        name,
        run.run_cache.answers(domain, name),
        partial(run.trial.allow, artifact),
        partial(run.run_cache.holds, domain),
    )
    refusal = run.run_cache.refusal(domain)
    if refusal is not None:
        await _fail(state, Outcome.FAIL, refusal, scope, 0.0)
        return None
    run.run_cache.begin(domain)
    return ProduceContext(
        company=state.company,
        inputs=await _inputs(state, artifact),
        computed_at={need: state.records[need].computed_at for need in artifact.needs if need in state.records},
        previous=await run.run_cache.previous(domain, name),
        providers=run.providers,
        outbox=run.outbox,
        scope=scope,
        settings=run.settings,
        now=run.clock(),
        run_id=run.run_id,
        missing_inputs=state.missing_inputs(artifact),
        labels=state.labels if artifact.heeds_labels else {},
    )


async def _made(
    due: Sequence[Artifact[Any]], contexts: Mapping[str, ProduceContext]
) -> Mapping[str, Value | Exception]:
    """By artifact its value, or what making it has raised."""
    together = due[0].together if due else None
    try:
        if together is not None:
            return await together.produce_all(contexts)
        return {artifact.name: await artifact.produce(contexts[artifact.name]) for artifact in due}
    except (RefusedError, LeaseLostError):
        raise
    except Exception as error:  # noqa: BLE001 - a bug in one artifact must not lose the other rows of the run
        return {artifact.name: error for artifact in due}


async def _end(
    state: CompanyState, artifact: Artifact[Any], context: ProduceContext, made: Value | Exception, latency_s: float
) -> None:
    name, domain, scope = artifact.name, state.company.domain, context.scope
    match made:
        case NotAskedError():
            state.nodes[name] = ArtifactResult(Outcome.SKIP, reason=str(made))
            state.skipped[name] = str(made)
            return
        case BudgetReachedError():
            await _fail(state, Outcome.BUDGET, str(made), scope, latency_s)
            return
        case ProviderError():
            await scope.refused(made)
            state.run.trial.note(artifact, made)
            await _fail(state, Outcome.FAIL, str(made), scope, latency_s)
            return
        case Exception():
            log.error("%s of %s", name, domain, exc_info=made)
            reason = f"internal error: {type(made).__name__}: {made}"
            await _fail(state, Outcome.FAIL, reason, scope, latency_s)
            return
    record = Record(
        domain=domain,
        artifact=name,
        status="OK",
        computed_at=scope.as_of(context.now),
        version=state.versions(artifact)[0],
        data_version=made.data_version(),
        summary=artifact.summary(made),
        run_id=state.run.run_id,
        cost_usd=scope.cost_usd,
        latency_s=latency_s,
        spent=scope.spent(),
        inputs=state.inputs(artifact),
    )
    state.nodes[name] = ArtifactResult(
        Outcome.OK, record.summary, cost_usd=record.cost_usd, latency_s=record.latency_s, spent=record.spent
    )
    await _keep(state, artifact, record, made)


async def _inputs(state: CompanyState, artifact: Artifact[Any]) -> Mapping[str, Value]:
    for need in artifact.needs:
        if need in state.records and need not in state.values:
            value = await state.run.run_cache.value(state.records[need])
            if value is None:
                raise ValueLostError(need)
            state.values[need] = value
    return {need: state.values[need] for need in artifact.needs if need in state.records}


async def _keep(state: CompanyState, artifact: Artifact[Any], record: Record, value: Value) -> None:
    state.values[record.artifact] = value
    state.take(record)
    await state.run.run_cache.keep(record, value, artifact.shown(value))


async def _fail(state: CompanyState, outcome: Outcome, reason: str, scope: CostScope, latency_s: float) -> None:
    node = ArtifactResult(outcome, reason=reason, cost_usd=scope.cost_usd, latency_s=latency_s, spent=scope.spent())
    state.nodes[scope.artifact] = node
    state.absent[scope.artifact] = node
    await state.run.run_cache.fail(state.company, scope.artifact, node)
