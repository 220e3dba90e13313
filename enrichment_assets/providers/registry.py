"""Which providers there are, and which of them the settings choose.

Installed distributions add theirs as entry points ``enrichment_assets.providers``.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Literal

from pydantic import ValidationError
from pydantic_settings import BaseSettings

from enrichment_assets.core.errors import MisconfiguredError
from enrichment_assets.core.plugins import PluginError, installed
from enrichment_assets.core.settings import Settings
from enrichment_assets.providers.call.pipeline import CallPipeline

if TYPE_CHECKING:
    import httpx

    from enrichment_assets.providers.web import Web

ENTRY_POINTS: Final = "enrichment_assets.providers"
Kind = Literal["pages", "search", "llm", "destination"]
SETTINGS: Final[Mapping[Kind, str]] = {
    "pages": "enrichment_pages",
    "search": "enrichment_search",
    "llm": "enrichment_llm",
    "destination": "enrichment_destination",
}
"""The setting that chooses among the providers of a kind."""


@dataclass(frozen=True)
class Opening:
    """What a provider is made from.

    ``api`` reaches any address: for the provider's own, which a person has set. ``web`` fetches addresses that come
    from data: at public ones only, politely, within limits. ``pipeline`` makes the provider's call pipeline from its
    name, its calls per second and its calls at the same time; all runs with the same ``account`` (a key, an address;
    only a keyed hash of it is kept) stay within these together.
    """

    settings: Settings
    api: "httpx.AsyncBaseTransport"
    web: "Web"
    pipeline: Callable[..., CallPipeline]


@dataclass(frozen=True)
class Provider:
    """One provider that can be chosen. ``open`` makes what the protocol of its kind asks for.

    ``missing`` says what a person has to set before it can be used, in a sentence, or None. ``call_usd`` is what one
    call costs by the settings, US dollars: usually, and at the worst. ``settings`` is the pydantic-settings class of
    one that does not ship with the package: what is wrong with its values is said before a run starts.
    """

    kind: Kind
    name: str
    open: Callable[[Opening], Any]
    missing: Callable[[Settings], str | None]
    call_usd: Callable[[Settings], tuple[float, float]] = lambda _settings: (0.0, 0.0)
    settings: type[BaseSettings] | None = None


BUILT_IN: Final[Mapping[tuple[Kind, str], str]] = {
    ("pages", "spider"): "enrichment_assets.providers.spider",
    ("pages", "direct"): "enrichment_assets.providers.direct",
    ("pages", "firecrawl"): "enrichment_assets.providers.firecrawl",
    ("search", "serper"): "enrichment_assets.providers.serper",
    ("search", "brave"): "enrichment_assets.providers.brave",
    ("llm", "openrouter"): "enrichment_assets.providers.llm.chat",
    ("destination", "webhook"): "enrichment_assets.providers.webhook",
}
"""Modules with a ``PROVIDES``; by name, because they import this one, and are loaded when they are chosen."""


class _Providers(Mapping[tuple[Kind, str], Provider]):
    def __init__(self, installed_ones: Mapping[tuple[Kind, str], Provider]) -> None:
        self._installed = installed_ones

    def __getitem__(self, key: tuple[Kind, str]) -> Provider:
        if key in self._installed:
            return self._installed[key]
        provider: Provider = import_module(BUILT_IN[key]).PROVIDES
        return provider

    def __iter__(self) -> Iterator[tuple[Kind, str]]:
        return iter((*BUILT_IN, *self._installed))

    def __len__(self) -> int:
        return len(BUILT_IN) + len(self._installed)


@cache
def providers() -> Mapping[tuple[Kind, str], Provider]:
    """All providers by kind and name. Raises PluginError for an installed one that cannot be used."""
    found: dict[tuple[Kind, str], Provider] = {}
    for plugin in installed(ENTRY_POINTS):
        provider = plugin.load(Provider)
        key = provider.kind, provider.name
        if provider.kind not in SETTINGS:
            raise PluginError(plugin.distribution, f"there is no kind of provider {provider.kind!r}")
        if key in found or key in BUILT_IN:
            raise PluginError(plugin.distribution, f"there is a {provider.kind} provider {provider.name!r} already")
        found[key] = provider
    return _Providers(found)


def chosen(kind: Kind, settings: Settings) -> tuple[Provider, ...]:
    """The providers that the settings name, in their order. Raises MisconfiguredError for a name there is not."""
    setting = SETTINGS[kind]
    given: str | tuple[str, ...] = getattr(settings, setting)
    known = [name for its_kind, name in providers() if its_kind == kind]
    names = (given,) if isinstance(given, str) else given
    unknown = [name for name in names if name not in known]
    if unknown or not names:
        named = ", ".join(unknown) or "nothing"
        raise MisconfiguredError(kind, f"{setting.upper()} names {named}; there are {', '.join(known)}")
    return tuple(providers()[kind, name] for name in names)


def missing(kind: Kind, settings: Settings) -> Iterable[str]:
    """What has to be set before the chosen providers of a kind can be used, a sentence each."""
    try:
        chosen_ones = chosen(kind, settings)
    except PluginError:
        raise
    except MisconfiguredError as error:
        return [error.message]
    own = [problem for provider in chosen_ones if provider.settings for problem in _unusable(provider.settings)]
    return [*own, *(problem for provider in chosen_ones if (problem := provider.missing(settings)) is not None)]


def _unusable(settings: type[BaseSettings]) -> Iterator[str]:
    """What is wrong with a provider's own settings; the values are not repeated."""
    try:
        settings()
    except ValidationError as error:
        for found in error.errors(include_input=False, include_url=False):
            yield f"{'.'.join(map(str, found['loc'])).upper()}: {found['msg'].removeprefix('Value error, ')}"
