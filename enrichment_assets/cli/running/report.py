"""What ``enrich run`` says at the end."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from enrichment_assets.cli.echo import plain
from enrichment_assets.engine.summary import NOT_REACHED, RowOutcome, Summary

if TYPE_CHECKING:
    from enrichment_assets.companies.intake import CompanyList
    from enrichment_assets.engine.run_companies import RunResult

SHOWN_REJECTIONS = 20


def _share(part: int, whole: int) -> str:
    return f"{part} ({part / whole:.0%})" if whole else str(part)


NONE: Mapping[str, int] = MappingProxyType({})


def provider_lines(spent: Mapping[str, tuple[int, float]], stored: Mapping[str, int] = NONE) -> list[str]:
    """Provider, attempts and US dollars, to be held against each provider's invoice; and what the store answered."""
    lines = []
    for name in dict.fromkeys((*spent, *stored)):
        attempts, usd = spent.get(name, (0, 0.0))
        kept = f"  ({stored[name]} stored)" if stored.get(name) else ""
        lines.append(f"  {name:<16}{attempts:>7} calls {_dollars(usd):>14}{kept}")
    return lines


def _dollars(usd: float) -> str:
    return f"${usd:.2f}" if usd >= 100 else f"${usd:.6f}"


def final_report(
    summary: Summary,
    *,
    companies: "CompanyList",
    by_outcome: Mapping[RowOutcome, int],
    duration_s: float,
    result: "RunResult",
    spent: Mapping[str, tuple[int, float]],
) -> str:
    """The summary, the reconciliation of every row, and each failure with its reason. ``spent`` is by provider."""
    done = len(summary.results)
    rate = done / duration_s * 60 if duration_s > 0 else 0.0
    total_usd = sum(usd for _, usd in spent.values())
    lines = [
        "",
        f"=== Run {'Interrupted' if result.interrupted else 'Complete'} ===",
        f"Total: {len(companies.companies)} companies",
        *(
            f"{gate.removesuffix('_pass').upper()} Passed: {_share(summary.gate_passed[gate], known)}"
            for gate, known in summary.gate_known.items()
        ),
        f"Webhooks Pushed: {summary.pushed}",
        f"Total Cost: ${total_usd:.2f}" if total_usd >= 0.01 else f"Total Cost: ${total_usd:.5f}",
        f"Duration: {duration_s / 60:.1f} minutes" if duration_s >= 60 else f"Duration: {duration_s:.1f} seconds",
        f"Rate: {rate:.1f} companies/min",
        "",
        *(["Calls and costs by provider:", *lines, ""] if (lines := provider_lines(spent, summary.stored)) else []),
        f"Rows: {companies.rows.height}",
    ]
    lines += [f"  {outcome:<13}{count:>7}" for outcome, count in by_outcome.items()]
    lines += [f"  {'= sum':<13}{sum(by_outcome.values()):>7}"]
    if result.interrupted:
        lines += [f"Of the failed, {result.unreached} were {NOT_REACHED}."]
    lines += _rejections(companies)
    for error in result.ended.values():
        lines += ["", f"{plain(str(error))}", "From then on nothing more was bought; those companies ended as failed."]
    failures = summary.failures
    if failures:
        lines += ["", f"Failed companies ({len(failures)}):"]
        lines += [f"  {plain(domain)}: {plain(reason)}" for domain, reason in sorted(failures.items())]
    return "\n".join(lines)


def _rejections(companies: "CompanyList") -> list[str]:
    """How many rows were rejected for which reason, and the first of them by number."""
    if not companies.rejections:
        return []
    import polars as pl  # noqa: PLC0415 - the other commands that print costs do without

    rejected = companies.rows.filter(pl.col("outcome") == "rejected").select("row", "reason")
    lines = ["", "Rejected rows:"]
    lines += [f"  {count:>6}  {code}" for code, count in companies.rejections.items()]
    lines += [f"  row {row}: {plain(reason)}" for row, reason in rejected.head(SHOWN_REJECTIONS).iter_rows()]
    if rejected.height > SHOWN_REJECTIONS:
        lines += [f"  … and {rejected.height - SHOWN_REJECTIONS} more: --output FILE has the reason of each row"]
    return lines
