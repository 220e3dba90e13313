"""``enrich plan``: what a run would cost and how long it would take. Without Dagster, which takes long to load."""
