"""``enrich`` as a person runs it: a process of its own, in a folder of its own, against the sandbox."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import orjson
import pytest
from click.testing import CliRunner, Result

from enrichment_assets.cli.main import cli
from enrichment_assets.cli.sandboxed import variables
from enrichment_assets.sandbox.process import Sandbox

COMPANIES = """company_name,website
Stripe,https://stripe.com
Figma,figma.com
Linear,https://www.linear.app/
Notion,notion.so
Ramp,ramp.com
Vercel,vercel.com
Retool,retool.com
Segment,segment.com
Acme on LinkedIn,https://www.linkedin.com/company/acme
Stripe again,HTTP://WWW.STRIPE.COM/pricing
,
"""
"""Eight companies, two rejected rows, one duplicate."""


@dataclass(frozen=True)
class Terminal:
    """A folder with a list in it, and an environment that points at the sandbox."""

    folder: Path
    environment: Mapping[str, str]

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "enrichment_assets", *arguments]

    def enrich(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            cwd=self.folder,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    def refused(self, *arguments: str) -> Result:
        """What the command says in this process, where it ends before anything is started."""
        with contextlib.chdir(self.folder):
            return CliRunner().invoke(cli, arguments, env=self.environment)

    def start(self, *arguments: str, start_new_session: bool = False) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.folder,
            env=self.environment,
            start_new_session=start_new_session,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def result(self, name: str = "out.json") -> dict:
        return orjson.loads((self.folder / name).read_bytes())


def said_until(process: subprocess.Popen[str], enough: Callable[[str], object]) -> str:
    """What a process has said until that is enough."""
    assert process.stdout is not None
    said = ""
    while not enough(said):
        line = process.stdout.readline()
        assert line, f"it ended: {said}"
        said += line
    return said


@pytest.fixture
def terminal(tmp_path: Path, sandbox: Sandbox) -> Terminal:
    (tmp_path / "companies.csv").write_text(COMPANIES)
    base = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return Terminal(tmp_path, {**base, **variables(sandbox.settings())})


@pytest.fixture
def healthy(sandbox: Sandbox) -> Sandbox:
    """Every company of the list takes mail, has a readable site and fits."""
    for domain in ("stripe.com", "figma.com", "linear.app", "notion.so", "ramp.com", "vercel.com", "retool.com"):
        sandbox.company(domain, mx="google", site="normal")
    return sandbox
