"""What an artifact is: the seam between the engine and each module that knows how to produce one.

Nothing here or in any artifact module knows of Dagster.
"""

import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar, Generic, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict

from enrichment_assets.companies.company import Company
from enrichment_assets.core.settings import Settings
from enrichment_assets.providers.call.ledger import Account
from enrichment_assets.providers.clients import Providers
from enrichment_assets.storage.outbox import Outbox


class Value(BaseModel):
    """The JSON document of one artifact for one company.

    ``volatile`` names the top-level fields that do not count as content (fetch times, costs): two values that
    differ only there have the same data version.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    volatile: ClassVar[frozenset[str]] = frozenset()

    def data_version(self) -> str:
        """Content hash (SHA-256 of canonical JSON, 16 hex digits)."""
        content = self.model_dump(mode="json", exclude=set(self.volatile))
        return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


V = TypeVar("V", bound=Value)


@dataclass(frozen=True, slots=True)
class Work:
    """All that producing one artifact for one company may depend on.

    ``inputs`` holds the upstream values this artifact names in ``needs``; one whose gate was closed, or that failed
    where the artifact tolerates it, is absent. ``computed_at`` says how old each input is. ``previous`` is this
    artifact's last stored value for the company, however old. ``now`` is aware and in UTC.
    """

    company: Company
    inputs: Mapping[str, Value]
    computed_at: Mapping[str, datetime]
    previous: Value | None
    providers: Providers
    outbox: Outbox
    account: Account
    settings: Settings
    now: datetime
    run_id: str
    holes: Mapping[str, str] = field(default_factory=dict)  # upstream that failed but is tolerated: name -> reason

    def need(self, name: str, model: type[V]) -> V:
        """The upstream value, which the engine guarantees for every name in ``needs`` that is not ``optional``."""
        value = self.inputs[name]
        if not isinstance(value, model):
            raise TypeError(f"{name} is {type(value).__name__}, expected {model.__name__}")
        return value

    def maybe(self, name: str, model: type[V]) -> V | None:
        """The upstream value, or None where its gate was closed."""
        return self.need(name, model) if name in self.inputs else None


@dataclass(frozen=True)
class Artifact(Generic[V]):
    """How one piece of knowledge about one company is produced, and when a stored one still counts.

    The effective version of a record is the hash of ``version(settings)`` and of the data versions of the inputs named
    in ``evidence``: an icp judged on another page, or a payload built from other inputs, is a miss.
    """

    name: str
    model: type[V]
    produce: Callable[[Work], Awaitable[V]]
    description: str
    version: Callable[[Settings], str]
    """Hash of what decides the value besides its inputs: code, prompt, model, schema, profile."""
    answer: Callable[[V], str]
    """The value in one word, kept in the record (``accepts``, ``fit``, ``HOT``): what gates and the UI look at."""
    preview: Callable[[V], Mapping[str, str | int | float | bool | None]]
    """A few small facts for the record: verdict, counts, a quote. Never page text."""
    needs: tuple[str, ...] = ()
    """Upstream artifacts. One that failed fails this one too."""
    optional: tuple[str, ...] = ()
    """Those of ``needs`` that may be absent because their gate was closed; else this one is skipped with them."""
    tolerates: tuple[str, ...] = ()
    """Those of ``needs`` whose failure leaves a named hole when ENRICHMENT_PUSH_INCOMPLETE is on."""
    evidence: tuple[str, ...] = ()
    """Those of ``needs`` whose content decides the value."""
    gate: str | None = None
    """The gate that must be open: ``mx_pass`` or ``icp_pass``."""
    fresh_for: timedelta | None = None
    """Only read to build the asset's FreshnessPolicy, which is what everybody else reads. None: follows inputs."""
    kinds: tuple[str, ...] = ()
    code_version: str = "1"

    def parse(self, document: Any) -> V:
        """A stored document as a value. Raises pydantic's ValidationError."""
        return self.model.model_validate(document)


def digest(*parts: object) -> str:
    """A short stable hash of JSON-able parts, for versions."""
    return hashlib.sha256(orjson.dumps(parts, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
