"""A Postgres of the tests' own, in a temporary folder, or the one that ENRICHMENT_TEST_POSTGRES names."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import OperationalError

_FOLDERS = ("/usr/local/bin", "/usr/lib/postgresql/*/bin", "/opt/homebrew/bin")
_ALWAYS = ("max_connections=200", "listen_addresses=")
_QUICK = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


@contextmanager
def running(*, durable: bool = False) -> Iterator[str]:
    """Its URL, on a socket that nobody else reaches. Skips where Postgres or its driver is not installed.

    ``durable``: it syncs as it does by default.
    """
    pytest.importorskip("psycopg2", reason="needs the extra postgres")
    given = os.environ.get("ENRICHMENT_TEST_POSTGRES")
    if given:
        yield given
        return
    initdb, server = _program("initdb"), _program("postgres")
    user = _other_user()
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    try:
        if user is not None:
            shutil.chown(folder, user)
        data = folder / "data"
        subprocess.run(
            [initdb, "-D", data, "-U", "tests", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C"],
            check=True, capture_output=True, user=user, cwd=folder,
        )  # fmt: skip
        options = [part for option in (*_ALWAYS, *(() if durable else _QUICK)) for part in ("-c", option)]
        process = subprocess.Popen(
            [server, "-D", data, "-k", folder, *options],
            user=user, cwd=folder, stdout=subprocess.DEVNULL, stderr=(folder / "log").open("w"),
        )  # fmt: skip
        try:
            url = f"postgresql://tests@/postgres?host={folder}"
            _wait(url, process, folder / "log")
            yield url
        finally:
            process.send_signal(signal.SIGINT)  # it does not wait for clients then
            process.wait(30)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def database_of(server: str) -> Iterator[str]:
    """The URL of a new, empty database, dropped afterwards."""
    name = f"t{uuid.uuid4().hex[:12]}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template0")
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        engine.dispose()


def _program(name: str) -> Path:
    found = (path for folder in _FOLDERS for path in Path("/").glob(f"{folder[1:]}/{name}"))
    program = next(found, None) or (Path(which) if (which := shutil.which(name)) else None)
    if program is None:
        pytest.skip(f"needs Postgres ({name}), or ENRICHMENT_TEST_POSTGRES=postgresql://… to an empty one")
    return program.resolve()


def _other_user() -> str | None:
    """Postgres does not run as root."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in known), None)


def _wait(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    engine = create_engine(url)
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError(f"Postgres did not start: {log.read_text()[-2000:]}")
        try:
            engine.connect().close()
        except OperationalError:
            time.sleep(0.1)
        else:
            engine.dispose()
            return
    raise RuntimeError(f"Postgres does not answer: {log.read_text()[-2000:]}")
