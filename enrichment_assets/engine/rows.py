"""From companies back to the rows of the list: every row has an outcome."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from enrichment_assets.companies.intake import CompanyList
from enrichment_assets.engine.summary import RowOutcome, Summary, reconcile

Payload = Mapping[str, Any]


def rows_by_outcome(companies: CompanyList, summary: Summary) -> dict[RowOutcome, int]:
    """Rows by outcome, in order; they add up to the list's rows. Raises ValueError where they do not: a bug."""
    outcomes: Counter[str] = Counter({name: companies.counts[name] for name in ("rejected", "duplicate")})
    for company in companies.companies:
        outcomes[summary.outcome_of(company.domain).outcome] += 1
    return reconcile(outcomes, companies.rows.height)


def result_rows(
    companies: CompanyList, summary: Summary, payload_of: Callable[[str], Payload | None]
) -> Iterator[dict[str, Any]]:
    """One entry per row of the list, in its order.

    A duplicate row repeats what is known of its company, without its cost. ``payload_of`` is asked only for companies
    that have a payload in this run.
    """
    for row in companies.rows.iter_rows(named=True):
        entry: dict[str, Any] = {
            "row": row["row"],
            "company_name": row["company_name"],
            "website": row["website"],
            "domain": row["domain"],
            "outcome": row["outcome"],
            "reason": row["reason"] or "",
            "duplicate_of_row": row["duplicate_of_row"],
            "resolved": row.get("resolved"),
            "tier": None,
            "delivered": False,
            "nodes": {},
            "cost_usd": 0.0,
            "payload": None,
        }
        if row["domain"] is not None:
            result = summary.outcome_of(row["domain"])
            payload = payload_of(row["domain"]) if result.tier is not None else None
            entry |= {
                "tier": result.tier,
                "delivered": result.delivered,
                "nodes": dict(result.nodes),
                "payload": payload,
            }
            if row["outcome"] == "company":
                tier_reason = payload.get("tier_reason", "") if payload is not None else ""
                entry |= {
                    "outcome": result.outcome,
                    "reason": result.reason or tier_reason,
                    "cost_usd": round(result.cost_usd, 9),
                }
        yield entry
