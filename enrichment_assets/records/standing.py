"""All that is known of all companies, for those who look at everything: checks and refresh."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

import dagster as dg

from enrichment_assets.records import latest_table
from enrichment_assets.records.event_log import storage_of
from enrichment_assets.records.latest_table import Standing
from enrichment_assets.records.lookup import latest_records
from enrichment_assets.records.materialization import failure_of

__all__ = ["Standing", "standings"]
