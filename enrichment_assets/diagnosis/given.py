"""What is set, where it was set, and what nobody reads: ``.env`` and the environment against the settings there are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from dotenv import dotenv_values
from pydantic import AliasChoices, SecretStr
from pydantic_settings import DotEnvSettingsSource, EnvSettingsSource

from enrichment_assets.core.settings import SECRET_ADDRESSES, Settings
from enrichment_assets.diagnosis.finding import Finding, ok, warn

ENV = Path(".env")
_OURS = (
    "ENRICHMENT_",
    "OPENROUTER_",
    "SPIDER_",
    "SERPER_",
    "FIRECRAWL_",
    "BRAVE_",
    "CLAY_",
    "WEBHOOK_",
    "DNS_",
    "WEB_",
)


@dataclass(frozen=True, slots=True)
class Given:
    """One setting that is not at its default. ``value`` is safe to show; ``origin``: environment or ``.env``."""

    name: str
    value: str
    origin: str


def given_settings(settings: Settings) -> list[Given]:
    """The settings that somebody has set, in the order of their declaration."""
    environment, file = _keys(EnvSettingsSource(Settings)()), _keys(DotEnvSettingsSource(Settings)())
    found = []
    for field in Settings.model_fields:
        names = _names(field)
        origin = "environment" if names & environment else ".env" if names & file else None
        if origin is not None:
            found.append(Given(field.upper(), _shown(field, getattr(settings, field)), origin))
    return found


def look_at_settings(settings: Settings) -> Iterator[Finding]:
    """How many are set, and names in ``.env`` that look like ours and are none."""
    given = given_settings(settings)
    by_origin = {origin: sum(one.origin == origin for one in given) for origin in ("environment", ".env")}
    said = ", ".join(
        f"{count} from {'the ' if origin == 'environment' else ''}{origin}"
        for origin, count in by_origin.items()
        if count
    )
    yield ok("settings", said or "all at their defaults")
    known = {name.upper() for field in Settings.model_fields for name in _names(field)}
    for name in dotenv_values(ENV) if ENV.exists() else ():
        if name.upper() not in known and name.upper().startswith(_OURS):
            near = get_close_matches(name.upper(), known, 1)
            yield warn(name, "stands in .env and is no setting", f"Write {near[0]}" if near else "Remove it")


def _names(field: str) -> set[str]:
    alias = Settings.model_fields[field].validation_alias
    return {str(choice) for choice in alias.choices} if isinstance(alias, AliasChoices) else {field}


def _keys(values: Mapping[str, Any]) -> set[str]:
    return {name.lower() for name in values}


def _shown(field: str, value: object) -> str:
    if field in SECRET_ADDRESSES or isinstance(value, SecretStr):
        return "set"
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
