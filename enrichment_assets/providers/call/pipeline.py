"""One provider's line: stored answers first; then budget, circuit, limiter and retries around every attempt."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from enrichment_assets.core.errors import (
    LeaseLostError,
    MisconfiguredError,
    NotSentError,
    NotStoredError,
    OutOfCreditError,
    PermanentError,
    ProviderError,
    TransientError,
)
from enrichment_assets.providers.call.answers import Question
from enrichment_assets.providers.call.circuit import Circuit
from enrichment_assets.providers.call.ledger import CostScope, Reservation
from enrichment_assets.providers.call.limiter import Limiter
from enrichment_assets.providers.call.retry import RetryPolicy

T = TypeVar("T")


@dataclass(slots=True)
class CallPipeline:
    """All calls to one provider go through its one line."""

    provider: str
    limiter: Limiter
    circuit: Circuit
    retry: RetryPolicy = field(default_factory=RetryPolicy)

    async def call(
        self,
        scope: CostScope,
        attempt: Callable[[Reservation], Awaitable[T]],
        *,
        worst_usd: float = 0.0,
        unanswered_usd: float = 0.0,
        question: Question[T] | None = None,
    ) -> T:
        """The stored answer to the ``question``, else that of the first attempt that gives one.

        ``attempt`` makes one request, settles its reservation and classifies what came back. Raises the last
        attempt's error, CircuitOpenError, or BudgetReachedError; where only stored answers count, NotStoredError.
        """

        async def ask() -> T:
            return await self._asked(scope, attempt, worst_usd, unanswered_usd)

        return await ask() if question is None else await self.answered(scope, question, ask)

    async def answered(self, scope: CostScope, question: Question[T], ask: Callable[[], Awaitable[T]]) -> T:
        """The stored answer to a question that may take several calls, else what ``ask`` finds out; that is stored."""
        if scope.answers is None:
            return await ask()
        return await scope.answers.answer(self.provider, question, ask, lambda: scope.cost_usd)

    async def _asked(
        self,
        scope: CostScope,
        attempt: Callable[[Reservation], Awaitable[T]],
        worst_usd: float,
        unanswered_usd: float,
    ) -> T:
        answers = scope.answers
        if answers is not None and answers.run.only_stored:
            raise NotStoredError(self.provider)
        try:
            if scope.permit is not None:
                await scope.permit()
            return await self._retried(scope, attempt, worst_usd, unanswered_usd)
        except ProviderError as error:
            if answers is not None:
                answers.failed.append(error)
            raise

    async def _retried(
        self,
        scope: CostScope,
        attempt: Callable[[Reservation], Awaitable[T]],
        worst_usd: float,
        unanswered_usd: float,
    ) -> T:
        failed = 0
        while True:
            try:
                return await self.once(scope, attempt, worst_usd=worst_usd, unanswered_usd=unanswered_usd)
            except TransientError as error:
                failed += 1
                asked_s = error.retry_after_s
                if self.circuit.is_open or failed >= self.retry.most(error.cause):
                    raise
                if asked_s is not None and asked_s > self.retry.max_retry_after_s:
                    raise
                await asyncio.sleep(self.retry.delay_s(failed, asked_s))

    async def once(
        self,
        scope: CostScope,
        attempt: Callable[[Reservation], Awaitable[T]],
        *,
        worst_usd: float = 0.0,
        unanswered_usd: float = 0.0,
    ) -> T:
        """One attempt, without retries."""
        probing = self.circuit.check()
        try:
            await scope.wait_for_room(worst_usd)
            with scope.reserve(self.provider, worst_usd, unanswered_usd=unanswered_usd) as reservation:
                started = await self._turn(scope, reservation)
                return await self._attempt(attempt, reservation, started)
        finally:
            if probing:
                self.circuit.probed()

    async def _turn(self, scope: CostScope, reservation: Reservation) -> float:
        try:
            started = await self.limiter.acquire()
        except BaseException:
            reservation.cancel()
            raise
        if scope.holds is not None and not scope.holds():
            self.limiter.release()
            reservation.cancel()
            raise LeaseLostError(scope.company)
        reservation.start()
        return started

    async def _attempt(
        self, attempt: Callable[[Reservation], Awaitable[T]], reservation: Reservation, started: float
    ) -> T:
        try:
            answer = await attempt(reservation)
        except TransientError as error:
            if isinstance(error, NotSentError):
                reservation.commit(usd=0.0, ok=False)
            self._learn(error, started)
            raise
        except (OutOfCreditError, MisconfiguredError) as error:
            self.circuit.lock_open(error)
            self.limiter.refuse_waiting(self.circuit.error)
            raise
        except PermanentError:
            self.circuit.succeeded()
            self.limiter.accepted()
            raise
        else:
            self.circuit.succeeded()
            self.limiter.accepted()
            return answer
        finally:
            self.limiter.release()

    def _learn(self, error: TransientError, started: float) -> None:
        asked_s = error.retry_after_s
        if error.cause == "subject":  # what one site asks for concerns nobody else
            self.limiter.accepted()
            self.circuit.succeeded()
        elif asked_s is not None and asked_s > self.retry.max_retry_after_s:
            self.circuit.back_off(asked_s, error.message)
        elif error.cause == "limited":
            self.limiter.limited(started, asked_s)
            self.circuit.limited(error.message)
        elif error.cause == "crowded" and self.limiter.window > 1:  # our own doing
            self.limiter.crowded(started)
        else:
            if error.cause == "overloaded":
                self.limiter.overloaded(started, asked_s)
            self.circuit.failed(error.message)
        if self.circuit.is_open:
            self.limiter.refuse_waiting(self.circuit.error)
