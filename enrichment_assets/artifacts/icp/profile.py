"""The Ideal Customer Profile as a person writes it: ``icp.yaml``, read strictly, with errors that name the line.

What the model is asked about it is in ``icp_prompt``.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from enrichment_assets.core.digest import digest
from enrichment_assets.core.errors import MisconfiguredError
from enrichment_assets.core.yaml_files.bounded import Form, read_model, text_of

if TYPE_CHECKING:
    from enrichment_assets.core.settings import Settings

log = logging.getLogger(__name__)

LARGEST_BYTES = 64_000
"""Every word of the profile is sent, and paid for, with every company."""

Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=600)]
Phrase = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=300)]

CriterionKind = Literal["must_have", "disqualifier", "size", "region"]


@dataclass(frozen=True, slots=True)
class Criterion:
    """One thing to find out. ``id`` is what the model calls it: M1, D2, S1, R1."""

    id: str
    kind: CriterionKind
    text: str
    presumed: bool = False
    """Holds unless a quote speaks against it."""


class MustHave(BaseModel):
    """What a company must be. In the file a line of text, or ``text`` and ``unless_contradicted``."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    text: Phrase
    unless_contradicted: bool = False
    """For what pages rarely say: no quote needs to show it, a quote against it rules the company out."""

    @model_validator(mode="before")
    @classmethod
    def _from_line(cls, given: Any) -> Any:
        return given if isinstance(given, dict) else {"text": given}


class Examples(BaseModel):
    """Companies, or kinds of company, that fit and that do not."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    fit: list[Phrase] = Field(default=[], max_length=10)
    not_fit: list[Phrase] = Field(default=[], max_length=10)


class IcpProfile(BaseModel):
    """Whom we sell to. At least one must-have or disqualifier is needed, or there is nothing to judge."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    name: Phrase = "Our ideal customer"
    we_sell: Sentence
    we_sell_to: Sentence
    must_haves: list[MustHave] = Field(min_length=1, max_length=10)
    disqualifiers: list[Phrase] = Field(default=[], max_length=10)
    size: Phrase | None = None
    regions: list[Phrase] = Field(default=[], max_length=20)
    examples: Examples = Examples()

    @field_validator("must_haves", "disqualifiers", "regions")
    @classmethod
    def _no_repeats(cls, value: list[Any]) -> list[Any]:
        if len({(each.text if isinstance(each, MustHave) else each).casefold() for each in value}) < len(value):
            raise ValueError("the same line stands here twice: remove one")
        return value

    @property
    def criteria(self) -> tuple[Criterion, ...]:
        """Everything that is judged, in the order of the file."""
        must_haves = (
            Criterion(f"M{number}", "must_have", each.text, each.unless_contradicted)
            for number, each in enumerate(self.must_haves, 1)
        )
        listed: Sequence[tuple[str, CriterionKind, Sequence[str]]] = (
            ("D", "disqualifier", self.disqualifiers),
            ("S", "size", [self.size] if self.size else []),
            ("R", "region", [", ".join(self.regions)] if self.regions else []),
        )
        others = (
            Criterion(f"{letter}{number}", kind, text)
            for letter, kind, texts in listed
            for number, text in enumerate(texts, 1)
        )
        return (*must_haves, *others)

    @property
    def sha(self) -> str:
        """Hash of what it says; comments and layout of the file do not count."""
        return digest(self.model_dump(mode="json"))


@dataclass(frozen=True, slots=True)
class LoadedProfile:
    """A profile and where it came from, in words for a person."""

    profile: IcpProfile
    source: str
    is_default: bool


def load_profile(settings: Settings) -> LoadedProfile:
    """The profile of this process.

    ``settings.enrichment_icp_profile`` when that file exists. When it does not, and the setting was left at its
    default, the profile that ships with the package, which is said once in the log. The file is read again only when
    it changed.

    Raises MisconfiguredError when the file cannot be used (naming file, line and remedy), or when another path than
    the default was set and nothing is there.
    """
    path = settings.enrichment_icp_profile
    if path.is_file():
        stat = path.stat()
        return LoadedProfile(_read(path, stat.st_mtime_ns, stat.st_size), str(path), is_default=False)
    if path != type(settings).model_fields["enrichment_icp_profile"].default:
        raise MisconfiguredError(
            "settings",
            f"ENRICHMENT_ICP_PROFILE is {path}, and no such file exists: write one there, or unset it to use the "
            "profile that ships",
        )
    return _shipped()


def profile_text(settings: Settings) -> str:
    """The text of the profile that ``load_profile`` reads, so that it can be kept. Raises what that raises."""
    loaded = load_profile(settings)
    return _shipped_text() if loaded.is_default else text_of(settings.enrichment_icp_profile, LARGEST_BYTES)


def write_default(path: Path) -> None:
    """Put a copy of the shipped profile at ``path``, to be edited. Raises FileExistsError rather than overwrite."""
    with path.open("x", encoding="utf-8") as file:
        file.write(_shipped_text())


def parse_profile(text: str, name: str) -> IcpProfile:
    """The profile in a YAML text; ``name`` is the file's name in errors. Raises MisconfiguredError."""
    return read_model(text, name, IcpProfile, FORM)


@lru_cache(maxsize=16)
def _read(path: Path, _mtime_ns: int, size: int) -> IcpProfile:
    if size > LARGEST_BYTES:
        raise MisconfiguredError(
            "settings",
            f"{path.name} has {size:,} bytes; the model is sent all of it, so keep it below {LARGEST_BYTES:,}",
        )
    return parse_profile(text_of(path, LARGEST_BYTES), path.name)


@lru_cache(maxsize=1)
def _shipped() -> LoadedProfile:
    log.warning("No icp.yaml here: judging by the profile that ships (B2B software). `enrich init` writes one to edit.")
    return LoadedProfile(parse_profile(_shipped_text(), "default_icp.yaml"), "the profile that ships", is_default=True)


def _shipped_text() -> str:
    return files("enrichment_assets.artifacts.icp").joinpath("default_icp.yaml").read_text(encoding="utf-8")


def _known(location: tuple[int | str, ...]) -> type[BaseModel]:
    words: dict[int | str, type[BaseModel]] = {"must_haves": MustHave, "examples": Examples}
    return words.get(location[0], IcpProfile)


FORM = Form(example="the shipped default_icp.yaml", first="we_sell: ...", known=_known, silent=frozenset({"text"}))
"""How its mistakes are named."""
