"""Open-source B2B company enrichment on Dagster."""

__version__ = "0.2.0"
