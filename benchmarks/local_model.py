"""A real small model on this machine judges companies of the sandbox: `make try-local-model`.

Shows that every company ends with a stated outcome in bounded time. Quality is not claimed: the model has 135 million
parameters. Usage: `python -m benchmarks.local_model PYTHON_OF_THE_MODEL [COMPANIES]`.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from enrichment_assets.sandbox.process import Sandbox

LOADING_S = 180.0
SERVE = Path(__file__).with_name("serve_gguf.py")


def main() -> int:
    """Serve, run, stop. The exit status is that of `enrich run`."""
    python, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
    port = _free_port()
    command = [python, str(SERVE), str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            base = f"http://127.0.0.1:{port}/v1"
            _wait_for(f"{base}/models", server)
            return _run(base, count)
        finally:
            server.terminate()


def _run(base: str, count: int) -> int:
    domains = [f"local-{number}.com" for number in range(count)]
    companies = [{"domain": domain, "name": domain, "site": "ok", "mail": "google"} for domain in domains]
    with Sandbox.start(companies) as sandbox, tempfile.TemporaryDirectory() as home:
        listed = Path(home, "companies.csv")
        listed.write_text("domain\n" + "\n".join(domains))
        environment = {name: value for name, value in os.environ.items() if not name.startswith("OPENROUTER_")}
        environment |= sandbox.environment() | {"DAGSTER_HOME": str(Path(home, "state")), "OPENROUTER_BASE_URL": base}
        environment |= {"OPENROUTER_MODEL": "smollm2"}
        del environment["OPENROUTER_API_KEY"]
        started = time.monotonic()
        options = ["run", "--file", str(listed), "--only", "icp", "--verbose"]
        command = [sys.executable, "-m", "enrichment_assets", *options]
        done = subprocess.run(command, env=environment, cwd=home, check=False)
        took_s = time.monotonic() - started
        with suppress(OSError):
            print(f"Learned: {Path(home, 'state', 'endpoints.json').read_text()}")
        print(f"{count} companies in {took_s:.0f} s, {took_s / count:.1f} s each; exit {done.returncode}")
        return 0


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _wait_for(url: str, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + LOADING_S
    while time.monotonic() < until and server.poll() is None:
        with suppress(URLError, OSError), urlopen(url, timeout=5):
            return
        time.sleep(0.5)
    raise SystemExit("the model was not served")


if __name__ == "__main__":
    sys.exit(main())
