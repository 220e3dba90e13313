"""A question as an artifact: what it adds to the payload, how it is explained, its checks."""

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Literal

from pydantic import Field

from enrichment_assets.artifacts.base import (
    DELIVERY,
    PAYLOAD,
    Artifact,
    ExplainLine,
    Labelling,
    PayloadField,
    PayloadPart,
    SummaryCheck,
    Value,
)
from enrichment_assets.artifacts.example_company import HOME
from enrichment_assets.artifacts.payload.schema import JsonLine, Line, PayloadDocument, Url
from enrichment_assets.artifacts.questions.artifact import Answer, OneQuestion, PageRead, Questions, decided_by
from enrichment_assets.artifacts.questions.files import QuestionFile
from enrichment_assets.artifacts.questions.question import AnswerType, Question
from enrichment_assets.artifacts.questions.when import parsed

ENOUGH = 20
"""Answers before all of them being unknown says something about the question."""
SHOWN = 200
LONGEST_WORD = 40


class AnswerDetails(PayloadDocument):
    """How an answer came about."""

    status: Literal["known", "unknown"]
    answer: JsonLine = None
    reason: Line
    quotes: tuple[Line, ...] = ()
    page_url: Url = Field(None, description="The page that the first quote stands on.")
    model: Line | None = Field(None, description="The language model that answered.")
    label: Literal["right", "wrong"] | None = Field(
        None,
        exclude_if=lambda label: label is None,
        description="What a person said of this answer (enrich review). Of a wrong one the flat columns are null. "
        "Absent where nobody did.",
    )


Others = Mapping[str, Artifact[Any]]


def question_artifacts(
    files: Sequence[QuestionFile], others: Others, keepers: Mapping[str, str]
) -> list[Artifact[Answer]]:
    """The questions as artifacts beside all ``others``. ``keepers``: gate to the artifact that decides it.

    Raises MisconfiguredError that names file and line.
    """
    questions = Questions({file.question.name: file.question for file in files})
    return [_artifact(file, questions, others, keepers) for file in files]


def _artifact(file: QuestionFile, questions: Questions, others: Others, keepers: Mapping[str, str]) -> Artifact[Answer]:
    question = file.question
    keeper = _keeper(file, keepers)
    looked_at = _looked_at(file, questions, others)
    needs = tuple(dict.fromkeys(("website", *([keeper] if keeper else []), *looked_at)))
    asked = PayloadField(question.name, column_type(question.answer), _flat, question.question)
    quoted = PayloadField(f"{question.name}_quote", Line | None, _quote, "The page's own words for it.")
    return Artifact(
        name=question.name,
        model=Answer,
        produce=OneQuestion(questions, question.name).produce,
        together=questions,
        condition=f"when: {question.when}" if question.when else None,
        description=question.question,
        summary=_summary,
        preview=_preview,
        explain=partial(_explain, question.name),
        example=partial(_example, question),
        payload=PayloadPart(
            columns=(quoted,) if asked.type is None else (asked, quoted),
            document=PayloadField(f"answers.{question.name}", AnswerDetails | None, _details, question.question),
            urls=lambda answer: (answer.page_url,),
        ),
        labelling=Labelling(
            asks="Is that right?",
            yes="right",
            no="wrong",
            said=lambda answer: answer.answer,
            quotes=lambda answer: answer.quotes,
            shown=lambda answer: _shown(answer.answer) if answer.status == "known" else f"unknown: {answer.reason}",
            outlives=False,
            withdraws=frozenset({"wrong"}),
        ),
        checks=(
            SummaryCheck(
                "some_company_has_an_answer",
                f"Fails when {ENOUGH} companies were asked and no page said anything: ask other pages, or otherwise.",
                lambda summaries: sum(summaries.values()) < ENOUGH or set(summaries) != {"unknown"},
            ),
        ),
        decided_by=partial(decided_by, question),
        needs=needs,
        may_be_skipped=tuple(need for need in needs if need != "website"),
        gate=None if question.gate == "none" else question.gate,
        ttl=question.time_to_live,
        kinds=("question",),
        providers=("pages", "llm"),
    )


def _keeper(file: QuestionFile, keepers: Mapping[str, str]) -> str | None:
    gate = file.question.gate
    if gate == "none":
        return None
    if gate not in keepers:
        known = ", ".join((*keepers, "none"))
        raise file.unusable(f"`gate` {gate} is no gate: there are {known}", file.line_of("gate"))
    return keepers[gate]


