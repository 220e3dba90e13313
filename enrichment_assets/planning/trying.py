"""What nobody has paid for yet is tried out on a few companies, offline: the real rules, stand-ins for providers.

Outdated artifacts are made again from stored answers: where one is missing, its provider will be asked. Artifacts that
a company never had are made with a stand-in for each provider, which counts what it is asked for: pages look like the
home page, as long and as dear as pages beside it are where such are stored, the model is told the real prompt, whose
length gives its price, and says nothing.
"""

import asyncio
import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import chain
from statistics import fmean
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from enrichment_assets.artifacts.base import Artifact, ProduceContext, Value
from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.artifacts.website.artifact import Website
from enrichment_assets.core.errors import NotStoredError, ProviderError, TransientError
from enrichment_assets.core.money import Spent
from enrichment_assets.core.readers import Readers
from enrichment_assets.core.settings import Settings
from enrichment_assets.engine.replay import offline_providers
from enrichment_assets.evaluation.replaying import Stored, replay_all, stored
from enrichment_assets.pages.page import Fetched
from enrichment_assets.pages.search_results import NewsResult, SearchResult
from enrichment_assets.planning.prices import booked_as
from enrichment_assets.providers.call.answers import Answers, KeptAnswer, with_body
from enrichment_assets.providers.call.ledger import CostScope, Ledger
from enrichment_assets.providers.clients import Providers
from enrichment_assets.providers.dns import Dns
from enrichment_assets.providers.llm.cost import BYTES_PER_TOKEN
from enrichment_assets.providers.llm.refused import PROVIDER as LLM
from enrichment_assets.providers.llm.shape import strict_schema
from enrichment_assets.providers.prices import ModelPrice
from enrichment_assets.providers.protocols import Answered, Destination, LanguageModel, PageFetcher, Prompt, Search
from enrichment_assets.providers.registry import chosen

SAMPLE: Final = 12
"""Companies of each artifact that are tried out."""
LENGTHS: Final = {"string": 70, "boolean": 5, "integer": 3, "number": 4, "null": 4}
"""Bytes of a value in an answer; strings are mostly quotes of a dozen words or a sentence."""
ITEMS: Final = 3
"""Of a list in an answer."""
CAP_USD: Final = 1e6
NOBODY: Final = "plan"

T = TypeVar("T", bound=BaseModel)


@dataclass(frozen=True)
class Prices:
    """US dollars of one call by provider, and of the model's tokens."""

    calls: Mapping[str, float]
    model: ModelPrice


@dataclass
class Tried:
    """``again``: by artifact how many of those tried need somebody, of how many, and whom at first.

    ``new``: by artifact what each company tried would take.
    """

    again: dict[str, tuple[int, int, frozenset[str]]] = field(default_factory=dict)
    new: dict[str, list[Sequence[Spent]]] = field(default_factory=lambda: defaultdict(list))

    def scale(self, provider: str, factor: float) -> None:
        """A provider's prices were off by this factor."""
        for name, samples in self.new.items():
            self.new[name] = [
                [replace(paid, usd=paid.usd * factor) if paid.provider == provider else paid for paid in spent]
                for spent in samples
            ]


def try_out(
    settings: Settings,
    catalog: Catalog,
    *,
    outdated: Mapping[str, Sequence[str]],
    new: Mapping[str, Sequence[str]],
    prices: Prices,
    now: datetime,
) -> Tried:
    """Nobody is called and nothing is written. Raises OSError where what is stored cannot be read."""
    tried = Tried()
    if outdated or new:
        asyncio.run(_try_out(_Rehearsal(settings, catalog, prices, now), outdated, new, tried))
    return tried


@dataclass(frozen=True)
class _BesideHome:
    """What a page beside the home page is like: its length in home pages, and US dollars by the provider's name."""

    length: float = 1.0
    usd: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class _Rehearsal:
    settings: Settings
    catalog: Catalog
    prices: Prices
    now: datetime
    beside_home: _BesideHome = _BesideHome()


