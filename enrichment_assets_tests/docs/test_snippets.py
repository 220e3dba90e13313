"""Commands, options, settings and targets that the documents name exist."""

import re
from pathlib import Path

import click
import pytest
from pydantic import AliasChoices

from enrichment_assets.cli.main import COMMANDS, cli
from enrichment_assets.core.settings import Settings

ROOT = Path(__file__).parents[2]
PAGES = [
    path
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "benchmarks" / "README.md")
    if path.name != "CHANGELOG.md"
]
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))


def code(page: Path) -> list[str]:
    """The lines of blocks and the spans that are code."""
    text = page.read_text(encoding="utf-8")
    fenced = re.findall(r"^ *```\w*\n(.*?)^ *```", text, flags=re.DOTALL | re.MULTILINE)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^ *```.*?^ *```", "", text, flags=re.DOTALL | re.MULTILINE))
    return [line.strip().removeprefix("$ ") for block in fenced for line in block.splitlines()] + spans


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_option_and_target_exists(page: Path) -> None:
    wrong = []
    for line in code(page):
        command = re.match(r"(?:\S*/)?enrich ([a-z][a-z-]*)([^#|]*)", line)
        if command and command[1] in COMMANDS:
            found = cli.get_command(click.Context(cli), command[1])
            assert found is not None
            inner = command[2].split()
            if isinstance(found, click.Group) and inner and inner[0] in found.commands:
                found = found.commands[inner[0]]
            options = {option for parameter in found.params for option in parameter.opts} | {"--help"}
            wrong += [line for option in re.findall(r"(?<!\S)--[a-z-]+", command[2]) if option not in options]
        elif command and not line.startswith("enrich_"):
            wrong.append(line)
        target = re.match(r"make ([a-z-]+)", line)
        if target and target[1] not in TARGETS:
            wrong.append(line)
    assert wrong == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_setting_exists(page: Path) -> None:
    prefixes = "|".join(sorted({name.partition("_")[0].upper() for name in Settings.model_fields} - {"DAGSTER"}))
    named = {name for line in code(page) for name in re.findall(rf"\b(?:{prefixes})_[A-Z_]*[A-Z]\b", line)}
    aliases = [field.validation_alias for field in Settings.model_fields.values()]
    earlier = {str(name) for alias in aliases if isinstance(alias, AliasChoices) for name in alias.choices}
    assert named - {name.upper() for name in (*Settings.model_fields, *earlier)} == set()
