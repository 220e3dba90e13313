"""What a person with a CSV and a terminal sees."""

import contextlib
import os
import re
import signal
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from enrichment_assets.cli.main import cli
from enrichment_assets.engine.summary import ROW_OUTCOMES
from enrichment_assets.sandbox.process import SECRETS, Sandbox
from enrichment_assets_tests.cli.conftest import COMPANIES, Terminal, said_until

LIST = ("run", "--file", "companies.csv")
PAID = ("spider", "openrouter", "serper")


def spent(sandbox: Sandbox) -> float:
    return sum(provider["usd"] for provider in sandbox.bill().values())


def calls(sandbox: Sandbox) -> dict[str, int]:
    return {name: provider["calls"] for name, provider in sandbox.bill().items() if name in PAID}


def run_id(output: str) -> str:
    found = re.search(r"^Run ([0-9a-f-]{36})$", output, re.MULTILINE)
    assert found, output
    return found[1]


def test_every_row_of_the_list_is_in_the_output_and_the_sum_is_right(terminal: Terminal, sandbox: Sandbox) -> None:
    done = terminal.enrich(*LIST, "--output", "out.json")
    assert done.returncode == 0, done.stdout + done.stderr
    rows = terminal.result()["rows"]
    assert [row["row"] for row in rows] == list(range(2, 13))
    assert [row["outcome"] for row in rows[8:]] == ["rejected", "duplicate", "rejected"]
    assert rows[9]["duplicate_of_row"] == 2
    assert all(row["outcome"] in ROW_OUTCOMES for row in rows)
    assert all(row["payload"]["domain"] == row["domain"] for row in rows[:8])
    assert {row["body"]["domain"] for row in sandbox.received()} == {row["domain"] for row in rows[:8]}
    assert len(sandbox.received()) == 8
    assert terminal.result()["summary"]["total_cost_usd"] == pytest.approx(spent(sandbox), abs=0.0001)
    assert "=== Run Complete ===" in done.stdout
    assert re.search(r"^\[8/8\] .+: mx:OK .*\(\d+\.\d/min, ETA: 0\.0min\)$", done.stdout, re.MULTILINE)
    assert re.search(r"= sum\s+11$", done.stdout, re.MULTILINE)


def test_the_same_list_again_costs_nothing_and_pushes_nothing_and_tables_hold_one_line_per_row_with_its_own_columns(
    terminal: Terminal, sandbox: Sandbox
) -> None:
    lines = COMPANIES.splitlines()
    notes = ["note", "own column", *[""] * (len(lines) - 2)]
    noted = [f"{line},{note}" for line, note in zip(lines, notes, strict=True)]
    (terminal.folder / "companies.csv").write_text("\n".join(noted))
    assert terminal.enrich(*LIST, "--output", "out.csv").returncode == 0
    before, pushed = sandbox.bill(), len(sandbox.received())
    for output in ("out.json", "out.parquet"):
        assert terminal.enrich(*LIST, "--output", output).returncode == 0
        assert sandbox.bill() == before
        assert len(sandbox.received()) == pushed
    outcomes = {outcome for row in terminal.result()["rows"] for outcome in row["nodes"].values()}
    assert outcomes <= {"CACHE", "SKIP"}
    assert all(row["delivered"] for row in terminal.result()["rows"][:8])
    for frame in (
        pl.read_csv(terminal.folder / "out.csv", null_values=""),
        pl.read_parquet(terminal.folder / "out.parquet"),
    ):
        assert frame["row"].to_list() == list(range(2, 13))
        assert frame["tier"].drop_nulls().is_in(["QUALIFIED", "DISQUALIFIED", "REVIEW"]).all()
        assert frame["website"].to_list()[:2] == ["https://stripe.com", "figma.com"]
        assert frame["note"].to_list()[:2] == ["own column", None]
        assert frame["website_outcome"].drop_nulls().is_in(["OK", "CACHE", "SKIP"]).all()


