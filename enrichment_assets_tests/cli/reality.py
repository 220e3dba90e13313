"""A person's folder with real keys in ``.env``, and a listener in the place of everybody these keys are for."""

import contextlib
import os
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import orjson
from click.testing import CliRunner

from enrichment_assets.cli.commands.keeping.init import init

KEYS = ("OPENROUTER_API_KEY", "SPIDER_API_KEY", "SERPER_API_KEY", "CLAY_WEBHOOK_TOKEN")
ADDRESSES = ("OPENROUTER_BASE_URL", "SPIDER_BASE_URL", "SERPER_BASE_URL", "CLAY_WEBHOOK_URL", "GREENHOUSE_BASE_URL")


@dataclass(frozen=True)
class Reality:
    """``heard``: what arrived in the real world, which must be nothing."""

    folder: Path
    url: str
    heard: list[str] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """Of a shell that knows no setting."""
        kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
        return {**kept, "PWD": str(self.folder)}

    def enrich(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.python("enrichment_assets", *arguments, **environment)

    def python(self, module: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            cwd=self.folder,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )

    def ports(self) -> tuple[int, int]:
        """Of the sandbox that runs on this folder's state."""
        http_port, dns_port = orjson.loads((self.folder / ".state" / "sandbox" / "ports.json").read_bytes())
        return http_port, dns_port


@contextmanager
def reality(folder: Path) -> Iterator[Reality]:
    """After ``enrich init``, with every key filled in."""
    heard: list[str] = []

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            heard.append(f"{self.command} {self.path}")
            self.send_response(200)
            self.end_headers()

        do_GET = do_POST  # noqa: N815 - http.server's name

        def log_message(self, *_: object) -> None:
            return

    class Question(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            heard.append("DNS")

    with (
        ThreadingHTTPServer(("127.0.0.1", 0), Listener) as web,
        socketserver.UDPServer(("127.0.0.1", 0), Question) as nameserver,
    ):
        for server in (web, nameserver):
            threading.Thread(target=server.serve_forever, daemon=True).start()
        world = Reality(folder, f"http://127.0.0.1:{web.server_address[1]}", heard)
        with contextlib.chdir(folder):
            done = CliRunner(env={"PWD": str(folder)}).invoke(init)
        assert done.exit_code == 0, done.output
        with (folder / ".env").open("a") as env:
            env.writelines(f"{name}=real-SECRET\n" for name in KEYS)
            env.writelines(f"{name}={world.url}/{name.lower()}\n" for name in ADDRESSES)
            env.write(f"DNS_NAMESERVERS=127.0.0.1:{nameserver.server_address[1]}\n")
        yield world
        web.shutdown()
        nameserver.shutdown()
