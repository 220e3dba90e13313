"""Ten workers on one Postgres with one key, of which some are killed, one sleeps, and clocks are hours apart.

It starts a whole deployment three times and waits until leases of dead workers end, so it is not part of the suite;
``cli/test_slices`` kills and stops the slices of a list there.
"""

import pytest

from benchmarks.workers import FULL, PARALLEL, simulate
from enrichment_assets_tests.acceptance import sizes


@pytest.mark.skipif(not sizes.FULL, reason="minutes: ENRICHMENT_ACCEPTANCE=full, or python -m benchmarks.workers")
@pytest.mark.timeout(sizes.TIMEOUT_S)
def test_workers_keep_to_one_rate_and_one_budget_and_pay_nothing_twice() -> None:
    seen = simulate(FULL)
    print(f"\n{FULL}: {seen}")
    assert seen.delivered == seen.keys == FULL.companies
    assert seen.refused < 0.005 * (seen.accepted + seen.refused)
    assert seen.used >= 0.97
    assert seen.spent_usd <= seen.cap_usd
    assert sum(max(0, calls) for calls in seen.again.values()) <= FULL.kills * PARALLEL
