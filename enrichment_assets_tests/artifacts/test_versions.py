"""Versions by themselves: what decides a value moves its version, what does not leaves it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import enrichment_assets
from enrichment_assets.artifacts.website import artifact as website
from enrichment_assets.providers.call import retry

PACKAGE = Path(enrichment_assets.__file__).parent
VERSIONS = """
from enrichment_assets.artifacts.catalog import BUILT_IN, Catalog
from enrichment_assets.artifacts.base import source_version
print(*(f"{name}={source_version(artifact)}" for name, artifact in Catalog(BUILT_IN).items()))
"""


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package that may be edited."""
    copy = tmp_path_factory.mktemp("copy") / "enrichment_assets"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


def versions(package: Path) -> dict[str, str]:
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(package.parent)}
    told = subprocess.run(
        [sys.executable, "-c", VERSIONS],
        env=environment,
        cwd=package.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(pair.split("=") for pair in told.stdout.split())  # type: ignore[misc]


@pytest.fixture(scope="module")
def before(package: Path) -> dict[str, str]:
    return versions(package)


def file_of(package: Path, module: ModuleType) -> Path:
    assert module.__file__ is not None
    return package / Path(module.__file__).relative_to(PACKAGE)


def named(package: Path, name: str) -> Path:
    (path,) = package.rglob(name)
    return path


def changed(package: Path, before: dict[str, str], path: Path, old: str, new: str) -> set[str]:
    """The artifacts whose version moves when a file is edited."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    try:
        after = versions(package)
    finally:
        path.write_text(text, encoding="utf-8")
    return {name for name in before if before[name] != after[name]}


def test_a_word_more_in_a_list_moves_the_version_of_those_that_use_it(package: Path, before: dict[str, str]) -> None:
    path = named(package, "common_words.txt")
    words = path.read_text(encoding="utf-8").splitlines()
    moved = changed(package, before, path, words[-1], f"{words[-1]}\nzyzzyva")
    assert {"linkedin", "news"} <= moved
    assert "mx" not in moved


def test_a_row_more_in_the_table_of_mail_providers_is_another_mx(package: Path, before: dict[str, str]) -> None:
    path = named(package, "mail_providers.csv")
    head = path.read_text(encoding="utf-8").splitlines()[0]
    assert changed(package, before, path, head, f"{head}\nmx.invalid.example,Somebody,mailbox") == {"mx"}


def test_a_rule_in_code_counts_and_a_comment_does_not(package: Path, before: dict[str, str]) -> None:
    line = "MAX_TEXT_CHARACTERS: Final = 30_000"
    assert "website" in changed(package, before, file_of(package, website), line, "MAX_TEXT_CHARACTERS: Final = 31_000")
    assert not changed(
        package, before, file_of(package, website), line, "# why so many\nMAX_TEXT_CHARACTERS: Final = (\n 30_000)\n"
    )


def test_how_a_provider_is_called_decides_no_value(package: Path, before: dict[str, str]) -> None:
    assert not changed(package, before, file_of(package, retry), "import", "import json\nimport")


def test_versions_are_kept_beside_the_bytecode(package: Path) -> None:
    worked_out = versions(package)
    (kept,) = package.rglob("versions.json")
    assert versions(package) == worked_out
    kept.write_text("{", encoding="utf-8")
    assert versions(package) == worked_out
