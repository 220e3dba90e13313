"""What came of a list, as metadata of its partition: counted while the companies finish, so nothing is read again."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

import dagster as dg

from enrichment_assets.artifacts.base import DELIVERY, PAYLOAD
from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.artifacts.markdown_table import table
from enrichment_assets.core.settings import Settings
from enrichment_assets.engine.results import CompanyResult
from enrichment_assets.engine.run_companies import RunResult
from enrichment_assets.engine.summary import NOT_REACHED, delivery_of, known_gates
from enrichment_assets.storage.inputs.company_lists import KnownList

SHOWN: Final = 10
"""Companies of each outcome in the preview."""
IN_ANOTHER_RUN: Final = "in another run"
FORGOTTEN: Final = "not to be enriched (enrich forget)"


@dataclass
class ListTally:
    """Counts of one run over a list."""

    catalog: Catalog
    settings: Settings
    outcomes: Counter[str] = field(default_factory=Counter)
    passed: Counter[str] = field(default_factory=Counter)
    """By gate: companies beyond it."""
    deliveries: Counter[str] = field(default_factory=Counter)
    preview: dict[str, list[CompanyResult]] = field(default_factory=dict)

    def add(self, company: CompanyResult) -> None:
        """Count one company."""
        self.outcomes[company.outcome] += 1
        self.passed.update(known_gates(company, self.catalog, self.settings))
        delivery = delivery_of(company)
        if delivery is not None:
            self.deliveries[delivery] += 1
        shown = self.preview.setdefault(company.outcome, [])
        if len(shown) < SHOWN:
            shown.append(company)

    @property
    def qualified(self) -> int:
        """Companies that fit."""
        return self.outcomes["qualified"]


def rows_in_and_out(known: KnownList, tally: ListTally, result: RunResult, *, taken: int, part: bool) -> dict[str, int]:
    """Every row of the list by how it ended. ``taken``: companies that this run was given, of those of the list.

    ``part``: others are other runs'; else those not given have been forgotten since the list was read.

    They add up to the list's rows, or a row was lost, which is a bug; ``list_metadata`` says so.
    """
    others = {name: count for name, count in known.rows.items() if name != "company" and count}
    left = {NOT_REACHED: result.unreached, IN_ANOTHER_RUN if part else FORGOTTEN: known.rows["company"] - taken}
    return dict(tally.outcomes) | {name: count for name, count in left.items() if count} | others


def list_metadata(
    known: KnownList, tally: ListTally, result: RunResult, *, taken: int, part: bool, seconds: float, report: str | None
) -> dict[str, dg.MetadataValue]:
    """What a person wants to see of a list: numbers first, because Dagster plots them."""
    ended, rows = rows_in_and_out(known, tally, result, taken=taken, part=part), sum(known.rows.values())
    usd = sum((usd for _, usd in result.spent_at.values()), start=0.0)
    accounted = sum(ended.values())
    numbers: dict[str, dg.MetadataValue] = {
        "companies": dg.MetadataValue.int(known.rows["company"]),
        "qualified": dg.MetadataValue.int(tally.qualified),
        "failed": dg.MetadataValue.int(result.failed),
        "cost_usd": dg.MetadataValue.float(round(usd, 6)),
        "seconds": dg.MetadataValue.float(round(seconds, 1)),
        "every_row_accounted_for": dg.MetadataValue.bool(accounted == rows),
        "file": dg.MetadataValue.text(known.source),
    }
    if tally.qualified:
        numbers["cost_per_qualified_usd"] = dg.MetadataValue.float(round(usd / tally.qualified, 6))
    tables = {
        "rows": table(("row", "rows"), [*ended.items(), ("= accounted for", accounted), ("rows in the file", rows)]),
        "funnel": table(("step", "companies"), _funnel(tally).items()),
        "paid": table(("provider", "calls", "USD"), _paid(result)),
        "preview": table(("company", "outcome", *_columns(tally.catalog), "reason"), _preview(tally)),
    }
    shown = {name: dg.MetadataValue.md(text) for name, text in tables.items()}
    where = dg.MetadataValue.path(report) if report else dg.MetadataValue.text("enrich report RUN_ID")
    return numbers | shown | {"report": where}


def _funnel(tally: ListTally) -> Mapping[str, int]:
    steps = {"in this run": tally.outcomes.total()}
    steps |= {f"beyond {name.removesuffix('_pass')}": tally.passed[name] for name in tally.catalog.gates}
    reached = sum(tally.deliveries[state] for state in ("pushed", "redelivered", "unchanged"))
    return steps | {"qualified": tally.qualified, "delivered, whatever their tier": reached}


def _paid(result: RunResult) -> list[tuple[str, int, float]]:
    return [(name, calls, round(usd, 6)) for name, (calls, usd) in result.spent_at.items()]


def _columns(catalog: Catalog) -> list[str]:
    return [name for name in catalog if name not in (PAYLOAD, DELIVERY, "website")]


def _preview(tally: ListTally) -> Iterator[list[object]]:
    """The best first."""
    order = ("qualified", "review", "failed", "budget", "disqualified")
    for company in (company for outcome in order for company in tally.preview.get(outcome, ())):
        words = [node.summary if (node := company.nodes.get(name)) else "" for name in _columns(tally.catalog)]
        yield [company.company.domain, company.outcome, *words, company.reason]
