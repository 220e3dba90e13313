"""What the engine needs to remember and to be reminded of. Implemented over Dagster's records in ``cache/``."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from enrichment_assets.artifacts.base import Shown, Value
from enrichment_assets.cache.record import Decision, Record
from enrichment_assets.cache.standing.stand import Standing
from enrichment_assets.companies.company import Company
from enrichment_assets.engine.results import ArtifactResult
from enrichment_assets.providers.call.answers import ArtifactAnswers
from enrichment_assets.storage.history.labels import OfCompany


class RunCache(Protocol):
    """Records and values of the companies in flight."""

    async def claim(self, companies: Sequence[Company]) -> Collection[str]:
        """Take companies for this run; the domains that no other live run holds. Ask again later for the others."""
        ...

    def holds(self, domain: str) -> bool:
        """Whether a claimed company is this run's own beyond doubt; once it is not, claim it again."""
        ...

    async def settled(self, domains: Sequence[str], ends: Callable[[Standing], bool]) -> Mapping[str, Standing]:
        """How companies stand that no other run holds, that ``ends`` says of, and whose values are all there."""
        ...

    async def prepare(self, domains: Sequence[str]) -> None:
        """Page in the latest records of these companies, in a few queries."""
        ...

    def begin(self, domain: str) -> None:
        """Something is made for this company now: if the process dies, this is known."""
        ...

    def refusal(self, domain: str) -> str | None:
        """Why nothing may be made for this company in this run."""
        ...

    def labels(self, domain: str) -> OfCompany:
        """What people said of a company."""
        ...

    def answers(self, domain: str, artifact: str) -> ArtifactAnswers | None:
        """The stored answers that an artifact of a company may use in this run; None where none are kept."""
        ...

    def latest(self, domain: str, artifact: str) -> Record | None:
        """The latest record, however old."""
        ...

    def decide(self, record: Record | None, artifact: str, versions: Collection[str], now: datetime) -> Decision:
        """Whether it counts in this run: TTL, version, forced refresh, resume."""
        ...

    async def value(self, record: Record) -> Value | None:
        """The stored value of a record; None when it is missing, unreadable or not the one recorded."""
        ...

    async def previous(self, domain: str, artifact: str) -> Value | None:
        """The last stored value, however old, of whatever version that still parses."""
        ...

    async def adopt(self, domain: str, artifact: str, versions: Collection[str]) -> tuple[Record, Value] | None:
        """A value that is in the store and still counts though no record names it (a kill in between, a SKIP since)."""
        ...

    async def keep(self, record: Record, value: Value | None, preview: Shown) -> None:
        """Value durable on return, record written within a fraction of a second."""
        ...

    async def repeat(self, record: Record, inputs: Callable[[], Mapping[str, str]]) -> None:
        """A cache hit: recorded again inside a backfill, with its inputs' data versions now; nothing elsewhere."""
        ...

    async def fail(self, company: Company, artifact: str, node: ArtifactResult) -> None:
        """An observation with outcome, error and cost; never a record."""
        ...

    async def release(self, domain: str) -> None:
        """The company is done: its records may be forgotten and its lease given back."""
        ...
