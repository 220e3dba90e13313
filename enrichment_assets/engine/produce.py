"""Making one artifact for one company, and recording what came of it."""

import logging
from collections.abc import Mapping
from dataclasses import replace
from time import perf_counter
from typing import Any

from enrichment_assets.artifacts.base import Artifact, Value, Work
from enrichment_assets.cache.record import Record
from enrichment_assets.core.errors import BudgetReachedError, ProviderError
from enrichment_assets.engine.company_state import Journey
from enrichment_assets.engine.results import Node, Outcome
from enrichment_assets.providers.call.ledger import Account

log = logging.getLogger(__name__)


class ValueLostError(Exception):
    """A record's value is missing or unreadable: that artifact is a miss after all."""

    def __init__(self, artifact: str) -> None:
        super().__init__(artifact)
        self.artifact = artifact


async def produce(journey: Journey, artifact: Artifact[Any]) -> None:
    """Make the value, or learn why it cannot be made; record either. Raises only ValueLostError."""
    around, domain, name = journey.around, journey.company.domain, artifact.name
    version = journey.version(artifact)
    adopted = None if name in journey.lost else await around.memory.adopt(domain, name, version)
    if adopted is not None:
        record, value = replace(adopted[0], inputs=journey.inputs(artifact)), adopted[1]
        journey.nodes[name] = Node(Outcome.CACHE, record.answer)
        await _keep(journey, artifact, record, value)
        return
    account = around.ledger.account(domain, name)
    refusal = around.memory.refusal(domain)
    if refusal is not None:
        await _fail(journey, Outcome.FAIL, refusal, account, 0.0)
        return
    around.memory.begin(domain)
    now, started = around.clock(), perf_counter()
    try:
        work = Work(
            company=journey.company,
            inputs=await _inputs(journey, artifact),
            computed_at={need: journey.records[need].computed_at for need in artifact.needs if need in journey.records},
            previous=await around.memory.previous(domain, name),
            providers=around.providers,
            outbox=around.outbox,
            account=account,
            settings=around.settings,
            now=now,
            run_id=around.run_id,
            holes=journey.holes(artifact),
        )
        value = await artifact.produce(work)
    except ValueLostError:
        raise
    except BudgetReachedError as error:
        await _fail(journey, Outcome.BUDGET, str(error), account, perf_counter() - started)
        return
    except ProviderError as error:
        await _fail(journey, Outcome.FAIL, str(error), account, perf_counter() - started)
        return
    except Exception as error:  # a bug in one artifact must not lose the other rows of the run
        log.exception("%s of %s", name, domain)
        reason = f"internal error: {type(error).__name__}: {error}"
        await _fail(journey, Outcome.FAIL, reason, account, perf_counter() - started)
        return
    record = Record(
        domain=domain,
        artifact=name,
        status="OK",
        computed_at=now,
        version=version,
        data_version=value.data_version(),
        answer=artifact.answer(value),
        run_id=around.run_id,
        cost_usd=account.cost_usd,
        latency_s=perf_counter() - started,
        spent=account.spent(),
        inputs=journey.inputs(artifact),
    )
    journey.nodes[name] = Node(
        Outcome.OK, record.answer, cost_usd=record.cost_usd, latency_s=record.latency_s, spent=record.spent
    )
    await _keep(journey, artifact, record, value)


async def _inputs(journey: Journey, artifact: Artifact[Any]) -> Mapping[str, Value]:
    for need in artifact.needs:
        if need in journey.records and need not in journey.values:
            value = await journey.around.memory.value(journey.records[need])
            if value is None:
                raise ValueLostError(need)
            journey.values[need] = value
    return {need: journey.values[need] for need in artifact.needs if need in journey.records}


async def _keep(journey: Journey, artifact: Artifact[Any], record: Record, value: Value) -> None:
    journey.values[record.artifact] = value
    journey.take(record)
    await journey.around.memory.keep(record, value, artifact.preview(value))


async def _fail(journey: Journey, outcome: Outcome, reason: str, account: Account, latency_s: float) -> None:
    node = Node(outcome, reason=reason, cost_usd=account.cost_usd, latency_s=latency_s, spent=account.spent())
    journey.nodes[account.artifact] = node
    journey.absent[account.artifact] = node
    await journey.around.memory.fail(journey.company, account.artifact, node)
