"""Dagster's webserver behind our guard, and its daemon beside it: what ``dagster dev`` starts, with nothing unguarded.

The webserver is made as ``dagster_webserver.cli`` makes it, by functions that Dagster does not document: this is the
only place that uses them, and ``test_guard`` notices when they change. Webserver and daemon each have a code server of
their own on a Unix socket of this user, which no browser reaches.
"""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import click
import dagster as dg
import uvicorn
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import ModuleTarget
from dagster._serdes import serialize_value
from dagster_webserver.app import create_app_from_workspace_process_context
from dagster_webserver.version import __version__

from enrichment_assets.cache.instance import open_instance
from enrichment_assets.cli.echo import say
from enrichment_assets.cli.serving.guard import Guard, own_hosts
from enrichment_assets.core.settings import Settings

HOST = "127.0.0.1"
MODULE = "enrichment_assets.definitions"
POLL_MS = 2_000
"""How often the UI looks for changes."""
PATIENCE_S = 60
"""How long the daemon may take to end."""
GRACE_S = 5
"""How long answers in flight may take at the end."""


def serve(settings: Settings, port: int) -> int:
    """Serve until Ctrl-C or SIGTERM. The exit code: 1 when the daemon ended by itself.

    Call on the main thread. Raises ClickException for a port that is taken.
    """
    try:
        listening = socket.create_server((HOST, port), backlog=2048)
    except OSError as error:
        raise click.ClickException(f"port {port}: {error.strerror}. Choose another: enrich ui --port") from error
    with listening, open_instance(settings) as instance, _daemon(instance) as daemon, _context(instance) as context:
        app = create_app_from_workspace_process_context(context, "", POLL_MS)
        guard = Guard(app, [*own_hosts(port), *settings.enrichment_ui_hosts])
        server = uvicorn.Server(
            uvicorn.Config(guard, log_level="warning", proxy_headers=False, timeout_graceful_shutdown=GRACE_S)
        )

        def end_with_the_daemon() -> None:
            daemon.wait()
            server.should_exit = True

        Thread(target=end_with_the_daemon, daemon=True).start()
        say(f"Dagster's UI: http://{HOST}:{port}  (state in {settings.dagster_home}; Ctrl-C ends it)")
        try:
            server.run(sockets=[listening])
        except KeyboardInterrupt:  # uvicorn has ended already, and says why
            return 0
        if daemon.poll() is not None:
            say("Dagster's daemon has ended, and the UI with it; its reason stands above.", err=True)
            return 1
    return 0


@contextmanager
def _daemon(instance: dg.DagsterInstance) -> Iterator["subprocess.Popen[bytes]"]:
    """Sensors, schedules and the queue, on this very instance whatever a ``.env`` says. Ended as Ctrl-C ends it.

    It ends with this process also where that is killed: two daemons on one home would start each run twice.
    """
    reference = serialize_value(instance.get_ref())
    command = [sys.executable, "-m", "enrichment_assets.cli.serving.with_parent"]
    command += ["dagster._daemon", "run", "-m", MODULE, "--instance-ref", reference]
    process = subprocess.Popen(command, process_group=0, stdin=subprocess.PIPE)  # noqa: S603 - our own command
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()


@contextmanager
def _context(instance: dg.DagsterInstance) -> Iterator[WorkspaceProcessContext]:
    target = ModuleTarget(module_name=MODULE, attribute=None, working_directory=None, location_name=None)
    with WorkspaceProcessContext(instance, target, version=__version__, code_server_log_level="warning") as context:
        yield context
