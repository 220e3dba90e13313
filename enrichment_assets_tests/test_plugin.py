"""A new artifact, as an installed distribution or as a folder of the package: nothing else knows of it.

The distribution adds a page fetcher as well.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

EXAMPLE = Path(__file__).parents[1] / "examples" / "plugin"
ROOT = EXAMPLE.parents[1]

USE = """
import contextlib, io, json, sys
from pathlib import Path
from enrichment_assets.cli.main import cli

def enrich(*words):
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        try:
            cli.main(list(words), prog_name="enrich", standalone_mode=False)
        except SystemExit as ended:
            told.write(f"[exit {ended.code}]")
    return told.getvalue()

Path("list.csv").write_text("company,website\\nLedgerline,https://ledgerline.com\\nWalled,https://walled.com\\n")
said = {
    "run": enrich("run", "--sandbox", "--file", "list.csv", "--verbose", "--output", "rows.json"),
    "explain": enrich("explain", "--sandbox", "ledgerline.com"),
    "status": enrich("status", "--sandbox"),
    "export": enrich("export", "--sandbox", "--file", "list.csv", "--output", "known.csv"),
    "costs": enrich("costs", "--sandbox", "--pages"),
    "without": enrich("run", "--sandbox", "--file", "list.csv", "--without", "linkedin,news", "--dry-run"),
}
from enrichment_assets.artifacts.catalog import load_catalog
from enrichment_assets.core.settings import Settings
from enrichment_assets.reports.documentation import artifacts_page
from enrichment_assets.definitions import defs
from enrichment_assets.providers.registry import providers

said["docs"] = artifacts_page(load_catalog(Settings()))
said["graph"] = {spec.key.to_user_string(): [d.asset_key.to_user_string() for d in spec.deps]
                 for spec in defs.resolve_all_asset_specs()}
said["checks"] = [key.to_user_string() for key in defs.resolve_asset_graph().asset_check_keys]
said["fetchers"] = [name for kind, name in providers() if kind == "pages"]
said["rows"] = json.loads(Path("rows.json").read_text())
said["known"] = Path("known.csv").read_text()
sys.stderr.write("\\n" + json.dumps(said))
"""


def installed(folder: Path, source: Path = EXAMPLE) -> None:
    """The distribution, put into a folder without a network."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    copy = folder.parent / f"{folder.name}-source"
    subprocess.run(["cp", "-r", str(source), str(copy)], check=True)
    subprocess.run([*command, "--target", str(folder), str(copy)], check=True)


