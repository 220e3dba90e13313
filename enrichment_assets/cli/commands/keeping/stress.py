"""``enrich stress``: the limits of a provider, found out by asking it."""

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from pydantic import BaseModel

from enrichment_assets.cli.common_options import answers
from enrichment_assets.cli.echo import say, tell
from enrichment_assets.cli.main import UNUSABLE
from enrichment_assets.cli.opening import open_settings, usable_settings
from enrichment_assets.stress.knee import Step

if TYPE_CHECKING:
    from enrichment_assets.stress.advice import Advice
    from enrichment_assets.stress.load import Result

ENV = Path(".env")
DURATION, BUDGET_USD = "2m", 1.0
BAR = 50
"""Columns of the longest bar."""
_DURATION = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)(s|m|h)?")
_UNITS = {None: 1.0, "s": 1.0, "m": 60.0, "h": 3_600.0}


class StressDocument(BaseModel):
    """What a provider takes. ``knee`` is null where nothing was answered; ``settings`` are those to be set."""

    provider: str
    steps: list[Step]
    knee: Step | None
    rate_was_limited: bool
    cost_usd: float
    stopped: str | None
    settings: dict[str, str]


class Seconds(click.ParamType[float]):
    """``90s``, ``5m``, ``1h``."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """In seconds."""
        if isinstance(value, float):
            return value
        found = _DURATION.fullmatch(str(value).strip())
        if found is None or float(found[1]) <= 0:
            self.fail(f"{value!r} is no duration: write 90s, 5m or 1h", param, ctx)
        return float(found[1]) * _UNITS[found[2]]


@click.command()
@answers(StressDocument)
@click.option("--provider", required=True, help="openrouter, spider, firecrawl, serper or brave.")
@click.option(
    "--concurrency", type=click.IntRange(1, 1_000), default=100, show_default=True, help="Most calls at a time."
)
@click.option("--duration", type=Seconds(), default=DURATION, show_default=True, help="Of all of it: 90s, 5m.")
@click.option(
    "--budget", type=click.FloatRange(min=0), default=BUDGET_USD, show_default=True, metavar="USD", help="Never more."
)
@click.option("--save", is_flag=True, help="Write what was found into .env, where runs start from.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="The curve as an HTML file.")
@click.option("--sandbox", is_flag=True, help="Stress the sandbox instead.")
def stress(
    *,
    provider: str,
    concurrency: int,
    duration: float,
    budget: float,
    save: bool,
    output: Path | None,
    sandbox: bool,
) -> None:
    """Find out how many calls per second, and at a time, a provider serves your account.

    \b
    enrich stress --provider openrouter --concurrency 100 --duration 5m --budget 2

    It makes the provider's cheapest request: one caller, then two, four and so on, until more of them bring no more
    answers, errors come or answers get slow. It slows down at a 429 as a run does, and ends at once when the key is
    refused or the credit is used up. Job boards and sites are never stressed, nor is a webhook: each push is a row.
    """
    sys.exit(
        run_stress(
            provider,
            concurrency=concurrency,
            duration_s=duration,
            budget_usd=budget,
            saving=save,
            output=output,
            sandbox=sandbox,
        )
    )


def run_stress(
    provider: str,
    *,
    concurrency: int,
    duration_s: float,
    budget_usd: float,
    saving: bool = False,
    output: Path | None = None,
    sandbox: bool = False,
) -> int:
    """What the command does; its exit code: 0, or 1 where nothing was found out."""
    import asyncio  # noqa: PLC0415 - --help must not wait

    from enrichment_assets.artifacts.catalog import load_catalog  # noqa: PLC0415
    from enrichment_assets.core.errors import MisconfiguredError  # noqa: PLC0415
    from enrichment_assets.stress.advice import advice_of  # noqa: PLC0415
    from enrichment_assets.stress.load import stress as stressed  # noqa: PLC0415

    if saving and sandbox:
        raise click.UsageError("--save with --sandbox: the sandbox's limits tell nothing of the provider's")
    with open_settings(usable_settings(), [], sandbox=sandbox, webhook=None) as settings:
        say(f"Asking {provider}: {duration_s:.0f} s, ${budget_usd:g} and {concurrency} at a time at most.")
        say(_HEAD)
        try:
            result = asyncio.run(
                stressed(
                    settings,
                    provider,
                    concurrency=concurrency,
                    duration_s=duration_s,
                    budget_usd=budget_usd,
                    on_step=_show,
                )
            )
        except MisconfiguredError as error:
            raise click.UsageError(error.message) from error
        advice = advice_of(result, load_catalog(settings), settings)
        verdict = _verdict(result, advice)
        tell(_document(result, advice))
        say("\n".join(["", *_curve(result.steps), "", *verdict]))
        if advice is not None and saving:
            _save(advice, provider)
        if output is not None and not _write(output, result, " ".join(verdict), sandbox=sandbox):
            return UNUSABLE
        return 0 if advice is not None else 1


_HEAD = f"{'at a time':>10}{'answers/s':>11}{'p50 s':>8}{'p95 s':>8}{'p99 s':>8}{'429s':>7}{'errors':>8}"


def _show(step: Step) -> None:
    say(
        f"{step.concurrency:>10}{step.per_s:>11.1f}{step.p50_s:>8.2f}{step.p95_s:>8.2f}{step.p99_s:>8.2f}"
        f"{step.limited:>7}{step.errors:>8}"
    )


def _curve(steps: Sequence[Step]) -> list[str]:
    """Answers per second by load."""
    best = max((step.per_s for step in steps), default=0.0) or 1.0
    return [
        f"{step.concurrency:>10} {'▇' * max(1, round(BAR * step.per_s / best))} {step.per_s:.1f}/s" for step in steps
    ]


def _verdict(result: "Result", advice: "Advice | None") -> list[str]:
    """What was found, what to set."""
    lines = [f"Ended early: {result.stopped}."] if result.stopped else []
    knee = result.knee
    if knee is None or advice is None:
        return [*lines, f"Nothing was found out about {result.provider}; ${result.usd:.4f} was spent."]
    what = f"{knee.per_s:.1f} answers/s with {knee.concurrency} at a time, p95 {knee.p95_s:.2f} s"
    lines.append(f"Knee: {what}. ${result.usd:.4f} was spent.")
    if advice.requests_per_s is None:
        lines.append("No limit of the rate was met: more at a time may bring more.")
    given = advice.settings(result.provider)
    said = ", ".join(f"{name}={value}" for name, value in given.items() if name != "ENRICHMENT_PARALLEL")
    lines.append(f"Set {said}; --parallel {advice.parallel} keeps it busy (ENRICHMENT_PARALLEL). --save writes them.")
    return lines


def _document(result: "Result", advice: "Advice | None") -> StressDocument:
    return StressDocument(
        provider=result.provider,
        steps=result.steps,
        knee=result.knee,
        rate_was_limited=result.refused,
        cost_usd=result.usd,
        stopped=result.stopped or None,
        settings={} if advice is None else advice.settings(result.provider),
    )


def _save(advice: "Advice", provider: str) -> None:
    import os  # noqa: PLC0415

    from enrichment_assets.stress.advice import save  # noqa: PLC0415

    given = save(advice, provider, ENV)
    say(f"Wrote {', '.join(given)} to {ENV}.")
    for name in [name for name in given if name in os.environ]:
        say(f"{name} is set in the environment too, which wins over {ENV}.", err=True)


def _write(output: Path, result: "Result", verdict: str, *, sandbox: bool) -> bool:
    from datetime import UTC, datetime  # noqa: PLC0415

    from enrichment_assets.stress.page import page  # noqa: PLC0415

    try:
        output.write_text(page(result, verdict=verdict, made_at=datetime.now(UTC), sandbox=sandbox), encoding="utf-8")
    except OSError as error:
        say(f"{output} was not written: {error.strerror}", err=True)
        return False
    say(f"Wrote {output}: open it in a browser")
    return True
