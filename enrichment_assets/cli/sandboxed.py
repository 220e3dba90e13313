"""``--sandbox``: the providers on this machine for the time of one command, with state of their own.

What the sandbox says must never enter the real cache, so Dagster's home is a folder inside the real one. The ports are
kept there too: the webhook's address stays the same from run to run, and what was delivered stays delivered.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import orjson
from pydantic import SecretStr

from enrichment_assets.companies.company import Company
from enrichment_assets.core.settings import Settings
from enrichment_assets.sandbox.process import CLAY_ROUTE, Sandbox

FOLDER = "sandbox"
PORTS = "ports.json"
KEPT = (
    "enrichment_icp_profile",
    "enrichment_parallel",
    "enrichment_budget_usd",
    "enrichment_company_budget_usd",
    "enrichment_unclear_passes",
    "enrichment_push_incomplete",
    "enrichment_grace_s",
    "website_source",
)
"""A person's own settings that make sense against the sandbox as well."""


@contextmanager
def sandboxed(settings: Settings, companies: Iterable[Company]) -> Iterator[tuple[Settings, Sandbox]]:
    """A running sandbox whose world knows these companies, and the settings that use it."""
    home = sandbox_home(settings)
    home.mkdir(parents=True, exist_ok=True)
    with _start(home, companies) as sandbox:
        kept = {name: getattr(settings, name) for name in KEPT}
        yield sandbox.settings(dagster_home=home, **kept), sandbox


def variables(settings: Settings) -> dict[str, str]:
    """Settings that differ from their defaults, as the environment of another process. Keys of the sandbox included."""
    changed = settings.model_dump(exclude_defaults=True, exclude={"dagster_home"})
    return {name.upper(): _variable(value) for name, value in changed.items() if value is not None}


def _variable(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return ",".join(value) if isinstance(value, tuple) else str(value)


def sandbox_home(settings: Settings) -> Path:
    """Dagster's home of sandbox runs."""
    return settings.dagster_home / FOLDER


def sandbox_state(settings: Settings) -> Settings:
    """Settings to look at what sandbox runs left, without a sandbox running."""
    home = sandbox_home(settings)
    url = f"http://127.0.0.1:{_ports(home)[0]}{CLAY_ROUTE}"
    own = {"dagster_home": home, "enrichment_store": None, "enrichment_state_db": None, "clay_webhook_url": url}
    return settings.model_copy(update=own)


def _start(home: Path, companies: Iterable[Company]) -> Sandbox:
    known = [{"domain": company.domain, "name": company.name} for company in companies]
    http_port, dns_port = _ports(home)
    try:
        sandbox = Sandbox.start(known, port=http_port, dns_port=dns_port)
    except RuntimeError:
        # The ports are taken by the sandbox of another command on this state. They stay the ones to come back to.
        click.echo("This run has a sandbox, and so a Clay table, of its own: the usual one is in use.", err=True)
        return Sandbox.start(known)
    (home / PORTS).write_bytes(orjson.dumps([sandbox.http_port, sandbox.dns_port]))
    return sandbox


def _ports(home: Path) -> tuple[int, int]:
    try:
        http_port, dns_port = orjson.loads((home / PORTS).read_bytes())
    except (FileNotFoundError, ValueError):
        return 0, 0
    return int(http_port), int(dns_port)
