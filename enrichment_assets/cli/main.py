"""``enrich``: the command for people who never open a UI.

Commands are imported when they are called: ``enrich --help`` must not wait for Dagster.
"""

import importlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import click

from enrichment_assets.core.errors import MisconfiguredError

UNUSABLE = 2
"""Exit code for input and settings nothing can be started with."""
INTERRUPTED = 130
"""Exit code after Ctrl-C."""


@dataclass(frozen=True)
class Entry:
    """Where a command lives in ``cli/commands``, and what the help says of it."""

    target: str
    help: str


COMMANDS = {
    "run": Entry("run:run", "Enrich every company of a CSV and push the results."),
    "deliver": Entry("deliver:deliver", "Push what is enriched but was not delivered."),
    "export": Entry("export:export", "Join what is known back to every row of a list."),
    "status": Entry("status:status", "What is fresh, expired, failed or missing; or one run."),
    "costs": Entry("costs:costs", "What was paid, by day, artifact and provider."),
    "explain": Entry("explain:explain", "One company: each field with its evidence."),
    "eval": Entry("eval:evaluate", "Measure the ICP judgement on a labelled file."),
    "prune": Entry("prune:prune", "Delete old records and run logs, never the latest."),
    "init": Entry("init:init", "Write .env, icp.yaml and Dagster's home here."),
    "ui": Entry("ui:ui", "Open Dagster's UI on this project."),
    "sandbox": Entry("sandbox:sandbox", "Serve all providers on loopback, without keys."),
}


class LazyGroup(click.Group):
    """A group that imports a command when it is called, and lists all of them without importing any."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Every command, most used first."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command itself."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module, _, attribute = entry.target.partition(":")
        command = getattr(importlib.import_module(f"enrichment_assets.cli.commands.{module}"), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(f"{entry.target} is not a click command")
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list in ``enrich --help``."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="enrichment-assets")
def cli() -> None:
    """B2B company enrichment on Dagster: every row accounted for, nothing paid twice.

    Start with: enrich run --sandbox --file data/samples/companies.csv
    """


def name_working_directory() -> None:
    """Make PWD true: ``.env`` names DAGSTER_HOME by it, and only shells keep it (cron, systemd and Docker may not)."""
    told = Path(os.environ.get("PWD", ""))
    if not (told.is_absolute() and told.is_dir() and told.samefile(Path.cwd())):
        os.environ["PWD"] = str(Path.cwd())


def main() -> None:
    """Entry point of the console script and of ``python -m enrichment_assets``."""
    name_working_directory()
    try:
        cli.main(prog_name="enrich", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except MisconfiguredError as error:
        click.echo(f"Unusable settings (environment or .env): {error.message}", err=True)
        sys.exit(UNUSABLE)
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        sys.exit(INTERRUPTED)
