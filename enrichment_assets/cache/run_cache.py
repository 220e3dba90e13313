"""What the engine remembers: records in the event log, values in the artifact store, leases in the state database.

State is per company in flight: ``release`` forgets it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Protocol

import dagster as dg
from pydantic import ValidationError
from sqlalchemy import Engine

from enrichment_assets.artifacts.base import Shown, Value
from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.artifacts.differences import differences
from enrichment_assets.cache.decide import AHEAD, decide
from enrichment_assets.cache.event_log import report_batch
from enrichment_assets.cache.leases import DEADLY, Leases, deadly
from enrichment_assets.cache.lookup import latest_records, wiped
from enrichment_assets.cache.materialization import materialization, observation
from enrichment_assets.cache.record import Decision, Failure, Record
from enrichment_assets.cache.standing.stand import Standing
from enrichment_assets.cache.upkeep.dead_runs import end_dead_runs
from enrichment_assets.cache.writer import Done, Item, RecordWriter
from enrichment_assets.companies.company import Company
from enrichment_assets.core.money import Spent
from enrichment_assets.core.settings import Settings
from enrichment_assets.providers.call.answers import Answers, ArtifactAnswers
from enrichment_assets.storage.answers.store import AnswerStore, open_answers
from enrichment_assets.storage.artifacts import ArtifactStore, Envelope
from enrichment_assets.storage.batches import Transactions
from enrichment_assets.storage.history.changes import Change, Changes
from enrichment_assets.storage.history.labels import Label, Labels, OfCompany

log = logging.getLogger(__name__)


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Ended(Protocol):
    """How one artifact of one company failed in this run."""

    @property
    def outcome(self) -> str:
        """FAIL, or BUDGET: not attempted."""

    @property
    def reason(self) -> str:
        """For a person."""

    @property
    def cost_usd(self) -> float:
        """All attempts."""

    @property
    def latency_s(self) -> float:
        """From the first attempt to the last answer."""

    @property
    def spent(self) -> tuple[Spent, ...]:
        """``cost_usd`` by provider."""


Standings = Callable[[Sequence[str], datetime], Mapping[str, Standing]]
"""How those of these companies stand of which it is known, at a moment."""


class DagsterRunCache:
    """``engine.run_cache.RunCache`` of one run. ``open_run_cache`` makes and closes it.

    ``forced`` artifacts are made again; what one of the ``resumed`` runs recorded counts all the same. With
    ``repeat_hits`` a hit is written again under its own ``computed_at``, because a backfill counts every company
    without a materialization of its own runs as failed.
    """

    def __init__(
        self,
        *,
        instance: dg.DagsterInstance,
        state: Engine,
        store: ArtifactStore,
        answers: AnswerStore | None,
        leases: Leases,
        catalog: Catalog,
        run_id: str,
        step_key: str | None,
        ttls: Mapping[str, timedelta | None],
        forced: Collection[str],
        resumed: Collection[str],
        repeat_hits: bool,
        clock: Callable[[], datetime],
        standings: Standings | None,
    ) -> None:
        run = instance.get_run_by_id(run_id)
        self._instance = instance
        self._state = state
        self._store = store
        self._stored_answers = answers
        self._leases = leases
        self._changes = Changes(state)
        self._begun_rows = Transactions(state, "begun")
        self._catalog = catalog
        self._run_id = run_id
        self._job_name = run.job_name if run is not None else ""
        self._step_key = step_key
        self._ttls = ttls
        self._forced = frozenset(forced)
        # What this run itself has recorded counts like what it resumes: a company asked for twice is made once.
        self._resumed = frozenset(resumed) | {run_id}
        self._repeat_hits = repeat_hits
        self._clock = clock
        # Where all is made or written again, it does not matter how companies stand.
        self._standings = None if forced or repeat_hits else standings
        self._records: dict[str, dict[str, Record]] = {}
        self._labels: dict[str, dict[str, Label]] = {}
        self._envelopes: dict[tuple[str, str], Envelope | None] = {}
        # A company of a run that dies may have killed it. A resume must get past it; a new run may try again.
        self._deadly = deadly(state) if resumed else frozenset()
        self._begun: set[str] = set()
        self._beginning: list[str] = []
        self._noting: asyncio.Task[None] | None = None
        since = _refreshed_from(instance, resumed, clock()) if forced else clock()
        self._answers = None if answers is None else Answers(answers, ttls, clock, dict.fromkeys(forced, since))
        self.writer = RecordWriter(self._write)

    async def claim(self, companies: Sequence[Company]) -> Collection[str]:
        """Take companies for this run; the domains that no other live run holds."""
        return await asyncio.to_thread(self._leases.take, [company.domain for company in companies])

    def holds(self, domain: str) -> bool:
        """Whether a claimed company is this run's own beyond doubt."""
        return self._leases.holds(domain)

    def begin(self, domain: str) -> None:
        """Note, in the background, that this company is in flight: known before its page can have been read."""
        if domain in self._begun:
            return
        self._begun.add(domain)
        self._beginning.append(domain)
        if self._noting is None or self._noting.done():
            self._noting = asyncio.create_task(self._note_begun())

    async def _note_begun(self) -> None:
        while self._beginning:
            domains, self._beginning = self._beginning, []
            await self._begun_rows.commit(partial(self._leases.begin, domains))

    async def noted(self) -> None:
        """Wait until all is noted."""
        if self._noting is not None:
            await asyncio.wait({self._noting})

    def refusal(self, domain: str) -> str | None:
        """Why nothing may be made for this company in this run."""
        if domain not in self._deadly:
            return None
        return f"left out: {DEADLY} runs died while it was in flight. A run of its own tries again"

    async def settled(self, domains: Sequence[str], ends: Callable[[Standing], bool]) -> Mapping[str, Standing]:
        """How companies stand that no other run holds, that ``ends`` says of, and whose values are all there."""
        if self._standings is None:
            return {}
        return await asyncio.to_thread(self._settled, self._standings, domains, ends)

    def _settled(
        self, standings: Standings, domains: Sequence[str], ends: Callable[[Standing], bool]
    ) -> Mapping[str, Standing]:
        found = {domain: one for domain, one in standings(domains, self._clock()).items() if ends(one)}
        if not found:
            return {}
        valued = {one: frozenset(stand.artifact for stand in one if stand.status == "OK") for one in {*found.values()}}
        gone = {domain for domain, name in self._store.missing(found, self._catalog) if name in valued[found[domain]]}
        # What people said is in no record; what another run holds it may be changing.
        for domain in gone.union(Labels(self._state).all(found), self._leases.elsewhere(found)):
            found.pop(domain, None)
        return found

    async def prepare(self, domains: Sequence[str]) -> None:
        """Page in the latest records of these companies, and which of their values there are."""
        if self._stored_answers is not None:
            await self._stored_answers.prepare(domains)
        missing, found = await asyncio.to_thread(self._look_up, domains)
        self._labels.update(await asyncio.to_thread(Labels(self._state).all, domains))
        self._envelopes.update(dict.fromkeys(missing))
        for domain in domains:
            self._records[domain] = found.get(domain, {})
            await self._date_back(domain)

    async def _date_back(self, domain: str) -> None:
        """A record that a clock ahead has made counts as of now, and is written down so, or it would for ever."""
        now = self._clock()
        for artifact, record in self._records[domain].items():
            if record.computed_at > now + AHEAD:
                self._records[domain][artifact] = dated = replace(record, computed_at=now)
                log.warning("%s of %s is dated %s: it counts as of now", artifact, domain, record.computed_at)
                await self.writer.put(self._event(dated, {}, repeated=True))

    def _look_up(self, domains: Sequence[str]) -> tuple[set[tuple[str, str]], dict[str, dict[str, Record]]]:
        """A record whose value is gone is none, also where nobody would have read the value."""
        missing = self._store.missing(domains, self._catalog)
        found: dict[str, dict[str, Record]] = {}
        gone: list[Record] = []
        for record in latest_records(self._instance, domains, self._catalog):
            if record.status == "OK" and (record.domain, record.artifact) in missing:
                gone.append(record)
            else:
                found.setdefault(record.domain, {})[record.artifact] = record
        if gone:
            one = gone[0]
            log.warning(
                "%d values are not in the store (%s of %s ...): made again", len(gone), one.artifact, one.domain
            )
        return missing | wiped(self._instance, domains), found

    def labels(self, domain: str) -> OfCompany:
        """What people said of a company before it was taken."""
        return self._labels.get(domain, {})

    def answers(self, domain: str, artifact: str) -> ArtifactAnswers | None:
        """The stored answers that an artifact of a company may use in this run; None where none are kept."""
        return None if self._answers is None else self._answers.of(domain, artifact)

    def latest(self, domain: str, artifact: str) -> Record | None:
        """The latest record, however old."""
        return self._records.get(domain, {}).get(artifact)

    def decide(self, record: Record | None, artifact: str, versions: Collection[str], now: datetime) -> Decision:
        """Whether it counts in this run."""
        return decide(
            record,
            ttl=self._ttls[artifact],
            versions=versions,
            now=now,
            forced=artifact in self._forced,
            resumed=self._resumed,
        )

    async def value(self, record: Record) -> Value | None:
        """The stored value of a record; None when it is missing, unreadable or not the one recorded."""
        envelope = await self._store.read(record.artifact, record.domain)
        if envelope is None or envelope.data_version != record.data_version:
            return None
        return self._parsed(envelope)

    async def previous(self, domain: str, artifact: str) -> Value | None:
        """The last stored value, however old, of whatever version that still parses."""
        envelope = await self._envelope(domain, artifact)
        return None if envelope is None else self._parsed(envelope)

    async def adopt(self, domain: str, artifact: str, versions: Collection[str]) -> tuple[Record, Value] | None:
        """A value in the store that still counts though no record names it.

        It was paid for by a run that was killed before its record was written; or recorded once and hidden by a SKIP
        since, and then it costs nothing a second time.
        """
        envelope = await self._envelope(domain, artifact)
        if envelope is None:
            return None
        record = _record(envelope)
        if self.decide(record, artifact, versions, self._clock()) is not Decision.HIT:
            return None
        value = self._parsed(envelope)
        if value is None:
            return None
        latest = self.latest(domain, artifact)
        # Made again from the same answers it is as old as the one before, and its own costs are not booked yet.
        hidden = latest is not None and (latest.status == "SKIP" or latest.version == record.version)
        if latest is not None and hidden and latest.computed_at >= record.computed_at:
            record = replace(record, cost_usd=0.0, latency_s=0.0, spent=())
        return record, value

    async def _envelope(self, domain: str, artifact: str) -> Envelope | None:
        key = domain, artifact
        if key not in self._envelopes:
            self._envelopes[key] = await self._store.read(artifact, domain)
        return self._envelopes[key]

    async def keep(self, record: Record, value: Value | None, preview: Shown) -> None:
        """Value in its place on return, record stored within a fraction of a second. Raises RecordsLostError."""
        if value is not None and not self._is_stored(record):
            envelope = _sealed(record, value)
            await self._note_change(envelope)
            await self._store.write(envelope)
            self._envelopes.pop((record.domain, record.artifact), None)
        self._records.setdefault(record.domain, {})[record.artifact] = record
        await self.writer.put(self._event(record, preview))

    async def _note_change(self, envelope: Envelope) -> None:
        """What differs from the value that this one replaces; of what follows its inputs they tell."""
        before = self._envelopes.get((envelope.domain, envelope.artifact))
        if before is None or before.data_version == envelope.data_version or self._ttls[envelope.artifact] is None:
            return
        different = differences(self._catalog[envelope.artifact].model, before.value, envelope.value)
        if different:
            same_answers = before.version != envelope.version and envelope.computed_at <= before.computed_at
            await self._changes.note(
                Change(
                    envelope.domain,
                    envelope.artifact,
                    datetime.now(UTC),  # as the outbox counts time
                    self._run_id,
                    "rules" if same_answers else "company",
                    before.data_version,
                    envelope.data_version,
                    [asdict(each) for each in different],
                )
            )

    def close(self) -> None:
        """Everything is written. Raises RecordsLostError."""
        self._changes.close()
        self._begun_rows.close()
        self.writer.close()

    def _is_stored(self, record: Record) -> bool:
        """An adopted value lies where it belongs."""
        envelope = self._envelopes.get((record.domain, record.artifact))
        return envelope is not None and (envelope.computed_at, envelope.data_version) == (
            record.computed_at,
            record.data_version,
        )

    async def repeat(self, record: Record, inputs: Callable[[], Mapping[str, str]]) -> None:
        """A cache hit: recorded again inside a backfill, with its inputs' data versions now; nothing elsewhere."""
        if not self._repeat_hits or record.run_id == self._run_id:
            return
        value = await self.value(record) if record.status == "OK" else None
        preview: Shown = {} if value is None else self._catalog[record.artifact].shown(value)
        await self.writer.put(self._event(replace(record, inputs=inputs()), preview, repeated=True))

    async def fail(self, company: Company, artifact: str, node: Ended) -> None:
        """An observation with outcome, error and cost; never a record."""
        failure = Failure(
            domain=company.domain,
            artifact=artifact,
            outcome="BUDGET" if node.outcome == "BUDGET" else "FAIL",
            reason=node.reason,
            at=self._clock(),
            run_id=self._run_id,
            cost_usd=node.cost_usd,
            latency_s=node.latency_s,
            spent=node.spent,
        )
        await self.writer.put(observation(failure))

    async def release(self, domain: str) -> None:
        """The company is done: forgotten here, and given back once its records are written."""
        for artifact in self._catalog:
            self._envelopes.pop((domain, artifact), None)
        self._records.pop(domain, None)
        self._labels.pop(domain, None)
        if self._stored_answers is not None:
            self._stored_answers.release(domain)
        self._begun.discard(domain)
        await self.writer.put(Done(domain))

    def alive(self, run_id: str) -> bool:
        """Whether another run still lives: what it has begun is its own."""
        return self._leases.is_alive(run_id)

    def _parsed(self, envelope: Envelope) -> Value | None:
        try:
            value: Value = self._catalog[envelope.artifact].parse(envelope.value)
        except ValidationError as error:
            log.info(
                "stored %s of %s has another shape by now (%d errors)",
                envelope.artifact,
                envelope.domain,
                error.error_count(),
            )
            return None
        return value

    def _event(self, record: Record, preview: Shown, *, repeated: bool = False) -> dg.AssetMaterialization:
        artifact = self._catalog[record.artifact]
        ttl = self._ttls[record.artifact]
        return materialization(record, preview, ttl, artifact=artifact, repeated=repeated)

    def _write(self, items: Sequence[Item]) -> None:
        events = [item for item in items if not isinstance(item, Done)]
        report_batch(self._instance, events, run_id=self._run_id, job_name=self._job_name, step_key=self._step_key)
        done = [item.domain for item in items if isinstance(item, Done)]
        if done:
            self._leases.give_back(done)


