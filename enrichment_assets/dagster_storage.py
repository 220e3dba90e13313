"""What ``dagster.yaml`` names. This path and these names never change, wherever the classes themselves move.

On SQLite: ``event_log_storage: {module: enrichment_assets.dagster_storage, class: BatchingSqliteEventLogStorage}``. On
Postgres: ``storage: {custom: {module: enrichment_assets.dagster_storage, class: BatchingPostgresStorage}}``, or where
somebody else names the other storages (a Helm chart) ``event_log_storage`` with BatchingPostgresEventLogStorage.
"""

from typing import Any

from enrichment_assets.cache.event_log import BatchingSqliteEventLogStorage

_ON_POSTGRES = ("BatchingPostgresStorage", "BatchingPostgresEventLogStorage")
__all__ = ["BatchingSqliteEventLogStorage", *_ON_POSTGRES]  # noqa: PLE0604 - loaded when asked for


def __getattr__(name: str) -> Any:
    if name not in _ON_POSTGRES:
        raise AttributeError(name)
    try:
        from enrichment_assets.cache.postgres import storage  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as error:
        raise ImportError(
            f"dagster.yaml keeps state in Postgres, and {error.name} is not installed: "
            "pip install 'enrichment-assets[postgres]'"
        ) from error
    return getattr(storage, name)
