"""One company walks the graph."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from time import perf_counter
from typing import Any

from enrichment_assets.artifacts.artifact import Artifact, Value, Work
from enrichment_assets.artifacts.catalog import GATES
from enrichment_assets.companies.company import Company
from enrichment_assets.engine.graph import Graph
from enrichment_assets.engine.memory import Memory
from enrichment_assets.engine.outcome import Finished, Node, Outcome
from enrichment_assets.providers.clients import Providers
from enrichment_assets.providers.errors import BudgetReachedError, ProviderError
from enrichment_assets.providers.ledger import Ledger
from enrichment_assets.records.record import Decision, Record
from enrichment_assets.settings import Settings
from enrichment_assets.storage.outbox import Outbox

log = logging.getLogger(__name__)

HOLE = "failed"
"""Stands for the data version of an input that failed and was tolerated: filled in later, it is another version."""

WAITS = "waits for "


@dataclass(frozen=True)
class Surroundings:
    """What all companies of one run share."""

    graph: Graph
    memory: Memory
    providers: Providers
    outbox: Outbox
    ledger: Ledger
    settings: Settings
    run_id: str
    clock: Callable[[], datetime]


class ValueLostError(Exception):
    """A record's value is missing or unreadable: the artifact is a miss after all."""

    def __init__(self, artifact: str) -> None:
        super().__init__(artifact)
        self.artifact = artifact


@dataclass
class State:
    """How far one company has come. ``nodes`` holds selected artifacts only, in the catalog's order of ending."""

    nodes: dict[str, Node] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    values: dict[str, Value] = field(default_factory=dict)
    data_versions: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    absent: dict[str, Node] = field(default_factory=dict)
    """Failed, over budget or not in the store: name to how it ended."""
    lost: set[str] = field(default_factory=set)
    written: set[str] = field(default_factory=set)


async def walk_company(company: Company, around: Surroundings) -> Finished:
    """Take one company through every selected artifact. Never raises for what a provider or an artifact does."""
    state = State()
    while True:
        try:
            for level in around.graph.levels:
                pending = [a for a in level if not _settle(company, a, state, around)]
                if len(pending) == 1:
                    await _produce(company, pending[0], state, around)
                elif pending:
                    await _produce_together(company, pending, state, around)
                await _write_hits(company, level, state, around)
            break
        except ValueLostError as loss:
            _forget(loss.artifact, state)
    order = (artifact.name for level in around.graph.levels for artifact in level)
    return Finished(company, {name: state.nodes[name] for name in order if name in state.nodes})


async def _produce_together(
    company: Company, artifacts: Sequence[Artifact[Any]], state: State, around: Surroundings
) -> None:
    """All of a level at once. What one of them raises is raised only when the others have ended."""
    ended = await asyncio.gather(
        *(_produce(company, artifact, state, around) for artifact in artifacts), return_exceptions=True
    )
    for result in ended:
        if isinstance(result, BaseException):
            raise result


def _settle(company: Company, artifact: Artifact[Any], state: State, around: Surroundings) -> bool:
    """Decide without calling anybody. False: it has to be produced."""
    name = artifact.name
    if name in state.data_versions or name in state.skipped or name in state.absent:
        return True
    if name not in around.graph.selected:
        _read_upstream(company, artifact, state, around)
        return True
    blocked = _blocked_by(artifact, state, around)
    if blocked is not None:
        outcome, reason = blocked
        node = Node(outcome, reason=reason)
        state.nodes.setdefault(name, node)
        if outcome is Outcome.SKIP:
            state.skipped[name] = reason
        else:
            state.absent[name] = node
        return True
    record = around.memory.latest(company.domain, name)
    decision = around.memory.decide(record, name, _version(artifact, state, around), around.clock())
    if decision is Decision.HIT and record is not None and record.status == "OK" and name not in state.lost:
        _take(state, record)
        state.nodes.setdefault(name, Node(Outcome.CACHE, record.answer))
        return True
    return False


def _read_upstream(company: Company, artifact: Artifact[Any], state: State, around: Surroundings) -> None:
    """An artifact that is not part of this run: its record serves if it still counts."""
    name = artifact.name
    record = around.memory.latest(company.domain, name)
    decision = around.memory.decide(record, name, _version(artifact, state, around), around.clock())
    if record is not None and record.status == "SKIP":
        state.skipped[name] = record.answer
    elif record is not None and decision is Decision.HIT and name not in state.lost:
        _take(state, record)
    else:
        if record is not None:
            state.data_versions[name] = record.data_version
        why = {
            Decision.EXPIRED: "has expired",
            Decision.VERSION: "was made with another version or other inputs",
        }.get(decision, "is missing" if name not in state.lost else "has a record but its value cannot be read")
        state.absent[name] = Node(Outcome.FAIL, reason=f"{name} {why}: select it too")


def _blocked_by(artifact: Artifact[Any], state: State, around: Surroundings) -> tuple[Outcome, str] | None:
    """The closed gate or the missing input that keeps an artifact from being produced."""
    if artifact.gate is not None:
        gate = GATES[artifact.gate]
        keeper = gate.artifact
        if keeper in state.absent:
            return _waits_for(keeper, state.absent[keeper])
        if keeper in state.skipped:
            return Outcome.SKIP, state.skipped[keeper]
        record = state.records.get(keeper)
        if record is None or not gate.opens(record.answer, around.settings):
            return Outcome.SKIP, artifact.gate
    for need in artifact.needs:
        if need in state.absent:
            if need in artifact.tolerates and around.settings.enrichment_push_incomplete:
                continue
            return _waits_for(need, state.absent[need])
        if need in state.skipped and need not in artifact.optional:
            return Outcome.SKIP, state.skipped[need]
    return None


