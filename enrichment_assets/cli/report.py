"""What ``enrich run`` says at the end."""

from collections.abc import Mapping

from enrichment_assets.cli.progress import plain
from enrichment_assets.engine.summary import RowOutcome, Summary


def _share(part: int, whole: int) -> str:
    return f"{part} ({part / whole:.0%})" if whole else str(part)


def final_report(
    summary: Summary,
    *,
    companies: int,
    rows: int,
    by_outcome: Mapping[RowOutcome, int],
    rejected: Mapping[str, int],
    duration_s: float,
) -> str:
    """The summary, the reconciliation of every row, and each failure with its reason."""
    done = len(summary.results)
    rate = done / duration_s * 60 if duration_s > 0 else 0.0
    lines = [
        "",
        "=== Run Complete ===",
        f"Total: {companies} companies",
        f"MX Passed: {_share(summary.mx_passed, summary.mx_known)}",
        f"ICP Passed: {_share(summary.icp_passed, summary.icp_known)}",
        f"Webhooks Pushed: {summary.pushed}",
        f"Total Cost: ${summary.cost_usd:.2f}" if summary.cost_usd >= 0.01 else f"Total Cost: ${summary.cost_usd:.5f}",
        f"Duration: {duration_s / 60:.1f} minutes" if duration_s >= 60 else f"Duration: {duration_s:.1f} seconds",
        f"Rate: {rate:.1f} companies/min",
        "",
        f"Rows: {rows}",
    ]
    lines += [f"  {outcome:<13}{count:>7}" for outcome, count in by_outcome.items()]
    lines += [f"  {'= sum':<13}{sum(by_outcome.values()):>7}"]
    if rejected:
        lines += ["", "Rejected rows:"]
        lines += [f"  {count:>6}  {reason}" for reason, count in sorted(rejected.items(), key=lambda item: -item[1])]
    failures = summary.failures
    if failures:
        lines += ["", f"Failed companies ({len(failures)}):"]
        lines += [f"  {plain(domain)}: {plain(reason)}" for domain, reason in sorted(failures.items())]
    return "\n".join(lines)
