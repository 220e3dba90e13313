"""Does this company fit the Ideal Customer Profile, by the evidence of its stored page?

The model proposes, the page decides. Rules, in this order:

1. A page that is not this company's, or has no text, is ``unjudged``: no call, no cost.
2. A quote that is not in the evidence (``pages.evidence``), says nothing about a company or, for a must-have that is
   met, stands in a part of the page that is about something else (``pages.telling``), is dropped, and its finding
   becomes ``unknown``. So does a finding without a quote.
3. ``fit`` stands only when a verified quote shows each must-have to be met, and none shows a must-have not met or a
   disqualifier applying. Else ``unclear``. A must-have marked ``unless_contradicted`` needs no quote of its own, but at
   least one must-have has to be shown.
4. ``not_fit`` stands only when a verified quote speaks against the company: a disqualifier that applies, or another
   criterion not met. Else ``unclear``: a wrong "not a fit" is never seen again.
5. An answer that says yes to every must-have and every disqualifier is ``unclear``. A text that only repeats our
   question is left out.
6. The score is the model's, moved into the band of the verdict: fit 60-100, unclear 30-69, not_fit 0-40, unjudged 0.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field

from enrichment_assets.artifacts.base import ProduceContext, Value
from enrichment_assets.artifacts.icp.profile import CriterionKind, IcpProfile, load_profile
from enrichment_assets.artifacts.icp.prompt import (
    NOBODY,
    Subject,
    build_prompt,
    prompt_version,
    question,
    subject_words,
    words_of_ours,
)
from enrichment_assets.artifacts.icp.schema import CriterionAnswer, IcpAnswer
from enrichment_assets.artifacts.website.artifact import Website
from enrichment_assets.core.errors import PermanentError
from enrichment_assets.pages.evidence import evidence, excerpt
from enrichment_assets.pages.model_text import model_text
from enrichment_assets.pages.telling import Page, without_our_own

if TYPE_CHECKING:
    from enrichment_assets.core.settings import Settings
    from enrichment_assets.providers.call.ledger import CostScope
    from enrichment_assets.providers.clients import Providers

MOST_ANSWER_TOKENS = 1_500

_CRITERION_ID = re.compile(r"\b[MDSR]\d{1,2}\b", re.IGNORECASE)


class Finding(BaseModel):
    """One criterion of the profile, and the words on the page that speak for or against it."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    criterion: str
    kind: CriterionKind = "must_have"
    met: Literal["yes", "no", "unknown"]
    quote: str | None = Field(None, description="The page's own words, found in the stored page, or None.")
    verified: bool = Field(False, description="The quote was found in the stored page.")

    @property
    def supports(self) -> bool:
        """Speaks for the company, with a verified quote."""
        return self.verified and self.kind != "disqualifier" and self.met == "yes"

    @property
    def opposes(self) -> bool:
        """Speaks against the company, with a verified quote."""
        return self.verified and self.met == ("yes" if self.kind == "disqualifier" else "no")


class Icp(Value):
    """The judgement. ``unclear`` is an answer; ``unjudged`` means there was no page of this company to judge."""

    verdict: Literal["fit", "not_fit", "unclear", "unjudged"]
    score: int = Field(ge=0, le=100)
    reason: str
    findings: tuple[Finding, ...] = ()
    summary: str = ""
    industry: str | None = None
    business_model: Literal["B2B", "B2C", "both"] | None = None
    sells: str | None = None
    serves: str | None = None
    size_hint: str | None = None
    disqualification: str | None = Field(None, description="Why not, when the verdict is not_fit.")
    page_url: str | None = None
    page_sha256: str | None = None
    model: str | None = Field(None, description="The model that answered.")
    prompt_version: str = ""
    profile: str = Field("", description="Hash of the profile it was judged by.")
    volatile: ClassVar[frozenset[str]] = frozenset()


async def produce(context: ProduceContext) -> Icp:
    """Ask the LLM, then verify each quote. Raises what the LLM client raises."""
    website = context.need("website", Website)
    profile = load_profile(context.settings).profile
    subject = Subject(context.company.name, context.company.domain)
    return await judge(website, subject, profile, context.providers, context.scope)


def read_evidence(markdown: str) -> tuple[str, str]:
    """The evidence of a stored page, and the part of it that the model reads. Pure."""
    text = evidence(markdown)
    return text, excerpt(text)


async def judge(website: Website, subject: Subject, profile: IcpProfile, providers: Providers, scope: CostScope) -> Icp:
    """The judgement of one stored page."""
    if website.judgeable and website.text_was_dropped:
        raise PermanentError("icp", "the page's text is no longer kept (ENRICHMENT_KEEP_PAGE_TEXT_DAYS): use --refresh")
    read, what = providers.readers.read, f"the page of {subject.domain or website.url}"
    text, shown = await read(what, read_evidence, website.text) if website.judgeable else ("", "")
    if not text:
        return Icp(
            verdict="unjudged",
            score=0,
            reason=website.reason if not website.judgeable else "the page has no readable text",
            page_url=website.final_url,
            page_sha256=website.text_sha256 or None,
            prompt_version=prompt_version(),
            profile=profile.sha,
        )
    prompt = build_prompt(profile, subject, shown)
    answered = await providers.llm.ask(prompt, IcpAnswer, scope, max_tokens=MOST_ANSWER_TOKENS)
    answer, findings = await read(what, read_answer, answered.value, profile, text, subject)
    verdict, reason = apply_rules(answer, findings, profile)
    return Icp(
        verdict=verdict,
        score=_into_band(answer.score, verdict),
        reason=reason,
        findings=findings,
        summary=answer.summary,
        industry=answer.industry or None,
        business_model=answer.business_model,
        sells=answer.sells or None,
        serves=answer.serves or None,
        size_hint=answer.size_hint or None,
        disqualification=(answer.disqualification or reason) if verdict == "not_fit" else None,
        page_url=website.final_url,
        page_sha256=website.text_sha256,
        model=answered.model,
        prompt_version=prompt_version(),
        profile=profile.sha,
    )


