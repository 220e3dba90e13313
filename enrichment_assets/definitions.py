"""The code location. Loading it needs no network, no keys and no environment."""

import click

from enrichment_assets.orchestration.build import build_defs


def _materializing() -> list[str] | None:
    """What ``dagster asset materialize`` selects, where this is that command; see ``build_defs``."""
    command = click.get_current_context(silent=True)
    asked = command.params if command is not None and command.info_name == "materialize" else {}
    return asked["select"].split(",") if asked.get("select") else None


defs = build_defs(materializing=_materializing())