@asynccontextmanager
async def open_run_cache(
    instance: dg.DagsterInstance,
    state: Engine,
    settings: Settings,
    *,
    catalog: Catalog,
    run_id: str,
    ttls: Mapping[str, timedelta | None],
    forced: Collection[str] = (),
    resumed: Collection[str] = (),
    repeat_hits: bool = False,
    step_key: str | None = None,
    clock: Callable[[], datetime] = _utc_now,
    standings: Standings | None = None,
) -> AsyncIterator[DagsterRunCache]:
    """The cache of one run. On leaving, everything is written; raises RecordsLostError when that was not possible.

    ``standings``: how companies stand, where that is kept; without it every record is read.
    """
    await asyncio.to_thread(end_dead_runs, instance, state)
    with ExitStack() as closing:
        store = ArtifactStore(settings.store_url)
        closing.callback(store.close)
        answers = open_answers(settings)
        if answers is not None:
            closing.callback(answers.close)
        leases = Leases(state, run_id)
        closing.callback(leases.close)
        run_cache = DagsterRunCache(
            instance=instance,
            state=state,
            store=store,
            answers=answers,
            leases=leases,
            catalog=catalog,
            run_id=run_id,
            step_key=step_key,
            ttls=ttls,
            forced=forced,
            resumed=resumed,
            repeat_hits=repeat_hits,
            clock=clock,
            standings=standings,
        )
        closing.callback(run_cache.close)
        try:
            yield run_cache
        finally:
            await run_cache.noted()


def _refreshed_from(instance: dg.DagsterInstance, resumed: Collection[str], now: datetime) -> datetime:
    """When the refresh began that this run does or resumes: what was answered since counts."""
    begun = (instance.get_run_record_by_id(run_id) for run_id in resumed)
    return min((record.create_timestamp.astimezone(UTC) for record in begun if record is not None), default=now)


def _record(envelope: Envelope) -> Record:
    return Record(
        domain=envelope.domain,
        artifact=envelope.artifact,
        status="OK",
        computed_at=envelope.computed_at,
        version=envelope.version,
        data_version=envelope.data_version,
        summary=envelope.summary,
        run_id=envelope.run_id,
        cost_usd=envelope.cost_usd,
        latency_s=envelope.latency_s,
        spent=envelope.spent,
    )


def _sealed(record: Record, value: Value) -> Envelope:
    return Envelope(
        artifact=record.artifact,
        domain=record.domain,
        computed_at=record.computed_at,
        version=record.version,
        data_version=record.data_version,
        summary=record.summary,
        run_id=record.run_id,
        cost_usd=record.cost_usd,
        latency_s=record.latency_s,
        spent=record.spent,
        value=value.model_dump(mode="json"),
    )
