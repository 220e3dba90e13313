"""What ``enrich run --resume`` goes on with: the list of the earlier run, and what it was asked to do."""

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from enrichment_assets.cli.echo import say

if TYPE_CHECKING:
    import dagster as dg

    from enrichment_assets.core.settings import Settings

NOTHING_ASKED = "{}"
FILE_TAG, SAMPLE_TAG, ASKED_TAG = "enrichment/file", "enrichment/sample", "enrichment/list_options"
RESOLVE_TAG = "enrichment/resolve"


@dataclass(frozen=True)
class Earlier:
    """One run of ``enrich run``, as its options said. A dry run that is resumed must not push, nor one lose its cap.

    ``path`` is the list as it was: the file itself, or where that has changed or gone, the copy that was kept.
    ``named`` is the file that the run was given, ``list_key`` its name in Dagster.
    """

    path: Path | None = None
    named: Path | None = None
    list_key: str | None = None
    sample: int | None = None
    asked: str = ""
    dry_run: bool = False
    refresh: bool = False
    budget_usd: float | None = None
    parallel: int | None = None
    without: tuple[str, ...] = ()
    resolve: bool = False


def earlier_run(run_id: str, settings: "Settings", *, sandbox: bool) -> Earlier:
    """The run to be resumed, also one that Dagster's UI started over a list or over companies.

    Raises UsageError where there is none, and for one that made only some artifacts.
    """
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
        return _of_dagster(run, stored)
    ops: Any = run.run_config["ops"]
    config = ops[OP]["config"]
    sample = run.tags.get(SAMPLE_TAG)
    named, key, asked = Path(run.tags[FILE_TAG]), config.get("list_key"), run.tags.get(ASKED_TAG, "")
    return Earlier(
        path=named if key is None else _as_it_was(named, key, asked_of(asked, sample), stored),
        named=named,
        list_key=key,
        sample=int(sample) if sample else None,
        asked=asked,
        dry_run=DELIVERY not in config["assets"],
        refresh=config.get("refresh", False),
        budget_usd=config.get("budget_usd"),
        parallel=config.get("parallel"),
        without=tuple(config.get("without", ())),
        resolve=RESOLVE_TAG in run.tags,
    )


def _of_dagster(run: "dg.DagsterRun", settings: "Settings") -> Earlier:
    """A run that was started in Dagster: its list, or the companies that it had, written down as one."""
    from enrichment_assets.artifacts.catalog import load_catalog  # noqa: PLC0415
    from enrichment_assets.companies.fetched import FOLDER  # noqa: PLC0415
    from enrichment_assets.orchestration.runs.company_lists import LIST_TAG  # noqa: PLC0415
    from enrichment_assets.storage.inputs.company_lists import fetch_bytes  # noqa: PLC0415
    from enrichment_assets.storage.inputs.run_inputs import RunInputs  # noqa: PLC0415
    from enrichment_assets.storage.lists import Lists  # noqa: PLC0415
    from enrichment_assets.storage.state import open_state  # noqa: PLC0415

    folder = settings.dagster_home / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    key = run.tags.get(LIST_TAG)
    if key is not None and fetch_bytes(settings.exports_url, key, folder / key):
        return Earlier(path=folder / key, named=folder / key, list_key=key)
    state = open_state(settings)
    try:
        kept = RunInputs(state).of(run.run_id)
        companies = [] if kept is None or kept.list_id is None else list(Lists(state).companies(kept.list_id))
    finally:
        state.dispose()
    made = {asset.to_user_string() for asset in run.asset_selection or ()}
    if not companies:
        return Earlier()
    if made and set(load_catalog(settings)) - made:
        raise click.UsageError(
            f"--resume {run.run_id}: that run made {', '.join(sorted(made))} alone: re-execute it there"
        )
    path = folder / f"run-{run.run_id[:8]}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("Company", "Website"), *((one.name, one.domain) for one in companies)])
    return Earlier(path=path, named=path)


def asked_of(asked: str, sample: str | int | None) -> str:
    """How a list was read, as a part of its key; nothing where as usual."""
    said = "" if asked == NOTHING_ASKED else asked
    return f"{said} first {sample}" if sample else said


def _as_it_was(named: Path, key: str, asked: str, settings: "Settings") -> Path:
    """The list's file, or the copy that was kept of it where the file is another one by now."""
    from enrichment_assets.companies.fetched import FOLDER  # noqa: PLC0415
    from enrichment_assets.storage.inputs.company_lists import fetch_bytes, key_of  # noqa: PLC0415

    if named.is_file() and key_of(named, asked) == key:
        return named
    copy = settings.dagster_home / FOLDER / f"{key}{named.suffix}"
    copy.parent.mkdir(parents=True, exist_ok=True)
    if not fetch_bytes(settings.exports_url, key, copy):
        return named
    say(f"{named} has {'changed' if named.is_file() else 'gone'} since: going on with the list as it was.")
    return copy
