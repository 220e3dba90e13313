"""What another profile would say: stored pages judged by it, beside what is stored, before anybody adopts it.

The question to the model is the very one that a run would ask, so what is bought here counts once the profile is
adopted. Pages are read from the value store; no site is fetched.
"""

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import ValidationError

from enrichment_assets.artifacts.icp.artifact import Finding, Icp, judge
from enrichment_assets.artifacts.icp.profile import IcpProfile
from enrichment_assets.artifacts.icp.prompt import Subject
from enrichment_assets.artifacts.website.artifact import Website
from enrichment_assets.companies.company import Company
from enrichment_assets.core.errors import (
    BudgetReachedError,
    MisconfiguredError,
    NotStoredError,
    OutOfCreditError,
    ProviderError,
)
from enrichment_assets.core.settings import Settings
from enrichment_assets.evaluation.evaluation import Figures, Judged, Labelled, figures
from enrichment_assets.providers.call.answers import Answers
from enrichment_assets.providers.call.ledger import Ledger
from enrichment_assets.providers.clients import Providers
from enrichment_assets.storage.artifacts import ArtifactStore
from enrichment_assets.storage.names import Names
from enrichment_assets.storage.state import open_state

V = TypeVar("V", Website, Icp)
SEED = 1
"""The same sample each time: the second look at it costs nothing."""
ARTIFACT = "icp"


@dataclass(frozen=True)
class Page:
    """A company with its stored page, and its stored judgement where there is one."""

    company: Company
    website: Website
    before: Icp | None


@dataclass(frozen=True)
class Verdict:
    """One page judged by the other profile; ``after`` is None where no judgement came, for ``failure``."""

    page: Page
    after: Icp | None
    cost_usd: float = 0.0
    failure: str = ""

    @property
    def flipped(self) -> bool:
        """The other profile says something else."""
        before, after = self.page.before, self.after
        return before is not None and after is not None and before.verdict != after.verdict

    @property
    def telling(self) -> Finding | None:
        """The verified finding that speaks for the new verdict."""
        if self.after is None:
            return None
        found = [finding for finding in self.after.findings if finding.verified]
        speaking = [one for one in found if (one.supports if self.after.verdict == "fit" else one.opposes)]
        return next(iter(speaking or found), None)


def stored_pages(settings: Settings, sample: int | None) -> tuple[list[Page], int]:
    """Companies whose stored page can be judged, all or a sample; and how many there are in all. Raises OSError."""
    state, store = open_state(settings), ArtifactStore(settings.store_url)
    try:
        companies = sorted(Names(state).everyone(), key=lambda company: company.domain)
        random.Random(SEED).shuffle(companies)  # noqa: S311 - a sample
        found: list[Page] = []
        for company in companies:
            if sample is not None and len(found) >= sample:
                break
            website = _stored(store, company.domain, "website", Website)
            if website is not None and website.judgeable and website.text:
                found.append(Page(company, website, _stored(store, company.domain, ARTIFACT, Icp)))
        return found, len(companies)
    finally:
        store.close()
        state.dispose()


def _stored(store: ArtifactStore, domain: str, artifact: str, model: type[V]) -> V | None:
    envelope = store.get(artifact, domain)
    try:
        return None if envelope is None else model.model_validate(envelope.value)
    except ValidationError:
        return None


async def judge_pages(
    pages: Sequence[Page],
    profile: IcpProfile,
    providers: Providers,
    ledger: Ledger,
    answers: Answers | None,
    *,
    parallel: int,
) -> list[Verdict | None]:
    """Judge the pages by a profile, in their order; None where nobody may be asked and the answer is not stored.

    Raises MisconfiguredError and OutOfCreditError, which would befall every page; other failures are results.
    """
    turnstile = asyncio.Semaphore(parallel)

    async def one(page: Page) -> Verdict | None:
        domain = page.company.domain
        scope = ledger.scope(domain, ARTIFACT, None if answers is None else answers.of(domain, ARTIFACT))
        async with turnstile:
            try:
                icp = await judge(page.website, Subject(page.company.name, domain), profile, providers, scope)
                return Verdict(page, icp, scope.cost_usd)
            except NotStoredError:
                return None
            except (MisconfiguredError, OutOfCreditError):
                raise
            except (ProviderError, BudgetReachedError) as error:
                return Verdict(page, None, scope.cost_usd, str(error))
            finally:
                ledger.close_company(domain)

    tasks = [asyncio.create_task(one(page)) for page in pages]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def with_labels(verdicts: Sequence[Verdict], labels: Mapping[str, bool]) -> tuple[Figures, Figures]:
    """How good the stored judgements and the new ones are, on the companies whose answer is known."""
    before: list[Judged] = []
    after: list[Judged] = []
    for row, one in enumerate(verdicts, 1):
        company = one.page.company
        if company.domain not in labels:
            continue
        labelled = Labelled(row, company.name, company.domain, "", labels[company.domain])
        for judged, icp in ((before, one.page.before), (after, one.after)):
            judged.append(Judged(labelled, icp, "failed" if icp is None else icp.verdict, 0.0))
    return figures(before), figures(after)
