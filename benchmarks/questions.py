"""Questions added to a finished list: what is fetched and asked again, what they cost, and five against one.

The list is enriched up to its home pages. A first question on home and pricing page is added, then four more on the
same pages with the same TTL and gate: all that is new is bought, and no page twice.
"""

from pathlib import Path

from benchmarks.figure import Figure
from benchmarks.world import companies, home, run, sandbox
from enrichment_assets.companies.company import Company
from enrichment_assets.core.settings import Settings
from enrichment_assets.sandbox.process import Sandbox

PAGES = "pages: [home, pricing]\ngate: none\n"
QUESTIONS = {
    "charges": "question: How does it charge?\nanswer: {type: enum, values: [per_seat, usage, flat, quote_only]}\n",
    "price": "question: From which price do plans start per month?\nanswer: number\n",
    "trial": "question: Is there a free trial to start with?\nanswer: boolean\n",
    "founded": "question: In which year was the company founded?\nanswer: date\n",
    "sector": "question: Which industry is the company working in?\nanswer: text\n",
}
SEED = ("mx", "website")


def measure(quick: bool, *, full: bool) -> list[Figure]:
    wanted = companies(100 if quick else 10_000 if full else 1_000)
    with home() as folder, sandbox(wanted) as served:
        asked = folder / "questions"
        asked.mkdir()
        settings = served.settings(
            dagster_home=folder / "home",
            enrichment_questions_dir=asked,
            spider_requests_per_s=500.0,
            spider_in_flight=50,
        )
        run(settings, wanted, parallel=50, assets=SEED)
        first = _added(served, settings, asked, ["charges"], wanted)
        four = _added(served, settings, asked, list(QUESTIONS)[1:], wanted)
    homes = max(0, first[0] - len(wanted))
    return [
        Figure(
            f"questions: {len(wanted):,} stored companies and a new question",
            f"{first[0]:,} pages fetched, {first[1]:,} model calls, ${first[2]:.4f}",
            f"one pricing page and one call for each of {len(wanted):,}",
            homes,
            "home pages fetched again",
            0,
            at_most=True,
        ),
        Figure(
            "questions: four more on the same pages",
            f"{four[0]:,} pages fetched, {four[1]:,} model calls, ${four[2]:.4f}",
            f"the first cost ${first[2]:.4f}",
            four[0],
            "pages fetched again",
            0,
            at_most=True,
        ),
    ]


def _added(
    served: Sandbox, settings: Settings, folder: Path, names: list[str], wanted: list[Company]
) -> tuple[int, int, float]:
    for name in names:
        (folder / f"{name}.yaml").write_text(f"name: {name}\n{QUESTIONS[name]}{PAGES}")
    before = served.bill()
    run(settings, wanted, parallel=50, assets=(*SEED, *names))
    after = served.bill()

    def more(provider: str, what: str) -> float:
        return after.get(provider, {}).get(what, 0) - before.get(provider, {}).get(what, 0)

    usd = sum(more(provider, "usd") for provider in after)
    return int(more("spider", "calls")), int(more("openrouter", "calls")), usd
