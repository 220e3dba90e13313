"""What commands open before they start: settings, a list, providers. Each problem is said in words a person can use."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from enrichment_assets.cli.main import UNUSABLE

if TYPE_CHECKING:
    from enrichment_assets.companies.company import Company
    from enrichment_assets.companies.intake import CompanyList
    from enrichment_assets.companies.reading import Asked
    from enrichment_assets.core.settings import Settings


def usable_settings(webhook: str | None = None) -> "Settings":
    """The settings, or the name of the one that is wrong."""
    from pydantic import ValidationError  # noqa: PLC0415

    from enrichment_assets.core.settings import Settings  # noqa: PLC0415

    try:
        return Settings(clay_webhook_url=webhook) if webhook else Settings()
    except ValidationError as error:
        problems = "; ".join(
            f"{str(e['loc'][0]).upper()}: {e['msg'].removeprefix('Value error, ')}"
            for e in error.errors(include_input=False)
        )
        where = "environment or .env, or --webhook" if webhook else "environment or .env"
        raise click.UsageError(f"Unusable settings ({where}): {problems}") from None


def state_settings(*, sandbox: bool) -> "Settings":
    """Settings that name the state to look at, for commands that call nobody."""
    settings = usable_settings()
    if not sandbox:
        return settings
    from enrichment_assets.cli.sandboxed import sandbox_state  # noqa: PLC0415

    return sandbox_state(settings)


def usable_list(path: Path, asked: "Asked | None" = None, *, needs_company: bool = True) -> "CompanyList":
    """The list. Raises UsageError for a file that is no list, or holds no company where one is needed."""
    from enrichment_assets.companies.intake import read_list  # noqa: PLC0415
    from enrichment_assets.companies.reading import UnreadableListError  # noqa: PLC0415

    try:
        companies = read_list(path, asked)
    except UnreadableListError as error:
        raise click.UsageError(str(error)) from error
    if needs_company and not companies.companies:
        reasons = ", ".join(f"{count} {code}" for code, count in companies.rejections.items()) or "it has no rows"
        raise click.UsageError(f"{path}: no row is a company ({reasons}). {used_columns(companies)}")
    return companies


def used_columns(companies: "CompanyList") -> str:
    """Which columns are taken for what, as a sentence."""
    said = "; ".join(f"{kind}: {', '.join(names)}" for kind, names in companies.columns.items() if names)
    return f"Columns used: {said}. (--column KIND=NAME takes others.)"


def check_settings(settings: "Settings", assets: Sequence[str]) -> None:
    """End the command where a setting is missing that these artifacts need."""
    from enrichment_assets.engine.preflight import preflight  # noqa: PLC0415

    problems = preflight(settings, assets)
    if problems:
        click.echo("Nothing was started and nothing was spent:", err=True)
        for problem in problems:
            click.echo(f"  {problem}", err=True)
        click.echo("Put it into .env (enrich init writes one), or try it without keys: enrich run --sandbox", err=True)
        sys.exit(UNUSABLE)


@contextmanager
def open_settings(
    settings: "Settings", companies: "Iterable[Company]", *, sandbox: bool, webhook: str | None
) -> Iterator["Settings"]:
    """The settings to use: the real providers', or those of a sandbox that lives as long as the command.

    A ``webhook`` that was named on the command line is pushed to even from the sandbox, within its own limits.
    """
    if not sandbox:
        yield settings
        return
    from enrichment_assets.cli.sandboxed import sandboxed  # noqa: PLC0415

    with sandboxed(settings, companies) as (used, _):
        named = {name for name in type(settings).model_fields if name.startswith(("clay_", "webhook_"))}
        yield used.model_copy(update={name: getattr(settings, name) for name in named} if webhook else {})
