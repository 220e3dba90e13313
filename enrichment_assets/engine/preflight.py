"""What must be set before anything is spent: looked at for the artifacts that were selected, nobody is called."""

from collections.abc import Collection, Mapping, Sequence

from enrichment_assets.artifacts.base import DELIVERY
from enrichment_assets.artifacts.catalog import Catalog, CatalogError
from enrichment_assets.core.settings import Settings
from enrichment_assets.providers.registry import missing


def preflight(catalog: Catalog, settings: Settings, selected: Collection[str]) -> list[str]:
    """Everything that would make this run fail, one sentence each: the setting, what needs it, where to get it."""
    found = _problems(catalog, settings, selected)
    return [f"{problem} (needed by {', '.join(artifacts)})" for problem, artifacts in found.items()]


def way_around(catalog: Catalog, settings: Settings, selected: Collection[str]) -> str | None:
    """The options of ``enrich run`` that do without what cannot run; None where that leaves nothing to find out."""
    return without(catalog, {name for artifacts in _problems(catalog, settings, selected).values() for name in artifacts})


def without(catalog: Catalog, blocked: Collection[str]) -> str | None:
    """The options of ``enrich run`` that do without these artifacts; None where that leaves nothing to find out."""
    blocked = set(blocked)
    try:
        left_out = catalog.left_out_with(blocked - {DELIVERY})
    except CatalogError:
        return None
    names = ",".join(name for name in catalog if name in left_out)
    options = [*([f"--without {names}"] if names else []), *(["--dry-run"] if DELIVERY in blocked else [])]
    return " ".join(options) or None


def _problems(catalog: Catalog, settings: Settings, selected: Collection[str]) -> Mapping[str, Sequence[str]]:
    """Problem to the artifacts that have it."""
    problems: dict[str, list[str]] = {}
    for name in (name for name in catalog if name in selected):
        artifact = catalog[name]
        unset = [problem for kind in artifact.providers for problem in missing(kind, settings)]
        for problem in (*unset, *artifact.problems(settings)):
            problems.setdefault(problem, []).append(name)
    return problems
