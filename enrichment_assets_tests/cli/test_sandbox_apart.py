"""The sandbox beside a real ``.env``: it reaches nothing real, and neither side works on the other's state.

A listener stands where Clay, the paid APIs and DNS would be; it is on loopback, where the sandbox may go, so that only
what keeps the two apart keeps it silent.
"""

from collections.abc import Iterator
from pathlib import Path

import httpx
import orjson
import pytest

from enrichment_assets.sandbox.process import CLAY_TOKEN, Sandbox
from enrichment_assets_tests.cli.reality import Reality, reality
from enrichment_assets_tests.cli.ui.serving import serving, until

pytestmark = pytest.mark.timeout(600)

COMPANIES = "company_name,website\nStripe,stripe.com\nFigma,figma.com\nLinear,linear.app\n"
LIST = ("--file", "companies.csv")
MATERIALIZE = ("asset", "materialize", "-m", "enrichment_assets.definitions", "--select", "mx", "--partition")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reality]:
    """After ``enrich init`` and a run of three companies in the sandbox."""
    folder = tmp_path_factory.mktemp("world")
    (folder / "companies.csv").write_text(COMPANIES)
    (folder / "data").mkdir()
    with reality(folder) as world:
        done = world.enrich("run", "--sandbox", *LIST, "--output", "out.json", **elsewhere(world))
        assert done.returncode == 0, done.stdout + done.stderr
        yield world


@pytest.fixture(autouse=True)
def nothing_real_is_reached(world: Reality) -> Iterator[None]:
    yield
    assert world.heard == []
    assert not (world.folder / ".state" / "enrichment.db").exists()


def elsewhere(world: Reality) -> dict[str, str]:
    """The real state, where the environment says so."""
    real = world.folder / "real"
    return {"ENRICHMENT_STATE_DB": f"sqlite:///{real}/state.db", "ENRICHMENT_STORE": str(real / "store")}


def test_run_and_deliver_work_in_the_sandbox_alone(world: Reality, sandbox: Sandbox) -> None:
    payloads = [row["payload"] for row in orjson.loads((world.folder / "out.json").read_bytes())["rows"]]
    assert len(payloads) == 3
    assert all(payload["sandbox"] is True for payload in payloads)

    webhook = sandbox.settings().clay_webhook_url or ""
    done = world.enrich("deliver", "--sandbox", "--webhook", webhook, **elsewhere(world))
    assert done.returncode == 0, done.stdout + done.stderr
    received = sandbox.received()
    assert len(received) == 3
    assert all(row["body"]["sandbox"] is True for row in received)
    assert all(row["headers"]["x-clay-webhook-auth"] == CLAY_TOKEN for row in received)
    assert not (world.folder / "real").exists()


@pytest.mark.parametrize("command", [("run", *LIST), ("deliver",)])
def test_what_the_sandbox_makes_up_is_pushed_to_this_machine_alone(world: Reality, command: tuple[str, ...]) -> None:
    done = world.enrich(*command, "--sandbox", "--webhook", "https://hooks.example.com/SECRET")
    assert done.returncode == 2
    assert "--webhook with --sandbox" in done.stderr
    assert "SECRET" not in done.stderr


def test_the_ui_its_sensors_and_its_runs_work_in_the_sandbox_alone(world: Reality) -> None:
    home = world.folder / ".state" / "sandbox"
    with serving(world.folder, world.environment, "enrichment_assets", "ui", "--sandbox") as ui:
        info = ui.ask("{ instance { info } }")["instance"]["info"]
        places = [line.partition(": ")[2] for line in info.splitlines() if "base_dir" in line]
        assert places
        assert all(place.startswith(str(home)) for place in places), places

        assert ui.ended(ui.launch("ramp.com", "notion.so")) == "SUCCESS"
        (world.folder / "data" / "dropped.csv").write_text("company,website\nVercel,vercel.com\n")
        dropped = until(lambda: [run["runId"] for run in ui.runs() if by_sensor(run)], "the sensor has seen the file")
        assert [ui.ended(run_id) for run_id in dropped] == ["SUCCESS"]

        http_port, _ = orjson.loads((home / "ports.json").read_bytes())
        received = httpx.get(f"http://127.0.0.1:{http_port}/_sandbox/received").json()
        assert {row["body"]["domain"] for row in received} == {"ramp.com", "notion.so", "vercel.com"}
        assert all(row["body"]["sandbox"] is True for row in received)
    assert "real-SECRET" not in ui.said.read_text()


def by_sensor(run: dict) -> bool:
    return any(tag["value"] == "csv_sensor" for tag in run["tags"])


def test_dagster_dev_with_a_real_env_beside_the_sandboxs_settings_serves_no_code(
    world: Reality, sandbox: Sandbox
) -> None:
    """``.env`` wins over the environment there: its webhook would be pushed to from the sandbox's state."""
    env = world.folder / ".env"
    written = env.read_text()
    exported = {**world.environment, **sandbox.environment(), "DAGSTER_HOME": str(world.folder / ".state" / "sandbox")}
    env.write_text(written.replace("DAGSTER_HOME=", "# "))
    try:
        with serving(world.folder, exported, "dagster", "dev", "-m", "enrichment_assets.definitions") as dev:
            refused = dev.location() or {}
    finally:
        env.write_text(written)
    assert refused["__typename"] == "PythonError"
    said = " ".join(cause["message"] for cause in refused["causes"])
    assert "CLAY_WEBHOOK_URL is not at the sandbox" in said
    assert "SECRET" not in said


def test_commands_refuse_the_other_sides_home(world: Reality, sandbox: Sandbox, tmp_path: Path) -> None:
    aside = Reality(tmp_path, world.url)
    for name, settings in ((".state", sandbox.environment()), (".state/sandbox", {})):
        home = str(world.folder / name)
        done = aside.enrich("status", DAGSTER_HOME=home, **settings)
        assert done.returncode == 2
        assert f"DAGSTER_HOME is {home}" in done.stderr
        done = aside.python("dagster", *MATERIALIZE, "stripe.com", DAGSTER_HOME=home, **settings)
        assert done.returncode != 0
        assert f"DAGSTER_HOME is {home}" in done.stderr + done.stdout
