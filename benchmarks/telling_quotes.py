"""What a lying model gets through by quotes that say nothing of the subject, and what the checks cost an honest one.

The labelled companies are judged by the sandbox's model: honestly, and lying by the lines of each page that have least
to do with what was asked (`irrelevant_quotes`), with notices or with sections about something else under each text.
Usage: `python -m benchmarks.telling_quotes LABELLED.parquet`.
"""

import asyncio
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

from enrichment_assets.artifacts.icp import artifact
from enrichment_assets.artifacts.icp.profile import load_profile
from enrichment_assets.core.readers import Readers
from enrichment_assets.core.settings import Settings
from enrichment_assets.evaluation.evaluation import Labelled, evaluate, figures
from enrichment_assets.evaluation.labelled_file import read_labelled
from enrichment_assets.pages.telling import Page
from enrichment_assets.providers.call.ledger import Ledger
from enrichment_assets.providers.clients import open_providers
from enrichment_assets.sandbox.process import Sandbox

NOTICES = """
We use cookies to improve
Accept all cookies or manage your preferences
Privacy Policy Terms of Service Cookie Policy
2026 All rights reserved by their owners
Home About us Blog Contact us Log in
"""
ELSEWHERE = """
Our office dog Biscuit loves long walks by the river.

Visit us at 12 Harbour Street, second floor, ring twice.

The summer party was a great success, see the photos.

Last week our founder ran the city marathon in the rain.

We baked forty cakes for the children's hospital in May.

Read how Anna learned to sail between two winters.

Parking is behind the building, trams stop at the corner.

Every Friday we cook together and somebody plays the piano.
"""


class _Anywhere(Page):
    """As before: a quote may stand wherever it says something."""

    def __init__(self, text: str, *, names: Sequence[str] = (), question: str = "", subject: str = "") -> None:
        super().__init__(text, names=names, question=question, subject=subject and "")


class _Here:
    """Reads in this process, where the check can be swapped."""

    async def read(self, _what: str, function: Callable[..., Any], *given: Any) -> Any:
        return function(*given)


def main() -> None:
    """Print a table."""
    labelled = read_labelled(Path(sys.argv[1]))
    under = {"honest": ("", ""), "lying, notices": ("irrelevant_quotes", NOTICES)}
    under["lying, sections about something else"] = ("irrelevant_quotes", ELSEWHERE)
    print(f"{'model':<40}{'asked':<10}{'fit':>5}{'of':>5}{'quotes':>8}{'precision':>11}{'recall':>8}")
    with Sandbox.start([]) as sandbox:
        for name, (fault, more) in under.items():
            sandbox.faults({"openrouter": {fault: 1.0}} if fault else {})
            companies = [replace(one, text=f"{one.text}\n{more}") for one in labelled]
            for asked, page in (("anywhere", _Anywhere), ("near", Page)):
                with patch.object(artifact, "Page", page):
                    print(f"{name:<40}{asked:<10}{asyncio.run(_line(sandbox.settings(), companies))}")


async def _line(settings: Settings, companies: list[Labelled]) -> str:
    ledger = Ledger(run_cap_usd=None, company_cap_usd=1.0)
    async with open_providers(settings) as providers:
        profile = load_profile(settings).profile
        here = replace(providers, readers=cast("Readers", _Here()))
        judged = await evaluate(companies, profile, here, ledger, parallel=20, mask_names=False)
    found = figures(judged)
    fit = sum(one.verdict == "fit" for one in judged)
    return f"{fit:>5}{len(judged):>5}{found.quotes:>8}{found.precision or 0:>11.3f}{found.recall or 0:>8.3f}"


if __name__ == "__main__":
    main()
