"""What an artifact is: the seam between the engine and each module that knows how to produce one.

Nothing here or in any artifact module knows of Dagster.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, Protocol, TypeVar

import orjson
from pydantic import BaseModel, ConfigDict, Field

from enrichment_assets.artifacts import sources
from enrichment_assets.companies.company import Company
from enrichment_assets.core.digest import digest
from enrichment_assets.providers.registry import Kind

if TYPE_CHECKING:
    from enrichment_assets.core.settings import Settings
    from enrichment_assets.providers.call.ledger import CostScope
    from enrichment_assets.providers.clients import Providers
    from enrichment_assets.storage.history.labels import OfCompany
    from enrichment_assets.storage.outbox import Outbox


class Value(BaseModel):
    """The JSON document of one artifact for one company.

    ``volatile`` names the top-level fields that do not count as content (fetch times, costs): two values that
    differ only there have the same data version.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    volatile: ClassVar[frozenset[str]] = frozenset()

    def data_version(self) -> str:
        """Content hash."""
        return content_hash(self.model_dump(mode="json", exclude=set(self.volatile)))


def content_hash(content: Mapping[str, Any]) -> str:
    """SHA-256 of canonical JSON, 16 hex digits."""
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


V = TypeVar("V", bound=Value)

PAYLOAD = "webhook_payload"
"""The artifact that every catalog ends with but one: everything known about a company, as it is pushed."""
DELIVERY = "webhook_delivery"
"""The last artifact of every catalog: the push of the payload."""


@dataclass(frozen=True, slots=True)
class ProduceContext:
    """All that producing one artifact for one company may depend on.

    ``inputs`` holds the upstream values this artifact names in ``needs``; one whose gate was closed, or that failed
    where the artifact allows it (``optional_on_failure``), is absent. ``computed_at`` says how old each input is.
    ``previous`` is this artifact's last stored value for the company, however old. ``now`` is aware and in UTC.
    """

    company: Company
    inputs: Mapping[str, Value]
    computed_at: Mapping[str, datetime]
    previous: Value | None
    providers: Providers
    outbox: Outbox
    scope: CostScope
    settings: Settings
    now: datetime
    run_id: str
    missing_inputs: Mapping[str, str] = field(
        default_factory=dict
    )  # upstream that failed but is tolerated: name -> reason
    labels: OfCompany = field(default_factory=dict)
    """What people said of this company's artifacts; only for one that ``heeds_labels``."""

    @property
    def as_of(self) -> datetime:
        """The moment that what was told so far is true of: that of the oldest answer, which may come from the store."""
        return self.scope.as_of(self.now)

    def need(self, name: str, model: type[V]) -> V:
        """The upstream value, which the engine guarantees for every name in ``needs`` but ``may_be_skipped``."""
        value = self.inputs[name]
        if not isinstance(value, model):
            raise TypeError(f"{name} is {type(value).__name__}, expected {model.__name__}")
        return value

    def maybe(self, name: str, model: type[V]) -> V | None:
        """The upstream value, or None where its gate was closed."""
        return self.need(name, model) if name in self.inputs else None


class NotAskedError(Exception):
    """The artifact finds out itself that it is not wanted for this company: recorded as SKIP, for this reason."""


class Together(Protocol):
    """Makes several artifacts of one company at a time, where that is cheaper than one after the other."""

    async def produce_all(self, contexts: Mapping[str, ProduceContext]) -> Mapping[str, Value | Exception]:
        """By artifact its value, or what ``produce`` would have raised. Each context's ``scope`` holds its share."""
        ...


@dataclass(frozen=True, slots=True)
class ExplainLine:
    """One field as ``enrich explain`` shows it.

    ``quote`` stands on ``page``, which was read at ``read_at``; ``by`` is who or what rule says so.
    """

    field: str
    value: str
    quote: str | None = None
    page: str | None = None
    read_at: datetime | None = None
    by: str | None = None


Tier = Literal["QUALIFIED", "DISQUALIFIED", "REVIEW"]


