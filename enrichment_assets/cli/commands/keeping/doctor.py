"""``enrich doctor``: is everything in place for a run?"""

import asyncio
import sys
from typing import TYPE_CHECKING

import click
from pydantic import BaseModel

from enrichment_assets.cli.common_options import answers
from enrichment_assets.cli.echo import plain, say, tell, terminal
from enrichment_assets.cli.opening import open_settings, usable_settings
from enrichment_assets.diagnosis.finding import Finding
from enrichment_assets.diagnosis.given import Given, given_settings

if TYPE_CHECKING:
    from enrichment_assets.core.settings import Settings

COLOURS = {"OK": "green", "WARN": "yellow", "FAIL": "red"}


class Diagnosis(BaseModel):
    """What was looked at, and the settings that are not at their default; no secret among them."""

    findings: list[Finding]
    settings: list[Given]


@click.command()
@answers(Diagnosis)
@click.option("--settings", "show", is_flag=True, help="Also list what is set, and where: environment or .env.")
@click.option("--sandbox", is_flag=True, help="The sandbox's home and providers.")
def doctor(*, show: bool, sandbox: bool) -> None:
    """Look at settings, keys, credit, DNS, clock, disk, state and webhook. Nothing is pushed.

    Each key is tried by the cheapest call its provider has. Most are free; Brave's is one search, that of a model which
    is not at OpenRouter one short question.

    Exit status: 0, or 1 when something would make a run fail.
    """
    with open_settings(usable_settings(), [], sandbox=sandbox, webhook=None) as settings:
        findings = asyncio.run(_findings(settings))
        tell(Diagnosis(findings=findings, settings=given_settings(settings)))
        if show:
            _print_settings(settings)
    sys.exit(any(finding.grade == "FAIL" for finding in findings))


async def _findings(settings: "Settings") -> list[Finding]:
    from rich.text import Text  # noqa: PLC0415 - --help must not wait for it

    from enrichment_assets.diagnosis.examination import examine  # noqa: PLC0415

    screen, found = terminal(), []
    async for finding in examine(settings):
        found.append(finding)
        told = plain(f"  {finding.subject}: {finding.said}")
        screen.print(Text.assemble((f"{finding.grade:<4}", COLOURS[finding.grade]), told))
        if finding.remedy:
            say(f"      {finding.remedy}")
    return found


def _print_settings(settings: "Settings") -> None:
    for one in given_settings(settings):
        say(f"{one.name} = {one.value}  ({one.origin})")
