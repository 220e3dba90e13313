"""The process: comes up, says where it is, ends with its parent; the command prints settings."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from click.testing import CliRunner

from enrichment_assets.cli.commands.keeping.sandbox import sandbox as command
from enrichment_assets.sandbox.foreground import parse_faults, parse_limits
from enrichment_assets.sandbox.process import SECRETS, Sandbox
from enrichment_assets_tests.sandbox.calling import provide, spider


def test_settings_point_at_the_sandbox_and_hide_its_keys(sandbox: Sandbox) -> None:
    settings = sandbox.settings(enrichment_parallel=7)
    assert settings.enrichment_parallel == 7
    assert settings.spider_base_url == f"{sandbox.url}/spider"
    assert settings.dns_nameservers == (f"127.0.0.1:{sandbox.dns_port}",)
    assert settings.recruitee_base_url.endswith("/recruitee/{slug}")
    assert not any(secret in repr(settings) for secret in SECRETS)


def test_two_processes_with_one_seed_serve_the_same_world(sandbox: Sandbox) -> None:
    names = [f"company{number}.com" for number in range(10)]
    with Sandbox.start([{"domain": "acme9.com", "name": "Acme Nine"}]) as other:
        assert other.company("acme9.com")["name"] == "Acme Nine"
        for name in names:
            assert other.company(name) == sandbox.company(name)


def test_it_ends_with_its_parent_however_that_ends() -> None:
    script = (
        "import time\nfrom enrichment_assets.sandbox.process import Sandbox\n"
        "s = Sandbox.start()\nprint(s._process.pid, flush=True)\ntime.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    for _ in range(100):
        try:
            os.kill(child, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("the sandbox outlived its parent")


@pytest.mark.parametrize("taken", ["http_port", "dns_port"])
def test_a_taken_port_is_an_error_and_no_traceback(
    sandbox: Sandbox, taken: str, capfd: pytest.CaptureFixture[str]
) -> None:
    given = {"port": sandbox.http_port} if taken == "http_port" else {"dns_port": sandbox.dns_port}
    with pytest.raises(RuntimeError, match=r"did not start: .*address already in use"):
        Sandbox.start(**given)
    assert capfd.readouterr() == ("", "")


def test_many_clients_at_once_all_get_answers(sandbox: Sandbox) -> None:
    providers = ("spider", "openrouter", "serper", "clay", "sites", "greenhouse")
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda number: provide(sandbox, providers[number % 6], timeout_s=30), range(600)))
    assert len(answers) == 600
    assert {name: line["calls"] for name, line in sandbox.bill().items()} == dict.fromkeys(sorted(providers), 100)


def test_the_command_serves_and_prints_export_lines() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "enrichment_assets", "sandbox", "--profile", "instant", "--faults", "spider.http_500=1"],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        head = process.stdout.readline()
        lines = [process.stdout.readline() for _ in range(19)]
        variables = dict(line.removeprefix("export ").strip().split("=", 1) for line in lines)
        served = Sandbox(process, int(variables["ENRICHMENT_SANDBOX"].rpartition(":")[2]), 0)  # type: ignore[arg-type]
        assert variables["ENRICHMENT_SANDBOX"] in head
        assert spider(served).status == 500
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0
        process.stdout.close()  # type: ignore[union-attr]


def test_specifications_on_the_command_line() -> None:
    assert parse_faults("spider.http_500=0.1, dns.servfail=0.05") == {
        "spider": {"http_500": 0.1},
        "dns": {"servfail": 0.05},
    }
    assert parse_faults('{"dns": {"kind": "lame", "times": 1}}') == {"dns": {"kind": "lame", "times": 1}}
    assert parse_limits("serper=50,clay=10:20") == {
        "serper": {"rate": 50.0, "burst": 50.0},
        "clay": {"rate": 10.0, "burst": 20.0},
    }
    for option, text in (("--faults", "spider=1"), ("--faults", "spyder.http_500=1"), ("--limits", "serper")):
        result = CliRunner().invoke(command, [option, text])
        assert result.exit_code == 2, text


def test_the_command_is_imported_cheaply() -> None:
    module = "enrichment_assets.cli.commands.keeping.sandbox"
    script = f"import sys, {module}; print('aiohttp' in sys.modules or 'polars' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout == "False\n"
    )
