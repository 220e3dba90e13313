"""The pushed document, version 2: what a receiver may rely on.

Flat essentials on top, which Clay maps to columns by name; details nested below. The fields are those that the
artifacts declare (``PayloadPart``), so that a change inside an artifact's value does not change what is pushed unseen.
A field is only ever added within a version. Version 2 is version 1 with ``answers``, and with flat columns for each of
your own questions; nothing was renamed or removed. Times stand in ``as_of`` and ``built_at`` alone, which, like
everything else in ``Payload.volatile``, do not count as content.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, create_model

from enrichment_assets.artifacts.base import PayloadPart, Tier, Value, content_hash
from enrichment_assets.core.text import truncate_line

LONGEST_LINE = 500
LONGEST_URL = 2_000


def one_line(value: object) -> object:
    """A text as one line without control characters, at most 500 characters long; anything else as it is."""
    return truncate_line(value, LONGEST_LINE) if isinstance(value, str) else value


def _url(value: object) -> object:
    """An address, or nothing: one that is not http or is longer than 2,000 characters is no use to a receiver."""
    return None if isinstance(value, str) and not web_address(value) else value


def web_address(text: str) -> bool:
    """Whether a receiver may follow it: http or https, at most 2,000 characters, nothing in it that is not seen."""
    return text.startswith(("http://", "https://")) and len(text) <= LONGEST_URL and text.isprintable()


def _json_lines(value: object) -> object:
    """JSON with each text on one line."""
    match value:
        case list() | tuple():
            return [_json_lines(item) for item in value]
        case dict():
            return {name: _json_lines(item) for name, item in value.items()}
        case _:
            return one_line(value)


Line = Annotated[str, BeforeValidator(one_line)]
JsonLine = Annotated[JsonValue, BeforeValidator(_json_lines)]
Url = Annotated[str | None, BeforeValidator(_url)]


class PayloadDocument(BaseModel):
    """A nested document of the payload: what one artifact adds."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class _Head(Value):
    schema_version: Literal["1", "2"] = "2"
    domain: str = Field(description="The canonical domain: the key column.")
    company_name: Line
    tier: Tier
    tier_reason: Line
    volatile: ClassVar[frozenset[str]] = frozenset(
        {"missing_reasons", "as_of", "built_at", "callback_id", "content_hash", "trimmed", "sandbox"}
    )


class Answers(PayloadDocument):
    """The answers to your own questions; null where one was not asked."""


class Payload(_Head):
    """One company as it is pushed. Null means unknown or not looked for: behind a closed gate nothing is looked for."""

    own: ClassVar[frozenset[str]] = frozenset()
    """Flat columns of questions."""
    answers: Answers = Field(default_factory=Answers, description="What your own questions found out, by question.")
    missing: tuple[Line, ...] = Field((), description="What could not be found out this time: linkedin, careers, news.")
    evidence_urls: tuple[str, ...] = Field((), description="Every address the above was read from.")
    missing_reasons: dict[str, Line] = Field(default_factory=dict, description="Why each of `missing` is missing.")
    as_of: dict[str, datetime] = Field(default_factory=dict, description="When each part was found out, in UTC.")
    built_at: datetime | None = Field(None, description="When this document was put together, in UTC.")
    sandbox: Literal[True] | None = Field(
        None,
        exclude_if=lambda value: value is None,
        description="All of it is made up, by the sandbox. Absent from real payloads.",
    )
    callback_id: str | None = Field(None, description="Send it back to say which push an answer belongs to.")
    content_hash: str = Field(description="Hash of the content: everything but times and what is named after it.")
    trimmed: tuple[str, ...] = Field((), description="What was left out to stay below the receiver's size limit.")

    def data_version(self) -> str:
        """Content hash. A question that was not asked, and the version's number, are no content.

        So nothing is pushed again because a question was added that says nothing of this company, or because what
        version 1 said is said by version 2.
        """
        content = self.model_dump(mode="json", exclude=set(self.volatile)) | {"schema_version": "1"}
        answers = {name: answer for name, answer in content.pop("answers").items() if answer is not None}
        content = {name: value for name, value in content.items() if value is not None or name not in self.own}
        return content_hash({**content, **({"answers": answers} if answers else {})})


def payload_model(parts: Iterable[PayloadPart[Any]]) -> type[Payload]:
    """The payload with the fields of these parts: columns after the head, nested documents after ``missing``.

    A document whose name has a dot stands in ``answers``.
    """
    parts = tuple(parts)
    columns = [field for part in parts for field in part.columns]
    documents = [part.document for part in parts if part.document is not None and not part.is_answer]
    missing = Payload.model_fields["missing"]
    declared: dict[str, Any] = {}
    for field in (*columns, None, *documents):
        if field is None:
            declared["missing"] = (missing.annotation, missing)
        else:
            declared[field.name] = field.declared
    # Fields stand in the order of the classes they come from, the farthest first: head, what is declared, the rest.
    fields = create_model("_Declared", __base__=_Head, **declared)
    answered = [part for part in parts if part.is_answer]
    own = frozenset(field.name for part in answered for field in part.columns)
    inner: dict[str, Any] = {
        part.document.name.partition(".")[2]: part.document.declared for part in answered if part.document is not None
    }
    answers = create_model("Answers", __base__=Answers, __doc__=Answers.__doc__, **inner)
    told = Payload.model_fields["answers"].description
    more: dict[str, Any] = {"answers": (answers, Field(default_factory=answers, description=told))} if inner else {}
    model = create_model("Payload", __base__=(Payload, fields), __doc__=Payload.__doc__, __module__=__name__, **more)
    payload = cast("type[Payload]", model)
    payload.own = own
    return payload
