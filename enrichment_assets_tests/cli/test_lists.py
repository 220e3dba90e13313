"""Which list, and how it is read, as a person says it on the command line."""

import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest

from enrichment_assets.cache.instance import open_instance
from enrichment_assets.cache.lookup import latest_records
from enrichment_assets.orchestration.partitions import NAME
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.cli.conftest import Terminal


def test_a_run_says_how_it_read_the_list_and_takes_the_columns_it_is_given(terminal: Terminal) -> None:
    (terminal.folder / "list.csv").write_text("An export\n\nWer;Wo;Website\nAcme;acme.com;\nBeta;beta.io;x.com\n")
    done = terminal.enrich(
        "run", "--file", "list.csv", "--dry-run", "--column", "company=Wer", "--column", "website=wo"
    )
    assert done.returncode == 0, done.stderr
    assert "2 rows, 2 companies" in done.stdout
    assert "the header is on line 3" in done.stdout
    assert "company: Wer; website: Wo." in done.stdout


def test_a_list_from_standard_input_is_kept_for_a_resume(terminal: Terminal) -> None:
    listed = terminal.folder / "in.csv"
    listed.write_text("Company,Website\nAcme,acme.com\nBeta,beta.io\nGamma,gamma.io\n")
    command = terminal.command("run", "--file", "-", "--sample", "2", "--random", "--dry-run")
    done = subprocess.run(
        command,
        input=listed.read_text(),
        cwd=terminal.folder,
        env=dict(terminal.environment),
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    run_id = next(line.split()[1] for line in done.stdout.splitlines() if line.startswith("Run "))
    listed.unlink()
    again = terminal.enrich("run", "--resume", run_id)
    assert again.returncode == 0, again.stderr
    assert "2 rows, 2 companies" in again.stdout


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--file", "list.csv", "--column", "colour=x"), "--column colour=x: write KIND=NAME"),
        (("--file", "list.csv", "--column", "website=Nowhere"), "there is no such column"),
        (("--file", "list.csv", "--encoding", "cp9999"), "--encoding cp9999"),
        (("--file", "list.csv", "--random"), "--random needs --sample"),
        (("--query", "SELECT 1"), "--query and --from belong together"),
        (("--query", "SELECT 1", "--from", "env:NOT_SET"), "NOT_SET is not set"),
    ],
)
def test_list_options_that_cannot_be_met_are_named(terminal: Terminal, options: tuple[str, ...], said: str) -> None:
    (terminal.folder / "list.csv").write_text("Company,Website\nAcme,acme.com\n")
    refused = terminal.refused("run", *options)
    assert refused.exit_code == 2
    assert said in refused.stderr


def _spent(sandbox: Sandbox) -> float:
    return sum(provider["usd"] for provider in sandbox.bill().values())


def test_a_list_of_names_alone_is_resolved_and_the_second_run_pays_nothing(
    terminal: Terminal, sandbox: Sandbox
) -> None:
    for name in ("Quillborn Dynamics", "Quillborn Robotics", "Quillborn Foundry"):
        sandbox.company(f"{name.replace(' ', '').lower()}.com", name=name, site="normal")
    (terminal.folder / "names.csv").write_text(
        "Company\nQuillborn Dynamics\nQuillborn Robotics\nQuillborn Foundry\nQuillborn Dynamics, Inc.\n"
    )
    command = ("run", "--file", "names.csv", "--resolve", "--only", "mx", "--dry-run", "--output", "out.csv")
    first = terminal.enrich(*command)
    assert first.returncode == 0, first.stderr
    assert "Looking for the sites of 4 companies" in first.stdout
    rows = pl.read_csv(terminal.folder / "out.csv")
    assert rows.height == 4
    assert rows["domain"].null_count() < 4
    paid = _spent(sandbox)
    assert paid > 0
    again = terminal.enrich(*command)
    assert again.returncode == 0, again.stderr
    assert "Looking for" not in again.stdout
    assert _spent(sandbox) == pytest.approx(paid)


def test_a_list_of_linkedin_pages_alone_of_which_no_site_is_sure_ends_well(terminal: Terminal) -> None:
    (terminal.folder / "pages.csv").write_text(
        "Company,LinkedIn URL\n,https://www.linkedin.com/company/zzqx-nowhere\n,linkedin.com/company/zzqy-nobody\n"
    )
    done = terminal.enrich("run", "--file", "pages.csv", "--resolve", "--only", "mx", "--dry-run", "--output", "o.csv")
    assert done.returncode == 0, done.stderr
    assert "0 found, 2 left open" in done.stdout
    assert pl.read_csv(terminal.folder / "o.csv").height == 2


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
