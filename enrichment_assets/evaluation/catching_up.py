"""What catching up would cost: expired is asked for anew, outdated is made again from stored answers where they do.

Whether they do is tried out on a few outdated companies of each artifact: they are made again with nobody to call.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from enrichment_assets.artifacts.catalog import Catalog
from enrichment_assets.core.settings import Settings
from enrichment_assets.evaluation.replaying import replay_all, stored
from enrichment_assets.storage.answers.store import open_answers

SAMPLE = 10
"""Outdated companies of each artifact that are tried out."""


@dataclass(frozen=True, slots=True)
class Cost:
    """US dollars that catching up with one artifact would cost, by what this home has paid so far."""

    expired_usd: float = 0.0
    outdated_usd: float = 0.0


@dataclass(frozen=True, slots=True)
class Paid:
    """What this home has paid: for one company by artifact, in US dollars; and which providers cost nothing."""

    each_usd: Mapping[str, float]
    free: Collection[str]


def paid_for_answers(settings: Settings) -> Mapping[str, float]:
    """What the stored answers of one company have cost, by artifact, in US dollars."""
    store = open_answers(settings)
    if store is None:
        return {}
    try:
        return {artifact: each.cost_usd / each.companies for artifact, each in store.backend.bought().items()}
    finally:
        store.close()


async def cost_of(
    settings: Settings,
    catalog: Catalog,
    *,
    ttls: Mapping[str, timedelta | None],
    expired: Mapping[str, int],
    outdated: Mapping[str, int],
    tried: Mapping[str, Sequence[str]],
    paid: Paid,
    now: datetime,
) -> dict[str, Cost]:
    """By artifact. ``expired`` and ``outdated`` count companies, ``tried`` names some of the latter. Raises OSError."""
    costs = {}
    for name, artifact in catalog.items():
        companies = tried.get(name, ())[:SAMPLE] if artifact.ttl is not None else ()
        asked = 0
        for domain in companies:
            known = stored(settings, catalog, domain)
            (done,) = await replay_all(settings, catalog, known, [name], ttls=ttls, now=now)
            asked += bool(done.unasked) and done.unasked not in paid.free
        share = asked / len(companies) if companies else 0.0
        each = paid.each_usd.get(name, 0.0)
        costs[name] = Cost(expired.get(name, 0) * each, outdated.get(name, 0) * share * each)
    return costs
