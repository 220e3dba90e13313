"""Help is quick, complete, and what the documents say."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import click

from enrichment_assets.cli.commands.keeping.init import env_example
from enrichment_assets.cli.main import COMMANDS, cli
from enrichment_assets.sandbox.process import settings_of

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


def test_the_first_dns_question_waits_for_no_more_than_it_needs(tmp_path: Path) -> None:
    listed, told = tmp_path / "list.csv", tmp_path / "imported"
    listed.write_text("company,website\nAcme,acme.com\n")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nameserver, told.open("wb") as errors:
        nameserver.bind(("127.0.0.1", 0))
        nameserver.settimeout(60)
        environment = {
            "PATH": os.environ["PATH"],
            "DAGSTER_HOME": str(tmp_path / "state"),
            **settings_of(9, nameserver.getsockname()[1]),
        }
        command = [sys.executable, "-X", "importtime", "-m", "enrichment_assets", "run", "--file", str(listed)]
        with subprocess.Popen(
            command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL, stderr=errors
        ) as process:
            nameserver.recv(512)
            process.kill()
    loaded = {line.rpartition("|")[2].strip() for line in told.read_text().splitlines()}
    assert {"dagster", "enrichment_assets.providers.dns"} <= loaded
    unused = {"aiohttp", "httpx", "openai", "dateparser", "jinja2", "uvicorn", "dagster_webserver", "dagster_graphql"}
    unused |= {f"enrichment_assets.{name}" for name in ("providers.web", "providers.boards.catalog")}
    assert not unused & loaded


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
