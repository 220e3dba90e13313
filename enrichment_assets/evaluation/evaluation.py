"""How good is the ICP judgement? Labelled companies in, figures and the misjudged ones out.

Exactly the judgement of a run (``icp.judge``: same prompt, same checks of quotes) over texts that are taken as the
stored pages. A label says whether the company fits; the verdicts are fit, unclear and not_fit, and failed where no
usable answer came. Nothing is guessed for unclear and failed ones: they count against recall, not against precision.
"""

import asyncio
import hashlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import regex

from enrichment_assets.artifacts.icp.artifact import Icp, judge
from enrichment_assets.artifacts.icp.profile import IcpProfile
from enrichment_assets.artifacts.icp.prompt import Subject
from enrichment_assets.artifacts.website.artifact import Website
from enrichment_assets.core.errors import BudgetReachedError, MisconfiguredError, OutOfCreditError, ProviderError
from enrichment_assets.providers.call.answers import Answers
from enrichment_assets.providers.call.ledger import Ledger
from enrichment_assets.providers.clients import Providers

VERDICTS = ("fit", "unclear", "not_fit", "unjudged", "failed", "budget")
HIDDEN = "the company"

_LEGAL_FORMS = (
    r"(?:,?\s{1,5}(?:inc|llc|ltd|limited|gmbh|ag|corp|corporation|co|company|plc|s\.?a|se|bv|oy|ab|group|holdings?)"
    r"\b\.?){0,4}"
)


@dataclass(frozen=True, slots=True)
class Labelled:
    """One company whose answer is known. ``row`` counts from 1."""

    row: int
    name: str
    domain: str
    text: str
    fits: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """One company with its verdict and what that cost. ``icp`` is None where no judgement came, for ``failure``."""

    labelled: Labelled
    icp: Icp | None
    verdict: str
    cost_usd: float
    failure: str = ""

    @property
    def correct(self) -> bool:
        """The verdict says what the label says."""
        return self.verdict == ("fit" if self.labelled.fits else "not_fit")

    @property
    def misjudged(self) -> bool:
        """A definite verdict, and the wrong one."""
        return self.verdict in ("fit", "not_fit") and not self.correct


@dataclass(frozen=True, slots=True)
class Figures:
    """What came out. Rates are None where nothing can be divided."""

    companies: int
    confusion: Mapping[str, Mapping[str, int]]
    """Label (fits, fits_not) to verdict to count."""
    precision: float | None
    """Of the companies judged fit, the share that fits."""
    recall: float | None
    """Of the companies that fit, the share judged fit."""
    not_fit_precision: float | None
    """Of the companies judged not_fit, the share that does not fit: 1 minus this is never seen again."""
    unclear_rate: float | None
    """Of those judged, the share that was unclear."""
    correct: int
    cost_usd: float
    usd_per_company: float | None
    usd_per_correct: float | None
    quotes: int
    """Verified quotes, all companies together."""


async def evaluate(
    companies: Sequence[Labelled],
    profile: IcpProfile,
    providers: Providers,
    ledger: Ledger,
    *,
    parallel: int,
    mask_names: bool,
    answers: Answers | None = None,
    on_judged: Callable[[Judged], None] = lambda _judged: None,
) -> list[Judged]:
    """Judge all companies, ``parallel`` at a time, in the order given. What was judged before costs nothing.

    Raises MisconfiguredError and OutOfCreditError, which would befall every company; other failures are results.
    """
    semaphore = asyncio.Semaphore(parallel)

    async def one(company: Labelled) -> Judged:
        async with semaphore:
            judged = await _judge(
                masked(company) if mask_names else company, profile, providers, ledger, answers, mask_names=mask_names
            )
            on_judged(judged)
            return judged

    tasks = [asyncio.create_task(one(company)) for company in companies]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _judge(
    company: Labelled,
    profile: IcpProfile,
    providers: Providers,
    ledger: Ledger,
    answers: Answers | None,
    *,
    mask_names: bool,
) -> Judged:
    key = f"{company.row}:{company.domain}"
    scope = ledger.scope(key, "icp", None if answers is None else answers.of(company.domain, "icp"))
    subject = Subject(None, None) if mask_names else Subject(company.name, company.domain or None)
    verdict: Literal["failed", "budget"]
    try:
        icp = await judge(_as_page(company), subject, profile, providers, scope)
        return Judged(company, icp, icp.verdict, scope.cost_usd)
    except (MisconfiguredError, OutOfCreditError):
        raise
    except BudgetReachedError as error:
        verdict, failure = "budget", str(error)
    except ProviderError as error:
        verdict, failure = "failed", str(error)
    finally:
        ledger.close_company(key)
    return Judged(company, None, verdict, scope.cost_usd, failure)


