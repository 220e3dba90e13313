"""``enrich deliver`` and ``enrich export`` as a person runs them."""

import csv
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import dagster as dg
import duckdb
import orjson
import polars as pl
import pytest
from click.testing import CliRunner

from enrichment_assets.cache.instance import open_instance
from enrichment_assets.cli.commands.looking.export import export
from enrichment_assets.orchestration.enriched_companies import enriched_companies_asset
from enrichment_assets.orchestration.runs.enrich_op import DELIVERIES_TAG, RunHooks
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.cli.conftest import Terminal

LIST = ("run", "--file", "companies.csv")
CONTACTS = """contact,Company,URL,note
Ann,Figma,figma.com,=1+1
Bob,Stripe,https://stripe.com,
Eve,Figma Inc,www.figma.com/about,-5
Kim,Nobody,never-seen.com,
Lee,,,
"""


def others(sandbox: Sandbox) -> dict[str, int]:
    return {name: provider["calls"] for name, provider in sandbox.bill().items() if name != "clay"}


def test_after_an_outage_of_the_receiver_deliver_pushes_each_once_and_asks_nobody_else(
    terminal: Terminal, sandbox: Sandbox
) -> None:
    sandbox.faults({"clay": {"http_503": 1.0}})
    down = terminal.enrich(*LIST, "--output", "out.json")
    assert down.returncode == 1, down.stdout + down.stderr
    summary = terminal.result()["summary"]
    assert sum(summary["outcomes"].values()) == 11
    assert summary["outcomes"]["failed"] == summary["deliveries"]["failed"] == 8
    assert all(row["payload"] for row in terminal.result()["rows"][:8])
    assert "pushed 0, unchanged 0, redelivered 0, failed 8, pending 0" in down.stdout
    before = others(sandbox)

    sandbox.faults({})
    both = [terminal.start("deliver") for _ in range(2)]
    outputs = [process.communicate(timeout=240)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], outputs
    rows = Counter(row["body"]["domain"] for row in sandbox.received())
    assert (len(rows), set(rows.values())) == (8, {1})
    assert not any(row["body"]["delivery_redelivered"] for row in sandbox.received())
    assert sum(int(re.findall(r": pushed (\d+)", output)[0]) for output in outputs) == 8
    assert others(sandbox) == before

    with (terminal.folder / "companies.csv").open("a") as file:
        file.write("Newcomer,newcomer.com\n")
    again = terminal.enrich("deliver", "--file", "companies.csv")
    assert "1 of 9 companies have no payload yet and are left out: enrich run --file companies.csv" in again.stdout
    assert "pushed 0, unchanged 8" in again.stdout
    assert "[" not in again.stdout
    assert len(sandbox.received()) == 8
    settings = sandbox.settings(dagster_home=terminal.folder / ".state")
    with open_instance(settings) as instance:
        tags = [run.tags[DELIVERIES_TAG] for run in instance.get_runs()]
    assert "pushed 0, unchanged 0, redelivered 0, failed 8, pending 0" in tags


def test_held_pushes_are_listed_and_decided_by_a_person(terminal: Terminal, sandbox: Sandbox) -> None:
    hold = {"WEBHOOK_UNKNOWN": "hold", "WEBHOOK_LIFETIME_SUBMISSIONS": "9"}
    sandbox.faults({"clay": {"kind": "accept_then_reset", "times": 1}})
    held = terminal.enrich(*LIST, **hold)
    assert held.returncode == 1
    assert "held for a person 1" in held.stdout
    assert "WARNING: This webhook is over 80% full (8 of 9 submissions for life (89%)): make a new" in held.stdout
    listed = terminal.enrich("deliver", "--held", **hold)
    assert re.search(r"^\S+  delivery_key [0-9a-f]{32}$", listed.stdout, re.MULTILINE)
    assert "1 pushes got no answer" in listed.stdout
    decided = terminal.enrich("deliver", "--held-arrived", **hold)
    assert decided.returncode == 0, decided.stdout + decided.stderr
    assert "1 held pushes count as delivered" in decided.stdout
    assert "unchanged 8" in decided.stdout
    assert len(sandbox.received()) == 8


