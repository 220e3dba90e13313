"""``enrich questions``: your own questions of every company, one file each."""

from typing import TYPE_CHECKING

import click
from pydantic import BaseModel

from enrichment_assets.cli.common_options import answers
from enrichment_assets.cli.echo import plain, say, tell
from enrichment_assets.cli.main import UNUSABLE
from enrichment_assets.cli.opening import usable_settings

if TYPE_CHECKING:
    from enrichment_assets.artifacts.questions.files import QuestionFile


class AskedQuestion(BaseModel):
    """One question file that is in order."""

    name: str
    question: str
    pages: list[str]
    ttl: str
    gate: str
    when: str | None


class Questions(BaseModel):
    """The questions there are, or with their lines the mistakes in the files."""

    questions: list[AskedQuestion] = []
    mistakes: list[str] = []


class NewQuestion(BaseModel):
    """The file that was written."""

    wrote: str


@click.group()
def questions() -> None:
    """Your own questions of every company: each file of questions/ is an asset with TTL, gate and quotes.

    \b
    enrich questions new pricing_model
    enrich questions check
    """


@questions.command()
@answers(Questions)
def check() -> None:
    """Read every file and say what is wrong, with its line. Calls nobody. Exit status 2 where something is."""
    from enrichment_assets.artifacts.catalog import load_catalog  # noqa: PLC0415 - `enrich --help` stays quick
    from enrichment_assets.artifacts.questions.files import mistakes  # noqa: PLC0415

    settings = usable_settings()
    wrong = mistakes(settings)
    for mistake in wrong:
        say(plain(mistake), err=True)
    if wrong:
        tell(Questions(mistakes=list(wrong)))
        raise SystemExit(UNUSABLE)
    load_catalog(settings)
    _show()


@questions.command(name="list")
@answers(Questions)
def listed() -> None:
    """Name, pages, TTL, gate and question of each."""
    _show()


@questions.command()
@answers(NewQuestion)
@click.argument("name")
@click.option("--question", help="What is asked.")
@click.option("--answer", default="text", show_default=True, help="Its type, as in the file: number, boolean, ...")
@click.option("--pages", default="home", show_default=True, help="The pages that are read, comma separated.")
@click.option("--gate", default="icp_pass", show_default=True, help="Who is asked: icp_pass, mx_pass or none.")
def new(name: str, question: str | None, answer: str, pages: str, gate: str) -> None:
    """Write questions/NAME.yaml, to be edited. Never overwrites."""
    from enrichment_assets.artifacts.questions.files import parse_question, template  # noqa: PLC0415

    folder = usable_settings().enrichment_questions_dir.expanduser()
    path = folder / f"{name}.yaml"
    asked = question or f"What do its pages say about {name.replace('_', ' ')}?"
    text = template(name, asked, answer=answer, pages=pages, gate=gate)
    parse_question(text, str(path), stem=name)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise click.UsageError(f"{path} exists: edit it, or remove it first") from None
    tell(NewQuestion(wrote=str(path)))
    say(f"wrote {path}: edit it, then: enrich questions check")


def _show() -> None:
    from enrichment_assets.artifacts.questions.files import question_files  # noqa: PLC0415

    settings = usable_settings()
    files = question_files(settings)
    tell(Questions(questions=[_document(file) for file in files]))
    if not files:
        say(f"No questions in {settings.enrichment_questions_dir}: enrich questions new NAME")
        return
    rows = [("name", "pages", "fresh for", "gate", "question"), *map(_row, files)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for row in rows:
        say(plain("  ".join((*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]))))


def _document(file: "QuestionFile") -> AskedQuestion:
    question = file.question
    return AskedQuestion(
        name=question.name,
        question=question.question,
        pages=list(question.pages),
        ttl=question.ttl,
        gate=question.gate,
        when=question.when,
    )


def _row(file: "QuestionFile") -> tuple[str, str, str, str, str]:
    question = file.question
    when = f" when {question.when}" if question.when else ""
    return question.name, ",".join(question.pages), question.ttl, f"{question.gate}{when}", question.question
