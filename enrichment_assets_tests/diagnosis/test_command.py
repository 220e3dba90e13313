"""``enrich doctor`` in a terminal."""

import json

from enrichment_assets_tests.cli.conftest import Terminal, terminal

__all__ = ["terminal"]


def test_it_says_a_line_for_each_look_and_the_exit_status_says_whether_a_run_would_work(terminal: Terminal) -> None:
    good = terminal.enrich("doctor")
    assert good.returncode == 0, good.stdout + good.stderr
    assert "OK    DNS: " in good.stdout
    bad = terminal.enrich("doctor", SERPER_API_KEY="", ENRICHMENT_ICP_PROFILE="gone.yaml")
    assert bad.returncode == 1
    assert "FAIL  profile: ENRICHMENT_ICP_PROFILE is gone.yaml" in bad.stdout


def test_as_json_it_says_where_each_setting_comes_from_and_no_secret(terminal: Terminal) -> None:
    (terminal.folder / ".env").write_text("ENRICHMENT_PARALLEL=7\nSERPER_API_KEY=of-the-file\n")
    said = terminal.enrich("doctor", "--json")
    document = json.loads(said.stdout)
    settings = {one["name"]: one for one in document["settings"]}
    assert settings["ENRICHMENT_PARALLEL"] == {"name": "ENRICHMENT_PARALLEL", "value": "7", "origin": ".env"}
    assert settings["SERPER_API_KEY"]["origin"] == "environment"
    assert {one["grade"] for one in document["findings"]} <= {"OK", "WARN", "FAIL"}
    assert not [value for name, value in terminal.environment.items() if name.endswith("_KEY") and value in said.stdout]
