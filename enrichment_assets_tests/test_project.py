"""The rules that hold the project together, where no tool knows them: layout, lock file, and what the documents say."""

import re
import subprocess
import tomllib
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "enrichment_assets"
LARGEST_FOLDER = 16
"""Files that one takes in at a glance."""


def test_one_module_per_process_touches_what_dagster_keeps_private() -> None:
    """That of runs and that of the webserver. Who imports whom else is import-linter's, in pyproject.toml."""
    private = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if re.search(r"^\s*(from|import) dagster\._", path.read_text(), flags=re.MULTILINE)
    }
    assert private == {"cache/event_log.py", "cli/webserver.py"}


def test_no_folder_has_more_files_than_one_takes_in() -> None:
    files = subprocess.run(
        ["git", "ls-files", "enrichment_assets", "enrichment_assets_tests"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout.split()
    if not files:
        pytest.skip("not a git checkout")
    sizes = Counter(Path(file).parent.as_posix() for file in files)
    assert {folder: size for folder, size in sizes.items() if size > LARGEST_FOLDER} == {}


def test_every_dependency_says_why_it_is_here() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    named = {re.split(r"[\[><=;]", line)[0].strip() for line in project["dependencies"]}
    documented = set(re.findall(r"`([\w.-]+)`", (ROOT / "docs" / "dependencies.md").read_text()))
    assert named - documented == set()


def test_the_documents_link_to_files_that_exist() -> None:
    for page in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")):
        links = re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", page.read_text())
        assert [link for link in links if not (page.parent / link).exists()] == [], page.name


def test_the_readme_runs_what_ci_runs() -> None:
    assert "make test" in (ROOT / ".ci" / "run").read_text()
    assert "make test" in (ROOT / "README.md").read_text()
