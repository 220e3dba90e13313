"""What can be decided about one artifact without calling anybody: gates, cache hits, missing inputs."""

from typing import Any

from enrichment_assets.artifacts.base import Artifact
from enrichment_assets.cache.record import Decision, Record
from enrichment_assets.engine.company_state import Journey
from enrichment_assets.engine.results import Node, Outcome

WHY_ABSENT = {
    Decision.EXPIRED: "has expired",
    Decision.VERSION: "was made with another version or from other inputs",
    Decision.MISSING: "is missing",
    Decision.HIT: "has a record but its value cannot be read",
}


def settle(journey: Journey, artifact: Artifact[Any]) -> bool:
    """Decide about one artifact whose upstream has been decided. False: it has to be produced."""
    name = artifact.name
    if name in journey.settled:
        return True
    record = journey.around.memory.latest(journey.company.domain, name)
    if name not in journey.around.graph.selected:
        _read_upstream(journey, artifact, record)
        return True
    blocked = _blocked(journey, artifact)
    if blocked is not None:
        journey.nodes[name] = blocked
        if blocked.outcome is Outcome.SKIP:
            journey.skipped[name] = blocked.reason
        else:
            journey.absent[name] = blocked
        return True
    if record is None or not _is_fresh(journey, artifact, record):
        return False
    journey.take(record)
    journey.nodes.setdefault(name, Node(Outcome.CACHE, record.answer))
    return True


def _decide(journey: Journey, artifact: Artifact[Any], record: Record | None) -> Decision:
    around = journey.around
    return around.memory.decide(record, artifact.name, journey.version(artifact), around.clock())


def _is_fresh(journey: Journey, artifact: Artifact[Any], record: Record | None) -> bool:
    if record is None or record.status == "SKIP" or artifact.name in journey.lost:
        return False
    return _decide(journey, artifact, record) is Decision.HIT


def _read_upstream(journey: Journey, artifact: Artifact[Any], record: Record | None) -> None:
    """An artifact that is not part of this run: its record serves if it still counts, a skip while its gate is closed.

    One that follows its inputs stands as it was built: a payload that was not delivered is delivered as it is.
    """
    name = artifact.name
    blocked = _blocked(journey, artifact)
    if blocked is not None and blocked.outcome is Outcome.SKIP:
        journey.skipped[name] = blocked.reason
        return
    if name in journey.around.graph.left_out and not _is_fresh(journey, artifact, record):
        journey.left_out.add(name)
        return
    if record is not None and record.status == "SKIP":
        reason = f"{name} was skipped by a gate that is open now: select it too"
        journey.absent[name] = blocked or Node(Outcome.FAIL, reason=reason)
        return
    follows_inputs = artifact.fresh_for is None
    decision = Decision.HIT if record is not None and follows_inputs else _decide(journey, artifact, record)
    if record is not None and decision is Decision.HIT and name not in journey.lost:
        journey.take(record)
        return
    if record is not None:
        journey.data_versions[name] = record.data_version
    journey.absent[name] = Node(Outcome.FAIL, reason=f"{name} {WHY_ABSENT[decision]}: select it too")


def _blocked(journey: Journey, artifact: Artifact[Any]) -> Node | None:
    """The closed gate or the missing input that keeps an artifact from being produced."""
    settings = journey.around.settings
    if artifact.gate is not None:
        gate = journey.around.graph.catalog.gates[artifact.gate]
        if gate.artifact in journey.left_out:
            pass  # nobody judges in this run, and whoever started it chose so
        elif gate.artifact in journey.skipped:
            return Node(Outcome.SKIP, reason=journey.skipped[gate.artifact])
        elif gate.artifact in journey.absent:
            return journey.absent[gate.artifact].awaited(gate.artifact)
        elif not gate.opens(journey.records[gate.artifact].answer, settings):
            return Node(Outcome.SKIP, reason=artifact.gate)
    for need in artifact.needs:
        if need in journey.absent and not (need in artifact.tolerates and settings.enrichment_push_incomplete):
            return journey.absent[need].awaited(need)
        if need in journey.skipped and need not in artifact.optional:
            return Node(Outcome.SKIP, reason=journey.skipped[need])
    return None
