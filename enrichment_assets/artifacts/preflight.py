"""What must be set before anything is spent: looked at for the artifacts that were selected, nobody is called."""

from collections.abc import Collection

from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.providers.registry import missing
from enrichment_assets.settings import Settings


def preflight(catalog: Catalog, settings: Settings, selected: Collection[str]) -> list[str]:
    """Everything that would make this run fail, one sentence each: the setting, what needs it, where to get it."""
    problems: dict[str, list[str]] = {}
    for name in (name for name in catalog if name in selected):
        artifact = catalog[name]
        found = [problem for kind in artifact.providers for problem in missing(kind, settings)]
        for problem in (*found, *artifact.problems(settings)):
            problems.setdefault(problem, []).append(name)
    return [f"{problem} (needed by {', '.join(artifacts)})" for problem, artifacts in problems.items()]
