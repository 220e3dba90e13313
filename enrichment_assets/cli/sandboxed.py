"""``--sandbox``: the providers on this machine for the time of one command, with state of their own.

What the sandbox says must never enter the real cache, so Dagster's home is a folder inside the real one. The ports are
kept there too: the webhook's address stays the same from run to run, and what was delivered stays delivered.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from pydantic import SecretStr

from enrichment_assets.cli.echo import say
from enrichment_assets.companies.company import Company
from enrichment_assets.core.settings import Settings
from enrichment_assets.core.sides import SANDBOX_FOLDER, keep_apart
from enrichment_assets.sandbox.process import Sandbox, settings_at

PORTS = "ports.json"
KEPT = (
    "enrichment_icp_profile",
    "enrichment_questions_dir",
    "enrichment_parallel",
    "enrichment_budget_usd",
    "enrichment_company_budget_usd",
    "enrichment_unclear_passes",
    "enrichment_push_incomplete",
    "enrichment_grace_s",
    "enrichment_csv_dir",
    "enrichment_ui_hosts",
    "enrichment_pages",
    "enrichment_search",
    "enrichment_artifacts",
)
"""A person's own settings that make sense against the sandbox as well."""


@contextmanager
def sandboxed(settings: Settings, companies: Iterable[Company]) -> Iterator[tuple[Settings, Sandbox]]:
    """A running sandbox whose world knows these companies, and the settings that use it."""
    home = sandbox_home(settings)
    keep_apart(sandbox_state(settings))
    with _start(home, companies) as sandbox:
        yield sandbox.settings(dagster_home=home, **_kept(settings)), sandbox


def _kept(settings: Settings) -> dict[str, Any]:
    """Paths in full, for processes of another working directory; no profile stays none, which means the shipped one."""
    kept = {name: getattr(settings, name) for name in KEPT}
    profile = settings.enrichment_icp_profile.expanduser()
    in_full = {"enrichment_csv_dir": settings.enrichment_csv_dir.expanduser().absolute()}
    questions = settings.enrichment_questions_dir.expanduser()
    found = {"enrichment_icp_profile": profile, "enrichment_questions_dir": questions}
    return kept | in_full | {name: path.absolute() for name, path in found.items() if path.exists()}


def variables(settings: Settings) -> dict[str, str]:
    """Settings that differ from their defaults, as the environment of another process. Keys of the sandbox included."""
    changed = settings.model_dump(exclude_defaults=True, exclude={"dagster_home"})
    return {name.upper(): _variable(value) for name, value in changed.items() if value is not None}


@contextmanager
def apart(settings: Settings) -> Iterator[None]:
    """This process, and those it starts, know these settings and nothing else, wherever they look.

    Dagster reads ``.env`` of the working directory in each of its processes and lets it win, so theirs is a folder
    without one.
    """
    for name in [name for name in os.environ if name.lower() in Settings.model_fields]:
        del os.environ[name]
    with TemporaryDirectory(prefix="enrich-sandbox-") as empty:
        os.environ |= variables(settings) | {"DAGSTER_HOME": str(settings.dagster_home), "PWD": empty}
        here = Path.cwd()
        os.chdir(empty)
        try:
            yield
        finally:
            os.chdir(here)


def _variable(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return ",".join(value) if isinstance(value, tuple) else str(value)


def sandbox_home(settings: Settings) -> Path:
    """Dagster's home of sandbox runs."""
    return settings.dagster_home / SANDBOX_FOLDER


def sandbox_state(settings: Settings) -> Settings:
    """Settings to look at what sandbox runs left, without a sandbox running."""
    home = sandbox_home(settings)
    http_port, dns_port = _ports(home)
    return settings_at(http_port or 1, dns_port or 1, dagster_home=home, **_kept(settings))  # nobody is at port 1


def _start(home: Path, companies: Iterable[Company]) -> Sandbox:
    known = [{"domain": company.domain, "name": company.name} for company in companies]
    http_port, dns_port = _ports(home)
    try:
        sandbox = Sandbox.start(known, port=http_port, dns_port=dns_port)
    except RuntimeError:
        # The ports are taken by the sandbox of another command on this state. They stay the ones to come back to.
        say("This run has a sandbox, and so a Clay table, of its own: the usual one is in use.", err=True)
        return Sandbox.start(known)
    (home / PORTS).write_bytes(orjson.dumps([sandbox.http_port, sandbox.dns_port]))
    return sandbox


def _ports(home: Path) -> tuple[int, int]:
    try:
        http_port, dns_port = orjson.loads((home / PORTS).read_bytes())
    except (FileNotFoundError, ValueError):
        return 0, 0
    return int(http_port), int(dns_port)