def read_answer(
    answer: IcpAnswer, profile: IcpProfile, evidence_text: str, subject: Subject
) -> tuple[IcpAnswer, tuple[Finding, ...]]:
    """The model's answer with its texts as they may leave, and its verified findings. Pure."""
    cleaned = _cleaned(answer, profile, subject)
    return cleaned, verify(cleaned.findings, profile, evidence_text, subject)


def _cleaned(answer: IcpAnswer, profile: IcpProfile, subject: Subject) -> IcpAnswer:
    """The answer with its texts as they may leave, without what only repeats our question."""
    ours = words_of_ours(profile)
    texts = {
        name: model_text(without_our_own(value, ours), own_domain=subject.domain or "")
        for name in ("summary", "industry", "sells", "serves", "size_hint", "disqualification", "reason")
        if (value := getattr(answer, name))
    }
    return answer.model_copy(update=texts)


def verify(
    answers: Sequence[CriterionAnswer], profile: IcpProfile, evidence_text: str, subject: Subject = NOBODY
) -> tuple[Finding, ...]:
    """One finding per criterion of the profile, in its order; what the page does not say is ``unknown``.

    A criterion that was not answered is unknown, one that was answered twice counts by its first verified quote,
    answers to criteria that do not exist are dropped.
    """
    names = [name for name in (subject.name, subject.domain) if name]
    page = Page(evidence_text, names=names, question=question(profile), subject=subject_words(profile))
    kinds = {criterion.id: criterion.kind for criterion in profile.criteria}
    found: dict[str, tuple[Literal["yes", "no", "unknown"], str]] = {}
    for answer in answers:
        criterion_id = _id_in(answer.criterion, profile)
        # What speaks against a company is not lost so easily: it keeps a model's "fit" from standing.
        near = kinds.get(criterion_id) == "must_have" and answer.met == "yes"
        quote = page.quote(answer.quote, near=near) if answer.quote and answer.met != "unknown" else None
        if quote is not None:
            found.setdefault(criterion_id, (answer.met, quote))
    findings = []
    for criterion in profile.criteria:
        met, quote = found.get(criterion.id, ("unknown", None))
        findings.append(
            Finding(criterion=criterion.text, kind=criterion.kind, met=met, quote=quote, verified=quote is not None)
        )
    return tuple(findings)


def _id_in(named: str, profile: IcpProfile) -> str:
    """The id of the criterion that the model names, as it was asked to or by the criterion's own words; else ""."""
    if match := _CRITERION_ID.search(named):
        return match[0].upper()
    return next((criterion.id for criterion in profile.criteria if criterion.text == named.strip()), "")


def apply_rules(
    answer: IcpAnswer, findings: Sequence[Finding], profile: IcpProfile
) -> tuple[Literal["fit", "not_fit", "unclear"], str]:
    """The verdict that the verified quotes allow, and its reason (rules 3 to 5)."""
    if _says_yes_to_all(answer, profile):
        return "unclear", "the model says yes to everything, must-haves and disqualifiers alike"
    if answer.verdict == "fit":
        against = next((f for f in findings if f.opposes and f.kind in ("must_have", "disqualifier")), None)
        if against is not None:
            return (
                "unclear",
                f"the model says fit, yet the page says “{model_text(against.quote or '')}” ({against.criterion})",
            )
        shown = {finding.criterion for finding in findings if finding.kind == "must_have" and finding.supports}
        lacking = [each.text for each in profile.must_haves if each.text not in shown and not each.unless_contradicted]
        if lacking:
            return "unclear", f"the model says fit, but no telling quote on the page shows that: {lacking[0]}"
        if not shown:
            return "unclear", "the model says fit, but no telling quote on the page shows a must-have"
    if answer.verdict == "not_fit" and not any(finding.opposes for finding in findings):
        return "unclear", "the model says not a fit, but no quote that speaks against it is on the page"
    return answer.verdict, answer.reason or "the model gave no reason that can be shown"


def _says_yes_to_all(answer: IcpAnswer, profile: IcpProfile) -> bool:
    """Whether it was said of each must-have and each disqualifier: then nothing was looked at."""
    said = {_id_in(each.criterion, profile): each.met for each in answer.findings}
    judged = [criterion for criterion in profile.criteria if criterion.kind in ("must_have", "disqualifier")]
    kinds = {criterion.kind for criterion in judged}
    return len(kinds) == 2 and all(said.get(criterion.id) == "yes" for criterion in judged)


_BANDS = {"fit": (60, 100), "unclear": (30, 69), "not_fit": (0, 40)}


def _into_band(score: int, verdict: str) -> int:
    low, high = _BANDS[verdict]
    return min(max(score, low), high)


def summary(icp: Icp) -> str:
    """The value in one word: the verdict."""
    return icp.verdict


def decided_by(settings: Settings) -> object:
    """Prompt, schema, models and profile. Raises MisconfiguredError when the profile cannot be used."""
    models = settings.openrouter_model, settings.openrouter_fallback_model
    return prompt_version(), models, load_profile(settings).profile.sha