def _looked_at(file: QuestionFile, questions: Questions, others: Others) -> Iterable[str]:
    """The artifacts that ``when`` looks at."""
    if file.question.when is None:
        return
    line = file.line_of("when")
    try:
        _, fields = parsed(file.question.when)
    except ValueError as error:
        raise file.unusable(f"`when` cannot be used: {error}", line) from None
    for name, wanted in fields.items():
        if name in (PAYLOAD, DELIVERY) or (name not in others and name not in questions.by_name):
            known = ", ".join([*(each for each in others if each not in (PAYLOAD, DELIVERY)), *questions.by_name])
            raise file.unusable(f"`when` looks at {name}, which is no artifact: there are {known}", line)
        model = Answer if name in questions.by_name else others[name].model
        for field in sorted(wanted - set(model.model_fields)):
            raise file.unusable(
                f"`when` looks at {name}.{field}, which it has not: there are {', '.join(model.model_fields)}", line
            )
        yield name


def column_type(answer: AnswerType) -> Any:
    """The type of the flat column; None for an object, which has none."""
    match answer.type:
        case "enum":
            return Literal[tuple(answer.values or ())] | None
        case "boolean":
            return bool | None
        case "number":
            return int | float | None
        case "list":
            return tuple[Line, ...] | None
        case "object":
            return None
        case _:
            return Line | None


def _flat(answer: Answer) -> Any:
    if answer.status == "unknown":
        return None
    if isinstance(answer.answer, list):
        return tuple(_shown(item) for item in answer.answer)
    return answer.answer


def _quote(answer: Answer) -> str | None:
    return answer.quotes[0] if answer.quotes else None


def _summary(answer: Answer) -> str:
    """In one word: a choice, yes or no; else whether it is known."""
    said = answer.answer
    if answer.status == "unknown" or not isinstance(said, bool | str):
        return answer.status
    word = _shown(said)
    return word if len(word) <= LONGEST_WORD and " " not in word else answer.status


def _preview(answer: Answer) -> dict[str, str | None]:
    said = _shown(answer.answer)[:SHOWN] if answer.status == "known" else answer.reason
    return {"said": said, "quote": _quote(answer), "page": answer.page_url, "model": answer.model}


def _details(answer: Answer) -> AnswerDetails:
    return AnswerDetails(
        status=answer.status,
        answer=answer.answer,
        reason=answer.reason,
        quotes=answer.quotes,
        page_url=answer.page_url,
        model=answer.model,
    )


def _explain(name: str, answer: Answer, _values: Mapping[str, Value]) -> Iterable[ExplainLine]:
    by = f"{answer.model}, prompt {answer.prompt_version}" if answer.model else None
    if answer.status == "unknown":
        yield ExplainLine(name, "unknown", by=answer.reason)
    else:
        yield ExplainLine(name, _shown(answer.answer), _quote(answer), answer.page_url, by=by)
        for quote in answer.quotes[1:]:
            yield ExplainLine("also", "", quote, answer.page_url, by=by)
    for page in answer.pages:
        yield ExplainLine(f"{page.kind} page", page.outcome, page=page.url)


def _shown(answer: Any) -> str:
    match answer:
        case bool():
            return "yes" if answer else "no"
        case list():
            return "; ".join(map(_shown, answer))
        case dict():
            return ", ".join(f"{name}: {_shown(value)}" for name, value in answer.items() if value is not None)
        case _:
            return str(answer)


def _example(question: Question) -> Answer:
    return Answer(
        status="known",
        answer=_sample(question.answer),
        reason="quoted",
        quotes=("Accounting software for finance teams at growing companies",),
        page_url=HOME,
        pages=tuple(PageRead(kind=kind, url=HOME, outcome="link") for kind in question.pages),
        model="openai/gpt-4o-mini",
        question=question.sha,
        prompt_version="5d0b7a11",
    )


def _sample(answer: AnswerType) -> Any:
    match answer.type:
        case "enum":
            return (answer.values or ["?"])[0]
        case "list":
            return [_sample(answer.items)]
        case "object":
            return {name: _sample(each) for name, each in (answer.properties or {}).items()}
        case other:
            return {"boolean": True, "number": 2500, "date": "2016-05-01"}.get(other, "Finance teams")
