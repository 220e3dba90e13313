"""Open-source B2B company enrichment on Dagster."""
