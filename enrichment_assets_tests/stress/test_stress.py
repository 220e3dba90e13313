"""A provider's limit, found by asking: the sandbox knows the truth."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from enrichment_assets.core.errors import MisconfiguredError
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.stress.knee import Step, is_past_knee, knee_of
from enrichment_assets.stress.load import Result, ramp, stress

FAR = {"budget_usd": 50.0, "duration_s": 60.0, "concurrency": 4}


def stressed(sandbox: Sandbox, tmp_path: Path, provider: str, **given: Any) -> Result:
    settings = sandbox.settings(dagster_home=tmp_path)
    return asyncio.run(stress(settings, provider, **{**FAR, **given}))


@pytest.mark.parametrize("provider", ["serper", "openrouter"])
def test_it_finds_the_limit_and_says_it_was_one(sandbox: Sandbox, tmp_path: Path, provider: str) -> None:
    """Generous: that it lies within a tenth is measured by benchmarks.stress."""
    sandbox.limits({provider: {"rate": 40, "burst": 40}})
    result = stressed(sandbox, tmp_path, provider, duration_s=9.0, concurrency=8)
    assert result.refused
    assert result.held is not None
    assert result.held.per_s == pytest.approx(40, rel=0.3)
    assert not result.stopped
    assert result.usd == pytest.approx(sandbox.bill()[provider]["usd"], rel=0.05)


def test_twice_the_callers_bring_twice_the_answers_until_the_account_has_no_more_places(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.latency({"serper": 0.2})
    result = stressed(sandbox, tmp_path, "serper", duration_s=9.0, concurrency=8)
    assert not result.refused
    assert result.knee is not None
    assert result.knee.concurrency == 8
    assert result.knee.per_s == pytest.approx(40, rel=0.35)


@pytest.mark.parametrize(
    ("fault", "says"),
    [("http_402", "out of credit"), ("http_403", "the key is refused"), ("http_401", "the key is refused")],
)
def test_it_ends_at_once_where_nothing_more_will_come(sandbox: Sandbox, tmp_path: Path, fault: str, says: str) -> None:
    sandbox.faults({"spider": {fault: 1.0}})
    result = stressed(sandbox, tmp_path, "spider")
    assert says in result.stopped
    assert result.knee is None
    assert sandbox.bill()["spider"]["calls"] == 1


def test_it_never_spends_more_than_its_budget(sandbox: Sandbox, tmp_path: Path) -> None:
    result = stressed(sandbox, tmp_path, "serper", budget_usd=0.03)
    assert result.stopped == "the budget is used up"
    assert sandbox.bill()["serper"]["usd"] <= 0.03 + 1e-9
    assert result.usd == pytest.approx(0.03)


def test_who_is_not_to_be_stressed_is_not(tmp_path: Path, sandbox: Sandbox) -> None:
    for provider, why in (("direct", "nobody's site"), ("nobody", "there is no such")):
        with pytest.raises(MisconfiguredError, match=why):
            stressed(sandbox, tmp_path, provider)
    elsewhere = sandbox.settings().model_copy(update={"clay_webhook_url": "https://api.clay.com/v3/hook"})
    with pytest.raises(MisconfiguredError, match="each request makes a row"):
        asyncio.run(stress(elsewhere, "webhook", **FAR))
    assert sandbox.bill() == {}


def step(concurrency: int, per_s: float, *, errors: int = 0, p95_s: float = 1.0) -> Step:
    return Step(concurrency, 5.0, int(per_s * 5), per_s, 0, errors, p95_s / 2, p95_s, p95_s, 0.0)


def test_the_knee_is_the_lightest_load_that_brings_nearly_all() -> None:
    flat = [step(1, 10), step(2, 20), step(4, 39), step(8, 41), step(16, 40)]
    assert [is_past_knee(flat[:n]) for n in range(1, 6)] == [False, False, False, False, True]
    knee = knee_of(flat)
    assert knee is not None
    assert knee.concurrency == 4
    failing = [step(1, 10), step(2, 20), step(4, 38, errors=100)]
    assert is_past_knee(failing)
    assert knee_of(failing) == failing[1]
    queueing = [step(1, 10), step(2, 20), step(4, 40, p95_s=9.0)]
    assert knee_of(queueing) == queueing[1]


def test_the_ramp_doubles_up_to_the_most() -> None:
    assert ramp(1) == [1]
    assert ramp(100) == [1, 2, 4, 8, 16, 32, 64, 100]
    assert ramp(64) == [1, 2, 4, 8, 16, 32, 64]