def masked(company: Labelled) -> Labelled:
    """The company with its name, its domain and the domain's own word replaced by "the company" in its text."""
    label = company.domain.partition(".")[0]
    spellings = {company.name.strip(), company.name.partition("(")[0].strip(), company.domain, label}
    spellings |= {regex.sub(rf"{_LEGAL_FORMS}$", "", name, flags=regex.IGNORECASE) for name in tuple(spellings)}
    wanted = sorted((spelling for spelling in spellings if len(spelling) >= 3), key=len, reverse=True)
    if not wanted:
        return company
    pattern = "|".join(r"[\s\-]+".join(map(regex.escape, spelling.split())) for spelling in wanted)
    whole = rf"(?<![\p{{L}}\p{{N}}])(?:{pattern}){_LEGAL_FORMS}(?![\p{{L}}\p{{N}}])"
    text = regex.sub(whole, HIDDEN, company.text, flags=regex.IGNORECASE)
    return Labelled(company.row, company.name, company.domain, text, company.fits)


def figures(judged: Sequence[Judged]) -> Figures:
    """The figures of an evaluation."""
    counts = Counter((one.labelled.fits, one.verdict) for one in judged)
    confusion = {
        name: {verdict: counts[fits, verdict] for verdict in VERDICTS}
        for name, fits in (("fits", True), ("fits_not", False))
    }
    fit, not_fit = confusion["fits"], confusion["fits_not"]
    done = sum(one.icp is not None for one in judged)
    correct = sum(one.correct for one in judged)
    cost_usd = sum(one.cost_usd for one in judged)
    return Figures(
        companies=len(judged),
        confusion=confusion,
        precision=_share(fit["fit"], fit["fit"] + not_fit["fit"]),
        recall=_share(fit["fit"], sum(fit.values())),
        not_fit_precision=_share(not_fit["not_fit"], fit["not_fit"] + not_fit["not_fit"]),
        unclear_rate=_share(fit["unclear"] + not_fit["unclear"], done),
        correct=correct,
        cost_usd=cost_usd,
        usd_per_company=_share(cost_usd, len(judged)),
        usd_per_correct=_share(cost_usd, correct),
        quotes=sum(finding.verified for one in judged if one.icp for finding in one.icp.findings),
    )


def report(judged: Sequence[Judged], *, model: str, profile: str, mask_names: bool) -> dict[str, Any]:
    """Everything as one JSON-able document: the figures, and each misjudged company with its quotes."""
    return {
        "model": model,
        "profile": profile,
        "mask_names": mask_names,
        "figures": asdict(figures(judged)),
        "misjudged": [_told(one) for one in judged if one.misjudged],
        "failed": [{**_who(one), "reason": one.failure} for one in judged if one.icp is None],
        "verdicts": [_told(one) for one in judged if one.icp is not None],
    }


def _told(one: Judged) -> dict[str, Any]:
    icp = one.icp
    assert icp is not None  # noqa: S101 - callers leave out those without a judgement
    quotes = [{"criterion": f.criterion, "met": f.met, "quote": f.quote} for f in icp.findings if f.quote]
    return _who(one) | {
        "verdict": one.verdict,
        "score": icp.score,
        "reason": icp.reason,
        "quotes": quotes,
        "model": icp.model,
        "cost_usd": one.cost_usd,
    }


def _who(one: Judged) -> dict[str, Any]:
    company = one.labelled
    return {"row": company.row, "company": company.name, "domain": company.domain, "fits": company.fits}


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None


def _as_page(company: Labelled) -> Website:
    url = f"https://{company.domain}/" if company.domain else ""
    return Website(
        landed="same_site",
        judgeable=bool(company.text.strip()),
        reason="from the labelled file" if company.text.strip() else "no text in the labelled file",
        url=url,
        final_url=url,
        status=200,
        text=company.text,
        text_sha256=hashlib.sha256(company.text.encode("utf-8", "replace")).hexdigest(),
        source="direct",
        fetched_at=datetime.now(UTC),
    )
