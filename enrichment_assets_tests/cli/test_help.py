"""Help is quick, complete, and what the documents say."""

import os
import subprocess
import sys
from pathlib import Path

import click

from enrichment_assets.cli.commands.keeping.init import env_example
from enrichment_assets.cli.main import COMMANDS, cli

ROOT = Path(__file__).parents[2]


def test_help_does_not_wait_for_dagster() -> None:
    code = (
        "import sys; from enrichment_assets.cli.main import cli; cli(['--help'], standalone_mode=False);"
        "heavy = {'dagster', 'polars', 'httpx', 'openai', 'pydantic'} & set(sys.modules); assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_looking_at_what_is_known_loads_no_more_than_it_needs(tmp_path: Path) -> None:
    environment = {"PATH": os.environ["PATH"], "DAGSTER_HOME": str(tmp_path / "state")}
    code = (
        "import sys; from enrichment_assets.cli.main import cli; from click import UsageError\n"
        "cli(['status'], standalone_mode=False)\n"
        "try: cli(['explain', 'acme.com'], standalone_mode=False)\n"
        "except (UsageError, SystemExit): pass\n"
        "unused = {'polars', 'openai', 'dateparser', 'jinja2', 'uvicorn', 'dagster_webserver', 'uvloop'}\n"
        "unused |= {f'enrichment_assets.providers.{name}' for name in ('firecrawl', 'brave', 'spider', 'webhook')}\n"
        "assert not unused & set(sys.modules), unused & set(sys.modules)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr


def test_every_command_explains_itself() -> None:
    context = click.Context(cli)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        assert command.help, name


def test_the_example_environment_names_every_setting() -> None:
    assert (ROOT / ".env.example").read_text() == env_example()


def test_every_command_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text()
    assert [name for name in COMMANDS if f"enrich {name}" not in readme] == []
