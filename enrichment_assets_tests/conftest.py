"""What the tests share: one sandbox process, and where the real data is."""

import gc
import signal
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests import postgres as postgres_server

# A busy machine is no failure: what has to be fast is in benchmarks/.
hypothesis.settings.register_profile("project", deadline=None)
hypothesis.settings.load_profile("project")
# A shell starts background jobs deaf to Ctrl-C, and so would be every process that a test interrupts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

_SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


_LONG = ("acceptance", "cli", "orchestration", "homes", "docs")
"""Folders whose tests start many processes."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files first, so that no worker is left alone with one at the end."""
    folder = Path(__file__).parent
    items.sort(key=lambda item: item.path.relative_to(folder).parts[0] not in _LONG)


def pytest_collection_finish() -> None:
    """What was imported stays: no collection of garbage has to look at it again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[Sandbox]:
    """One sandbox for the whole session."""
    with Sandbox.start() as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(sandbox_process: Sandbox) -> Sandbox:
    """The sandbox as new: no faults, no limits, instant, empty bill, empty table."""
    sandbox_process.reset()
    return sandbox_process


@pytest.fixture(scope="session")
def postgres_process() -> Iterator[str]:
    """One Postgres for the whole session; its URL."""
    with postgres_server.running() as url:
        yield url


@pytest.fixture
def postgres(postgres_process: str) -> Iterator[str]:
    """The URL of a new and empty database."""
    with postgres_server.database_of(postgres_process) as url:
        yield url


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with real values from public sources, beside the project."""
    if not _SHARED_DATA.is_dir():
        pytest.skip(f"needs the real data in {_SHARED_DATA}")
    return _SHARED_DATA
