import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from enrichment_assets.cli.main import cli
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.artifacts import pages_of_our_own as own


def enrich(folder: Path, command: str, *arguments: str, **environment: str) -> Result:
    """The command in ``folder``, in this process (which has imported everything), with no other environment."""
    with pytest.MonkeyPatch.context() as shell:
        shell.chdir(folder)
        for name in set(os.environ) - {"PATH"}:
            shell.delenv(name)
        for name, value in {"COLUMNS": "120", **environment}.items():
            shell.setenv(name, value)
        done = CliRunner().invoke(cli, [command, *arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    file = tmp_path / "labelled.jsonl"
    rows = [("Ledgerline", own.SOFTWARE, 1), ("Sole & Lace", own.SHOP, 0), ("Wrong label", own.SHOP, 1)]
    file.write_text("\n".join(json.dumps({"company": n, "text": t, "label": label}) for n, t, label in rows))
    return file


def test_eval_prints_figures_and_the_misjudged_with_quotes_and_writes_all_of_it(
    labelled: Path, tmp_path: Path, sandbox: Sandbox
) -> None:
    done = enrich(tmp_path, "eval", str(labelled), "--output", "out.json", "--mask-names", **sandbox.environment())
    assert done.exit_code == 0, done.stderr
    for line in ("precision:", "recall:", "unclear rate:", "cost per correct decision:", "Misjudged (1):"):
        assert line in done.stdout
    assert "row 3 Wrong label: judged not_fit, fits" in done.stdout
    written = json.loads((tmp_path / "out.json").read_text())
    assert written["mask_names"] is True
    assert written["figures"]["confusion"]["fits"]["fit"] == 1
    assert written["misjudged"][0]["quotes"]


def test_eval_takes_the_first_companies_and_another_model(labelled: Path, tmp_path: Path, sandbox: Sandbox) -> None:
    arguments = (str(labelled), "--limit", "1", "--model", "google/gemini-2.5-flash")
    done = enrich(tmp_path, "eval", *arguments, **sandbox.environment())
    assert "1 companies, google/gemini-2.5-flash" in done.stdout
    assert sandbox.bill()["openrouter"]["calls"] == 1


def test_eval_says_what_is_missing(labelled: Path, tmp_path: Path) -> None:
    done = enrich(tmp_path, "eval", str(labelled))
    assert done.exit_code == 2
    assert "OPENROUTER_API_KEY" in done.stderr
    assert "Traceback" not in done.stderr
    (tmp_path / "icp.yaml").write_text("we_sell: a b c\nwe_sell_to: [x]\n")
    done = enrich(tmp_path, "eval", str(labelled))
    assert done.exit_code == 2
    assert "icp.yaml line 2: `we_sell_to` should be text" in done.stderr


def test_eval_stops_at_its_budget(labelled: Path, tmp_path: Path, sandbox: Sandbox) -> None:
    done = enrich(tmp_path, "eval", str(labelled), "--budget", "0.00001", **sandbox.environment())
    assert done.exit_code == 1
    assert "3 could not be judged" in done.stdout
    assert "openrouter" not in sandbox.bill()


def test_explain_shows_what_a_run_found(tmp_path: Path, sandbox: Sandbox) -> None:
    sandbox.page("ledgerline.com", html=f"<title>Ledgerline</title><pre>{own.SOFTWARE}</pre>")
    sandbox.company("ledgerline.com", site="ok", mail="ok")
    (tmp_path / "list.csv").write_text("company_name,website\nLedgerline,ledgerline.com\n")
    settings = sandbox.environment() | {"DAGSTER_HOME": str(tmp_path / "home")}
    ran = enrich(tmp_path, "run", "--file", "list.csv", **settings)
    assert ran.exit_code == 0, ran.stdout + ran.stderr
    shown = enrich(tmp_path, "explain", "https://www.ledgerline.com/pricing", **settings)
    assert shown.exit_code == 0, shown.stderr
    for part in ("mx: accepts", "website: same_site", "icp: fit", "“", "prompt ", "webhook_delivery: pushed"):
        assert part in shown.stdout
    document = json.loads(enrich(tmp_path, "explain", "ledgerline.com", "--json", **settings).stdout)
    assert document["domain"] == "ledgerline.com"
    assert document["cost_usd"] > 0


def test_explain_says_when_there_is_nothing_to_explain(tmp_path: Path) -> None:
    done = enrich(tmp_path, "explain", "stripe.com", DAGSTER_HOME=str(tmp_path / "home"))
    assert (done.exit_code, "nothing was enriched here yet" in done.stderr) == (2, True)
    done = enrich(tmp_path, "explain", "gmail.com", DAGSTER_HOME=str(tmp_path / "home"))
    assert done.exit_code == 2
    assert "e-mail provider" in done.stderr
