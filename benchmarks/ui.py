"""Dagster's pages over 100,000 companies with eight records each, in a headless Chromium, to their last answer.

Cold is the first time the server is asked, warm the second. The pages: the graph, the partitions of an asset, one
partition, and the dialog that asks which partitions to materialize.
"""

import os
import time

from benchmarks.figure import Figure
from benchmarks.large import write
from benchmarks.world import FULL_PATH, companies, facts, home, run
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.cli.ui.browsing import Browser, browser
from enrichment_assets_tests.cli.ui.serving import serving

QUIET_S = 1.5
"""No question for so long: the page is there."""
GOAL_S = 1.0


def measure(quick: bool) -> list[Figure]:
    wanted = companies(1_000 if quick else 100_000)
    company = wanted[len(wanted) // 2].domain
    pages = {
        "graph": "/asset-groups",
        "partitions": "/assets/mx?view=partitions",
        "one partition": f"/assets/mx?view=partitions&partition={company}",
    }
    took: dict[str, list[float]] = {}
    with home() as folder, Sandbox.start(facts(one, FULL_PATH) for one in wanted[:1]) as served:
        settings = served.settings(dagster_home=folder / "home")
        run(settings, wanted[:1], parallel=1)
        write(settings, wanted)
        environment = {**os.environ, **served.environment(), "DAGSTER_HOME": str(folder / "home")}
        with (
            serving(folder, environment, "enrichment_assets", "ui") as ui,
            browser(folder / "profile") as page,
        ):
            for _ in ("cold", "warm"):
                for name, path in pages.items():
                    took.setdefault(name, []).append(_opened(page, ui.url + path))
                _opened(page, ui.url + pages["partitions"])
                page.click("Materialize.*")
                took.setdefault("backfill dialog", []).append(_seconds(page, time.monotonic()))
    return [
        Figure(
            f"UI at {len(wanted):,} companies: {name}",
            f"{cold:.1f} s the first time, then {warm:.1f} s",
            f"{GOAL_S:g} s",
            max(cold, warm),
            "s",
            GOAL_S,
            at_most=True,
        )
        for name, (cold, warm) in took.items()
    ]


def _opened(page: Browser, url: str) -> float:
    started = time.monotonic()
    page.open(url)
    return _seconds(page, started)


def _seconds(page: Browser, started: float) -> float:
    """From then (the browser has the same clock) to the last answer of the API."""
    asked: set[str] = set()
    last, quiet_since = started, None
    while quiet_since is None or time.monotonic() - quiet_since < QUIET_S:
        page.run("1")
        for event in page.events:
            method, told = event.get("method"), event.get("params", {})
            if method == "Network.requestWillBeSent" and "/graphql" in told["request"]["url"]:
                asked.add(told["requestId"])
            elif method in ("Network.loadingFinished", "Network.loadingFailed") and told["requestId"] in asked:
                asked.remove(told["requestId"])
                last = told["timestamp"]
        page.events.clear()
        quiet_since = None if asked else quiet_since or time.monotonic()
        time.sleep(0.02)
    return float(last - started)
