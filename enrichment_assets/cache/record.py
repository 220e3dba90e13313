"""A record: what the materialization of one artifact for one company says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

from enrichment_assets.core.money import Spent


@dataclass(frozen=True, slots=True)
class Record:
    """The latest materialization of one artifact for one company, without the value.

    ``version`` is the effective version it was computed with, ``data_version`` the content hash of the value,
    ``summary`` the value in one word (gates look at it). A SKIP has no value; its ``summary`` is the closed gate.
    ``run_id`` is the run that wrote it last: the one that computed it, or one that repeated a hit.
    """

    domain: str
    artifact: str
    status: Literal["OK", "SKIP"]
    computed_at: datetime
    version: str
    data_version: str
    summary: str
    run_id: str
    cost_usd: float = 0.0
    latency_s: float = 0.0
    spent: tuple[Spent, ...] = ()
    """``cost_usd`` by provider."""
    inputs: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Data versions of what it needs, as Dagster is told them; empty in a record that was read back."""
    written_at: datetime | None = field(default=None, compare=False)
    """When its event was stored, where the event was read. What was made again from old answers is younger."""


class Decision(StrEnum):
    """Does a stored record still count?"""

    HIT = "HIT"
    EXPIRED = "EXPIRED"
    VERSION = "VERSION"
    MISSING = "MISSING"


@dataclass(frozen=True, slots=True)
class Failure:
    """What an observation says: one artifact of one company could not be made. Never an answer, never cached.

    ``in_a_row`` counts FAILs since the last record, this one included; what waits before the next attempt grows with
    it. BUDGET was not attempted and counts for nothing.
    """

    domain: str
    artifact: str
    outcome: Literal["FAIL", "BUDGET"]
    reason: str
    at: datetime
    run_id: str
    cost_usd: float = 0.0
    latency_s: float = 0.0
    in_a_row: int = 1
    spent: tuple[Spent, ...] = ()
    """``cost_usd`` by provider."""