def test_a_dry_run_does_everything_but_the_push(terminal: Terminal, sandbox: Sandbox) -> None:
    done = terminal.enrich(*LIST, "--dry-run", "--output", "out.json", CLAY_WEBHOOK_URL="")
    assert done.returncode == 0, done.stdout + done.stderr
    assert sandbox.received() == []
    assert all(row["payload"] for row in terminal.result()["rows"][:8])
    assert terminal.enrich("run", "--resume", run_id(done.stdout)).returncode == 0
    assert sandbox.received() == [], "a dry run stays one when it is resumed"
    pushed = terminal.enrich(*LIST)
    assert pushed.returncode == 0
    assert len(sandbox.received()) == 8


def test_without_keys_nothing_is_started_and_each_missing_key_is_named(terminal: Terminal, sandbox: Sandbox) -> None:
    keys = ("OPENROUTER_API_KEY", "SPIDER_API_KEY", "SERPER_API_KEY", "CLAY_WEBHOOK_URL")
    others = ("OPENROUTER_BASE_URL", "BRAVE_API_KEY", "FIRECRAWL_API_KEY")
    done = terminal.enrich(*LIST, **dict.fromkeys((*keys, *others), ""))
    assert done.returncode == 2
    assert all(key in done.stderr for key in keys)
    assert "https://openrouter.ai/keys" in done.stderr
    way = next(line for line in done.stderr.splitlines() if line.startswith("To run with what is set: "))
    assert "ENRICHMENT_PAGES=direct enrich run --file " in way
    assert way.endswith("--without icp,linkedin,news --dry-run")
    assert sum(calls(sandbox).values()) == 0


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "empty"),
        ("company_name,website\n", "no rows"),
        ("colour,size\nred,3\n", "colour"),
        ("company_name,website\nX,https://linkedin.com/in/x\n", "no row is a company"),
    ],
)
def test_an_unusable_list_is_explained(terminal: Terminal, content: str, said: str) -> None:
    (terminal.folder / "bad.csv").write_text(content)
    refused = terminal.refused("run", "--file", "bad.csv")
    assert refused.exit_code == 2
    assert "bad.csv" in refused.stderr
    assert said in refused.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("run",), "--file is missing"),
        ((*LIST, "--output", "out.ods"), "--output out.ods"),
        ((*LIST, "--output", "folder.json"), "is a directory"),
        ((*LIST, "--output", "companies.csv"), "is the list itself"),
        ((*LIST, "--output", "/proc/out.json"), "--output /proc/out.json"),
        ((*LIST, "--webhook", "rubbish"), "CLAY_WEBHOOK_URL: it is not an address"),
        (("run", "--resume", "nothing"), "no such run"),
    ],
)
def test_wrong_options_are_named_before_anything_is_spent(tmp_path: Path, options: tuple[str, ...], said: str) -> None:
    (tmp_path / "companies.csv").write_text(COMPANIES)
    (tmp_path / "folder.json").mkdir()
    with contextlib.chdir(tmp_path):
        refused = CliRunner().invoke(cli, options)
    assert refused.exit_code == 2, refused.output
    assert said in refused.output
    assert (tmp_path / "companies.csv").read_text() == COMPANIES


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENRICHMENT_PARALLEL", "many"),
        ("DNS_NAMESERVERS", "resolver.example"),
        ("SPIDER_BASE_URL", "api.spider.cloud"),
        ("DAGSTER_HOME", "companies.csv"),
        ("ENRICHMENT_STATE_DB", "nonsense"),
        ("ENRICHMENT_STORE", "nonsense://bucket/path"),
        ("ENRICHMENT_ICP_PROFILE", "nowhere.yaml"),
    ],
)
def test_an_unusable_setting_is_named_and_nobody_is_called(
    terminal: Terminal, sandbox: Sandbox, name: str, value: str
) -> None:
    wrong = terminal.enrich(*LIST, **{name: value})
    assert wrong.returncode == 2, wrong.stdout + wrong.stderr
    assert name in wrong.stderr
    assert "Traceback" not in wrong.stderr
    assert sum(provider["calls"] for provider in sandbox.bill().values()) == 0


