"""``enrich ui``: Dagster's UI and daemon on the state the command uses."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from enrichment_assets.cli.opening import usable_settings

if TYPE_CHECKING:
    from enrichment_assets.core.settings import Settings


@click.command()
@click.option("--port", type=click.IntRange(1, 65_535), default=3000, show_default=True)
@click.option("--sandbox", is_flag=True, help="On the sandbox's state, with the sandbox's providers running.")
def ui(*, port: int, sandbox: bool) -> None:
    """Open Dagster's UI on this project: the runs of `enrich run`, backfills, sensors. Ctrl-C ends it."""
    from enrichment_assets.cache.instance import ensure_home, use_batches  # noqa: PLC0415

    use_batches()
    with _serving(usable_settings(), sandbox=sandbox) as (home, variables):
        environment = {**os.environ, **variables, "DAGSTER_HOME": str(ensure_home(home))}
        command = [sys.executable, "-m", "dagster", "dev", "-m", "enrichment_assets.definitions", "-p", str(port)]
        click.echo(f"Dagster's UI: http://127.0.0.1:{port}  (state in {home}; Ctrl-C ends it)")
        # A shell starts background jobs deaf to Ctrl-C, and Dagster ends on nothing else.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        process = subprocess.Popen(command, env=environment)  # noqa: S603 - our own command
        # Ctrl-C reaches the whole process group; Dagster then ends its own processes, and this one waits for that.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: process.send_signal(signal.SIGINT))
        sys.exit(process.wait())


@contextmanager
def _serving(settings: "Settings", *, sandbox: bool) -> Iterator[tuple[Path, Mapping[str, str]]]:
    """Dagster's home, and the environment that makes its runs use the sandbox where that is wanted."""
    if not sandbox:
        yield settings.dagster_home, {}
        return
    from enrichment_assets.cli.sandboxed import sandbox_home, sandboxed, variables  # noqa: PLC0415
    from enrichment_assets.storage.names import Names  # noqa: PLC0415
    from enrichment_assets.storage.state import open_state  # noqa: PLC0415

    home = sandbox_home(settings)
    state = open_state(settings.model_copy(update={"dagster_home": home}))
    with sandboxed(settings, Names(state).everyone()) as (used, _):
        state.dispose()
        yield home, variables(used)
