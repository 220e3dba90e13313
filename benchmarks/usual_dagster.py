"""Dagster as usually written: eight partitioned assets that call the same providers, one run per company.

The runs are started as the daemon starts them, each in a process of its own, with the stock storage and the default
executor. Calls are made with httpx, recorded from the product; which asset makes which call does not matter here.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from time import perf_counter

from benchmarks.bare_loop import Call
from enrichment_assets.companies.company import Company

ASSETS = """
import json, os
from pathlib import Path
import dagster as dg
import httpx

COMPANY = dg.DynamicPartitionsDefinition(name="company")
CALLS = json.loads(Path(os.environ["BENCH_CALLS"]).read_text())
NEEDS = {
    "mx": [], "website": ["mx"], "icp": ["website"], "linkedin": ["icp"], "careers": ["icp"], "news": ["icp"],
    "webhook_payload": ["linkedin", "careers", "news"], "webhook_delivery": ["webhook_payload"],
}


def made(name, calls):
    @dg.asset(name=name, partitions_def=COMPANY, deps=NEEDS[name])
    def enriched(context):
        for call in calls:
            httpx.request(call["method"], call["url"], headers=call["headers"], content=call["content"])
        return dg.MaterializeResult(metadata={"calls": len(calls)})

    return enriched


ORDER = ["website", "icp", "linkedin", "careers", "news", "webhook_delivery", "mx", "webhook_payload"]
defs = dg.Definitions([made(name, CALLS[at:at + 1] if at < 5 else CALLS[at:]) for at, name in enumerate(ORDER)])
"""


def rate_of_processes(home: Path, calls: Sequence[Call], wanted: Sequence[Company]) -> float:
    """Companies per second, one run after the other."""
    home.mkdir()
    (home / "dagster.yaml").write_text("telemetry:\n  enabled: false\n")
    (home / "usual.py").write_text(ASSETS)
    document = [{**asdict(call), "content": call.content.decode()} for call in calls]
    (home / "calls.json").write_text(json.dumps(document))
    environment = {**os.environ, "DAGSTER_HOME": str(home), "BENCH_CALLS": str(home / "calls.json")}
    add = "import dagster as dg, sys; dg.DagsterInstance.get().add_dynamic_partitions('company', sys.argv[1:])"
    subprocess.run(
        [sys.executable, "-c", add, *(company.domain for company in wanted)], env=environment, check=True, cwd=home
    )
    materialize = [sys.executable, "-m", "dagster", "asset", "materialize", "-f", "usual.py", "--select", "*"]
    started = perf_counter()
    for company in wanted:
        subprocess.run(
            [*materialize, "--partition", company.domain],
            env=environment,
            check=True,
            cwd=home,
            capture_output=True,
        )
    return len(wanted) / (perf_counter() - started)
