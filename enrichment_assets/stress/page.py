"""A stress as one HTML file: what each load brought, and how long answers took under it."""

from collections.abc import Callable, Sequence
from datetime import datetime

from enrichment_assets.reports.page.facts import Count
from enrichment_assets.reports.page.render import rendered
from enrichment_assets.stress.knee import Step
from enrichment_assets.stress.load import Result


def page(result: Result, *, verdict: str, made_at: datetime, sandbox: bool) -> str:
    """The document."""
    held = [result.held] if result.held is not None else []
    charts = {
        "Answers per second": _bars(result.steps, lambda step: step.per_s),
        "95th percentile of the latency, milliseconds": _bars(result.steps, lambda step: step.p95_s * 1_000),
        "Calls refused (429) or failed": _bars(result.steps, lambda step: step.limited + step.errors),
    }
    return rendered(
        "stress.html",
        title=f"What {result.provider} takes",
        about={"Provider": result.provider, "Paid": f"${result.usd:.6f}"},
        verdict=verdict,
        charts=charts,
        steps=[*result.steps, *held],
        made_at=made_at,
        sandbox=sandbox,
    )


def _bars(steps: Sequence[Step], of: Callable[[Step], float]) -> list[Count]:
    largest = max(map(of, steps), default=0.0) or 1.0
    return [Count(f"{step.concurrency} at a time", round(of(step)), of(step) / largest) for step in steps]
