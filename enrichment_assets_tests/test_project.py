"""The rules that hold the project together: who may import what, and what the documents say."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "enrichment_assets"
DOMAIN = ("companies", "providers", "artifacts", "engine", "storage")
"""Run and tested without Dagster."""


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def modules(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from (PACKAGE / folder).rglob("*.py")


def importing(prefix: str, *folders: str) -> list[str]:
    return sorted(
        str(path.relative_to(PACKAGE))
        for path in modules(*folders)
        if any(f"{name}.".startswith(f"{prefix}.") for name in imports(path))
    )


def test_domain_code_does_not_know_dagster() -> None:
    assert importing("dagster", *DOMAIN) == []
    assert not {"cache/record.py", "cache/decide.py"} & set(importing("dagster", "records"))


def test_one_module_touches_what_dagster_keeps_private() -> None:
    private = [path for path in modules("") if any(name.startswith("dagster._") for name in imports(path))]
    assert [path.name for path in private] == ["event_log.py"]


@pytest.mark.parametrize(
    ("folder", "may_not_import"),
    [
        ("companies", ("providers", "artifacts", "engine", "records", "storage", "orchestration", "cli", "sandbox")),
        ("providers", ("artifacts", "engine", "records", "orchestration", "cli", "sandbox")),
        ("storage", ("artifacts", "engine", "orchestration", "cli", "sandbox")),
        ("artifacts", ("engine", "records", "orchestration", "cli", "sandbox")),
        ("engine", ("orchestration", "cli", "sandbox")),
        ("records", ("orchestration", "cli", "sandbox")),
        ("orchestration", ("cli", "sandbox")),
        ("sandbox", ("engine", "records", "orchestration", "cli")),
    ],
)
def test_dependencies_point_one_way(folder: str, may_not_import: tuple[str, ...]) -> None:
    wrong = {other: importing(f"enrichment_assets.{other}", folder) for other in may_not_import}
    assert {other: found for other, found in wrong.items() if found} == {}


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
