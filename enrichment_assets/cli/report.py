"""What ``enrich run`` says at the end."""

from collections.abc import Mapping

from enrichment_assets.cli.progress import plain
from enrichment_assets.engine.summary import RowOutcome, Summary


def _share(part: int, whole: int) -> str:
    return f"{part} ({part / whole:.0%})" if whole else str(part)


def provider_lines(spent: Mapping[str, tuple[int, float]]) -> list[str]:
    """Provider, attempts and US dollars, to be held against each provider's invoice."""
    return [f"  {name:<14}{attempts:>9} calls {_dollars(usd):>14}" for name, (attempts, usd) in spent.items()]


def _dollars(usd: float) -> str:
    return f"${usd:.2f}" if usd >= 100 else f"${usd:.6f}"


def final_report(
    summary: Summary,
    *,
    companies: int,
    rows: int,
    by_outcome: Mapping[RowOutcome, int],
    rejected: Mapping[str, int],
    duration_s: float,
    spent: Mapping[str, tuple[int, float]],
) -> str:
    """The summary, the reconciliation of every row, and each failure with its reason.

    ``spent``: provider to attempts and US dollars.
    """
    done = len(summary.results)
    rate = done / duration_s * 60 if duration_s > 0 else 0.0
    total_usd = sum(usd for _, usd in spent.values())
    lines = [
        "",
        "=== Run Complete ===",
        f"Total: {companies} companies",
        f"MX Passed: {_share(summary.mx_passed, summary.mx_known)}",
        f"ICP Passed: {_share(summary.icp_passed, summary.icp_known)}",
        f"Webhooks Pushed: {summary.pushed}",
        f"Total Cost: ${total_usd:.2f}" if total_usd >= 0.01 else f"Total Cost: ${total_usd:.5f}",
        f"Duration: {duration_s / 60:.1f} minutes" if duration_s >= 60 else f"Duration: {duration_s:.1f} seconds",
        f"Rate: {rate:.1f} companies/min",
        "",
        *(["Calls and costs by provider:", *provider_lines(spent), ""] if spent else []),
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
