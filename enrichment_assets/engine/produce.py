"""Making one artifact for one company, and recording what came of it."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import Any

from enrichment_assets.artifacts.base import Artifact, ProduceContext, Value
from enrichment_assets.cache.record import Record
from enrichment_assets.core.errors import BudgetReachedError, ProviderError
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


async def produce(state: CompanyState, artifact: Artifact[Any]) -> None:
    """Make the value, or learn why it cannot be made; record either. Raises ValueLostError and RefusedError."""
    run, domain, name = state.run, state.company.domain, artifact.name
    versions = state.versions(artifact)
    adopted = None if name in state.lost else await run.run_cache.adopt(domain, name, versions)
    if adopted is not None:
        record, value = replace(adopted[0], inputs=state.inputs(artifact)), adopted[1]
        state.nodes[name] = ArtifactResult(Outcome.CACHE, record.summary)
        await _keep(state, artifact, record, value)
        return
    scope = run.ledger.scope(domain, name, run.run_cache.answers(domain, name), partial(run.trial.allow, artifact))
    refusal = run.run_cache.refusal(domain)
    if refusal is not None:
        await _fail(state, Outcome.FAIL, refusal, scope, 0.0)
        return
    run.run_cache.begin(domain)
    now, started = run.clock(), perf_counter()
    try:
        context = ProduceContext(
            company=state.company,
            inputs=await _inputs(state, artifact),
            computed_at={need: state.records[need].computed_at for need in artifact.needs if need in state.records},
            previous=await run.run_cache.previous(domain, name),
            providers=run.providers,
            outbox=run.outbox,
            scope=scope,
            settings=run.settings,
            now=now,
            run_id=run.run_id,
            missing_inputs=state.missing_inputs(artifact),
        )
        value = await artifact.produce(context)
    except (ValueLostError, RefusedError):
        raise
    except BudgetReachedError as error:
        await _fail(state, Outcome.BUDGET, str(error), scope, perf_counter() - started)
        return
    except ProviderError as error:
        await scope.refused(error)
        run.trial.note(artifact, error)
        await _fail(state, Outcome.FAIL, str(error), scope, perf_counter() - started)
        return
    except Exception as error:  # a bug in one artifact must not lose the other rows of the run
        log.exception("%s of %s", name, domain)
        reason = f"internal error: {type(error).__name__}: {error}"
        await _fail(state, Outcome.FAIL, reason, scope, perf_counter() - started)
        return
    record = Record(
        domain=domain,
        artifact=name,
        status="OK",
        computed_at=scope.as_of(now),
        version=versions[0],
        data_version=value.data_version(),
        summary=artifact.summary(value),
        run_id=run.run_id,
        cost_usd=scope.cost_usd,
        latency_s=perf_counter() - started,
        spent=scope.spent(),
        inputs=state.inputs(artifact),
    )
    state.nodes[name] = ArtifactResult(
        Outcome.OK, record.summary, cost_usd=record.cost_usd, latency_s=record.latency_s, spent=record.spent
    )
    await _keep(state, artifact, record, value)


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
    await state.run.run_cache.keep(record, value, artifact.preview(value))


async def _fail(state: CompanyState, outcome: Outcome, reason: str, scope: CostScope, latency_s: float) -> None:
    node = ArtifactResult(outcome, reason=reason, cost_usd=scope.cost_usd, latency_s=latency_s, spent=scope.spent())
    state.nodes[scope.artifact] = node
    state.absent[scope.artifact] = node
    await state.run.run_cache.fail(state.company, scope.artifact, node)
