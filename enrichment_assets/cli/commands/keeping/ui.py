"""``enrich ui``: Dagster's UI and daemon on the state the command uses."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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
    from enrichment_assets.cli.serving.webserver import serve  # noqa: PLC0415 - --help must not wait for Dagster

    # A shell starts background jobs deaf to Ctrl-C, and Dagster's processes would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    # Until the server listens to it, and from when it no longer does, as Ctrl-C.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with _settings(usable_settings(), sandbox=sandbox) as settings:
        code = serve(settings, port)
    sys.exit(code)


@contextmanager
def _settings(settings: "Settings", *, sandbox: bool) -> Iterator["Settings"]:
    """The settings, which are the environment of Dagster's processes as well; the sandbox's know no other."""
    if not sandbox:
        os.environ["DAGSTER_HOME"] = str(settings.dagster_home)
        yield settings
        return
    from enrichment_assets.cli.sandboxed import apart, sandbox_state, sandboxed  # noqa: PLC0415
    from enrichment_assets.storage.names import Names  # noqa: PLC0415
    from enrichment_assets.storage.state import open_state  # noqa: PLC0415

    state = open_state(sandbox_state(settings))
    with sandboxed(settings, Names(state).everyone()) as (used, _), apart(used):
        state.dispose()
        yield used