@dataclass(frozen=True)
class PayloadField(Generic[V]):
    """One field of the payload: its name, its type, and how it is taken from the artifact's value.

    ``take`` defaults to the value's attribute of the same name. A ``required`` field is never null: its artifact is in
    every payload.
    """

    name: str
    type: Any
    take: Callable[[V], Any] | None = None
    description: str | None = None
    required: bool = False

    @property
    def declared(self) -> tuple[Any, Any]:
        """The field as pydantic's ``create_model`` takes it."""
        return self.type, Field(... if self.required else None, description=self.description)

    def of(self, value: V) -> Any:
        """What the payload says for this value."""
        return getattr(value, self.name) if self.take is None else self.take(value)


def _nothing(_: Any) -> tuple[()]:
    return ()


Fact = str | int | float | bool | None
Rows = Sequence[Mapping[str, Fact]]
"""A small table: the same columns in each row."""
Shown = Mapping[str, "Fact | Rows"]
"""What a record's page says, by label."""


def _no_tables(_: Any) -> Mapping[str, Rows]:
    return {}


@dataclass(frozen=True)
class PayloadPart(Generic[V]):
    """What an artifact adds to the payload: flat columns, a nested document, and the addresses it was read from.

    ``judge`` says which tier a value means and why in a sentence, or None where it means none; the first artifact that
    says one decides.
    """

    columns: tuple[PayloadField[V], ...] = ()
    document: PayloadField[V] | None = None
    urls: Callable[[V], Iterable[str | None]] = _nothing
    judge: Callable[[V], tuple[Tier, str] | None] | None = None

    @property
    def is_answer(self) -> bool:
        """Whether it answers one of the user's own questions: its document stands in ``answers``."""
        return self.document is not None and "." in self.document.name

    @property
    def fields(self) -> tuple[PayloadField[V], ...]:
        """Columns first, then the document."""
        return self.columns if self.document is None else (*self.columns, self.document)


@dataclass(frozen=True)
class Labelling(Generic[V]):
    """What a person may say of a value in ``enrich review``, and what follows from it.

    A label ``outlives`` what was said where it is about the company: it stands until it is taken back. One about an
    answer stands as long as the answer is the same.
    """

    asks: str
    """The question to the person, which ``yes`` and ``no`` answer."""
    yes: str
    no: str
    said: Callable[[V], Any]
    """What of the value is labelled, JSON-able: a verdict, an answer."""
    quotes: Callable[[V], Iterable[str]]
    """The pages' words that it stands on. With what was said they are the evidence that a label is given on."""
    shown: Callable[[V], str]
    """The same in one line, with why."""
    outlives: bool
    tiers: Mapping[str, Tier] = field(default_factory=dict)
    """The tier that a label means."""
    withdraws: frozenset[str] = frozenset()
    """Labels that empty the flat columns of the payload."""

    @property
    def words(self) -> tuple[str, str]:
        """All labels there are. At an artifact that keeps a gate they are summaries too, and the gate heeds them."""
        return self.yes, self.no

    def evidence(self, value: V) -> str:
        """Hash of what a person is shown of the value. Other words of the same verdict are no other evidence."""
        return digest(self.said(value), list(self.quotes(value)))


@dataclass(frozen=True)
class SummaryCheck:
    """A check of an asset over all companies; ``passes`` is told how many have which one-word summary now."""

    name: str
    description: str
    passes: Callable[[Mapping[str, int]], bool]


@dataclass(frozen=True, slots=True)
class Usual:
    """What making it takes of one company on average: assumed by plan as long as this home has hardly any records.

    ``calls`` are by kind of provider, or by provider where it cannot be chosen (``dns``, ``web``, ``boards``).
    ``tokens`` are those of one prompt and of one completion. ``passes`` is the share that opens its gates.
    """

    calls: Mapping[str, float] = field(default_factory=dict)
    tokens: tuple[int, int] = (2_000, 200)
    passes: float = 0.5


