"""``enrich what-if --icp OTHER``: what another profile would say of the pages that are stored."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from pydantic import BaseModel

from enrichment_assets.cli.common_options import answers
from enrichment_assets.cli.echo import JSON, confirm, is_asked, plain, say, tell
from enrichment_assets.cli.main import UNUSABLE
from enrichment_assets.cli.opening import open_settings, usable_settings
from enrichment_assets.evaluation.evaluation import Figures

if TYPE_CHECKING:
    from enrichment_assets.artifacts.icp.profile import IcpProfile
    from enrichment_assets.core.settings import Settings
    from enrichment_assets.evaluation.what_if import Page, Verdict

PARALLEL = 20
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


class Judgement(BaseModel):
    """One company's verdict as stored and by the other profile, and the criterion and quote that tell."""

    domain: str
    before: str | None
    after: str | None
    criterion: str | None
    quote: str | None
    reason: str


class WhatIf(BaseModel):
    """All verdicts, those that flip, what was paid (US dollars), and both profiles' figures where there are labels."""

    pages: int
    cost_usd: float
    flips: list[Judgement]
    verdicts: list[Judgement]
    stored: Figures | None
    what_if: Figures | None


@click.command(name="what-if")
@answers(WhatIf)
@click.option("--icp", "profile", required=True, type=_FILE, help="The other profile.")
@click.option("--sample", type=click.IntRange(min=1), metavar="N", help="Judge N of the stored pages, always the same.")
@click.option("--labels", type=_FILE, help="Sites with the right answers: precision and recall of both profiles.")
@click.option("--budget", type=click.FloatRange(min=0), metavar="USD", help="Stop before spending more than this.")
@click.option("--yes", is_flag=True, help="Do not ask before paying; with --json nobody is asked.")
@click.option("--sandbox", is_flag=True, help="Of the sandbox's pages, by the sandbox's model.")
def what_if(
    *,
    profile: Path,
    sample: int | None,
    labels: Path | None,
    budget: float | None,
    yes: bool,
    sandbox: bool,
) -> None:
    """Judge stored pages by another profile and show which verdicts would flip, each with its quote.

    No page is fetched. What was asked before costs nothing, and what is bought here counts when the profile is adopted.

    Exit status: 0, 1 when some could not be judged, 2 for unusable input or settings.
    """
    with open_settings(usable_settings(), [], sandbox=sandbox, webhook=None) as settings:
        raise SystemExit(_what_if(settings, profile, sample, labels, budget, yes=yes))


def _what_if(
    settings: "Settings",
    profile: Path,
    sample: int | None,
    labels: Path | None,
    budget: float | None,
    *,
    yes: bool,
) -> int:
    from enrichment_assets.artifacts.icp.profile import parse_profile  # noqa: PLC0415 - `enrich --help` stays quick
    from enrichment_assets.core.errors import MisconfiguredError, OutOfCreditError  # noqa: PLC0415
    from enrichment_assets.evaluation.labelled_file import LabelledFileError, read_labels  # noqa: PLC0415
    from enrichment_assets.evaluation.what_if import stored_pages, with_labels  # noqa: PLC0415

    try:
        other = parse_profile(profile.read_text(encoding="utf-8"), str(profile))
        known = read_labels(labels) if labels else {}
        pages, companies = stored_pages(settings, sample)
        say(f"{len(pages)} stored pages of {companies} companies can be judged.")
        verdicts = _judged(pages, other, settings, budget, ask=not (yes or is_asked(JSON)))
    except (LabelledFileError, MisconfiguredError, OutOfCreditError, UnicodeDecodeError) as error:
        say(f"enrich what-if: {plain(str(error))}", err=True)
        return UNUSABLE
    measured = with_labels(verdicts, known) if known else None
    tell(_document(verdicts, measured))
    _show(verdicts, measured)
    return int(any(one.after is None for one in verdicts))


