"""All that changes while the sandbox runs."""

import asyncio
from dataclasses import dataclass, field

from enrichment_assets.sandbox.bill import Bill
from enrichment_assets.sandbox.model.endpoints import Endpoints
from enrichment_assets.sandbox.services.clay import Table
from enrichment_assets.sandbox.trouble.faults import Faults
from enrichment_assets.sandbox.trouble.latency import Latency
from enrichment_assets.sandbox.trouble.limits import Limits
from enrichment_assets.sandbox.world.world import World


@dataclass
class State:
    """The world and what was set up, counted and received."""

    world: World = field(default_factory=World)
    faults: Faults = field(default_factory=Faults)
    limits: Limits = field(default_factory=Limits)
    latency: Latency = field(default_factory=Latency)
    endpoints: Endpoints = field(default_factory=Endpoints)
    bill: Bill = field(default_factory=Bill)
    table: Table = field(default_factory=Table)
    lost_usd: dict[str, float] = field(default_factory=dict)
    """Provider to what it invoices for an answer that was lost on the way (faults, clients that gave up)."""

    def clock(self) -> float:
        """Monotonic seconds."""
        return asyncio.get_running_loop().time()

    def reset(self) -> None:
        """Back to the start: no faults, no limits, instant, nothing billed or received. Learnt names stay."""
        self.world.reset()
        self.faults, self.limits, self.latency = Faults(), Limits(), Latency()
        self.bill, self.lost_usd, self.endpoints = Bill(), {}, Endpoints()
        self.table.reset()
