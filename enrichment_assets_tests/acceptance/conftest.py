"""A running ``dagster dev``, as the orchestration's tests have it."""

from enrichment_assets_tests.orchestration.conftest import dagster

__all__ = ["dagster"]
