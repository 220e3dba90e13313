"""What must be set before anything is spent: looked at for the artifacts that were selected, nobody is called."""

from collections.abc import Collection, Mapping, Sequence

from enrichment_assets.artifacts.base import DELIVERY, PAYLOAD
from enrichment_assets.artifacts.catalog import Catalog, CatalogError
from enrichment_assets.core.settings import Settings
from enrichment_assets.providers.registry import SETTINGS, missing, providers


def preflight(catalog: Catalog, settings: Settings, selected: Collection[str]) -> list[str]:
    """Everything that would make this run fail, one sentence each: the setting, what needs it, where to get it."""
    found = _problems(catalog, settings, selected)
    return [f"{problem} (needed by {', '.join(artifacts)})" for problem, artifacts in found.items()]


def way_around(catalog: Catalog, settings: Settings, selected: Collection[str], command: str) -> str | None:
    """The command line that runs with what is set; None where that leaves nothing to find out.

    ``command`` is how ``enrich run`` was called, without the options that choose artifacts. A provider that lacks a key
    is replaced by one of its kind that needs none, where there is one.
    """
    kinds = {kind for name in selected for kind in catalog[name].providers}
    keyless: dict[str, str] = {}
    for kind in (kind for kind in SETTINGS if kind in kinds and any(missing(kind, settings))):
        able = (name for (its, name), provider in providers().items() if its == kind and not provider.missing(settings))
        if name := next(able, None):
            keyless[SETTINGS[kind]] = name
    several = {name for name in keyless if isinstance(getattr(settings, name), tuple)}
    changed = {name: (value,) if name in several else value for name, value in keyless.items()}
    problems = _problems(catalog, settings.model_copy(update=changed), selected)
    rest = without(catalog, selected, {name for artifacts in problems.values() for name in artifacts}, command)
    return None if rest is None else " ".join([*(f"{name.upper()}={value}" for name, value in keyless.items()), rest])


def without(catalog: Catalog, selected: Collection[str], blocked: Collection[str], command: str) -> str | None:
    """The command line that leaves out these artifacts too; None where that leaves nothing to find out."""
    off = {name for name in catalog if name not in selected} | set(blocked)
    try:
        left_out = catalog.left_out_with(off - {DELIVERY, PAYLOAD})
    except CatalogError:
        return None
    names = ",".join(name for name in catalog if name in left_out)
    return " ".join([command, *([f"--without {names}"] if names else []), *(["--dry-run"] if DELIVERY in off else [])])


def _problems(catalog: Catalog, settings: Settings, selected: Collection[str]) -> Mapping[str, Sequence[str]]:
    """Problem to the artifacts that have it."""
    problems: dict[str, list[str]] = {}
    for name in (name for name in catalog if name in selected):
        artifact = catalog[name]
        unset = [problem for kind in artifact.providers for problem in missing(kind, settings)]
        for problem in (*unset, *artifact.problems(settings)):
            problems.setdefault(problem, []).append(name)
    return problems
