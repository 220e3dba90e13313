"""A question as a person writes it (``questions/NAME.yaml``), and the types that its answer can have."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from enrichment_assets.core.digest import digest

PAGE_KINDS: Final = ("home", "pricing", "about", "customers", "security", "integrations", "careers", "blog")
MOST_PAGES: Final = 5
"""Pages that one question may read."""
SCALARS: Final = ("text", "number", "boolean", "date", "enum")

Kind = Literal["text", "number", "boolean", "date", "enum", "list", "object"]
_JSON_SCHEMA_TYPES: Final = {"string": "text", "integer": "number", "array": "list"}
_JSON_SCHEMA_WORDS: Final = {"items": "of", "enum": "values"}
"""A JSON schema says the same in other words."""
_TTL = re.compile(r"(\d{1,4}) ?(hour|day|week)s?")
_UNITS: Final = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}
_NAME = re.compile(r"[a-z][a-z0-9_]{1,39}")
_PATH = re.compile(r"/[!-~]{0,200}")

Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=400)]


def _named(value: str) -> str:
    if not _NAME.fullmatch(value):
        raise ValueError("write 2 to 40 of a-z, 0-9 and _, a letter first: it becomes an asset and a column")
    return value


Name = Annotated[str, AfterValidator(_named)]
Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]


class AnswerType(BaseModel):
    """What kind of answer is wanted: in the file ``type`` and what belongs to it, or a JSON schema."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    type: Kind = "text"
    values: list[Word] | None = Field(None, min_length=2, max_length=30)
    """Of an enum."""
    of: AnswerType | None = None
    """The type of a list's items."""
    properties: dict[Name, AnswerType] | None = Field(None, min_length=1, max_length=12)
    """Of an object."""

    @model_validator(mode="before")
    @classmethod
    def _words(cls, given: Any) -> Any:
        """``text`` for ``{type: text}``, and the words of JSON schema for ours."""
        if isinstance(given, str):
            given = {"type": given}
        if not isinstance(given, dict):
            return given
        named = {_JSON_SCHEMA_WORDS.get(word, word): value for word, value in given.items()}
        for harmless in ("additionalProperties", "required", "description", "title"):
            named.pop(harmless, None)
        if named.get("type") == "string" and named.get("format") in ("date", "date-time"):
            named["type"] = "date"
            named.pop("format")
        kind = named.get("type")
        if kind in (None, "string") and "values" in named:
            named["type"] = "enum"
        elif isinstance(kind, str):
            named["type"] = _JSON_SCHEMA_TYPES.get(kind, kind)
        return named

    @model_validator(mode="after")
    def _fits(self) -> AnswerType:
        for kind, belongs in (("enum", "values"), ("object", "properties")):
            if (self.type == kind) != (getattr(self, belongs) is not None):
                raise ValueError(f"`{belongs}` belongs to `type: {kind}`, and that needs it")
        if self.of is not None and self.type != "list":
            raise ValueError("`of` belongs to `type: list`")
        if self.values is not None:
            folded = [value.casefold() for value in self.values]
            if len(set(folded)) < len(folded):
                raise ValueError("the same value stands here twice: remove one")
            if "unknown" in folded:
                raise ValueError("`unknown` is what is said where the pages do not tell: remove it from the values")
        if any(each.type not in SCALARS for each in (self.properties or {}).values()):
            raise ValueError(f"an object's properties are {', '.join(SCALARS)}")
        if self.type == "list" and self.items.type == "list":
            raise ValueError(f"a list holds {', '.join(SCALARS)} or object")
        return self

    @property
    def items(self) -> AnswerType:
        """The type of a list's items: text unless it is said."""
        return self.of or AnswerType()


class Question(BaseModel):
    """One question. Its file is called like it: ``pricing_model.yaml``."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    name: Name
    question: Sentence
    answer: AnswerType = AnswerType()
    pages: list[str] = Field(default=["home"], min_length=1, max_length=MOST_PAGES)
    ttl: str = "30 days"
    gate: str = "icp_pass"
    when: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)] | None = None
    quote: Literal["required", "optional"] = "required"

    @field_validator("pages")
    @classmethod
    def _pages(cls, value: list[str]) -> list[str]:
        for page in value:
            if page not in PAGE_KINDS and not _PATH.fullmatch(page):
                raise ValueError(f"{page!r} is no page: write {', '.join(PAGE_KINDS)}, or a path such as /docs/api")
        return list(dict.fromkeys(value))

    @field_validator("ttl")
    @classmethod
    def _ttl(cls, value: str) -> str:
        if not timedelta(hours=1) <= ttl_of(value) <= timedelta(days=730):
            raise ValueError("write a time from 1 hour to 730 days, such as 12 hours, 30 days, 2 weeks")
        return value

    @model_validator(mode="after")
    def _quoted(self) -> Question:
        if self.quote == "optional" and self.answer.type not in ("text", "enum", "boolean"):
            raise ValueError(f"`quote: optional` is for text, enum and boolean: a {self.answer.type} stands in a quote")
        return self

    @property
    def time_to_live(self) -> timedelta:
        """For how long an answer counts."""
        return ttl_of(self.ttl)

    @property
    def sha(self) -> str:
        """Hash of what decides the answer: neither TTL nor gate, which only say when it is asked."""
        return digest(self.model_dump(mode="json", exclude={"ttl", "gate"}))

    @property
    def group(self) -> tuple[object, ...]:
        """Questions of one group share a call: the same pages, TTL and gate."""
        return (tuple(self.pages), self.time_to_live, self.gate)


def ttl_of(text: str) -> timedelta:
    """The time that ``30 days`` means; zero for what means none."""
    match = _TTL.fullmatch(text.strip().lower())
    return int(match[1]) * _UNITS[match[2]] if match else timedelta(0)
