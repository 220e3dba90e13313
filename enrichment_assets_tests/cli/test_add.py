"""``enrich add``: a new company from the command line, and then Dagster's own command enriches it."""

import subprocess
import sys
from pathlib import Path

from enrichment_assets.cache.instance import open_instance
from enrichment_assets.cache.lookup import latest_records
from enrichment_assets.orchestration.partitions import NAME
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.cli.conftest import Terminal


def partitions(sandbox: Sandbox, folder: Path) -> set[str]:
    with open_instance(sandbox.settings(dagster_home=folder / ".state")) as instance:
        return set(instance.get_dynamic_partitions(NAME))


def test_a_new_company_is_a_partition_and_dagster_materializes_it(terminal: Terminal, sandbox: Sandbox) -> None:
    home = {"DAGSTER_HOME": str(terminal.folder / ".state")}
    added = terminal.enrich("add", "HTTPS://www.Brand-New.com/about", "brand-new.com", **home)
    assert (added.returncode, added.stderr) == (0, "")
    assert "brand-new.com: added" in added.stdout
    command = [sys.executable, "-m", "dagster", "asset", "materialize", "-m", "enrichment_assets.definitions"]
    done = subprocess.run(
        [*command, "--select", "mx", "--partition", "brand-new.com"],
        cwd=terminal.folder,
        env={**terminal.environment, **home},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    with open_instance(sandbox.settings(dagster_home=terminal.folder / ".state")) as instance:
        assert [record.domain for record in latest_records(instance, ["brand-new.com"], ["mx"])] == ["brand-new.com"]
    again = terminal.enrich("add", "brand-new.com", **home)
    assert "brand-new.com: known already" in again.stdout


def test_what_is_no_company_is_named_and_the_others_are_added(terminal: Terminal, sandbox: Sandbox) -> None:
    home = {"DAGSTER_HOME": str(terminal.folder / ".state")}
    asked = ("a...b", "https://www.linkedin.com/company/acme", "me@gmail.com", "good-one.com")
    added = terminal.enrich("add", *asked, **home)
    assert added.returncode == 2
    assert partitions(sandbox, terminal.folder) == {"good-one.com"}
    assert all(f"{wrong}: not added." in added.stderr for wrong in asked[:3])


def test_a_forgotten_company_does_not_come_back_by_hand(terminal: Terminal, sandbox: Sandbox) -> None:
    home = {"DAGSTER_HOME": str(terminal.folder / ".state")}
    terminal.enrich("add", "gone-for-good.com", **home)
    assert terminal.enrich("forget", "--yes", "gone-for-good.com", **home).returncode == 0
    added = terminal.enrich("add", "gone-for-good.com", **home)
    assert added.returncode == 2
    assert "do-not-enrich" in added.stderr
    assert partitions(sandbox, terminal.folder) == set()
