"""One model judgement per company, as ``enrich eval`` makes it, beside the nearest open peer asking the same endpoint.

accrue (https://pypi.org/project/accrue/) gets a venv of its own in the benchmark's folder and asks one question per
row, with its answers cached as ours are. Neither is measured while its modules load.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter, process_time

from benchmarks.figure import Figure
from benchmarks.instant import instant
from benchmarks.world import companies, home, sandbox
from enrichment_assets.artifacts.icp.profile import load_profile
from enrichment_assets.cli.opening import kept_answers
from enrichment_assets.core.settings import Settings
from enrichment_assets.evaluation.evaluation import Judged, Labelled, evaluate
from enrichment_assets.providers.call.ledger import Ledger
from enrichment_assets.providers.clients import open_providers
from enrichment_assets.providers.http.event_loop import run as run_loop

PARALLEL = 50
PEER = "accrue==1.5.2"
PAGE = """# The property management software for marketing teams

We build the property management software that marketing teams and software engineering teams rely on. Our software
handles leases, rent and maintenance requests.

- Our API and webhooks connect to more than 50 systems out of the box.
- Role-based access, SSO and SOC 2 Type II are part of every plan.

Founded in 1998 in New York, we are a team of 120 people working in real estate. [Talk to sales](/contact)

{name}
"""


def measure(quick: bool) -> list[Figure]:
    wanted = companies(40 if quick else 3_000)
    labelled = [
        Labelled(row, company.name, company.domain, PAGE.format(name=company.name), fits=True)
        for row, company in enumerate(wanted, 1)
    ]
    with home() as folder, sandbox(wanted) as served:
        settings = served.settings(dagster_home=folder / "home")
        with instant(settings.openrouter_base_url) as url:
            settings = settings.model_copy(update={"openrouter_base_url": url})
            run_loop(_judged(labelled[:1], settings.model_copy(update={"dagster_home": folder / "first"})))
            cpu_s, started = process_time(), perf_counter()
            judged = run_loop(_judged(labelled, settings))
            rate, cpu_ms = len(judged) / (perf_counter() - started), (process_time() - cpu_s) / len(judged) * 1000
        with instant(served.settings().openrouter_base_url) as url:
            peer = _peer(folder, labelled, settings.model_copy(update={"openrouter_base_url": url}))
    kinds = sorted({each.verdict for each in judged})
    baseline = "not available: pip could not install it" if peer is None else f"{peer[0]:.0f}/s, {peer[1]:.1f} ms CPU"
    return [
        Figure(
            f"one model judgement per company, {PARALLEL} in flight",
            f"{rate:.0f} companies/s, {cpu_ms:.1f} ms CPU each in the run's process ({', '.join(kinds)})",
            f"{PEER}: {baseline}",
            rate / peer[0] if peer else 0.0,
            "x",
            2,
        )
    ]


async def _judged(labelled: Sequence[Labelled], settings: Settings) -> list[Judged]:
    ledger = Ledger(run_cap_usd=None, company_cap_usd=settings.enrichment_company_budget_usd)
    profile = load_profile(settings).profile
    domains = [company.domain for company in labelled]
    async with (
        open_providers(settings, [evaluate.__module__]) as providers,
        kept_answers(settings, domains) as answers,
    ):
        return await evaluate(
            labelled, profile, providers, ledger, parallel=PARALLEL, mask_names=False, answers=answers
        )


_ASK = """
import sys, time
import pandas
from accrue import EnrichmentConfig, LLMStep, Pipeline

url, key, model, rows, workers, cache = sys.argv[1:]
fields = {"verdict": {"prompt": "Is it a B2B software company?", "enum": ["fit", "not_fit", "unclear"]}}
step = LLMStep("judge", fields=fields, model=model, base_url=url, api_key=key)
config = EnrichmentConfig(
    max_workers=int(workers), cache_dir=cache, enable_progress_bar=False, log_level="ERROR"
)
table = pandas.read_json(rows, lines=True)
used, started = time.process_time(), time.perf_counter()
result = Pipeline([step]).run(table, config=config)
took, used = time.perf_counter() - started, time.process_time() - used
assert not result.errors and result.data["verdict"].notna().all(), result.errors[:1]
print(len(table) / took, used / len(table) * 1000)
"""


def _peer(folder: Path, labelled: Sequence[Labelled], settings: Settings) -> tuple[float, float] | None:
    """Rows per second and milliseconds of CPU per row; None where it cannot be installed."""
    python = folder / "peer" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", folder / "peer"], check=True)
    install = f"{python} -m pip install -qq --disable-pip-version-check --only-binary :all: {PEER}".split()
    if subprocess.run(install, check=False, stderr=subprocess.DEVNULL).returncode:
        return None
    rows = folder / "rows.jsonl"
    rows.write_text("".join(json.dumps({"name": each.name, "page": each.text}) + "\n" for each in labelled))
    key = settings.openrouter_api_key.get_secret_value() if settings.openrouter_api_key else ""
    arguments = (settings.openrouter_base_url, key, settings.openrouter_model, rows, str(PARALLEL), folder / "cache")
    asked = subprocess.run([python, "-c", _ASK, *arguments], check=True, capture_output=True, text=True)
    rate, cpu_ms = map(float, asked.stdout.split())
    return rate, cpu_ms