def test_an_outage_fails_its_companies_only_and_resume_finishes_them(terminal: Terminal, healthy: Sandbox) -> None:
    healthy.faults({"serper": {"http_500": 1.0}})
    failed = terminal.enrich(*LIST, "--output", "out.json")
    assert failed.returncode == 1, failed.stdout
    rows = {row["domain"]: row for row in terminal.result()["rows"][:8]}
    assert rows["stripe.com"]["outcome"] == "failed"
    assert "news: serper" in rows["stripe.com"]["reason"]
    assert not rows["stripe.com"]["delivered"]
    assert "stripe.com: " in failed.stdout
    healthy.faults({})
    before = calls(healthy)
    resumed = terminal.enrich("run", "--resume", run_id(failed.stdout), "--output", "out.json")
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    after = calls(healthy)
    assert (after["openrouter"], after["spider"]) == (before["openrouter"], before["spider"])
    assert all(row["delivered"] for row in terminal.result()["rows"][:8])
    assert len({row["body"]["domain"] for row in healthy.received()}) == len(healthy.received()) == 8


def test_a_budget_is_never_exceeded_and_the_rest_can_be_resumed(terminal: Terminal, healthy: Sandbox) -> None:
    stopped = terminal.enrich(*LIST, "--budget", "0.003", "--parallel", "2", "--output", "out.json")
    assert stopped.returncode == 1, stopped.stdout + stopped.stderr
    assert spent(healthy) <= 0.003
    outcomes = [row["outcome"] for row in terminal.result()["rows"][:8]]
    assert "budget" in outcomes
    once_more = terminal.enrich("run", "--resume", run_id(stopped.stdout), "--parallel", "2")
    assert spent(healthy) <= 0.006, once_more.stdout
    resumed = terminal.enrich("run", "--resume", run_id(stopped.stdout), "--budget", "1")
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    assert len(healthy.received()) == 8


def test_ctrl_c_finishes_what_is_in_flight_and_names_the_way_on(terminal: Terminal, healthy: Sandbox) -> None:
    healthy.latency({"spider": 0.4, "openrouter": 0.4})
    process = terminal.start(*LIST, "--parallel", "1", "--output", "out.json")
    seen = said_until(process, lambda said: "[1/8]" in said)
    process.send_signal(signal.SIGINT)
    rest = process.communicate(timeout=240)[0]
    assert process.returncode == 130, seen + rest
    assert f"--resume {run_id(seen)}" in rest
    assert {"failed"} <= {row["outcome"] for row in terminal.result()["rows"][:8]}
    healthy.latency("instant")
    resumed = terminal.enrich("run", "--resume", run_id(seen))
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    assert len(healthy.received()) == 8


def test_ctrl_c_at_a_terminal_leaves_the_sandbox_to_the_companies_in_flight(terminal: Terminal) -> None:
    (terminal.folder / "long.csv").write_text("website\n" + "".join(f"company-{n}.com\n" for n in range(2_000)))
    process = terminal.start("run", "--sandbox", "--file", "long.csv", "--parallel", "10", start_new_session=True)
    seen = said_until(process, lambda said: "[5/2000]" in said)
    os.killpg(process.pid, signal.SIGINT)
    rest = process.communicate(timeout=60)[0]
    assert process.returncode == 130, seen + rest
    assert "Traceback" not in rest
    assert "=== Run Interrupted ===" in rest
    failed = re.search(r"failed +(\d+)\n", rest)
    assert failed
    assert f"Of the failed, {failed[1]} were not reached" in rest
    assert re.search(r"To go on: enrich run --sandbox --resume [0-9a-f-]{36}\n", rest)


def test_a_reader_that_goes_away_does_not_end_the_run(terminal: Terminal, healthy: Sandbox) -> None:
    process = terminal.start(*LIST, "--output", "out.json")
    assert process.stdout
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=60) == 0
    assert len(healthy.received()) == 8
    assert len(terminal.result()["rows"]) == 11


def test_a_killed_run_is_resumed_without_a_second_push(terminal: Terminal, healthy: Sandbox) -> None:
    healthy.latency({"spider": 0.2, "openrouter": 0.2})
    process = terminal.start(*LIST, "--parallel", "2")
    seen = said_until(process, lambda said: "[2/8]" in said)
    process.kill()
    process.wait()
    healthy.latency("instant")
    resumed = terminal.enrich("run", "--resume", run_id(seen), "--output", "out.json")
    assert resumed.returncode == 0, resumed.stdout + resumed.stderr
    received = healthy.received()
    assert {row["body"]["domain"] for row in received} == {row["domain"] for row in terminal.result()["rows"][:8]}
    keys = [row["body"]["delivery_key"] for row in received]
    assert len(set(keys)) == 8


