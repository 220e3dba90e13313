"""The rules that hold the project together, where no tool knows them: layout, lock file, and what the documents say."""

import re
import subprocess
import tomllib
from collections import Counter
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "enrichment_assets"
LARGEST_FOLDER = 16
"""Files that one takes in at a glance."""


def test_one_module_per_process_touches_what_dagster_keeps_private() -> None:
    """That of runs, of runs elsewhere, and of the webserver. Who imports whom else is import-linter's."""
    private = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob("*.py")
        if re.search(r"^\s*(from|import) dagster\._", path.read_text(), flags=re.MULTILINE)
    }
    assert private == {"cache/event_log.py", "cache/queue/run_queue.py", "cli/serving/webserver.py"}


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
    extras = project["optional-dependencies"].values()
    lines = [*project["dependencies"], *(line for extra in extras for line in extra)]
    named = {name for line in lines if not (name := Requirement(line).name).startswith("types-")}
    documented = set(re.findall(r"`([\w.-]+)`", (ROOT / "docs" / "dependencies.md").read_text()))
    assert named - documented == set()


def test_the_lock_satisfies_the_project() -> None:
    document = tomllib.loads((ROOT / "pyproject.toml").read_text())
    project = document["project"]
    wanted = [*project["dependencies"], *document["build-system"]["requires"]]
    wanted += [line for extra in project["optional-dependencies"].values() for line in extra]
    locked: dict[str, list[str]] = {}
    lock = (ROOT / "requirements.lock").read_text()
    for name, version in re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==([\w.!+]+)", lock, flags=re.MULTILINE):
        locked.setdefault(canonicalize_name(name), []).append(version)
    unmet = []
    for requirement in map(Requirement, wanted):
        versions = locked.get(canonicalize_name(requirement.name), [])
        if not any(map(requirement.specifier.contains, versions)):
            unmet.append(str(requirement))
    assert unmet == [], "run: make lock"
    unpinned = [line for line in lock.splitlines() if re.match(r"\S", line) and not re.match(r"#|[\w.\[\],-]+==", line)]
    assert unpinned == [], "a path or an index of somebody's machine"
    assert all("--hash=sha256:" in entry for entry in re.split(r"^(?=\w)", lock, flags=re.MULTILINE)[1:])


def test_the_documents_link_to_files_that_exist() -> None:
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")):
        links = re.findall(r"\]\((?!https?:)([^)#]+)[^)]*\)", page.read_text())
        assert [link for link in links if not (page.parent / link).exists()] == [], page.name


def test_the_readme_runs_what_ci_runs() -> None:
    assert "make test" in (ROOT / ".ci" / "run").read_text()
    assert "make test" in (ROOT / "README.md").read_text()
