"""One company on its way through the graph: what all companies of a run share, and how far this one has come."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from enrichment_assets.artifacts.base import Artifact, Value
from enrichment_assets.cache.record import Record
from enrichment_assets.companies.company import Company
from enrichment_assets.core.settings import Settings
from enrichment_assets.engine.graph import Graph
from enrichment_assets.engine.results import ArtifactResult
from enrichment_assets.engine.run_cache import RunCache
from enrichment_assets.engine.trial import Trial
from enrichment_assets.providers.call.ledger import Ledger
from enrichment_assets.providers.clients import Providers
from enrichment_assets.storage.history.labels import OfCompany, heeded
from enrichment_assets.storage.outbox import Outbox

SKIPPED = "skipped"
NOT_LOOKED_FOR = "not looked for"
"""Why an input is missing that was left out of the run by name."""
FAILED_INPUT = "failed"
"""Stands for the data version of an input that failed and was tolerated: filled in later, it is another version."""


@dataclass(frozen=True)
class RunContext:
    """What all companies of one run share."""

    graph: Graph
    run_cache: RunCache
    providers: Providers
    outbox: Outbox
    ledger: Ledger
    settings: Settings
    run_id: str
    clock: Callable[[], datetime]
    trial: Trial


@dataclass(slots=True)
class CompanyState:
    """How far one company has come. All dictionaries are by artifact name."""

    company: Company
    run: RunContext
    nodes: dict[str, ArtifactResult] = field(default_factory=dict)
    """Selected artifacts only."""
    records: dict[str, Record] = field(default_factory=dict)
    values: dict[str, Value] = field(default_factory=dict)
    data_versions: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    """To the gate that was closed."""
    left_out: set[str] = field(default_factory=set)
    """By choice, and nothing fresh is known."""
    absent: dict[str, ArtifactResult] = field(default_factory=dict)
    """Failed, over budget, or not in the store."""
    labels: OfCompany = field(init=False)
    lost: set[str] = field(default_factory=set)
    """Their record names a value that could not be read."""
    written: set[str] = field(default_factory=set)
    """Hits and skips that were recorded already."""

    def __post_init__(self) -> None:
        self.labels = self.run.run_cache.labels(self.company.domain)

    def said(self, name: str) -> str:
        """What a gate's artifact says of the company in one word, or a person in its place."""
        return heeded(self.labels.get(name), self.records[name].summary)

    def is_settled(self, name: str) -> bool:
        """Whether it is decided."""
        return name in self.data_versions or name in self.skipped or name in self.absent or name in self.left_out

    def missing_inputs(self, artifact: Artifact[Any]) -> dict[str, str]:
        """Why an input is missing that is not behind a closed gate, by its name."""
        failed = {need: self.absent[need].reason for need in artifact.needs if need in self.absent}
        return failed | {need: NOT_LOOKED_FOR for need in artifact.needs if need in self.left_out}

    def versions(self, artifact: Artifact[Any]) -> tuple[str, ...]:
        """The effective versions with which a record of this artifact counts now; the first is that of a new one."""
        if not self.absent and not self.left_out:
            return self.run.graph.versions(artifact, self.data_versions, self.labels)
        missing_inputs = {name: FAILED_INPUT for name in artifact.optional_on_failure if name in self.absent}
        left_out = dict.fromkeys(self.left_out, NOT_LOOKED_FOR)
        known = {**self.data_versions, **missing_inputs, **left_out}
        return self.run.graph.versions(artifact, known, self.labels)

    def inputs(self, artifact: Artifact[Any]) -> dict[str, str]:
        """Data versions of what an artifact needs; of what is not there, a word."""
        return {
            need: SKIPPED
            if need in self.skipped or need in self.left_out
            else self.data_versions.get(need, FAILED_INPUT)
            for need in artifact.needs
        }

    def take(self, record: Record) -> None:
        """This record is the company's artifact in this run."""
        self.records[record.artifact] = record
        self.data_versions[record.artifact] = record.data_version

    def lose(self, name: str) -> None:
        """A hit without a value: this artifact is a miss, and what waited for it is open again."""
        self.lost.add(name)
        for by_name in (self.nodes, self.records, self.data_versions, self.values):
            by_name.pop(name, None)
        for waiting in [other for other, node in self.absent.items() if node.waiting]:
            self.absent.pop(waiting)
            self.nodes.pop(waiting, None)