def python(code: str, site: Path, home: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": f"{site}:{ROOT}",
        "DAGSTER_HOME": str(home / "state"),
        **settings,
    }
    return subprocess.run(
        [sys.executable, "-c", code], cwd=home, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "packages"
    installed(folder)
    return folder


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package that has the plugin's artifact built in: one folder more, and one line changed."""
    root = tmp_path_factory.mktemp("built_in")
    copy = root / "enrichment_assets"
    shutil.copytree(ROOT / "enrichment_assets", copy, ignore=shutil.ignore_patterns("__pycache__"))
    folder = copy / "artifacts" / "tech_stack"
    folder.mkdir()
    shutil.copy(EXAMPLE / "tech_stack_plugin" / "artifact.py", folder / "declaration.py")
    shutil.copy(EXAMPLE / "tech_stack_plugin" / "markers.csv", folder)
    catalog = copy / "artifacts" / "catalog.py"
    text, lines = re.subn(r"^(FOLDERS: Final = \(.*)\)$", r'\1, "tech_stack")', catalog.read_text(), flags=re.MULTILINE)
    assert lines == 1
    catalog.write_text(text)
    return root


@pytest.fixture(scope="module", params=["installed", "built in"])
def said(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What every command says with the new artifact."""
    home = tmp_path_factory.mktemp("home")
    if request.param == "installed":
        used = python(USE, request.getfixturevalue("site"), home, ENRICHMENT_PAGES="spider,archive")
    else:
        used = python(USE, request.getfixturevalue("package"), home)
    assert used.returncode == 0, used.stderr
    document: dict[str, Any] = json.loads(used.stderr.splitlines()[-1])
    return document


def test_it_runs_and_its_answers_reach_payload_and_rows(said: dict[str, Any]) -> None:
    assert "tech_stack:OK" in said["run"]
    (row,) = [row for row in said["rows"]["rows"] if row["domain"] == "ledgerline.com"]
    assert row["nodes"]["tech_stack"] == "OK"
    assert {"technologies", "tech_stack"} <= row["payload"].keys()
    assert list(row["payload"]["tech_stack"]["seen_at"]) == row["payload"]["technologies"]
    assert "tech_stack" in row["payload"]["as_of"]


def test_it_is_an_asset_of_the_graph_with_the_payload_downstream(said: dict[str, Any]) -> None:
    assert said["graph"]["tech_stack"] == ["website"]
    assert "tech_stack" in said["graph"]["webhook_payload"]


def test_every_view_shows_it(said: dict[str, Any]) -> None:
    assert "tech_stack: " in said["explain"]
    assert "tech_stack" in said["status"]
    assert "## tech_stack" in said["docs"]
    header = said["known"].splitlines()[0].lstrip("\ufeff").replace('"', "")
    assert {"technologies", "tech_stack_as_of"} <= set(header.split(","))
    assert "tech_stack:some_page_shows_something" in said["checks"]


@pytest.mark.parametrize("said", ["installed"], indirect=True)
def test_its_page_fetcher_can_be_chosen(said: dict[str, Any]) -> None:
    assert "archive" in said["fetchers"]


def test_what_is_wrong_with_its_own_settings_is_said_before_a_run(site: Path, tmp_path: Path) -> None:
    (tmp_path / "list.csv").write_text("company,website\nLedgerline,https://ledgerline.com\n")
    code = (
        "from enrichment_assets.cli.main import main; import sys; sys.argv[1:] = ['run', '--file', 'list.csv']; main()"
    )
    used = python(code, site, tmp_path, ENRICHMENT_PAGES="archive", ARCHIVE_BASE_URL="s3cret")
    assert used.returncode == 2
    assert "ARCHIVE_BASE_URL: Input should be a valid URL" in used.stderr
    assert "s3cret" not in used.stderr


def test_the_costs_say_what_each_fetcher_found(said: dict[str, Any]) -> None:
    table = said["costs"].split("Home pages by fetcher:")[1].splitlines()
    assert table[1].split()[:3] == ["spider", "2", "2"]


def test_what_is_left_out_on_the_command_line_is_said(said: dict[str, Any]) -> None:
    assert "Not looked for: linkedin, news." in said["without"]
    assert "linkedin:" not in said["without"]
    assert said["without"].endswith("[exit 0]")


BROKEN = {
    "raises when it is imported": ("raise ValueError('half written')", "half written"),
    "is no artifact": ("TECH_STACK = 'text'", "a str, not a Artifact"),
    "takes a name that is taken": (
        "from dataclasses import replace\nfrom enrichment_assets.artifacts.news.declaration import NEWS as TECH_STACK",
        "two artifacts called news",
    ),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_one_is_an_error_that_names_the_distribution(how: str, site: Path, tmp_path: Path) -> None:
    code, words = BROKEN[how]
    broken = tmp_path / "packages"
    subprocess.run(["cp", "-r", str(site), str(broken)], check=True)
    (broken / "tech_stack_plugin" / "artifact.py").write_text(code)
    used = python("from enrichment_assets.cli.main import main; import sys; sys.argv[1:] = ['status']; main()",
                  broken, tmp_path)  # fmt: skip
    assert used.returncode == 2
    assert "enrichment-tech-stack 0.1.0" in used.stderr
    assert words in used.stderr
    assert "Traceback" not in used.stderr
