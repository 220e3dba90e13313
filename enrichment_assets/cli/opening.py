"""What commands open before they start: settings, a list, providers. Each problem is said in words a person can use."""

import os
import sys
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from enrichment_assets.cli.echo import say
from enrichment_assets.cli.main import UNUSABLE

if TYPE_CHECKING:
    from enrichment_assets.artifacts.catalog import Catalog
    from enrichment_assets.companies.company import Company
    from enrichment_assets.companies.intake import CompanyList
    from enrichment_assets.companies.reading import Asked
    from enrichment_assets.core.settings import Settings
    from enrichment_assets.providers.call.answers import Answers


WEBHOOK_HELP = "Where to push: @FILE or env:NAME holds the address, or the address. [default: CLAY_WEBHOOK_URL]"


def webhook_address(given: str | None) -> str | None:
    """The address that ``--webhook`` names: ``@FILE`` holds it, ``env:NAME`` is a variable that does, else itself.

    A destination's address is a secret. Raises UsageError where there is none.
    """
    if given is None:
        return None
    if given.startswith("@"):
        try:
            found = Path(given[1:]).expanduser().read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise click.UsageError(f"--webhook {given}: {getattr(error, 'strerror', 'it is not a text')}") from None
    elif given.startswith("env:"):
        found = os.environ.get(given[4:], "").strip()
    else:
        return given
    if not found:
        raise click.UsageError(f"--webhook {given}: no address stands there")
    return found


def usable_settings(webhook: str | None = None) -> "Settings":
    """The settings, or the name of the one that is wrong."""
    from pydantic import ValidationError  # noqa: PLC0415

    from enrichment_assets.core.settings import Settings  # noqa: PLC0415

    webhook = webhook_address(webhook)
    try:
        return Settings(clay_webhook_url=webhook) if webhook else Settings()
    except ValidationError as error:
        problems = "; ".join(
            ": ".join([*(str(name).upper() for name in e["loc"][:1]), e["msg"].removeprefix("Value error, ")])
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


def usable_list(
    path: Path, settings: "Settings", asked: "Asked | None" = None, *, needs_company: bool = True
) -> "CompanyList":
    """The list, the rows of forgotten companies rejected.

    Raises UsageError for a file that is no list, or holds no company where one is needed.
    """
    from enrichment_assets.companies.intake import read_list  # noqa: PLC0415
    from enrichment_assets.companies.reading import UnreadableListError  # noqa: PLC0415
    from enrichment_assets.storage.do_not_enrich import respected  # noqa: PLC0415

    try:
        companies = respected(read_list(path, asked), settings)
    except UnreadableListError as error:
        raise click.UsageError(str(error)) from error
    if needs_company and not companies.companies:
        reasons = ", ".join(f"{count} {code}" for code, count in companies.rejections.items()) or "it has no rows"
        raise click.UsageError(f"{path}: no row is a company ({reasons}). {used_columns(companies)}")
    return companies


def names_in(text: str | None) -> tuple[str, ...]:
    """``news, linkedin`` as names."""
    return tuple(name.strip() for name in (text or "").split(",") if name.strip())


def left_out_of(catalog: "Catalog", settings: "Settings", only: str | None, without: str | None) -> frozenset[str]:
    """What the command leaves out, else what the settings do. Raises UsageError for a name there is not."""
    from enrichment_assets.artifacts.catalog import CatalogError  # noqa: PLC0415

    try:
        left_out = catalog.all_but(names_in(only)) if only else catalog.left_out_with(names_in(without))
        return left_out or catalog.left_out_by(settings)
    except CatalogError as error:
        raise click.UsageError(str(error)) from error


def company_of(given: str, option: str = "") -> str:
    """The company that an address on the command line names. Raises UsageError for none."""
    from enrichment_assets.companies.domain import Rejected, canonical_domain  # noqa: PLC0415 - --help stays quick

    company = canonical_domain(given)
    if isinstance(company, Rejected):
        raise click.UsageError(f"{option} {given}: {company.reason}".strip())
    return company


def used_columns(companies: "CompanyList") -> str:
    """Which columns are taken for what, as a sentence."""
    said = "; ".join(f"{kind}: {', '.join(names)}" for kind, names in companies.columns.items() if names)
    return f"Columns used: {said}. (--column KIND=NAME takes others.)"


def check_settings(settings: "Settings", assets: Sequence[str], command: str | None = None) -> None:
    """End the command where a setting is missing that these artifacts need.

    ``command`` is an ``enrich run`` that can be given again without some of them.
    """
    from enrichment_assets.artifacts.catalog import load_catalog  # noqa: PLC0415
    from enrichment_assets.engine.preflight import preflight, way_around  # noqa: PLC0415

    catalog = load_catalog(settings)
    problems = preflight(catalog, settings, assets)
    if problems:
        say("Nothing was started and nothing was spent:", err=True)
        for problem in problems:
            say(f"  {problem}", err=True)
        if command and (way := way_around(catalog, settings, assets, command)):
            say(f"To run with what is set: {way}", err=True)
        say("Put it into .env (enrich init writes one), or try it without keys: enrich run --sandbox", err=True)
        sys.exit(UNUSABLE)


@contextmanager
def open_settings(
    settings: "Settings", companies: "Iterable[Company]", *, sandbox: bool, webhook: str | None
) -> Iterator["Settings"]:
    """The settings to use: the real providers', or those of a sandbox that lives as long as the command.

    A ``webhook`` on loopback that was named on the command line is pushed to even from the sandbox, within its own
    limits and without the real token. Raises UsageError for one that is not on loopback.
    """
    if not sandbox:
        yield settings
        return
    from enrichment_assets.cli.sandboxed import sandboxed  # noqa: PLC0415
    from enrichment_assets.core.settings import is_loopback  # noqa: PLC0415

    if webhook and not is_loopback(urlsplit(settings.clay_webhook_url or "").hostname or ""):
        raise click.UsageError("--webhook with --sandbox: what the sandbox makes up goes to this machine alone")
    with sandboxed(settings, companies) as (used, _):
        named = ["clay_webhook_url", *(name for name in type(settings).model_fields if name.startswith("webhook_"))]
        yield used.model_copy(update={name: getattr(settings, name) for name in named} if webhook else {})


@asynccontextmanager
async def kept_answers(
    settings: "Settings", domains: "Sequence[str]" = (), *, only_stored: bool = False
) -> "AsyncIterator[Answers | None]":
    """Stored answers as a run would use them; None where none are kept.

    Of ``domains`` it is looked up at once which there are. ``only_stored``: nobody may be asked.
    """
    from datetime import UTC, datetime  # noqa: PLC0415 - --help must not wait for Dagster

    from enrichment_assets.artifacts.catalog import load_catalog  # noqa: PLC0415
    from enrichment_assets.providers.call.answers import Answers  # noqa: PLC0415
    from enrichment_assets.storage.answers.store import open_answers  # noqa: PLC0415
    from enrichment_assets.storage.database import pages  # noqa: PLC0415

    store = open_answers(settings)
    if store is None:
        yield None
        return
    try:
        for page in pages(domains, 500):
            await store.prepare(page)
        yield Answers(store, load_catalog(settings).ttls, lambda: datetime.now(UTC), only_stored=only_stored)
    finally:
        store.close()
