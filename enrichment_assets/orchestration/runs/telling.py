"""What a slice tells whoever follows its list: each company as it finishes, and how the run ended.

What belongs here: the documents, and the thread that writes them. What does not: submitting and following slices
(``slices/``), and the table they meet in (``storage/together/slice_results``).
"""

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Final

import dagster as dg
from pydantic import BaseModel, TypeAdapter
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from enrichment_assets.core.errors import ProviderError
from enrichment_assets.engine.results import CompanyResult
from enrichment_assets.engine.run_companies import RunResult
from enrichment_assets.orchestration.runs.enrich_op import RunHooks
from enrichment_assets.storage.together.slice_results import SliceResults, Told

log = logging.getLogger(__name__)

SLICES_TAG: Final = "enrichment/slices"
"""The same on all runs that share one list: they tell one follower, and continue each other."""
TOLD_EVERY_S: Final = 1.0
COMPANY: Final = TypeAdapter(CompanyResult)


class SliceEnd(BaseModel):
    """A ``RunResult`` as a document. ``spent``: artifact, provider, attempts, US dollars."""

    finished: int
    failed: int
    budget: int
    unreached: int
    interrupted: bool
    spent: list[tuple[str, str, int, float]]
    out_of_money: bool
    refused: dict[str, tuple[str, str]]
    ended: dict[str, tuple[str, str]]

    @classmethod
    def of(cls, result: RunResult) -> "SliceEnd":
        """The document of a result."""
        return cls(
            finished=result.finished,
            failed=result.failed,
            budget=result.budget,
            unreached=result.unreached,
            interrupted=result.interrupted,
            spent=[(*key, *spent) for key, spent in result.spent.items()],
            out_of_money=result.out_of_money,
            refused={name: (error.provider, error.message) for name, error in result.refused.items()},
            ended={name: (error.provider, error.message) for name, error in result.ended.items()},
        )

    def result(self) -> RunResult:
        """The result of a document."""
        return RunResult(
            finished=self.finished,
            failed=self.failed,
            budget=self.budget,
            unreached=self.unreached,
            interrupted=self.interrupted,
            spent={(artifact, provider): (attempts, usd) for artifact, provider, attempts, usd in self.spent},
            out_of_money=self.out_of_money,
            refused=_errors(self.refused),
            ended=_errors(self.ended),
        )


def _errors(said: Mapping[str, tuple[str, str]]) -> dict[str, ProviderError]:
    return {name: ProviderError(*error) for name, error in said.items()}


@contextmanager
def telling(context: dg.OpExecutionContext, state: Engine, hooks: RunHooks) -> Iterator[RunHooks]:
    """The hooks of a run, which also tell whoever follows its list, where it is a slice of one."""
    together = context.run.tags.get(SLICES_TAG)
    if together is None:
        yield hooks
        return
    line = _Line(SliceResults(state, together), context.run_id)

    def finished(company: CompanyResult) -> None:
        line.add(company.company.domain, COMPANY.dump_json(company).decode())
        hooks.on_finished(company)

    def ended(result: RunResult) -> None:
        line.add("", SliceEnd.of(result).model_dump_json())
        hooks.on_result(result)

    try:
        yield replace(hooks, on_finished=finished, on_result=ended)
    finally:
        line.close()


class _Line:
    """Documents on their way into the database, by a thread: the event loop waits for no database."""

    def __init__(self, results: SliceResults, run_id: str) -> None:
        self._results = results
        self._run_id = run_id
        self._waiting: list[Told] = []
        self._number = 0
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._write, name="slice-results", daemon=True)
        self._thread.start()

    def add(self, domain: str, document: str) -> None:
        with self._lock:
            self._number += 1
            self._waiting.append(Told(self._run_id, self._number, domain, document))

    def close(self) -> None:
        """Wait until all of it is written."""
        self._closed.set()
        self._thread.join()

    def _write(self) -> None:
        over = False
        while not over:
            over = self._closed.wait(TOLD_EVERY_S)
            with self._lock:
                told, self._waiting = self._waiting, []
            try:
                self._results.tell(told)
            except DBAPIError as error:
                log.warning("results wait for the state database: %s", error)
                with self._lock:
                    self._waiting = [*told, *self._waiting]
