"""The reference pages of the documentation, written from the code.

``make reference`` renews them; a test compares.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import click
from pydantic import TypeAdapter

from enrichment_assets.artifacts.catalog import load_catalog
from enrichment_assets.cli.commands.keeping.init import setting_sections
from enrichment_assets.cli.common_options import document_of
from enrichment_assets.cli.main import COMMANDS, EXIT_CODES, cli
from enrichment_assets.core.settings import Settings
from enrichment_assets.reports.documentation import artifacts_page, schemas

_COMMANDS = """\
# Commands

Generated from `enrich COMMAND --help`. What a command prints with `--json` is described by the JSON schema named below
it. Within a minor version of the program fields may be added to it; none is renamed or removed.

| exit status | meaning |
|---|---|
{codes}
"""
_SETTINGS = """\
# Settings

Generated from `core/settings.py`. Set them in the environment or in `.env`, which `enrich init` writes; to `enrich` the
environment wins. Installed plugins bring settings of their own.
"""


def pages() -> dict[str, str]:
    """Every generated page by its path inside ``docs/``."""
    catalog = load_catalog(Settings())
    return {
        "artifacts.md": artifacts_page(catalog),
        "reference/commands.md": _commands_page(),
        "reference/settings.md": _settings_page(),
        **{f"schemas/{name}": text for name, text in schemas(catalog).items()},
        **{f"schemas/{_schema_file(name)}": text for name, text in command_schemas().items()},
    }


def command_schemas() -> dict[str, str]:
    """The JSON schema of every command's ``--json``, by the command's name."""
    found = {}
    for name, command in every_command():
        model = document_of(command)
        if model is not None:
            found[name] = json.dumps(TypeAdapter(model).json_schema(mode="serialization"), indent=2) + "\n"
    return found


def every_command() -> Iterator[tuple[str, click.Command]]:
    """Each command that does something, those of groups too, by what a person types."""
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None  # noqa: S101 - narrows the type
        if isinstance(command, click.Group):
            yield from ((f"enrich {name} {inner}", within) for inner, within in command.commands.items())
        else:
            yield f"enrich {name}", command


def _schema_file(name: str) -> str:
    return f"commands/{name.removeprefix('enrich ').replace(' ', '-')}.json"


def _commands_page() -> str:
    parts = [_COMMANDS.format(codes="\n".join(f"| {code} | {meaning} |" for code, meaning in EXIT_CODES.items()))]
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None  # noqa: S101 - narrows the type
        parts += _helps(f"enrich {name}", command)
    return "\n".join(parts)


def _helps(name: str, command: click.Command) -> Iterator[str]:
    """The help of a command, and of the commands inside it."""
    context = click.Context(command, info_name=name, max_content_width=100, terminal_width=100)
    yield f"## {name}\n\n```text\n{command.get_help(context)}\n```\n"
    if document_of(command) is not None:
        file = _schema_file(name)
        yield f"With `--json`: [{file}](../schemas/{file})\n"
    if isinstance(command, click.Group):
        for inner, within in command.commands.items():
            yield from _helps(f"{name} {inner}", within)


def _settings_page() -> str:
    parts = [_SETTINGS]
    for heading, rows in setting_sections():
        parts += [f"## {heading}", "", "| setting | default | meaning |", "|---|---|---|"]
        parts += [
            f"| `{name}` | {f'`{default}`' if default != '' else ''} | {meaning.replace('|', chr(92) + '|')} |"
            for name, default, meaning in rows
        ]
        parts.append("")
    return "\n".join(parts)


def main(folder: Path) -> None:
    """Write every page into a folder."""
    for path, text in pages().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs"))
