"""The catalog as the engine goes through it: levels that can run together, and versions worked out once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from enrichment_assets.artifacts.base import Artifact
from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.artifacts.earlier_versions import earlier_versions
from enrichment_assets.core.digest import digest
from enrichment_assets.core.errors import MisconfiguredError
from enrichment_assets.core.settings import Settings
from enrichment_assets.storage.history.labels import NO_LABELS, OfCompany


@dataclass(frozen=True, slots=True)
class Graph:
    """Artifacts in levels: each level needs only earlier ones, its own artifacts run at the same time."""

    catalog: Catalog
    levels: tuple[tuple[Artifact[Any], ...], ...]
    selected: frozenset[str]
    static_versions: Mapping[str, tuple[str, ...]]
    """By artifact, without what inputs add: that of a value made now, and an earlier one that counts beside it."""
    left_out: frozenset[str] = frozenset()
    """Not made in this run by choice: what is fresh is used, else it counts as not looked for."""

    def versions(
        self, artifact: Artifact[Any], data_versions: Mapping[str, str], labels: OfCompany = NO_LABELS
    ) -> tuple[str, ...]:
        """The effective versions that count, given its inputs' data versions. The first is that of a value made now."""
        static = self.static_versions[artifact.name]
        if not artifact.content_inputs:
            return static
        inputs: dict[str, Any] = {name: data_versions.get(name) for name in artifact.content_inputs}
        if artifact.heeds_labels:
            given = {name: labels[name] for name in artifact.content_inputs if name in labels and labels[name].label}
            inputs |= {f"label of {name}": (each.label, each.said) for name, each in given.items()}
        return tuple(digest(version, inputs) for version in static)


def graph(
    catalog: Catalog, settings: Settings, selected: frozenset[str], left_out: frozenset[str] = frozenset()
) -> Graph:
    """The part of the catalog that the selected artifacts depend on."""
    wanted = set(selected)
    for artifact in reversed(list(catalog.values())):
        if artifact.name in wanted:
            wanted.update(artifact.needs)
    levels: list[list[Artifact[Any]]] = []
    depth: dict[str, int] = {}
    for artifact in catalog.values():
        if artifact.name not in wanted:
            continue
        depth[artifact.name] = max((depth[need] + 1 for need in artifact.needs), default=0)
        if depth[artifact.name] == len(levels):
            levels.append([])
        levels[depth[artifact.name]].append(artifact)
    return Graph(
        catalog=catalog,
        levels=tuple(tuple(level) for level in levels),
        selected=selected,
        static_versions={name: _versions(catalog[name], settings, left_out) for name in wanted},
        left_out=left_out,
    )


def _versions(artifact: Artifact[Any], settings: Settings, left_out: frozenset[str]) -> tuple[str, ...]:
    """An artifact that is left out may be so because a setting of its own cannot be used: then nothing counts."""
    try:
        return artifact.version(settings), *earlier_versions(artifact.name, settings)
    except MisconfiguredError:
        if artifact.name in left_out:
            return ("unusable",)
        raise
