"""What ``dagster.yaml`` of homes up to 0.1.0 names; those of later homes name ``enrichment_assets.dagster_storage``."""

from enrichment_assets.dagster_storage import BatchingSqliteEventLogStorage

__all__ = ["BatchingSqliteEventLogStorage"]
