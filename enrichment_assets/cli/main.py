"""``enrich``: the command for people who never open a UI.

Commands are imported when they are called: ``enrich --help`` must not wait for Dagster.
"""

import importlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path

import click

from enrichment_assets.cli.common_options import with_common_options
from enrichment_assets.cli.echo import log_plainly, plain, say
from enrichment_assets.core.errors import FILE, MisconfiguredError
from enrichment_assets.core.gc_tuning import collect_rarely, leave_to_the_system
from enrichment_assets.core.private import keep_private

UNUSABLE = 2
INTERRUPTED = 130
EXIT_CODES = {
    0: "all well",
    1: "something is left or not as it should be: companies failed, a budget or --until ended the run, a push did not "
    "arrive, doctor found what would make a run fail, a replay differs",
    UNUSABLE: "unusable input, options, settings or accounts: nothing was started",
    INTERRUPTED: "Ctrl-C; what was done is kept",
}
"""What the status of every command means."""
WEBHOOK_VARIABLE = "ENRICHMENT_WEBHOOK_GIVEN"


@dataclass(frozen=True)
class Entry:
    """Where a command lives in ``cli/commands``, and what the help says of it."""

    target: str
    help: str


COMMANDS = {
    "run": Entry("running.run:run", "Enrich every company of a CSV and push the results."),
    "plan": Entry("running.plan:plan", "What a run would cost and how long it would take, before it is started."),
    "add": Entry("running.add:add", "Make a company known as a partition, for Dagster's own commands and UI."),
    "deliver": Entry("running.deliver:deliver", "Push what is enriched but was not delivered."),
    "export": Entry("looking.export:export", "Join what is known back to every row of a list."),
    "runs": Entry("looking.runs:runs", "The latest runs: list, companies, costs, how they ended."),
    "logs": Entry("looking.logs:logs", "What one run did and said, company by company."),
    "status": Entry("looking.status:status", "What is fresh, expired, failed or missing; or one run."),
    "costs": Entry("looking.costs:costs", "What was paid, by day, artifact and provider."),
    "report": Entry("looking.report:report", "What came out, as one page for a browser or printer."),
    "explain": Entry("looking.explain:explain", "One company: each field with its evidence."),
    "changes": Entry("looking.changes:changes", "What has changed of which company, and when."),
    "review": Entry("judging.review:review", "Say whether verdicts are right; a label overrides the gate."),
    "eval": Entry("judging.eval:evaluate", "Measure the ICP judgement on a labelled file."),
    "learn-icp": Entry("judging.learn_icp:learn_icp", "Draft an ICP profile from won and lost companies."),
    "questions": Entry("judging.questions:questions", "Your own questions of every company."),
    "replay": Entry("judging.replay:replay", "Make a company again from stored answers, offline."),
    "what-if": Entry("judging.what_if:what_if", "What another ICP profile would say of stored pages."),
    "prune": Entry("keeping.prune:prune", "Delete old records and run logs, never the latest."),
    "forget": Entry("keeping.forget:forget", "Erase a company everywhere and never enrich it again."),
    "doctor": Entry("keeping.doctor:doctor", "Whether settings, keys, state and network are in order."),
    "stress": Entry("keeping.stress:stress", "How fast and how parallel a provider serves your account."),
    "init": Entry("keeping.init:init", "Write .env, icp.yaml and Dagster's home here."),
    "ui": Entry("keeping.ui:ui", "Open Dagster's UI on this project."),
    "mcp": Entry("keeping.mcp:mcp", "Serve what is known to agents, over MCP."),
    "sandbox": Entry("keeping.sandbox:sandbox", "Serve all providers on loopback, without keys."),
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
        return with_common_options(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """The list in ``enrich --help``."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="enrichment-assets")
@click.pass_context
def cli(context: click.Context) -> None:
    """B2B company enrichment on Dagster: every row accounted for, nothing paid twice.

    Start with: enrich run --sandbox --file sample
    """
    if os.environ.get("NO_COLOR"):
        context.color = False


def name_working_directory() -> None:
    """Make PWD true: ``.env`` names DAGSTER_HOME by it, and only shells keep it (cron, systemd and Docker may not)."""
    told = Path(os.environ.get("PWD", ""))
    if not (told.is_absolute() and told.is_dir() and told.samefile(Path.cwd())):
        os.environ["PWD"] = str(Path.cwd())


def hide_webhook() -> None:
    """Start again with an address that was given as ``--webhook URL`` in the environment instead.

    It is a secret, and everybody on a machine can read every command line (``ps``). The shell's history keeps it.
    """
    words = sys.orig_argv
    for at, word in enumerate(words):
        option, is_one, address = word.partition("=")
        if option == "--webhook" and not is_one:
            address = next(iter(words[at + 1 : at + 2]), "")
        if option == "--webhook" and address.startswith(("http://", "https://")):
            rest = words[at + 1 :] if is_one else words[at + 2 :]
            os.environ[WEBHOOK_VARIABLE] = address
            os.execv(sys.executable, [*words[:at], "--webhook", f"env:{WEBHOOK_VARIABLE}", *rest])  # noqa: S606 - ourselves


def main() -> None:
    """Entry point of the console script and of ``python -m enrichment_assets``."""
    collect_rarely()
    hide_webhook()
    name_working_directory()
    log_plainly()
    keep_private(Path(".env"))
    try:
        cli.main(prog_name="enrich", standalone_mode=False)
    except click.ClickException as error:
        vars(error).update(message="\n".join(map(plain, error.message.split("\n"))))
        error.show()
        sys.exit(error.exit_code)
    except MisconfiguredError as error:
        what = "file" if error.provider == FILE else "settings (environment or .env)"
        say(f"Unusable {what}: {error.message}", err=True)
        sys.exit(UNUSABLE)
    except (click.Abort, KeyboardInterrupt):
        say("Interrupted.", err=True)
        sys.exit(INTERRUPTED)
    except Exception as error:
        from enrichment_assets.storage.together.remedies import database_error, remedy  # noqa: PLC0415 - rarely needed

        if (found := database_error(error)) is None:
            raise
        say(f"The state cannot be read or written: {remedy(found)}.", err=True)
        sys.exit(UNUSABLE)
    finally:
        leave_to_the_system()
