"""What to set after a stress: the limits as found, and the companies in flight that keep the provider busy."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dotenv import set_key

from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.core.private import keep_private
from enrichment_assets.core.settings import Settings
from enrichment_assets.planning.duration import USUAL_S
from enrichment_assets.planning.prices import kinds_by_provider, usual_calls
from enrichment_assets.planning.rates import setting_of
from enrichment_assets.stress.load import Result

MOST_PARALLEL: Final = 500
"""Companies in flight of one process: its memory and its processor end there."""
ROOM: Final = 1.25
"""Calls in flight above what the rate needs at its 95th percentile."""


@dataclass(frozen=True, slots=True)
class Advice:
    """``requests_per_s`` is None where no limit of the rate was met; then the setting may stay as it is."""

    requests_per_s: float | None
    in_flight: int
    parallel: int

    def settings(self, provider: str) -> dict[str, str]:
        """As ``.env`` has them."""
        rate, in_flight = setting_of(provider)
        known = {name.upper() for name in Settings.model_fields}
        given = {in_flight: str(self.in_flight), "ENRICHMENT_PARALLEL": str(self.parallel)}
        if self.requests_per_s is not None:
            given = {rate: f"{self.requests_per_s:.3g}", **given}
        return {name: value for name, value in given.items() if name in known}


def advice_of(result: Result, catalog: Catalog, settings: Settings) -> Advice | None:
    """None where nothing was answered."""
    knee = result.knee
    if knee is None:
        return None
    needed = math.ceil(knee.per_s * knee.p95_s * ROOM)
    in_flight = max(1, min(knee.concurrency, max(needed, 1)) if result.refused else knee.concurrency)
    calls = sum(usual_calls(artifact, settings).get(result.provider, 0.0) for artifact in catalog.values())
    company_s = _company_s(catalog, settings, result.provider, knee.p50_s)
    parallel = math.ceil(knee.per_s * company_s / calls) if calls else settings.enrichment_parallel
    return Advice(knee.per_s if result.refused else None, in_flight, max(1, min(parallel, MOST_PARALLEL)))


def _company_s(catalog: Catalog, settings: Settings, provider: str, call_s: float) -> float:
    """Seconds that a company is under way, by what calls usually take; this provider's as they were."""
    kinds: dict[str, str] = dict(kinds_by_provider())
    return sum(
        number * (call_s if name == provider else USUAL_S.get(kinds.get(name, name), 1.0))
        for artifact in catalog.values()
        for name, number in usual_calls(artifact, settings).items()
    )


def save(advice: Advice, provider: str, env: Path) -> dict[str, str]:
    """Write the settings into ``.env``, where the limiter starts from next time. Raises OSError."""
    keep_private(env)
    given = advice.settings(provider)
    for name, value in given.items():
        set_key(env, name, value, quote_mode="never")
    keep_private(env)
    return given
