"""Following the slices of a list to their ends, as if they were one run in this process.

What belongs here: what each slice tells, what Dagster says of its run, stopping them, one result of all. What does not:
submitting them (``submitting``) and saying it to a person (``cli/``).
"""

import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import FrameType
from typing import Final

import dagster as dg
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from enrichment_assets.cache.queue.run_queue import QUEUED, STARTER, ask_to_stop, last_sign, why_failed
from enrichment_assets.cache.upkeep.dead_runs import end_dead_runs
from enrichment_assets.core.errors import ProviderError
from enrichment_assets.engine.results import ArtifactResult, CompanyResult, Outcome
from enrichment_assets.engine.run_companies import RunResult, utc_now
from enrichment_assets.orchestration.runs.slices.submitting import Slice
from enrichment_assets.orchestration.runs.telling import COMPANY, SliceEnd
from enrichment_assets.storage.together.slice_results import SliceResults

LOOK_S: Final = 1.0
DEAD_LOOK_S: Final = 10.0
"""How often it is looked whether a slice's process is gone."""
AWAY_S: Final = 120.0
"""For so long a database that is away is waited for."""
NOBODY_S: Final = 120.0
"""Queued runs are given up when the daemon has made no sign for so long and no slice is at work."""


@dataclass
class Follower:
    """``on_finished`` is told each company, ``say`` what becomes of the slices. ``until``: when they are stopped."""

    instance: dg.DagsterInstance
    state: Engine
    slices: Sequence[Slice]
    results: SliceResults
    on_finished: Callable[[CompanyResult], None]
    say: Callable[[str], None]
    until: datetime | None = None
    _ends: dict[str, RunResult] = field(default_factory=dict)
    _spent: dict[str, dict[tuple[str, str], tuple[int, float]]] = field(default_factory=dict)
    _told: set[str] = field(default_factory=set)
    _statuses: dict[str, dg.DagsterRunStatus] = field(default_factory=dict)
    _interrupts: int = 0
    _beat: tuple[float | None, float] = (None, 0.0)
    _looked: float = 0.0

    def follow(self) -> tuple[RunResult | None, str]:
        """What came of all slices together; None, and why, where not one of them came to its first company.

        Call on the main thread. Ctrl-C asks all of them to stop; twice leaves them to themselves.
        """
        self._beat = last_sign(self.instance), time.monotonic()
        self._looked = heard = time.monotonic()
        with self._interruptible():
            while True:
                try:
                    runs = self._round()
                    heard = time.monotonic()
                except DBAPIError:  # the slices wait for the database as well
                    if time.monotonic() - heard > AWAY_S:
                        raise
                    runs = []
                if (runs and all(run.is_finished for run in runs)) or self._interrupts > 1:
                    return self._together(runs or self._look())
                time.sleep(LOOK_S)

    def _round(self) -> list[dg.DagsterRun]:
        """Hear what is new, and do what has to be done about it; the runs as they were before that."""
        runs = self._look()
        while self._take():
            pass
        if self._stopping:
            ask_to_stop(self.instance, runs)
        if time.monotonic() - self._looked > DEAD_LOOK_S:
            end_dead_runs(self.instance, self.state)
            self._looked = time.monotonic()
        self._give_up(runs)
        return runs

    @property
    def _stopping(self) -> bool:
        return self._interrupts > 0 or (self.until is not None and utc_now() >= self.until)

    @contextmanager
    def _interruptible(self) -> Iterator[None]:
        def interrupted(_number: int, _frame: FrameType | None) -> None:
            self._interrupts += 1

        before = {number: signal.signal(number, interrupted) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _look(self) -> list[dg.DagsterRun]:
        """The runs as they are now; what has changed is said."""
        found = self.instance.get_runs(dg.RunsFilter(run_ids=[one.run_id for one in self.slices]))
        by_id = {run.run_id: run for run in found}
        for one in self.slices:
            status = by_id[one.run_id].status
            if self._statuses.get(one.run_id) is not status and status is not dg.DagsterRunStatus.NOT_STARTED:
                self._statuses[one.run_id] = status
                self.say(f"Slice {one.name}, run {one.run_id}: {status.value.lower()}")
        return [by_id[one.run_id] for one in self.slices]

    def _take(self) -> bool:
        """Hear what the slices have told since. Whether there was anything."""
        read = self.results.read()
        for told in read:
            if not told.domain:
                self._ends[told.run_id] = SliceEnd.model_validate_json(told.document).result()
                continue
            company = COMPANY.validate_json(told.document)
            self._told.add(told.domain)
            self._count(told.run_id, company)
            self.on_finished(company)
        if read:
            self.results.forget(read)
        return bool(read)

    def _count(self, run_id: str, company: CompanyResult) -> None:
        spent = self._spent.setdefault(run_id, {})
        for name, node in company.nodes.items():
            for paid in node.spent:
                attempts, usd = spent.get((name, paid.provider), (0, 0.0))
                spent[name, paid.provider] = attempts + paid.attempts, usd + paid.usd

    def _give_up(self, runs: Sequence[dg.DagsterRun]) -> None:
        """Take queued slices back that nobody will start."""
        beat = last_sign(self.instance)
        if beat != self._beat[0]:
            self._beat = beat, time.monotonic()
        waiting = [run for run in runs if run.status in QUEUED]
        alone = all(run.is_finished or run in waiting for run in runs)
        if waiting and alone and time.monotonic() - self._beat[1] > NOBODY_S:
            self.say(f"Dagster's daemon makes no sign, so nobody starts {len(waiting)} queued slices: {STARTER}")
            ask_to_stop(self.instance, waiting)

    def _together(self, runs: Sequence[dg.DagsterRun]) -> tuple[RunResult | None, str]:
        unreached, failed, why = 0, 0, ""
        for one, run in zip(self.slices, runs, strict=True):
            left = [company for company in one.companies if company.domain not in self._told]
            if one.run_id in self._ends or not left:
                continue
            if run.status is not dg.DagsterRunStatus.FAILURE:
                why = why or f"slice {one.name} was stopped before it had begun"
                unreached += len(left)
                continue
            reason = why_failed(self.instance, one.run_id) or "its run failed"
            why = f"slice {one.name}, run {one.run_id}: {reason}"
            self.say(
                f"Slice {one.name} ended with {len(left)} of its {len(one.companies)} companies not done: {reason}"
            )
            failed += len(left)
            if self._told or self._ends:
                for company in left:
                    lost = ArtifactResult(Outcome.FAIL, reason=f"not done: {reason}")
                    self.on_finished(CompanyResult(company, {f"slice {one.name}": lost}))
        if not self._told and not self._ends:
            return None, why
        ends = list(self._ends.values())
        spent: dict[tuple[str, str], tuple[int, float]] = {}
        for run_id in dict.fromkeys([*self._ends, *self._spent]):
            paid = self._ends[run_id].spent if run_id in self._ends else self._spent[run_id]
            for key, (attempts, usd) in paid.items():
                before = spent.get(key, (0, 0.0))
                spent[key] = before[0] + attempts, before[1] + usd
        finished = len(self._told)
        wrong = _merged([end.refused for end in ends])
        return RunResult(
            finished=finished,
            failed=sum(end.failed for end in ends) + failed,
            budget=sum(end.budget for end in ends),
            unreached=sum(end.unreached for end in ends) + unreached,
            interrupted=self._stopping or any(end.interrupted for end in ends),
            spent=spent,
            out_of_money=any(end.out_of_money for end in ends),
            refused={} if finished else wrong,
            ended=_merged([end.ended for end in ends]) | (wrong if finished else {}),
        ), ""


def _merged(errors: Sequence[Mapping[str, ProviderError]]) -> dict[str, ProviderError]:
    return {name: error for one in errors for name, error in one.items()}
