"""What ``enrich run --resume`` goes on with: the list of the earlier run, and what it was asked to do."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from enrichment_assets.core.settings import Settings

FILE_TAG, SAMPLE_TAG, ASKED_TAG = "enrichment/file", "enrichment/sample", "enrichment/list_options"
RESOLVE_TAG = "enrichment/resolve"


@dataclass(frozen=True)
class Earlier:
    """One run of ``enrich run``, as its options said. A dry run that is resumed must not push, nor one lose its cap."""

    path: Path | None = None
    sample: int | None = None
    asked: str = ""
    dry_run: bool = False
    refresh: bool = False
    budget_usd: float | None = None
    parallel: int | None = None
    without: tuple[str, ...] = ()
    resolve: bool = False


def earlier_run(run_id: str, settings: "Settings", *, sandbox: bool) -> Earlier:
    """The run to be resumed; nothing is known of one that another command started. Raises UsageError for none."""
    from enrichment_assets.artifacts.base import DELIVERY  # noqa: PLC0415
    from enrichment_assets.cache.instance import open_instance  # noqa: PLC0415
    from enrichment_assets.cli.sandboxed import sandbox_state  # noqa: PLC0415 - --help must not wait for Dagster
    from enrichment_assets.orchestration.runs.jobs import OP  # noqa: PLC0415

    stored = sandbox_state(settings) if sandbox else settings
    home = stored.dagster_home
    with open_instance(stored) as instance:
        run = instance.get_run_by_id(run_id)
    if run is None:
        hint = "" if sandbox else " (a sandbox run is resumed with --sandbox)"
        raise click.UsageError(f"--resume {run_id}: there is no such run in {home}{hint}")
    if FILE_TAG not in run.tags:
        return Earlier()
    ops: Any = run.run_config["ops"]
    config = ops[OP]["config"]
    sample = run.tags.get(SAMPLE_TAG)
    return Earlier(
        path=Path(run.tags[FILE_TAG]),
        sample=int(sample) if sample else None,
        asked=run.tags.get(ASKED_TAG, ""),
        dry_run=DELIVERY not in config["assets"],
        refresh=config.get("refresh", False),
        budget_usd=config.get("budget_usd"),
        parallel=config.get("parallel"),
        without=tuple(config.get("without", ())),
        resolve=RESOLVE_TAG in run.tags,
    )
