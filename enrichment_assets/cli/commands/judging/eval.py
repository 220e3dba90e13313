"""``enrich eval``: how good is the ICP judgement, on companies whose answer is known?"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from pydantic import BaseModel

from enrichment_assets.cli.common_options import answers
from enrichment_assets.cli.echo import plain, say, tell, terminal
from enrichment_assets.cli.opening import usable_settings
from enrichment_assets.evaluation.evaluation import Figures

if TYPE_CHECKING:
    from rich.console import Console

    from enrichment_assets.core.settings import Settings
    from enrichment_assets.evaluation.evaluation import Judged, Labelled

MOST_SHOWN = 50
"""Misjudged companies listed on the screen; --output has all of them."""


class Verdict(BaseModel):
    """One company of the file and its verdict, with the quotes it stands on."""

    row: int
    company: str
    domain: str
    fits: bool
    verdict: str
    score: int
    reason: str
    quotes: list[dict[str, str]]
    model: str | None
    cost_usd: float


class FailedJudgement(BaseModel):
    """One company that could not be judged."""

    row: int
    company: str
    domain: str
    fits: bool
    reason: str


class Evaluation(BaseModel):
    """The figures, what was misjudged, what failed, and every verdict."""

    model: str
    profile: str
    mask_names: bool
    figures: Figures
    misjudged: list[Verdict]
    failed: list[FailedJudgement]
    verdicts: list[Verdict]


@click.command(name="eval")
@answers(Evaluation)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--model", help="Ask this model instead of OPENROUTER_MODEL, on every attempt.")
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="Judge the first N companies only.")
@click.option("--mask-names", is_flag=True, help="Hide each company's name and domain from the model.")
@click.option(
    "--output", type=click.Path(dir_okay=False, writable=True, path_type=Path), help="Write all of it as JSON."
)
@click.option("--parallel", type=click.IntRange(1, 1000), default=20, show_default=True, help="Companies at a time.")
@click.option("--budget", type=click.FloatRange(min=0), metavar="USD", help="Stop before spending more than this.")
@click.option("--text", "text_column", metavar="COLUMN", help="The column with the page text, if it is not found.")
@click.option("--label", "label_column", metavar="COLUMN", help="The column with the right answer, if it is not found.")
def evaluate(  # noqa: PLR0917 - click passes them by name
    file: Path,
    model: str | None,
    limit: int | None,
    mask_names: bool,
    output: Path | None,
    parallel: int,
    budget: float | None,
    text_column: str | None,
    label_column: str | None,
) -> None:
    """Measure the ICP judgement on a labelled FILE (csv, tsv, parquet, jsonl).

    FILE has one company per row: its text, whether it fits (1 or 0), and, if you like, name and website. Each is judged
    as in a run: the same prompt, the profile of this folder, quotes verified. Works with any OpenAI-compatible endpoint
    (OPENROUTER_BASE_URL). Answers are kept for two weeks: the same again costs nothing.

    Exit status: 0, 1 when companies failed or the budget ended it, 2 for unusable input or settings.
    """
    import asyncio  # noqa: PLC0415 - `enrich --help` stays quick

    from enrichment_assets.artifacts.icp.profile import load_profile  # noqa: PLC0415
    from enrichment_assets.core.errors import MisconfiguredError, OutOfCreditError  # noqa: PLC0415
    from enrichment_assets.evaluation.evaluation import figures, report  # noqa: PLC0415
    from enrichment_assets.evaluation.labelled_file import LabelledFileError, read_labelled  # noqa: PLC0415

    settings = usable_settings()
    if model:
        settings = settings.model_copy(update={"openrouter_model": model, "openrouter_fallback_model": model})
    console = terminal()
    try:
        loaded = load_profile(settings)
        companies = read_labelled(file, text=text_column, label=label_column)[:limit]
        console.print(
            f"{len(companies)} companies, {settings.openrouter_model}, judged by {loaded.source}", markup=False
        )
        judged = asyncio.run(_judge_all(companies, settings, parallel=parallel, budget=budget, mask_names=mask_names))
    except (LabelledFileError, MisconfiguredError, OutOfCreditError) as error:
        say(f"enrich eval: {error}", err=True)
        raise SystemExit(2) from None
    result = figures(judged)
    _show(console, result, [one for one in judged if one.misjudged])
    told = report(judged, model=settings.openrouter_model, profile=loaded.source, mask_names=mask_names)
    document = Evaluation.model_validate(told)
    tell(document)
    if output is not None:
        output.write_text(document.model_dump_json(indent=2), encoding="utf-8")
        console.print(f"Written: {output}", markup=False)
    failed = [one for one in judged if one.icp is None]
    if failed:
        console.print(
            f"{len(failed)} could not be judged, the first because: {plain(str(failed[0].failure))}", markup=False
        )
        raise SystemExit(1)


async def _judge_all(
    companies: "Sequence[Labelled]", settings: "Settings", *, parallel: int, budget: float | None, mask_names: bool
) -> "list[Judged]":
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress  # noqa: PLC0415

    from enrichment_assets.artifacts.icp.profile import load_profile  # noqa: PLC0415
    from enrichment_assets.cli.opening import kept_answers  # noqa: PLC0415
    from enrichment_assets.evaluation.evaluation import evaluate as judge_all  # noqa: PLC0415
    from enrichment_assets.providers.call.ledger import Ledger  # noqa: PLC0415
    from enrichment_assets.providers.clients import open_providers  # noqa: PLC0415

    profile = load_profile(settings).profile
    ledger = Ledger(run_cap_usd=budget, company_cap_usd=settings.enrichment_company_budget_usd)
    screen = Console(stderr=True)
    with Progress(console=screen, transient=True, disable=not screen.is_terminal) as progress:
        task = progress.add_task("judging", total=len(companies))
        async with open_providers(settings, [judge_all.__module__]) as providers, kept_answers(settings) as answers:
            return await judge_all(
                companies,
                profile,
                providers,
                ledger,
                parallel=parallel,
                mask_names=mask_names,
                answers=answers,
                on_judged=lambda _judged: progress.advance(task),
            )


def _show(console: "Console", result: Figures, misjudged: "Sequence[Judged]") -> None:
    from rich.table import Table  # noqa: PLC0415

    from enrichment_assets.evaluation.evaluation import VERDICTS  # noqa: PLC0415

    confusion = Table("label", *VERDICTS, title="Confusion matrix", title_justify="left")
    for label, row in result.confusion.items():
        confusion.add_row(label, *(str(row[verdict]) for verdict in VERDICTS))
    console.print(confusion)
    lines: tuple[tuple[str, Any], ...] = (
        ("precision", _percent(result.precision)),
        ("recall", _percent(result.recall)),
        ("not_fit precision", _percent(result.not_fit_precision)),
        ("unclear rate", _percent(result.unclear_rate)),
        ("correct", f"{result.correct} of {result.companies}"),
        ("verified quotes", result.quotes),
        ("cost", f"${result.cost_usd:.4f}"),
        ("cost per company", _usd(result.usd_per_company)),
        ("cost per correct decision", _usd(result.usd_per_correct)),
    )
    for name, value in lines:
        console.print(f"{name + ':':27}{value}", markup=False)
    if misjudged:
        console.print(f"\nMisjudged ({len(misjudged)}):")
    for one in misjudged[:MOST_SHOWN]:
        _show_misjudged(console, one)


def _show_misjudged(console: "Console", one: "Judged") -> None:
    company, icp = one.labelled, one.icp
    should = "fits" if company.fits else "does not fit"
    name = company.name or company.domain or "(no name)"
    console.print(f"  row {company.row} {plain(name)}: judged {one.verdict}, {should}", markup=False)
    for finding in icp.findings if icp else ():
        if finding.quote:
            console.print(
                plain(f"      {finding.met}: {finding.criterion} “{finding.quote}”"), markup=False, soft_wrap=True
            )


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


def _usd(amount: float | None) -> str:
    return "-" if amount is None else f"${amount:.6f}"