def test_the_export_is_the_list_with_what_is_known_of_each_row(terminal: Terminal, sandbox: Sandbox) -> None:
    assert terminal.enrich(*LIST).returncode == 0
    (terminal.folder / "contacts.csv").write_text(CONTACTS)
    before = sandbox.bill()
    done = terminal.enrich("export", "--file", "contacts.csv", "--output", "out.csv")
    assert done.returncode == 0, done.stderr
    assert "5 rows, 3 companies, 2 known, 1 unknown" in done.stdout
    with (terminal.folder / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["contact"] for row in rows] == ["Ann", "Bob", "Eve", "Kim", "Lee"]
    assert [row["outcome"] for row in rows] == ["known", "known", "duplicate", "unknown", "rejected"]
    assert [row["note"] for row in rows] == ["'=1+1", "", "-5", "", ""]
    assert rows[0]["tier"] == rows[2]["tier"] != ""
    assert rows[0]["delivery"] == rows[2]["delivery"] == "delivered"
    assert rows[0]["mx_as_of"].startswith("20")
    assert rows[3]["reason"] == "never enriched"
    assert sandbox.bill() == before
    assert_one_row_per_company(sandbox, terminal.folder)


def test_a_list_without_any_company_is_exported_with_the_reasons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list.csv").write_text("Company,URL\nNobody,\nAcme,linkedin.com/in/acme\n")
    done = CliRunner().invoke(export, ["--file", "list.csv", "--output", "out.csv"])
    assert done.exit_code == 0, done.output
    assert "2 rows, 0 companies" in done.output
    with (tmp_path / "out.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["Company"], row["outcome"]) for row in rows] == [("Nobody", "rejected"), ("Acme", "rejected")]
    assert all(row["reason"] for row in rows)


def _workbook(path: Path) -> pl.DataFrame:
    return pl.read_excel(path, infer_schema_length=0)


def _database(path: Path) -> pl.DataFrame:
    with duckdb.connect(str(path), read_only=True) as connection:
        found = connection.sql("SELECT * FROM results")
        return pl.DataFrame(found.fetchall(), schema=found.columns, orient="row", infer_schema_length=None)


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("out.xlsx", _workbook),
        ("out.jsonl", pl.read_ndjson),
        ("out.parquet", pl.read_parquet),
        ("out.duckdb", _database),
        ("out.json", lambda path: pl.DataFrame(orjson.loads(path.read_bytes()), infer_schema_length=None)),
    ],
)
def test_every_format_of_an_export_holds_every_row_of_the_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, read: Callable[[Path], pl.DataFrame]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "contacts.csv").write_text(CONTACTS)
    for _ in range(2):  # an older one is replaced
        done = CliRunner().invoke(export, ["--file", "contacts.csv", "--output", name])
        assert done.exit_code == 0, done.output
    rows = read(tmp_path / name)
    assert rows["row"].cast(pl.Int64).to_list() == [2, 3, 4, 5, 6]
    assert rows["outcome"].to_list() == ["unknown", "unknown", "duplicate", "unknown", "rejected"]
    assert [str(note).lstrip("'") for note in rows["note"].head(1)] == ["=1+1"]


def test_an_export_that_cannot_be_written_is_refused_at_once(tmp_path: Path) -> None:
    contacts = tmp_path / "contacts.csv"
    contacts.write_text(CONTACTS)
    for output, said in (("out.ods", "use one of"), ("contacts.csv", "the list itself")):
        refused = CliRunner().invoke(export, ["--file", str(contacts), "--output", str(tmp_path / output)])
        assert refused.exit_code == 2
        assert said in refused.output
    assert contacts.read_text() == CONTACTS


def assert_one_row_per_company(sandbox: Sandbox, folder: Path) -> None:
    settings = sandbox.settings(dagster_home=folder / ".state")
    with open_instance(settings) as instance:
        made = dg.materialize([enriched_companies_asset(RunHooks(lambda: settings))], instance=instance)
    assert made.success
    exports = folder / ".state" / "artifacts" / "exports"
    frame = pl.read_parquet(exports / "enriched_companies.parquet")
    assert sorted(frame["domain"]) == sorted(set(frame["domain"]))
    assert frame.height == 8
    assert set(frame["delivery"]) == {"delivered"}
    assert (exports / "enriched_companies.csv").read_text().count("\n") == 9
    written = sorted(path.name for path in exports.iterdir() if path.suffix != ".html")  # reports of lists
    assert written == ["enriched_companies.csv", "enriched_companies.parquet"]