def _judged(
    pages: "Sequence[Page]",
    profile: "IcpProfile",
    settings: "Settings",
    budget: float | None,
    *,
    ask: bool,
) -> "list[Verdict]":
    """All judged: first from the store, then, once the price is known, by the model."""
    import asyncio  # noqa: PLC0415

    from enrichment_assets.cli.opening import kept_answers  # noqa: PLC0415
    from enrichment_assets.engine.replay import offline_providers  # noqa: PLC0415
    from enrichment_assets.evaluation.what_if import judge_pages  # noqa: PLC0415
    from enrichment_assets.providers.call.ledger import Ledger  # noqa: PLC0415
    from enrichment_assets.providers.clients import open_providers  # noqa: PLC0415
    from enrichment_assets.storage.state import limits_of_runs  # noqa: PLC0415

    def ledger() -> Ledger:
        return Ledger(run_cap_usd=budget, company_cap_usd=settings.enrichment_company_budget_usd)

    async def from_store() -> "list[Verdict | None]":
        async with (
            kept_answers(settings, only_stored=True) as answers,
            offline_providers(settings, judge_pages.__module__) as (providers, _),
        ):
            if answers is None:
                return [None] * len(pages)
            return await judge_pages(pages, profile, providers, ledger(), answers, parallel=PARALLEL)

    async def by_asking(of: "Sequence[Page]") -> "list[Verdict | None]":
        with limits_of_runs(settings) as book:
            async with (
                kept_answers(settings) as answers,
                open_providers(settings, [judge_pages.__module__], book=book) as providers,
            ):
                return await judge_pages(of, profile, providers, ledger(), answers, parallel=PARALLEL)

    found = asyncio.run(from_store())
    unknown = [page for page, verdict in zip(pages, found, strict=True) if verdict is None]
    calls = f"{len(unknown)} calls to {settings.openrouter_model}, about ${len(unknown) * _usd_each(settings):.4f}"
    say(f"{len(pages) - len(unknown)} are judged already; {calls}.")
    if unknown:
        if ask:
            confirm("Ask?")
        asked = iter(asyncio.run(by_asking(unknown)))
        found = [next(asked) if verdict is None else verdict for verdict in found]
    return [verdict for verdict in found if verdict is not None]


def _usd_each(settings: "Settings") -> float:
    """What a judgement has cost here so far; else what a page of usual length costs by the price list."""
    from enrichment_assets.providers.prices import listed_price, model_price  # noqa: PLC0415
    from enrichment_assets.storage.answers.store import open_answers  # noqa: PLC0415

    store = open_answers(settings)
    if store is not None:
        try:
            bought = store.backend.bought().get("icp")
        finally:
            store.close()
        if bought is not None and bought.cost_usd:
            return bought.cost_usd / bought.answers
    price = listed_price(settings.openrouter_model) or model_price(settings.openrouter_model)
    return price.usd(4_000, 400)


def _show(verdicts: "Sequence[Verdict]", measured: "tuple[Figures, Figures] | None") -> None:
    before = Counter(one.page.before.verdict if one.page.before else "none" for one in verdicts)
    after = Counter(one.after.verdict if one.after else "failed" for one in verdicts)
    say(f"\n{'verdict':<12}{'stored':>8}{'what if':>9}")
    for verdict in dict.fromkeys((*after, *before)):
        say(f"{verdict:<12}{before[verdict]:>8}{after[verdict]:>9}")
    flips = [one for one in verdicts if one.flipped]
    say(f"\n{len(flips)} verdicts flip" + (":" if flips else "."))
    for one in flips:
        if one.page.before is not None and one.after is not None:
            say(plain(f"  {one.page.company.domain}: {one.page.before.verdict} → {one.after.verdict}"))
            say(plain(f"      {_because(one)}"))
    if measured is not None:
        old, new = measured
        say(f"Of {old.companies} labelled companies, stored and what if:")
        say(f"  precision {_percent(old.precision)} → {_percent(new.precision)}")
        say(f"  recall    {_percent(old.recall)} → {_percent(new.recall)}")
    say(f"\nPaid: ${sum(one.cost_usd for one in verdicts):.6f}")
    failed = [one.failure for one in verdicts if one.after is None]
    if failed:
        say(f"{len(failed)} could not be judged, the first because: {plain(failed[0])}", err=True)


def _because(one: "Verdict") -> str:
    finding = one.telling
    if finding is None or not finding.quote:
        return one.after.reason if one.after else one.failure
    return f"{finding.met}: {finding.criterion} “{finding.quote}”"


def _percent(rate: float | None) -> str:
    return "-" if rate is None else f"{rate:.1%}"


def _document(verdicts: "Sequence[Verdict]", measured: "tuple[Figures, Figures] | None") -> WhatIf:
    def told(one: "Verdict") -> Judgement:
        finding = one.telling
        return Judgement(
            domain=one.page.company.domain,
            before=one.page.before.verdict if one.page.before else None,
            after=one.after.verdict if one.after else None,
            criterion=finding.criterion if finding else None,
            quote=finding.quote if finding else None,
            reason=one.after.reason if one.after else one.failure,
        )

    return WhatIf(
        pages=len(verdicts),
        cost_usd=sum(one.cost_usd for one in verdicts),
        flips=[told(one) for one in verdicts if one.flipped],
        verdicts=[told(one) for one in verdicts],
        stored=measured[0] if measured else None,
        what_if=measured[1] if measured else None,
    )
