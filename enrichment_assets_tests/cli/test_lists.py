"""Which list, and how it is read, as a person says it on the command line."""

import subprocess

import pytest

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
    done = terminal.enrich("run", *options)
    assert done.returncode == 2
    assert said in done.stderr
