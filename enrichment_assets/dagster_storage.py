"""What ``dagster.yaml`` names. This path and these names never change, wherever the classes themselves move."""

from enrichment_assets.cache.event_log import BatchingSqliteEventLogStorage

__all__ = ["BatchingSqliteEventLogStorage"]
