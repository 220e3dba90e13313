"""The answer to a question that you ask of every company, from the company's own pages.

Its rules are those of ``icp``: the model proposes, the page decides. ``known`` stands on words found on a page that was
read; ``unknown`` means that the pages do not say, or that there was no page to read. What could not be read or asked
this time is no answer: it FAILs. Questions that are due for one company are answered together: each page is fetched
once, and those with the same pages, TTL and gate share a call, whose cost they share too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from enrichment_assets.artifacts.base import NotAskedError, ProduceContext, Value
from enrichment_assets.artifacts.questions.asking import Call, Said
from enrichment_assets.artifacts.questions.prompt import MOST_TOGETHER, prompt_version
from enrichment_assets.artifacts.questions.question import Question
from enrichment_assets.artifacts.questions.reading import PageOrError, SitePage, SiteReader
from enrichment_assets.artifacts.questions.verifying import Verified, verify
from enrichment_assets.artifacts.questions.when import holds
from enrichment_assets.artifacts.website.artifact import Website
from enrichment_assets.core.errors import PermanentError, ProviderError

if TYPE_CHECKING:
    from enrichment_assets.core.settings import Settings


class PageRead(BaseModel):
    """One page that the question names, where it was, and how it was found or why not."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    kind: str
    url: str | None = None
    outcome: str


class Answer(Value):
    """One question's answer about one company."""

    status: Literal["known", "unknown"]
    answer: JsonValue = Field(None, description="Of the type that the question asks for; null where it is unknown.")
    reason: str = Field(description="Why it is known or unknown.")
    quotes: tuple[str, ...] = Field((), description="The page's own words; of a list, those of each item.")
    page_url: str | None = Field(None, description="The page that the first quote stands on.")
    pages: tuple[PageRead, ...] = Field((), description="The pages that the question names.")
    model: str | None = Field(None, description="The model that answered.")
    question: str = Field("", description="Hash of the question.")
    prompt_version: str = ""


Ended = Answer | Exception


@dataclass(frozen=True)
class Questions:
    """All questions of a catalog, answered together. ``by_name``: artifact to question."""

    by_name: Mapping[str, Question]

    async def produce_all(self, contexts: Mapping[str, ProduceContext]) -> Mapping[str, Ended]:
        """The answers to these questions about one company, or what each of them would raise."""
        ended: dict[str, Ended] = {}
        due: list[Question] = []
        for name, context in contexts.items():
            question = self.by_name[name]
            try:
                wanted = question.when is None or holds(question.when, context.inputs)
            except PermanentError as error:
                ended[name] = error
                continue
            if wanted:
                due.append(question)
            else:
                ended[name] = NotAskedError(f"when: {question.when}")
        if not due:
            return ended
        website = contexts[due[0].name].need("website", Website)
        if not website.judgeable:
            return ended | {question.name: _unknown(question, website.reason) for question in due}
        if website.text_was_dropped:
            dropped = "the page's text is no longer kept (ENRICHMENT_KEEP_PAGE_TEXT_DAYS): use --refresh"
            return ended | {question.name: PermanentError("questions", dropped) for question in due}
        return {**ended, **await _answered(due, contexts, website)}


@dataclass(frozen=True)
class OneQuestion:
    """One question on its own."""

    questions: Questions
    name: str

    async def produce(self, context: ProduceContext) -> Answer:
        """The answer. Raises what the fetchers, the model and the readers raise, and NotAskedError."""
        ended = (await self.questions.produce_all({self.name: context}))[self.name]
        if isinstance(ended, Exception):
            raise ended
        return ended


