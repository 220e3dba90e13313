"""Companies whose way is known, and a run over them: what the benchmarks share."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

from enrichment_assets.artifacts.catalog import load_catalog
from enrichment_assets.cache.instance import open_instance
from enrichment_assets.companies.company import Company
from enrichment_assets.core.settings import Settings
from enrichment_assets.engine.summary import Summary
from enrichment_assets.orchestration.runs.launch import run_list
from enrichment_assets.sandbox.process import Sandbox

FULL_PATH: Mapping[str, Any] = {
    "segment": "software",
    "mail": "google",
    "site": "normal",
    "on_www": False,
    "soft_404": False,
    "former_board": "",
    "careers": "greenhouse",
    "board_on_home": True,
    "linkedin": "site",
    "employees": 120,
}
"""All gates open: a mail server, a page, a fit, a job board, a LinkedIn link, news."""
CLOSED: Mapping[str, Any] = {"mail": "null_mx"}
"""Ends at the mail gate: one DNS question, six artifacts skipped, a payload."""
DRY = ("mx", "website", "icp", "linkedin", "careers", "news", "webhook_payload")


def companies(count: int) -> list[Company]:
    return [Company(f"co{number:06}.com", f"Co{number:06} Works") for number in range(count)]


def facts(company: Company, kind: Mapping[str, Any]) -> dict[str, Any]:
    return {"domain": company.domain, "name": company.name, **kind}


@contextmanager
def home() -> Iterator[Path]:
    """State on the disk this project lies on, not in a memory file system."""
    with TemporaryDirectory(prefix=".bench-", dir=Path.cwd(), ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@dataclass
class Measured:
    """One run. ``ends`` are the moments companies finished, ``cpu`` this process's CPU seconds at these moments."""

    outcomes: dict[str, int]
    ends: list[float]
    cpu: list[float]
    wall_s: float

    def rate(self, start: float, end: float) -> float:
        """Companies per second between two shares of the run, by count: 0.2 to 0.9 leaves ramp and drain out."""
        first, last = (min(len(self.ends) - 1, int(share * len(self.ends))) for share in (start, end))
        return (last - first) / max(self.ends[last] - self.ends[first], 1e-9)

    def cpu_ms(self, start: float = 0.0, end: float = 1.0) -> float:
        """CPU milliseconds of this process per company between two shares of the run."""
        first, last = (min(len(self.cpu) - 1, int(share * len(self.cpu))) for share in (start, end))
        return (self.cpu[last] - self.cpu[first]) / max(last - first, 1) * 1000


def run(
    settings: Settings, wanted: Sequence[Company], *, parallel: int, assets: Sequence[str] = (), keep: bool = True
) -> Measured:
    """What ``enrich run`` does after reading the list. Raises RuntimeError unless the run succeeds."""
    ends: list[float] = []
    cpu: list[float] = []
    summary = Summary(settings, load_catalog(settings))

    def finished(company: Any) -> None:
        summary.add(company)
        if keep:
            ends.append(perf_counter())
            cpu.append(process_time())

    started = perf_counter()
    with open_instance(settings) as instance:
        ran = run_list(instance, wanted, settings=settings, assets=assets, parallel=parallel, on_finished=finished)
    outcomes: dict[str, int] = {}
    for result in summary.results.values():
        outcomes[result.outcome] = outcomes.get(result.outcome, 0) + 1
    if ran.result is None or ran.result.failed:
        raise RuntimeError(f"the run did not succeed: {ran.error}")
    return Measured(outcomes, ends, cpu, perf_counter() - started)


@contextmanager
def sandbox(wanted: Sequence[Company], kind: Mapping[str, Any] = FULL_PATH) -> Iterator[Sandbox]:
    """The providers, in a process of their own."""
    with Sandbox.start(facts(company, kind) for company in wanted) as running:
        yield running
