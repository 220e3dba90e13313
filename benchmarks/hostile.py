"""A list in which every tenth website was made to stop its reader: what that costs the others."""

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.figure import Figure
from benchmarks.latency_bound import IN_FLIGHT, SECONDS
from benchmarks.world import companies, facts, home, sandbox
from enrichment_assets.cache.instance import open_instance
from enrichment_assets.companies.company import Company
from enrichment_assets.engine.results import CompanyResult
from enrichment_assets.orchestration.runs.launch import run_list
from enrichment_assets.sandbox.process import Sandbox

KINDS = ("many_attributes", "many_tags", "many_links", "many_entities", "one_word")
"""No reader gets through these within the limits: the first takes too long, the others are too large."""


def measure(quick: bool) -> list[Figure]:
    wanted = companies(60 if quick else 300)
    hostile, honest = wanted[::10], [company for at, company in enumerate(wanted) if at % 10]
    with home() as folder, sandbox(wanted) as served:
        served.latency(SECONDS)
        alone_s, _ = _run(served, folder / "honest", honest)
        served.companies(
            {**facts(company, {}), "site": f"hostile:{KINDS[at % len(KINDS)]}"} for at, company in enumerate(hostile)
        )
        with_them_s, finished = _run(served, folder / "all", wanted)
    failed = {end.company.domain: _why(end) for end in finished if end.outcome == "failed"}
    named = [why for why in failed.values() if "larger than" in why or "took more than" in why]
    others = failed.keys() - {company.domain for company in hostile}
    return [
        Figure(
            f"{len(hostile)} of {len(wanted)} websites hostile",
            f"{with_them_s:.1f} s; {len(named)} named failures, {len(others)} other companies failed",
            f"{alone_s:.1f} s for the other {len(honest)} alone",
            with_them_s / alone_s,
            "of their time",
            1.1,
            at_most=True,
        )
    ]


def _why(end: CompanyResult) -> str:
    return next(node.reason for node in end.nodes.values() if node.outcome == "FAIL")


def _run(served: Sandbox, place: Path, wanted: Sequence[Company]) -> tuple[float, list[CompanyResult]]:
    finished: list[CompanyResult] = []
    options: dict[str, Any] = {"enrichment_pages": ("direct",), "dagster_home": place}
    settings = served.settings(**options)
    started = perf_counter()
    with open_instance(settings) as instance:
        run_list(instance, wanted, settings=settings, parallel=IN_FLIGHT, on_finished=finished.append)
    return perf_counter() - started, finished