async def _answered(
    due: Sequence[Question], contexts: Mapping[str, ProduceContext], website: Website
) -> Mapping[str, Ended]:
    readers = {kind: [each for each in due if kind in each.pages] for question in due for kind in question.pages}
    at_home = readers.get("home")
    age = contexts[due[0].name].now - website.fetched_at
    too_old = at_home is not None and age >= _strictest(at_home).time_to_live
    scopes = {kind: contexts[_strictest(them).name].scope.apart() for kind, them in readers.items()}
    try:
        pages = await SiteReader(contexts[due[0].name], website, home_anew=too_old).read(scopes)
    finally:
        for kind, scope in scopes.items():
            scope.divide([contexts[each.name].scope for each in readers[kind]])
    ended: dict[str, Ended] = {}
    groups: dict[tuple[object, ...], list[Question]] = {}
    for question in due:
        for kind in question.pages:
            page = pages[kind]
            if isinstance(page, SitePage) and page.read_at is not None:
                contexts[question.name].scope.used(page.read_at)
        ready = _ready(question, pages)
        if isinstance(ready, Question):
            groups.setdefault(question.group, []).append(question)
        else:
            ended[question.name] = ready
    chunks = [
        group[start : start + MOST_TOGETHER]
        for group in groups.values()
        for start in range(0, len(group), MOST_TOGETHER)
    ]
    for answers in await asyncio.gather(*(_asked(chunk, contexts, pages) for chunk in chunks)):
        ended |= answers
    return ended


async def _asked(
    questions: Sequence[Question], contexts: Mapping[str, ProduceContext], pages: Mapping[str, PageOrError]
) -> dict[str, Ended]:
    """The answers to questions on the same pages."""
    context = contexts[questions[0].name]
    company, readers = context.company, context.providers.readers
    read = [page for kind in questions[0].pages if isinstance(page := pages[kind], SitePage)]
    texts = {page.kind: page.text for page in read if page.text}
    answers = await Call(questions, contexts, texts).answers()
    said = {name: one.said for name, one in answers.items() if isinstance(one, Said)}
    names = (company.name, company.domain)
    found = await readers.read(f"the answers about {company.domain}", verify, said, tuple(questions), texts, names)
    ended: dict[str, Ended] = {}
    for question in questions:
        one = answers[question.name]
        ended[question.name] = (
            _answer(question, found[question.name], read, one.model) if isinstance(one, Said) else one
        )
    return ended


def _answer(question: Question, found: Verified, read: Sequence[SitePage], model: str) -> Answer:
    return Answer(
        status=found.status,
        answer=found.answer,
        reason=found.reason,
        quotes=found.quotes,
        page_url=next((page.url for page in read if page.kind == found.page), None),
        pages=_told(read),
        model=model,
        question=question.sha,
        prompt_version=prompt_version(),
    )


def _strictest(questions: Sequence[Question]) -> Question:
    """The one that takes no answer as old as the others do."""
    return min(questions, key=lambda question: question.time_to_live)


def _ready(question: Question, pages: Mapping[str, PageOrError]) -> Question | Ended:
    """The question itself where it can be asked; else its answer, or its error."""
    own = [pages[kind] for kind in question.pages]
    if errors := [page for page in own if isinstance(page, ProviderError)]:
        return errors[0]
    if not any(isinstance(page, SitePage) and page.text for page in own):
        return _unknown(question, "; ".join(_whys(own)), own)
    return question


def _unknown(question: Question, reason: str, read: Iterable[PageOrError] = ()) -> Answer:
    pages = _told(page for page in read if isinstance(page, SitePage))
    return Answer(status="unknown", reason=reason, pages=pages, question=question.sha, prompt_version=prompt_version())


def _told(read: Iterable[SitePage]) -> tuple[PageRead, ...]:
    return tuple(PageRead(kind=page.kind, url=page.url, outcome=page.why) for page in read)


def _whys(read: Iterable[PageOrError]) -> Iterable[str]:
    return (page.why if isinstance(page, SitePage) else page.message for page in read)


def decided_by(question: Question, settings: Settings) -> object:
    """The question, prompt, models and how pages are read."""
    models = settings.openrouter_model, settings.openrouter_fallback_model
    return question.sha, prompt_version(), models, settings.enrichment_pages
