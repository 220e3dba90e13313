"""Pushes payloads at a loopback Clay with Clay's limits (10/s, burst 20, 100 KB): does each arrive once, how fast?

    python benchmarks/deliver_at_clays_rate.py [3000]

Through the real outbox on disk and the real webhook client, 30 companies in flight as in a run.
"""

import asyncio
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from enrichment_assets.artifacts.artifact import Work
from enrichment_assets.artifacts.examples import EXAMPLES
from enrichment_assets.artifacts.webhook_delivery import Delivery, produce
from enrichment_assets.companies.company import Company
from enrichment_assets.providers.clients import open_providers
from enrichment_assets.providers.ledger import Ledger
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.settings import Settings
from enrichment_assets.storage.outbox import Outbox
from enrichment_assets.storage.state import open_state

RATE, BURST, IN_FLIGHT = 10, 20, 30


async def deliver(count: int, settings: Settings) -> Counter[str]:
    """Push as many payloads as there are companies; how each ended."""
    domains = iter([f"company-{number}.example" for number in range(count)])
    ended: Counter[str] = Counter()
    ledger = Ledger(run_cap_usd=None, company_cap_usd=1.0)
    outbox = Outbox(open_state(settings), lambda _run_id: False)

    async def work() -> None:
        for domain in domains:
            delivery = await push(domain)
            ended[f"{delivery.status}, {delivery.attempts} attempts"] += 1

    async def push(domain: str) -> Delivery:
        payload = EXAMPLES["webhook_payload"].model_copy(update={"domain": domain})
        return await produce(
            Work(
                company=Company.named(domain, None),
                inputs={"webhook_payload": payload},
                computed_at={},
                previous=None,
                providers=providers,
                outbox=outbox,
                account=ledger.account(domain, "webhook_delivery"),
                settings=settings,
                now=datetime.now(UTC),
                run_id="benchmark",
            )
        )

    async with open_providers(settings) as providers:
        await asyncio.gather(*(work() for _ in range(IN_FLIGHT)))
    outbox.close()
    return ended


def main() -> None:
    """Print the figures."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 3_000
    with Sandbox.start(profile="realistic") as clay, TemporaryDirectory() as home:
        clay.limits({"clay": {"rate": RATE, "burst": BURST}})
        settings = clay.settings(
            dagster_home=Path(home), webhook_requests_per_s=RATE, webhook_burst=BURST, webhook_retry_delay_s=1.0
        )
        started = time.monotonic()
        ended = asyncio.run(deliver(count, settings))
        took_s = time.monotonic() - started
        received, traffic = clay.received(), clay.traffic()["clay"]
    domains = Counter(row["body"]["domain"] for row in received)
    keys = Counter(row["body"]["delivery_key"] for row in received)
    best_s = (count - BURST) / RATE
    print(f"{count} payloads in {took_s:.1f} s; Clay's limits allow it in {best_s:.1f} s: {best_s / took_s:.1%}")
    print(
        f"arrived: {len(received)} rows, {len(domains)} companies, {len(keys)} keys, most of one {max(keys.values())}"
    )
    print(f"429: {traffic['refused']}; ended: {dict(ended)}")
    first = next((second for second, refused in enumerate(traffic["refused_by_second"]) if refused), None)
    print(f"first second with a 429: {first}; refused by second: {[n for n in traffic['refused_by_second'] if n]}")


if __name__ == "__main__":
    main()