async def _try_out(
    rehearsal: _Rehearsal, outdated: Mapping[str, Sequence[str]], new: Mapping[str, Sequence[str]], tried: Tried
) -> None:
    settings, catalog, now = rehearsal.settings, rehearsal.catalog, rehearsal.now
    ttls = catalog.ttls
    for name, domains in outdated.items():
        if ttls[name] is None:
            continue
        lacking: list[str] = []
        sample = spread(domains)
        for domain in sample:
            known = stored(settings, catalog, domain)
            (done,) = await replay_all(settings, catalog, known, [name], ttls=ttls, now=now)
            lacking += [done.unasked] if done.unasked else []
        tried.again[name] = len(lacking), len(sample), frozenset(lacking)
    if not new:
        return
    groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, domains in new.items():
        groups[tuple(spread(domains))].append(name)
    async with offline_providers(settings, *catalog.reading) as (providers, used):
        every = {domain: stored(settings, catalog, domain) for domain in dict.fromkeys(chain.from_iterable(groups))}
        usual = await _beside_home(every.values(), providers)
        own = replace(rehearsal, settings=used, beside_home=usual)
        for domains_, names in groups.items():
            for domain in domains_:
                known = every[domain]
                answers = Answers(_Kept(known), ttls, lambda: now)
                for name, spent in await _rehearse(own, names, known, answers, providers):
                    tried.new[name].append(spent)