def test_no_key_is_left_anywhere(terminal: Terminal, sandbox: Sandbox) -> None:
    sandbox.faults({"openrouter": {"http_401": {"times": 1}}, "clay": {"http_500": {"times": 3}}})
    done = terminal.enrich(*LIST, "--verbose", "--output", "out.json")
    text = done.stdout + done.stderr
    files = [path for path in Path(terminal.folder).rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in files)
    for secret in SECRETS:
        assert secret not in text
        assert not [path for path in files if secret.encode() in path.read_bytes()]
    assert not [path for path in files if b"pull-in-data-from-a-webhook" in path.read_bytes()]


def test_a_sandbox_run_needs_nothing_and_keeps_its_own_state(terminal: Terminal, tmp_path: Path) -> None:
    bare = {name: "" for name in terminal.environment if name not in ("PATH", "HOME")}
    first = terminal.enrich(*LIST, "--sandbox", **bare)
    assert first.returncode == 0, first.stdout + first.stderr
    assert not (tmp_path / ".state" / "artifacts").exists()
    second = terminal.enrich(*LIST, "--sandbox", "--output", "out.json", **bare)
    assert second.returncode == 0
    assert {o for row in terminal.result()["rows"] for o in row["nodes"].values()} <= {"CACHE", "SKIP"}


@pytest.mark.parametrize("elsewhere", ["", "/", "/nowhere"])
def test_state_lies_in_the_folder_whatever_the_environment_says_of_it(terminal: Terminal, elsewhere: str) -> None:
    done = terminal.enrich("init", **({"PWD": elsewhere} if elsewhere else {}))
    assert f"Dagster's home is {terminal.folder / '.state'}" in done.stdout, done.stderr
    assert (terminal.folder / ".state" / "dagster.yaml").exists()


def test_names_without_sites_are_looked_for_when_asked_and_every_row_is_accounted_for(
    terminal: Terminal, sandbox: Sandbox
) -> None:
    sandbox.company("zorblattindustries.com", name="Zorblatt Industries", site="normal", mail="google", linkedin="site")
    sandbox.company("fernwickholdout.com", name="Fernwick Holdout", site="dead", linkedin="none")
    rows = "Company,Website,LinkedIn URL\nZorblatt Industries,,{linkedin}\nStripe,stripe.com,\nFernwick Holdout,,\n"
    slug = sandbox.company("zorblattindustries.com")["linkedin_slug"]
    (terminal.folder / "names.csv").write_text(rows.format(linkedin=f"https://www.linkedin.com/company/{slug}"))
    named = ("run", "--file", "names.csv", "--dry-run", "--output", "out.json")
    assert "2 rows name a company but no site of its own: --resolve" in terminal.enrich(*named).stdout
    before = sandbox.bill()
    done = terminal.enrich(*named, "--resolve", "--budget", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"Looking for the sites of 2 companies .* about \$0\.\d+, at most \$0\.\d+", done.stdout)
    found, stripe, fernwick = terminal.result()["rows"]
    assert (found["domain"], found["outcome"]) == ("zorblattindustries.com", stripe["outcome"])
    assert "links to the LinkedIn page" in found["resolved"]
    assert fernwick["outcome"] == "rejected"
    assert "Not resolved" in fernwick["reason"]
    after = sandbox.bill()
    usd = sum(after[name]["usd"] - before[name]["usd"] for name in after)
    assert terminal.result()["summary"]["total_cost_usd"] == pytest.approx(usd, abs=1e-6)
    again = terminal.enrich("run", "--resume", run_id(done.stdout))
    assert "Looking for the sites" not in again.stdout
    assert re.search(r"= sum\s+3$", again.stdout, re.MULTILINE)
    assert "0 duplicates, 1 rejected" in again.stdout


def test_a_bad_question_file_is_announced_as_a_file(terminal: Terminal) -> None:
    (terminal.folder / "questions").mkdir()
    (terminal.folder / "questions" / "crm.yaml").write_text("name: crm\nquestion: Which CRM?\npages: [prices]\n")
    done = terminal.enrich("status")
    assert done.returncode == 2
    assert done.stderr.startswith("Unusable file: questions/crm.yaml line 3: ")
