"""What is stored of companies, as traits: their pages' phrases, verdicts' criteria, answers, openings, news."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from enrichment_assets.artifacts.base import Value
from enrichment_assets.artifacts.careers.artifact import Careers
from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.artifacts.icp.artifact import Icp
from enrichment_assets.artifacts.news.artifact import News
from enrichment_assets.artifacts.questions.artifact import Answer
from enrichment_assets.artifacts.website.artifact import Website
from enrichment_assets.companies.company import Company
from enrichment_assets.core.errors import ProviderError
from enrichment_assets.core.settings import Settings
from enrichment_assets.core.text import truncate_line
from enrichment_assets.engine.replay import offline_providers
from enrichment_assets.evaluation.learning.lifts import Evidence, Kind, Trait
from enrichment_assets.evaluation.learning.phrases import SHOWN, read_phrases
from enrichment_assets.providers.clients import Providers
from enrichment_assets.storage.artifacts import ArtifactStore

LONGEST_ANSWER = 60


@dataclass(frozen=True)
class Gathered:
    """The companies that have a stored page, and those of the lists that have none that can be judged."""

    known: Sequence[Evidence]
    without: Sequence[str]


async def gather(settings: Settings, catalog: Catalog, companies: Mapping[Company, bool]) -> Gathered:
    """What is stored of companies; True are those that were won. Nobody is called. Raises OSError."""
    store = ArtifactStore(settings.store_url)
    known: list[Evidence] = []
    without: list[str] = []
    try:
        async with offline_providers(settings, read_phrases.__module__) as (providers, _):
            for company, won in companies.items():
                values = _values(store, catalog, company.domain)
                evidence = await _evidence(company, values, providers, won=won)
                if evidence is None:
                    without.append(company.domain)
                else:
                    known.append(evidence)
    finally:
        store.close()
    return Gathered(known, without)


def _values(store: ArtifactStore, catalog: Catalog, domain: str) -> Mapping[str, Value]:
    found: dict[str, Value] = {}
    for name, artifact in catalog.items():
        if artifact.model in (Website, Icp, Careers, News, Answer):
            envelope = store.get(name, domain)
            try:
                found |= {} if envelope is None else {name: artifact.parse(envelope.value)}
            except ValidationError:
                continue  # the shape of another version
    return found


async def _evidence(
    company: Company, values: Mapping[str, Value], providers: Providers, *, won: bool
) -> Evidence | None:
    page = next((value for value in values.values() if isinstance(value, Website)), None)
    if page is None or not page.judgeable or not page.text:
        return None
    try:
        what = f"the page of {company.domain}"
        text, phrases = await providers.readers.read(what, read_phrases, page.text, (company.name, company.domain))
    except ProviderError:
        return None  # it takes too much to read
    if not text:
        return None
    traits = {Trait("phrase", phrase): "" for phrase in phrases}
    kinds: set[Kind] = {"phrase"}
    verdict = None
    for name, value in values.items():
        kind, found = traits_of(name, value)
        traits |= found
        kinds.update(kind)
        verdict = value.verdict if isinstance(value, Icp) else verdict
    return Evidence(company.domain, won, traits, kinds, text, verdict)


def traits_of(name: str, value: Value) -> tuple[Collection[Kind], Mapping[Trait, str]]:
    """Of one value, with the words they stand on."""
    match value:
        case Icp() if value.verdict != "unjudged":
            words = {("disqualifier", "yes"): "applies", ("disqualifier", "no"): "does not apply"}
            other = {"yes": "met", "no": "not met"}
            return {"criterion"}, {
                Trait("criterion", one.criterion, words.get((one.kind, one.met), other[one.met])): one.quote
                for one in value.findings
                if one.verified and one.quote and one.met in other
            }
        case Careers() if value.status in ("openings", "no_openings"):
            titles = {one.function: one.title for one in reversed(value.postings) if one.function}
            hiring = {Trait("hiring", f"hires for {name}"): titles.get(name, "") for name in value.by_function}
            return {"hiring"}, hiring | ({Trait("hiring", "has openings"): value.reason} if value.open_count else {})
        case News():
            return {"news"}, {Trait("news", f"news of {one.kind}"): one.title for one in reversed(value.stories)}
        case Answer() if value.model is not None:
            if value.status == "unknown":
                return {"answer"}, {Trait("answer", name, "unknown"): ""}
            said = value.answer if isinstance(value.answer, list) else [value.answer]
            quote = next(iter(value.quotes), "")
            return {"answer"}, {
                Trait("answer", name, truncate_line(_word(each), LONGEST_ANSWER)): truncate_line(quote, SHOWN)
                for each in said
                if isinstance(each, str | bool)
            }
        case _:
            return (), {}


def _word(said: str | bool) -> str:
    return ("no", "yes")[said] if isinstance(said, bool) else said
