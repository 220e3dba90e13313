"""What can be decided about one artifact without calling anybody: gates, cache hits, missing inputs."""

from typing import Any

from enrichment_assets.artifacts.base import Artifact
from enrichment_assets.cache.record import Decision, Record
from enrichment_assets.engine.company_state import CompanyState
from enrichment_assets.engine.results import ArtifactResult, Outcome

WHY_ABSENT = {
    Decision.EXPIRED: "has expired",
    Decision.VERSION: "was made with another version or from other inputs",
    Decision.MISSING: "is missing",
    Decision.HIT: "has a record but its value cannot be read",
}


def resolve(state: CompanyState, artifact: Artifact[Any]) -> bool:
    """Decide about one artifact whose upstream has been decided. False: it has to be produced."""
    name = artifact.name
    if state.is_settled(name):
        return True
    record = state.run.run_cache.latest(state.company.domain, name)
    if name not in state.run.graph.selected:
        _read_upstream(state, artifact, record)
        return True
    blocked = _blocked(state, artifact)
    if blocked is not None:
        state.nodes[name] = blocked
        if blocked.outcome is Outcome.SKIP:
            state.skipped[name] = blocked.reason
        else:
            state.absent[name] = blocked
        return True
    if record is None or not _is_fresh(state, artifact, record):
        return False
    state.take(record)
    state.nodes.setdefault(name, ArtifactResult(Outcome.CACHE, record.summary))
    return True


def _decide(state: CompanyState, artifact: Artifact[Any], record: Record | None) -> Decision:
    run = state.run
    return run.run_cache.decide(record, artifact.name, state.versions(artifact), run.clock())


def _is_fresh(state: CompanyState, artifact: Artifact[Any], record: Record | None) -> bool:
    if record is None or record.status == "SKIP" or artifact.name in state.lost:
        return False
    return _decide(state, artifact, record) is Decision.HIT


def _read_upstream(state: CompanyState, artifact: Artifact[Any], record: Record | None) -> None:
    """An artifact that is not part of this run: its record serves if it still counts, a skip while its gate is closed.

    One that follows its inputs stands as it was built: a payload that was not delivered is delivered as it is.
    """
    name = artifact.name
    blocked = _blocked(state, artifact)
    if blocked is not None and blocked.outcome is Outcome.SKIP:
        state.skipped[name] = blocked.reason
        return
    if name in state.run.graph.left_out and not _is_fresh(state, artifact, record):
        state.left_out.add(name)
        return
    if record is not None and record.status == "SKIP":
        reason = f"{name} was skipped by a gate that is open now: select it too"
        state.absent[name] = blocked or ArtifactResult(Outcome.FAIL, reason=reason)
        return
    follows_inputs = artifact.ttl is None
    decision = Decision.HIT if record is not None and follows_inputs else _decide(state, artifact, record)
    if record is not None and decision is Decision.HIT and name not in state.lost:
        state.take(record)
        return
    if record is not None:
        state.data_versions[name] = record.data_version
    state.absent[name] = ArtifactResult(Outcome.FAIL, reason=f"{name} {WHY_ABSENT[decision]}: select it too")


def _blocked(state: CompanyState, artifact: Artifact[Any]) -> ArtifactResult | None:
    """The closed gate or the missing input that keeps an artifact from being produced."""
    settings = state.run.settings
    if artifact.gate is not None:
        gate = state.run.graph.catalog.gates[artifact.gate]
        if gate.artifact in state.left_out:
            pass  # nobody judges in this run, and whoever started it chose so
        elif gate.artifact in state.skipped:
            return ArtifactResult(Outcome.SKIP, reason=state.skipped[gate.artifact])
        elif gate.artifact in state.absent:
            return state.absent[gate.artifact].awaited(gate.artifact)
        elif not gate.opens(state.said(gate.artifact), settings):
            return ArtifactResult(Outcome.SKIP, reason=artifact.gate)
    for need in artifact.needs:
        if need in state.absent and not (need in artifact.optional_on_failure and settings.enrichment_push_incomplete):
            return state.absent[need].awaited(need)
        if need in state.skipped and need not in artifact.may_be_skipped:
            return ArtifactResult(Outcome.SKIP, reason=state.skipped[need])
    return None