def spread(domains: Sequence[str]) -> Sequence[str]:
    """A few of them from all over."""
    step = max(1, len(domains) // SAMPLE)
    return domains[::step][:SAMPLE]


async def _rehearse(
    rehearsal: _Rehearsal, names: Collection[str], known: Stored, answers: Answers, providers: Providers
) -> list[tuple[str, Sequence[Spent]]]:
    """What making these artifacts of one company would take; those made together share it as they would."""
    catalog, settings, prices = rehearsal.catalog, rehearsal.settings, rehearsal.prices
    ledger = Ledger(run_cap_usd=None, company_cap_usd=CAP_USD)
    home, usual = known.values.get("website"), rehearsal.beside_home
    text = home.text if isinstance(home, Website) else ""
    text = (text * math.ceil(usual.length))[: round(len(text) * usual.length)]
    standing_in = _StandIns(
        dns=providers.dns,
        readers=providers.readers,
        destination=providers.destination,
        pages=tuple(
            _Pages(fetcher, text, ({**prices.calls, **usual.usd}).get(booked_as(fetcher.name), 0.0))
            for fetcher in providers.pages
        ),
        search=_Search(chosen("search", settings)[0].name, prices.calls),
        llm=_Model(prices.model),
        web=_Web(),
    )
    contexts: dict[str, ProduceContext] = {}
    for name in names:
        artifact = catalog[name]
        if not set(artifact.needs) - set(artifact.may_be_skipped) <= known.values.keys():
            continue
        inputs: dict[str, Value] = {need: known.values[need] for need in artifact.needs if need in known.values}
        contexts[name] = ProduceContext(
            company=known.company,
            inputs=inputs,
            computed_at={need: known.ages[need] for need in inputs},
            previous=None,
            providers=standing_in,
            outbox=None,  # type: ignore[arg-type] # nothing is pushed
            scope=ledger.scope(known.company.domain, name, answers.of(known.company.domain, name)),
            settings=settings,
            now=rehearsal.now,
            run_id=NOBODY,
        )
    for together in _together(catalog, contexts):
        with suppress(Exception):  # it ends where the model says nothing; what it was asked is booked
            if together[0].together is not None:
                await together[0].together.produce_all({each.name: contexts[each.name] for each in together})
            else:
                await together[0].produce(contexts[together[0].name])
    return [(name, context.scope.spent()) for name, context in contexts.items()]


async def _beside_home(sample: Iterable[Stored], providers: Providers) -> _BesideHome:
    """By the pages that are stored of these companies; those of the home page tell where there are no others."""
    from enrichment_assets.artifacts.questions.reading import read_page  # noqa: PLC0415 - loads all job boards

    booked = {booked_as(fetcher.name) for fetcher in providers.pages}
    paid: dict[bool, dict[str, list[float]]] = {True: defaultdict(list), False: defaultdict(list)}
    lengths: list[tuple[int, int]] = []
    _, fetched = with_body(Fetched)
    for known in sample:
        home = known.values.get("website")
        for answer in known.answers:
            if answer.provider not in booked:
                continue
            beside = answer.artifact != "website"
            paid[beside][answer.provider].append(answer.cost_usd)
            if beside and isinstance(home, Website):
                what = f"a stored page of {known.company.domain}"
                with suppress(ProviderError, ValueError, KeyError, TypeError):  # one page less to learn from
                    text = await providers.readers.read(what, read_page, fetched(answer.content))
                    lengths.append((len(text), len(home.text)))
    usd = {name: fmean(each) for by_name in (paid[False], paid[True]) for name, each in by_name.items()}
    home_length = sum(length for _, length in lengths)
    return _BesideHome(sum(length for length, _ in lengths) / home_length if home_length else 1.0, usd)


def _together(catalog: Catalog, names: Collection[str]) -> list[list[Artifact[Any]]]:
    groups: dict[object, list[Artifact[Any]]] = {}
    for name in names:
        artifact = catalog[name]
        key = id(artifact.together) if artifact.together is not None else name
        groups.setdefault(key, []).append(artifact)
    return list(groups.values())


def _book(scope: CostScope, provider: str, usd: float) -> None:
    with scope.reserve(provider, usd) as reservation:
        reservation.commit(usd=usd, ok=True)


class _Kept:
    """Stored answers; what is said in a rehearsal is forgotten."""

    def __init__(self, known: Stored) -> None:
        self._by_key = {answer.key: answer for answer in known.answers}

    async def get(self, domain: str, key: str) -> KeptAnswer | None:  # noqa: ARG002
        return self._by_key.get(key)

    async def put(self, domain: str, key: str, content: bytes, **facts: Any) -> None:
        """Forget it."""

    async def extend(self, domain: str, key: str, expires_at: datetime) -> None:
        """Leave it."""

    async def drop(self, domain: str, keys: Collection[str]) -> None:
        """Leave them."""


@dataclass(frozen=True)
class _StandIns:
    """``Providers`` that call nobody."""

    dns: Dns
    web: Any
    pages: tuple[PageFetcher, ...]
    search: Search
    llm: LanguageModel
    destination: Destination
    readers: Readers


class _Pages:
    """A fetcher that knows what is stored, and takes every other page for one with this text and price."""

    def __init__(self, real: PageFetcher, text: str, usd: float) -> None:
        self.name, self.paid, self.renders = real.name, real.paid, real.renders
        self._real = real
        self._text = text
        self._usd = usd

    async def fetch(self, url: str, scope: CostScope, *, render: bool = False) -> Fetched:
        answers = scope.answers
        looking = None
        if answers is not None:
            stored_only = replace(answers.run, only_stored=True)
            looking = scope.ledger.scope(scope.company, scope.artifact, stored_only.of(scope.company, scope.artifact))
        try:
            if looking is not None:
                return await self._real.fetch(url, looking, render=render)
        except NotStoredError:
            pass
        _book(scope, booked_as(self.name), self._usd)
        return Fetched(url, url, 200, markdown=f"{self._text}\n\n{url}")


class _Web:
    """Direct fetches find nothing; boards do not answer."""

    async def page(self, url: str, scope: CostScope, **_: Any) -> Fetched:
        _book(scope, "web", 0.0)
        return Fetched(url, url, 404)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        async def silent(*_: Any, **__: Any) -> Any:
            raise TransientError(NOBODY, "nobody is called")

        return silent


class _Search:
    """Finds nothing."""

    def __init__(self, name: str, usd: Mapping[str, float]) -> None:
        self._name = name
        self._usd = usd.get(name, 0.0)

    async def search(self, query: str, scope: CostScope, *, num: int = 10) -> tuple[SearchResult, ...]:  # noqa: ARG002
        _book(scope, self._name, self._usd)
        return ()

    async def news(
        self,
        query: str,  # noqa: ARG002
        scope: CostScope,
        *,
        num: int = 10,  # noqa: ARG002
        months: int | None = None,  # noqa: ARG002
    ) -> tuple[NewsResult, ...]:
        _book(scope, self._name, self._usd)
        return ()


class _Model:
    """Reads the real prompt and says nothing."""

    def __init__(self, price: ModelPrice) -> None:
        self._price = price

    async def ask(self, prompt: Prompt, schema: type[T], scope: CostScope, *, max_tokens: int = 1500) -> Answered[T]:
        size = sum(len(message["content"]) for message in prompt(None))
        said = min(max_tokens, _length(strict_schema(schema)) // BYTES_PER_TOKEN)
        _book(scope, LLM, self._price.usd(size // BYTES_PER_TOKEN, said))
        raise TransientError(NOBODY, "nobody is asked")


def _length(schema: Any, definitions: Mapping[str, Any] | None = None) -> int:
    """Bytes of a usual answer of this schema."""
    known = schema.get("$defs") or definitions or {}
    match schema:
        case {"$ref": reference}:
            return _length(known[str(reference).rpartition("/")[2]], known)
        case {"anyOf": [first, *_]}:
            return _length(first, known)
        case {"enum": values}:
            return max(len(str(value)) for value in values) + 2
        case {"type": "array", "items": items}:
            return ITEMS * (_length(items, known) + 1) + 2
        case {"properties": fields}:
            return sum(len(name) + 4 + _length(each, known) for name, each in fields.items()) + 2
        case _:
            return LENGTHS.get(str(schema.get("type")), LENGTHS["string"])
