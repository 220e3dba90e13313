"""One call for many questions on the same pages, each of which is bought once.

What the model said to a question is kept under that question, whatever it was asked together with. So a question that
is asked alone later, or with others, after an upgrade or in a replay, is told it again for nothing. Where the call for
many gives nothing usable, each is asked on its own.
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from enrichment_assets.artifacts.base import ProduceContext
from enrichment_assets.artifacts.questions.prompt import build_prompt, most_tokens, prompt_version, schema_of
from enrichment_assets.artifacts.questions.question import Question
from enrichment_assets.core.errors import BudgetReachedError, PermanentError, ProviderError, TransientError
from enrichment_assets.providers.call import answers as stored

PROVIDER = "openrouter"
"""Whose answers they are, in the ledger's words for any language model."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the model said to one question, as JSON that nobody has looked at, and which model it was."""

    said: Any
    model: str


class Call:
    """Questions of one company on the same pages. ``texts``: the evidence of each page by its kind."""

    def __init__(
        self, questions: Sequence[Question], contexts: Mapping[str, ProduceContext], texts: Mapping[str, str]
    ) -> None:
        self._questions = questions
        self._contexts = contexts
        self._texts = texts
        self._looked_for = {question.name for question in questions}
        """Questions of which it is not known yet whether they must be asked."""
        self._unasked: dict[str, asyncio.Future[Said]] = {}
        self._calls: list[asyncio.Task[None]] = []

    async def answers(self) -> Mapping[str, Said | Exception]:
        """What was said to each question, or the error that it has ended in."""
        try:
            found = await asyncio.gather(*(self._answer(question) for question in self._questions))
        finally:
            for call in self._calls:
                call.cancel()
        return {question.name: said for question, said in zip(self._questions, found, strict=True)}

    async def _answer(self, question: Question) -> Said | Exception:
        scope = self._contexts[question.name].scope

        async def ask() -> Said:
            self._unasked[question.name] = asyncio.get_running_loop().create_future()
            self._known(question)
            return await self._unasked[question.name]

        try:
            if scope.answers is None:
                return await ask()
            asked = stored.Question(self._asked(question), _write, _read)
            return await scope.answers.answer(PROVIDER, asked, ask, lambda: scope.cost_usd)
        except (ProviderError, BudgetReachedError) as error:
            return error
        finally:
            self._known(question)

    def _asked(self, question: Question) -> object:
        settings = self._contexts[question.name].settings
        return {
            "question": question.sha,
            "prompt": prompt_version(),
            "models": [settings.openrouter_model, settings.openrouter_fallback_model],
            "pages": hashlib.sha256(orjson.dumps(self._texts, option=orjson.OPT_SORT_KEYS)).hexdigest(),
        }

    def _known(self, question: Question) -> None:
        """Once it is known of all, those that nobody has answered are asked together."""
        self._looked_for.discard(question.name)
        if not self._looked_for and not self._calls and self._unasked:
            unasked = [each for each in self._questions if each.name in self._unasked]
            self._calls.append(asyncio.create_task(self._ask(unasked)))

    async def _ask(self, questions: Sequence[Question]) -> None:
        """Settle these questions' futures."""
        try:
            said = await self._said(questions)
        except Exception as error:  # noqa: BLE001 - whoever waits for an answer raises it
            if len(questions) > 1 and _may_be_its_own_fault(error):
                await asyncio.gather(*(self._ask([one]) for one in questions))
                return
            for question in questions:
                self._unasked[question.name].set_exception(error)
        else:
            for question in questions:
                self._unasked[question.name].set_result(said[question.name])

    async def _said(self, questions: Sequence[Question]) -> Mapping[str, Said]:
        first = self._contexts[questions[0].name]
        company = first.company
        prompt = build_prompt(questions, company.name, company.domain, self._texts)
        scope = first.scope.apart()
        try:
            answered = await first.providers.llm.ask(
                prompt, schema_of(questions), scope, max_tokens=most_tokens(questions)
            )
        finally:
            scope.divide([self._contexts[question.name].scope for question in questions])
        document = answered.value.model_dump(mode="json")
        return {question.name: Said(document[question.name], answered.model) for question in questions}


def _may_be_its_own_fault(error: Exception) -> bool:
    """Whether fewer questions at once could fare better: nonsense, an answer cut off, a prompt that is too long."""
    return (isinstance(error, TransientError) and error.cause == "subject") or isinstance(error, PermanentError)


def _write(said: Said) -> bytes:
    return orjson.dumps({"said": said.said, "model": said.model})


def _read(content: bytes) -> Said:
    document = orjson.loads(content)
    return Said(document["said"], str(document["model"]))
