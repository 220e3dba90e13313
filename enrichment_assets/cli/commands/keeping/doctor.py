"""``enrich doctor``: is everything in place for a run?"""

import asyncio
import sys
from typing import TYPE_CHECKING

import click

from enrichment_assets.cli.echo import say
from enrichment_assets.cli.opening import open_settings, usable_settings

if TYPE_CHECKING:
    from enrichment_assets.core.settings import Settings
    from enrichment_assets.diagnosis.finding import Finding

COLOURS = {"OK": "green", "WARN": "yellow", "FAIL": "red"}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs: findings and settings as one JSON document.")
@click.option("--settings", "show", is_flag=True, help="Also list what is set, and where: environment or .env.")
@click.option("--sandbox", is_flag=True, help="The sandbox's home and providers.")
def doctor(*, as_json: bool, show: bool, sandbox: bool) -> None:
    """Look at settings, keys, credit, DNS, clock, disk, state and webhook. Nothing is pushed.

    Each key is tried by the cheapest call its provider has. Most are free; Brave's is one search, that of a model which
    is not at OpenRouter one short question.

    Exit status: 0, or 1 when something would make a run fail.
    """
    with open_settings(usable_settings(), [], sandbox=sandbox, webhook=None) as settings:
        findings = asyncio.run(_findings(settings, quiet=as_json))
        if as_json:
            _print_json(settings, findings)
        elif show:
            _print_settings(settings)
    sys.exit(any(finding.grade == "FAIL" for finding in findings))


async def _findings(settings: "Settings", *, quiet: bool) -> list["Finding"]:
    from enrichment_assets.diagnosis.examination import examine  # noqa: PLC0415 - --help must not wait for Dagster

    found = []
    async for finding in examine(settings):
        found.append(finding)
        if not quiet:
            click.secho(f"{finding.grade:<4}", fg=COLOURS[finding.grade], nl=False)
            say(f"  {finding.subject}: {finding.said}")
            if finding.remedy:
                say(f"      {finding.remedy}")
    return found


def _print_json(settings: "Settings", findings: list["Finding"]) -> None:
    import orjson  # noqa: PLC0415

    from enrichment_assets.diagnosis.given import given_settings  # noqa: PLC0415

    document = {"findings": findings, "settings": given_settings(settings)}
    say(orjson.dumps(document, option=orjson.OPT_INDENT_2).decode())


def _print_settings(settings: "Settings") -> None:
    from enrichment_assets.diagnosis.given import given_settings  # noqa: PLC0415

    for one in given_settings(settings):
        say(f"{one.name} = {one.value}  ({one.origin})")
