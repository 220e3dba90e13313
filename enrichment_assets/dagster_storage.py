"""What ``dagster.yaml`` names. This path and these names never change, wherever the classes themselves move.

On SQLite: ``event_log_storage: {module: enrichment_assets.dagster_storage, class: BatchingSqliteEventLogStorage}``. On
Postgres: ``storage: {custom: {module: enrichment_assets.dagster_storage, class: BatchingPostgresStorage}}``.
"""

from typing import Any

from enrichment_assets.cache.event_log import BatchingSqliteEventLogStorage

__all__ = ["BatchingPostgresStorage", "BatchingSqliteEventLogStorage"]  # noqa: F822 - the first is loaded when asked for


def __getattr__(name: str) -> Any:
    if name != "BatchingPostgresStorage":
        raise AttributeError(name)
    try:
        from enrichment_assets.cache.postgres.storage import BatchingPostgresStorage  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise ImportError(
            f"dagster.yaml keeps state in Postgres, and {error.name} is not installed: "
            "pip install 'enrichment-assets[postgres]'"
        ) from error
    return BatchingPostgresStorage