@dataclass(frozen=True)
class Artifact(Generic[V]):
    """How one piece of knowledge about one company is produced and shown, and when a stored one still counts.

    The effective version of a record is the hash of ``version(settings)`` and of the data versions of the inputs named
    in ``content_inputs``: an icp judged on another page, or a payload built from other inputs, is a miss.
    """

    name: str
    model: type[V]
    produce: Callable[[ProduceContext], Awaitable[V]]
    description: str
    summary: Callable[[V], str]
    """The value in one word, kept in the record (``accepts``, ``fit``, ``HOT``): what gates and the UI look at."""
    preview: Callable[[V], Mapping[str, Fact]]
    """A few small facts for the record: verdict, counts, a quote. Never page text."""
    explain: Callable[[V, Mapping[str, Value]], Iterable[ExplainLine]]
    """What ``enrich explain`` shows of a value. The second argument holds all stored values of the company."""
    example: Callable[[], V]
    """A value of an invented company, for the documentation and for tests."""
    tables: Callable[[V], Mapping[str, Rows]] = _no_tables
    """Small tables for the record's page, beside the facts: quotes, openings, headlines. A few rows each."""
    payload: PayloadPart[V] | None = None
    """What it adds to the payload; None for the payload and the delivery themselves."""
    labelling: Labelling[V] | None = None
    """What a person may say of it; None where nobody is asked. The payload's document then has a field ``label``."""
    heeds_labels: bool = False
    """What people said of its ``content_inputs`` decides the value too."""
    checks: tuple[SummaryCheck, ...] = ()
    """Shown in Dagster beside the check that every artifact has: how many companies are fresh."""
    gates: Mapping[str, Callable[[str, Settings], bool]] = field(default_factory=dict)
    """The gates that it decides: name to whether a value with this summary opens it."""
    decided_by: Callable[[Settings], object] = _nothing
    """What decides the value besides its inputs and its code, JSON-able: prompt, model, schema, profile."""
    needs: tuple[str, ...] = ()
    """Upstream artifacts. One that failed fails this one too."""
    may_be_skipped: tuple[str, ...] = ()
    """Those of ``needs`` that may be absent: behind a closed gate, or left out of the run by name."""
    optional_on_failure: tuple[str, ...] = ()
    """Those of ``needs`` whose failure leaves a named hole when ENRICHMENT_PUSH_INCOMPLETE is on."""
    content_inputs: tuple[str, ...] = ()
    """Those of ``needs`` whose content decides the value."""
    together: Together | None = None
    """What makes it with the others that have the same one, where several are due for a company."""
    condition: str | None = None
    """The reason that it may give with NotAskedError. Such a skip counts for as long as a value would."""
    gate: str | None = None
    """The gate that must be open: ``mx_pass``, ``icp_pass`` or any that another artifact decides."""
    ttl: timedelta | None = None
    """Only read to build the asset's FreshnessPolicy, which is what everybody else reads, but plan, which does without
    Dagster. None: follows inputs."""
    kinds: tuple[str, ...] = ()
    providers: tuple[Kind, ...] = ()
    """The kinds of provider it calls (``pages``, ``search``, ``llm``, ``destination``): their keys must be set."""
    problems: Callable[[Settings], Iterable[str]] = _nothing
    """What else would make every company fail: a sentence for each setting that cannot be used. Calls nobody."""
    usual: Usual = Usual()
    sources: tuple[str, ...] = ()
    """Modules whose sources decide the value, besides the one that produces it and what that imports: those that it
    loads when it is first produced. The readers load them before they read."""
    about: str = ""
    """Text for the documentation; by default the docstring of the module that produces it."""

    def version(self, settings: Settings) -> str:
        """Hash of what decides the value besides its inputs: sources, data files, prompt, model, schema, profile."""
        return digest(self.name, source_version(self), self.decided_by(settings))

    def shown(self, value: V) -> Shown:
        """What the record's page says of a value."""
        return {**self.preview(value), **{label: rows for label, rows in self.tables(value).items() if rows}}

    def parse(self, document: Any) -> V:
        """A stored document as a value. Raises pydantic's ValidationError."""
        return self.model.model_validate(document)


def source_version(artifact: Artifact[Any]) -> str:
    """Hash of the sources and data files that decide the artifact's value (16 hex digits)."""
    return sources.version(*sorted({artifact.produce.__module__, *artifact.sources}))
