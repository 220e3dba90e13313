"""The same list again: at once, after 13 hours, with another profile, after four days. Only the clock is not real."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from enrichment_assets.cache.instance import open_instance
from enrichment_assets.core.settings import Settings
from enrichment_assets.engine.results import CompanyResult, Outcome
from enrichment_assets.orchestration.runs.launch import run_list
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.acceptance.sizes import SIZES, TIMEOUT_S
from enrichment_assets_tests.acceptance.worlds import companies
from enrichment_assets_tests.builtin import CATALOG

pytestmark = pytest.mark.timeout(TIMEOUT_S)

DEFAULT_PROFILE = Path(__file__).parents[2] / "enrichment_assets" / "artifacts/icp" / "default_icp.yaml"
FOLLOWS = {"webhook_payload", "webhook_delivery"}
"""Made again when what they are made from has changed."""


@dataclass
class Again:
    """One list, run again and again on the same records."""

    sandbox: Sandbox
    settings: Settings
    instance: dg.DagsterInstance
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    seconds: float = 0.0

    def run(self) -> tuple[dict[str, int], set[str]]:
        """Calls by provider, those without any left out; and the artifacts that were made for anybody."""
        made: set[str] = set()
        before = self._calls()
        started = time.monotonic()

        def look(company: CompanyResult) -> None:
            made.update(name for name, node in company.nodes.items() if node.outcome is Outcome.OK)

        ran = run_list(
            self.instance,
            companies(SIZES.aged, "aged"),
            settings=self.settings,
            on_finished=look,
            clock=lambda: self.now,
        )
        self.seconds = time.monotonic() - started
        assert ran.status is dg.DagsterRunStatus.SUCCESS, ran.error
        assert ran.result is not None
        assert ran.result.finished == SIZES.aged
        now = self._calls()
        called = {name: calls - before.get(name, 0) for name, calls in now.items() if calls > before.get(name, 0)}
        print(f"\n{SIZES.aged} companies at {self.now:%d %H:%M} in {self.seconds:.1f} s: {called}, made {sorted(made)}")
        return called, made

    def _calls(self) -> dict[str, int]:
        return {name: line["calls"] for name, line in self.sandbox.bill().items()}


@pytest.fixture
def again(sandbox: Sandbox, tmp_path: Path) -> Iterator[Again]:
    profile = tmp_path / "icp.yaml"
    profile.write_text(DEFAULT_PROFILE.read_text())
    settings = sandbox.settings(dagster_home=tmp_path / "home", enrichment_icp_profile=profile)
    with open_instance(settings) as instance:
        yield Again(sandbox, settings, instance)


def test_each_thing_is_paid_for_again_only_when_its_own_time_has_come(again: Again) -> None:
    _, made = again.run()
    assert made == set(CATALOG)

    called, made = again.run()
    assert (called, made) == ({}, set())

    again.now += timedelta(hours=13)
    called, made = again.run()
    assert "news" in made <= {"news"} | FOLLOWS
    assert "serper" in called.keys() <= {"serper", "clay"}

    again.settings.enrichment_icp_profile.write_text(DEFAULT_PROFILE.read_text().replace("Outbound sales", "Inbound"))
    called, made = again.run()
    assert "icp" in made <= {"icp"} | FOLLOWS
    assert "openrouter" in called.keys() <= {"openrouter", "clay"}

    again.now += timedelta(days=4)
    called, made = again.run()
    assert {"careers", "news"} <= made <= {"careers", "news"} | FOLLOWS
    assert "dns" not in called

    called, made = again.run()
    assert (called, made) == ({}, set())
