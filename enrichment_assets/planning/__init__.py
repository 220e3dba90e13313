"""``enrich plan``: what a run would cost and how long it would take, before a cent is spent. Free of Dagster: it waits."""
