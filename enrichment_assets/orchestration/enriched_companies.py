"""The asset ``enriched_companies``: everything that is known now as one table, for those who read tables.

What belongs here: writing the two files. What does not: what a row says (``reports/current_companies``). It is not
partitioned: materializing it reads the latest payload of every company, in chunks, and calls nobody.
"""

from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from shutil import copyfileobj
from tempfile import TemporaryDirectory

import dagster as dg
import polars as pl

from enrichment_assets.artifacts.base import DELIVERY, PAYLOAD
from enrichment_assets.companies.joining import is_ascii, write_csv
from enrichment_assets.orchestration.partitions import NAME
from enrichment_assets.orchestration.runs.enrich_op import RunHooks
from enrichment_assets.orchestration.specs import GROUP, OWNERS
from enrichment_assets.reports.current_companies import current_frames
from enrichment_assets.storage.artifacts import ArtifactStore, store_label
from enrichment_assets.storage.exports import FOLDER, publish

ASSET = "enriched_companies"


def enriched_companies_asset(hooks: RunHooks) -> dg.AssetsDefinition:
    """One row per company, as Parquet and CSV in the store."""

    @dg.asset(
        name=ASSET,
        deps=[PAYLOAD, DELIVERY],
        group_name=GROUP,
        owners=list(OWNERS),
        kinds={"polars", "parquet", "csv"},
        # `dagster asset materialize --select '*' --partition-range` asks for this policy of every asset.
        backfill_policy=dg.BackfillPolicy.single_run(),
        description="One row per company: what is true now, how old it is, and whether it was delivered.",
    )
    def enriched_companies(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
        settings = hooks.settings_at(context.instance)
        store = ArtifactStore(settings.store_url)
        try:
            domains = context.instance.get_dynamic_partitions(NAME)
            with TemporaryDirectory(prefix="enriched-companies-") as folder:
                parquet, csv = Path(folder) / f"{ASSET}.parquet", Path(folder) / f"{ASSET}.csv"
                deliveries = write_both(current_frames(hooks.catalog, store, domains), parquet, csv)
                for file in (parquet, csv):
                    publish(settings.exports_url, file)
        finally:
            store.close()
        place = f"{store_label(settings.exports_url).rstrip('/')}/{FOLDER}/{ASSET}"
        return dg.MaterializeResult(
            metadata={
                "dagster/row_count": len(domains),
                "without_payload": deliveries[None],
                "parquet": dg.MetadataValue.path(f"{place}.parquet"),
                "csv": dg.MetadataValue.path(f"{place}.csv"),
                **{state.replace(" ", "_"): deliveries[state] for state in ("delivered", "outdated", "not delivered")},
            }
        )

    return enriched_companies


def write_both(frames: Iterable[pl.DataFrame], parquet: Path, csv: Path) -> Counter[str | None]:
    """Write all companies to both files, chunk by chunk; how many there are by state of delivery (None: no payload).

    Polars writes a Parquet file in one go, and whether the CSV needs a byte order mark shows at its end, so the chunks
    go through files of their own.
    """
    deliveries: Counter[str | None] = Counter()
    parts = parquet.with_suffix(".parts")
    parts.mkdir()
    plain = True
    with (parts / "rows.csv").open("wb") as file:
        for number, frame in enumerate(frames):
            deliveries.update(frame["delivery"].to_list())
            plain = plain and is_ascii(frame)
            frame.write_parquet(parts / f"{number:06}.parquet")
            write_csv(frame, file, header=number == 0)
    pl.scan_parquet(parts / "*.parquet").sink_parquet(parquet)
    with csv.open("wb") as whole, (parts / "rows.csv").open("rb") as rows:
        whole.write(b"" if plain else BOM_UTF8)
        copyfileobj(rows, whole)
    return deliveries
