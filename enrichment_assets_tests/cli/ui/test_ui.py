"""``enrich ui`` ends when it is told to, and leaves nothing running."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil
import pytest

WAITS_S = 120


def answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/server_info").is_success
    except httpx.TransportError:
        return False


@pytest.mark.parametrize(
    ("by", "deaf"),
    [(signal.SIGTERM, True), (signal.SIGINT, False), (signal.SIGKILL, False)],
)
def test_it_ends_with_all_its_processes(tmp_path: Path, by: signal.Signals, deaf: bool) -> None:
    """``deaf``: as a shell's background job starts, with Ctrl-C ignored."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    said = tmp_path / "said.txt"
    base = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    before = signal.signal(signal.SIGINT, signal.SIG_IGN) if deaf else None
    with said.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "enrichment_assets", "ui", "--port", str(port)],
            cwd=tmp_path,
            env=base,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    if before is not None:
        signal.signal(signal.SIGINT, before)
    try:
        deadline = time.monotonic() + WAITS_S
        while not answers(port) and time.monotonic() < deadline:
            assert process.poll() is None, said.read_text()
            time.sleep(0.2)
        daemon = psutil.Process(process.pid).children()
        if by is signal.SIGINT:
            os.killpg(process.pid, by)
        else:
            process.send_signal(by)
        assert process.wait(WAITS_S) == (-by if by is signal.SIGKILL else 0)
        assert not psutil.wait_procs(daemon, WAITS_S)[1]
        assert "Traceback" not in said.read_text()
        assert not answers(port)
        if by is not signal.SIGKILL:  # Dagster's code servers wait 20 s for a sign of life
            assert not _left(tmp_path)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)


def _left(home: Path) -> list[psutil.Process]:
    return [one for one in psutil.process_iter(["cmdline"]) if str(home) in str(one.info["cmdline"])]