def _waits_for(name: str, node: Node) -> tuple[Outcome, str]:
    return node.outcome, node.reason if _waiting(node) else f"{WAITS}{name}: {node.reason}"


def _waiting(node: Node) -> bool:
    return node.reason.startswith(WAITS)


def _version(artifact: Artifact[Any], state: State, around: Surroundings) -> str:
    holes = {name: HOLE for name in artifact.tolerates if name in state.absent}
    return around.graph.version(artifact, {**state.data_versions, **holes})


def _take(state: State, record: Record) -> None:
    state.records[record.artifact] = record
    state.data_versions[record.artifact] = record.data_version


def _forget(name: str, state: State) -> None:
    """A hit without a value: this artifact is a miss, and whatever was decided on it is open again."""
    log.warning("the stored value of %s is missing or unreadable: it is made again", name)
    state.lost.add(name)
    for store in (state.nodes, state.records, state.data_versions, state.values):
        store.pop(name, None)
    for waiting in [other for other, node in state.absent.items() if _waiting(node)]:
        state.absent.pop(waiting)
        state.nodes.pop(waiting, None)


async def _write_hits(company: Company, level: tuple[Artifact[Any], ...], state: State, around: Surroundings) -> None:
    """Record skips, and hits where the run records them again."""
    for artifact in level:
        name = artifact.name
        if name not in around.graph.selected or name in state.written:
            continue
        state.written.add(name)
        node = state.nodes[name]
        if node.outcome is Outcome.CACHE:
            await around.memory.repeat(state.records[name])
        elif node.outcome is Outcome.SKIP:
            latest = around.memory.latest(company.domain, name)
            if latest is not None and latest.status == "SKIP" and latest.answer == node.reason:
                await around.memory.repeat(latest)
                continue
            skip = Record(company.domain, name, "SKIP", around.clock(), "", "", node.reason, around.run_id)
            await around.memory.keep(skip, None, {})


async def _inputs(company: Company, artifact: Artifact[Any], state: State, around: Surroundings) -> Mapping[str, Value]:
    inputs: dict[str, Value] = {}
    for need in artifact.needs:
        record = state.records.get(need)
        if record is None:
            continue
        if need not in state.values:
            value = await around.memory.value(record)
            if value is None:
                raise ValueLostError(need)
            state.values[need] = value
        inputs[need] = state.values[need]
    return inputs


async def _produce(company: Company, artifact: Artifact[Any], state: State, around: Surroundings) -> None:
    """Make the value, or learn why it cannot be made; record either."""
    name, domain = artifact.name, company.domain
    version = _version(artifact, state, around)
    if name not in state.lost:
        adopted = await around.memory.adopt(domain, name, version)
        if adopted is not None:
            record, value = adopted
            await around.memory.keep(record, value, dict(artifact.preview(value)))
            state.values[name] = value
            _take(state, record)
            state.nodes[name] = Node(Outcome.CACHE, record.answer)
            return
    account = around.ledger.account(domain, name)
    now = around.clock()
    started = perf_counter()
    try:
        work = Work(
            company=company,
            inputs=await _inputs(company, artifact, state, around),
            computed_at={need: state.records[need].computed_at for need in artifact.needs if need in state.records},
            previous=await around.memory.previous(domain, name),
            providers=around.providers,
            outbox=around.outbox,
            account=account,
            settings=around.settings,
            now=now,
            run_id=around.run_id,
            holes={need: state.absent[need].reason for need in artifact.needs if need in state.absent},
        )
        value = await artifact.produce(work)
    except ValueLostError:
        raise
    except BudgetReachedError as error:
        await _fail(company, name, Outcome.BUDGET, str(error), account.cost_usd, started, state, around)
        return
    except ProviderError as error:
        await _fail(company, name, Outcome.FAIL, str(error), account.cost_usd, started, state, around)
        return
    except Exception as error:
        log.exception("%s of %s", name, domain)
        reason = f"internal error: {type(error).__name__}: {error}"
        await _fail(company, name, Outcome.FAIL, reason, account.cost_usd, started, state, around)
        return
    latency_s = perf_counter() - started
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
        latency_s=latency_s,
    )
    await around.memory.keep(record, value, dict(artifact.preview(value)))
    state.values[name] = value
    _take(state, record)
    state.nodes[name] = Node(Outcome.OK, record.answer, cost_usd=record.cost_usd, latency_s=latency_s)


async def _fail(
    company: Company,
    name: str,
    outcome: Outcome,
    reason: str,
    cost_usd: float,
    started: float,
    state: State,
    around: Surroundings,
) -> None:
    latency_s = perf_counter() - started
    node = Node(outcome, reason=reason, cost_usd=cost_usd, latency_s=latency_s)
    state.nodes[name] = node
    state.absent[name] = node
    await around.memory.fail(company, name, reason, outcome=outcome, cost_usd=cost_usd, latency_s=latency_s)
