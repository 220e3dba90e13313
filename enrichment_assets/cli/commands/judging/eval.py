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
    from enrichment_assets.evaluation.agreement import Agreement, Rate
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


class Share(BaseModel):
    """A share of those counted, and the 95% interval for that of all such companies."""

    share: float | None
    low: float
    high: float
    hits: int
    of: int


class LabelledArtifact(BaseModel):
    """Labels of one artifact against what is stored: label to what was said to count, and the rates by name."""

    labelled: int
    on_older_evidence: int
    left_out: int
    matrix: dict[str, dict[str, int]]
    rates: dict[str, Share]
    disagreed: list[str]


class OnLabels(BaseModel):
    """By artifact: how far stored verdicts and answers agree with what people said of them."""

    artifacts: dict[str, LabelledArtifact]


@click.command(name="eval")
@answers(Evaluation | OnLabels)
@click.argument("file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--labels", is_flag=True, help="On what people said in enrich review, at $0: verdicts and each question.")
@click.option("--sandbox", is_flag=True, help="With --labels: of what sandbox runs found.")
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
def evaluate(
    *,
    file: Path | None,
    labels: bool,
    sandbox: bool,
    model: str | None,
    limit: int | None,
    mask_names: bool,
    output: Path | None,
    parallel: int,
    budget: float | None,
    text_column: str | None,
    label_column: str | None,
) -> None:
    """Measure the ICP judgement on a labelled FILE (csv, tsv, parquet, jsonl), or on your own labels (--labels).

    FILE has one company per row: its text, whether it fits (1 or 0), and, if you like, name and website. Each is judged
    as in a run: the same prompt, the profile of this folder, quotes verified. Works with any OpenAI-compatible endpoint
    (OPENROUTER_BASE_URL). Answers are kept for two weeks: the same again costs nothing.

    With --labels, stored verdicts and answers are compared with the labels of enrich review: precision and recall with
    95% intervals. They hold for all companies as far as those labelled are a fair sample of them.

    Exit status: 0, 1 when companies failed or the budget ended it, 2 for unusable input or settings.
    """
    if labels:
        _on_labels(sandbox=sandbox)
        return
    if file is None or sandbox:
        raise click.UsageError("which FILE? Or --labels, to which --sandbox belongs")

    from enrichment_assets.artifacts.icp.profile import load_profile  # noqa: PLC0415 - `enrich --help` stays quick
    from enrichment_assets.core.errors import MisconfiguredError, OutOfCreditError  # noqa: PLC0415
    from enrichment_assets.evaluation.evaluation import figures, report  # noqa: PLC0415
    from enrichment_assets.evaluation.labelled_file import LabelledFileError, read_labelled  # noqa: PLC0415
    from enrichment_assets.providers.http.event_loop import run  # noqa: PLC0415

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
        judged = run(_judge_all(companies, settings, parallel=parallel, budget=budget, mask_names=mask_names))
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


def _on_labels(*, sandbox: bool) -> None:
    from enrichment_assets.artifacts.catalog import load_catalog  # noqa: PLC0415
    from enrichment_assets.cli.opening import state_settings  # noqa: PLC0415
    from enrichment_assets.evaluation.agreement import agreement  # noqa: PLC0415
    from enrichment_assets.evaluation.reviewing import cases, labelled_artifacts  # noqa: PLC0415
    from enrichment_assets.storage.history.labels import all_labels  # noqa: PLC0415

    settings = state_settings(sandbox=sandbox)
    if not settings.dagster_home.is_dir():
        raise click.UsageError(f"nothing was enriched here yet ({settings.dagster_home} does not exist)")
    catalog, given = load_catalog(settings), all_labels(settings)
    found = []
    for name in labelled_artifacts(catalog):
        domains = [domain for domain, of_company in given.items() if name in of_company]
        found.append(agreement(name, cases(settings, catalog, name, domains)))
    found = [one for one in found if one.labelled or one.left_out]
    tell(OnLabels(artifacts={one.artifact: _agreement_document(one) for one in found}))
    if not found:
        say("Nothing is labelled yet: enrich review")
    for one in found:
        _show_agreement(one)


def _agreement_document(one: "Agreement") -> LabelledArtifact:
    return LabelledArtifact(
        labelled=one.labelled,
        on_older_evidence=one.older,
        left_out=one.left_out,
        matrix={label: dict(row) for label, row in one.matrix.items()},
        rates={name.replace(" ", "_"): share_of(rate) for name, rate in one.rates.items()},
        disagreed=[case.company.domain for case in one.disagreed],
    )


def share_of(rate: "Rate") -> Share:
    """As the document says it."""
    low, high = rate.interval
    return Share(share=rate.share, low=low, high=high, hits=rate.hits, of=rate.of)


def _show_agreement(one: "Agreement") -> None:
    older = f", {one.older} on older evidence" if one.older else ""
    say(f"\n{one.artifact}: {one.labelled} labelled{older}")
    for label, row in one.matrix.items():
        say(f"  labelled {label + ':':10}" + ", ".join(f"{count} {said}" for said, count in sorted(row.items())))
    for name, rate in one.rates.items():
        low, high = rate.interval
        say(f"  {name + ':':19}{_percent(rate.share):>7}  ({rate.hits} of {rate.of}; 95%: {low:.1%} to {high:.1%})")
    if one.left_out:
        say(f"  {one.left_out} labels are of an answer that is another by now, and not counted")
    for case in one.disagreed[:MOST_SHOWN]:
        label = case.label.label if case.label else ""
        say(plain(f"  {case.company.domain}: labelled {label}; {case.labelling.shown(case.value)}"))


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
    from enrichment_assets.storage.state import limits_of_runs  # noqa: PLC0415

    profile = load_profile(settings).profile
    ledger = Ledger(run_cap_usd=budget, company_cap_usd=settings.enrichment_company_budget_usd)
    screen = Console(stderr=True)
    with (
        Progress(console=screen, transient=True, disable=not screen.is_terminal) as progress,
        limits_of_runs(settings) as book,
    ):
        task = progress.add_task("judging", total=len(companies))
        async with (
            open_providers(settings, [judge_all.__module__], book=book) as providers,
            kept_answers(settings, [company.domain for company in companies]) as answers,
        ):
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
