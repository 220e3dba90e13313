"""The user's questions: every ``*.yaml`` of one folder, read strictly, with errors that name file and line."""

import json
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from keyword import kwlist
from pathlib import Path
from typing import Final

from enrichment_assets.artifacts.questions.question import AnswerType, Question
from enrichment_assets.core.errors import FILE, MisconfiguredError
from enrichment_assets.core.settings import Settings
from enrichment_assets.core.yaml_files.bounded import Form, Location, read_model, text_of, unusable

LARGEST_BYTES: Final = 16_000
MOST_QUESTIONS: Final = 50
"""Each is an asset, and up to two columns of every payload."""

DAGSTER: Final = frozenset(
    {*kwlist, "arg_dict", "bool", "conf", "config", "context", "dict", "float", "input", "input_arg_dict", "int"}
    | {"meta", "output", "output_arg_dict", "str", "type"}
)
"""What Dagster takes for none of its names."""
COLUMNS: Final = frozenset(
    {"answers", "row", "resolved", "duplicate_of_row", "known", "outcome", "reason", "nodes", "cost_usd", "payload"}
    | {
        "delivered",
        "delivered_at",
        "delivery",
        "destination",
        "delivery_key",
        "delivery_reason",
        "delivery_redelivered",
    }
    | {"website", "quote", "company"}
)
"""Words that columns of our own tables have beside the payload's."""


@dataclass(frozen=True, slots=True)
class QuestionFile:
    """One question and where it stands. Two files are the same that say the same."""

    question: Question = field(compare=False)
    path: Path
    said: str = ""

    def unusable(self, what: str, line: int = 1) -> MisconfiguredError:
        """The error for this file."""
        return unusable(str(self.path), line, what)

    def line_of(self, word: str) -> int:
        """The 1-based line on which a word of the file stands at the beginning; 1 where none does."""
        lines = text_of(self.path, LARGEST_BYTES).splitlines()
        return next((number for number, line in enumerate(lines, 1) if line.startswith(f"{word}:")), 1)


def question_files(settings: Settings) -> tuple[QuestionFile, ...]:
    """The questions of this process by name. No folder means no questions.

    Raises MisconfiguredError for a file that cannot be used, and for a folder that was named and is not there.
    """
    found: dict[str, QuestionFile] = {}
    for path in _paths(settings):
        stat = path.stat()
        question = _read(path, stat.st_mtime_ns, stat.st_size)
        read = QuestionFile(question, path, question.model_dump_json())
        if (earlier := found.setdefault(read.question.name, read)) is not read:
            raise read.unusable(f"`name` {read.question.name} is that of {earlier.path.name} too: rename one")
    return tuple(found.values())


def mistakes(settings: Settings) -> list[str]:
    """What is wrong with the files, at most one mistake of each, in words that name file and line."""
    found = []
    for path in _paths(settings):
        try:
            parse_question(text_of(path, LARGEST_BYTES), str(path), stem=path.stem)
        except MisconfiguredError as error:
            found.append(error.message)
    return found


def template(name: str, question: str, *, answer: str, pages: str, gate: str) -> str:
    """The text of a new file."""
    text = files("enrichment_assets.artifacts.questions").joinpath("data/template.yaml").read_text(encoding="utf-8")
    quoted = json.dumps(question, ensure_ascii=False) if set(question) & set("#:'\"") else question
    listed = ", ".join(page.strip() for page in pages.split(","))
    return text.format(name=name, question=quoted, answer=answer, pages=listed, gate=gate)


def parse_question(text: str, name: str, *, stem: str | None = None) -> Question:
    """The question in a YAML text; ``name`` is the file's in errors, ``stem`` the name that it gives the question."""
    question = read_model(text, name, Question, FORM)
    lines = text.splitlines()
    line = next((number for number, each in enumerate(lines, 1) if each.startswith("name:")), 1)
    if question.name in DAGSTER:
        raise unusable(name, line, f"`name` {question.name} is a word that Dagster keeps for itself: choose another")
    if question.name in COLUMNS:
        raise unusable(name, line, f"`name` {question.name} is a column of every table already: choose another")
    if stem is not None and stem != question.name:
        raise unusable(
            name, line, f"`name` is {question.name}: call the file {question.name}.yaml, or the question {stem}"
        )
    return question


def _paths(settings: Settings) -> list[Path]:
    folder = settings.enrichment_questions_dir.expanduser()
    if not folder.is_dir():
        if settings.enrichment_questions_dir != type(settings).model_fields["enrichment_questions_dir"].default:
            raise MisconfiguredError("settings", f"ENRICHMENT_QUESTIONS_DIR is {folder}, and no such folder exists")
        return []
    paths = sorted(path for path in folder.iterdir() if path.suffix in {".yaml", ".yml"} and path.name[0] != ".")
    if len(paths) > MOST_QUESTIONS:
        raise MisconfiguredError(FILE, f"{folder} has {len(paths)} questions: at most {MOST_QUESTIONS}")
    return paths


@lru_cache(maxsize=256)
def _read(path: Path, _mtime_ns: int, size: int) -> Question:
    if size > LARGEST_BYTES:
        raise unusable(str(path), 1, f"the file has {size:,} bytes; keep it below {LARGEST_BYTES:,}")
    return parse_question(text_of(path, LARGEST_BYTES), str(path), stem=path.stem)


def _known(location: Location) -> type[Question | AnswerType]:
    return AnswerType if location[0] == "answer" and len(location) > 1 else Question


FORM: Final = Form(example="docs/how-to/questions.md", first="name: pricing_model", known=_known)
"""How mistakes are named."""
