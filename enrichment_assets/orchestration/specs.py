"""How each artifact looks in Dagster: one AssetSpec per catalog entry, and the TTLs read back from them."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import dagster as dg

from enrichment_assets.artifacts.base import Artifact, source_version
from enrichment_assets.orchestration.partitions import COMPANY

GROUP = "enrichment"
OWNERS = ("team:enrichment",)


def asset_spec(artifact: Artifact[Any]) -> dg.AssetSpec:
    """One artifact as an asset. Its freshness policy is the one place where its TTL is written down."""
    return dg.AssetSpec(
        key=artifact.name,
        deps=list(artifact.needs),
        description=artifact.description,
        kinds=set(artifact.kinds),
        group_name=GROUP,
        owners=list(OWNERS),
        code_version=source_version(artifact),
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=artifact.ttl) if artifact.ttl else None,
        partitions_def=COMPANY,
        skippable=True,
    )


def asset_specs(catalog: Mapping[str, Artifact[Any]]) -> tuple[dg.AssetSpec, ...]:
    """All artifacts as assets, upstream before downstream."""
    return tuple(asset_spec(artifact) for artifact in catalog.values())


def ttls(specs: Iterable[dg.AssetSpec]) -> Mapping[str, timedelta | None]:
    """For how long a record of each asset counts, by its freshness policy. None: as long as its inputs do.

    Raises TypeError for a policy that is not a time window.
    """
    return {spec.key.to_user_string(): _ttl(spec) for spec in specs}


def _ttl(spec: dg.AssetSpec) -> timedelta | None:
    if spec.freshness_policy is None:
        return None
    window = getattr(spec.freshness_policy, "fail_window", None)
    if window is None:
        raise TypeError(f"{spec.key.to_user_string()}: a TTL needs FreshnessPolicy.time_window(fail_window=...)")
    ttl: timedelta = window.to_timedelta()
    return ttl
