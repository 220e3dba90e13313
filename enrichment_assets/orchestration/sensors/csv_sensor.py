"""A CSV that is dropped into the watched directory becomes a run over its companies.

What belongs here: reading the files that are ready, storing their lists, asking for runs. What does not: deciding which
files are ready (``csv_files``) and what a list is (``companies/``).
"""

import time
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from enrichment_assets.cache.dead_runs import look_after_runs
from enrichment_assets.companies.intake import read_list
from enrichment_assets.companies.reading import UnreadableListError
from enrichment_assets.core.settings import Settings
from enrichment_assets.orchestration.runs.enrich_op import Wiring
from enrichment_assets.orchestration.runs.jobs import ENRICH_LIST, list_config
from enrichment_assets.orchestration.sensors.csv_files import Seen, compare, content_hash, look, look_at
from enrichment_assets.storage.lists import Lists
from enrichment_assets.storage.state import open_state

EVERY_S = 10
READS_FOR_S = 20.0
"""Dagster gives a tick 60 s; files that are left are read at the next."""
FILE_TAG = "enrichment/file"


def csv_sensor(wiring: Wiring) -> dg.SensorDefinition:
    """On by default: whoever puts a file there wants it run. It spends nothing while no file changes."""

    @dg.sensor(
        name="csv_sensor",
        job_name=ENRICH_LIST,
        minimum_interval_seconds=EVERY_S,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Runs the companies of every new or changed CSV in ENRICHMENT_CSV_DIR (data/*.csv).",
    )
    def run_dropped_csv_files(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        seen = Seen.model_validate_json(context.cursor) if context.cursor else Seen()
        settings = wiring.settings()
        look_after_runs(context.instance, settings, ENRICH_LIST, datetime.now(UTC))
        requests, said, seen = csv_tick(settings, seen, time.time_ns())
        for sentence in said:
            context.log.info(sentence)
        return dg.SensorResult(
            run_requests=requests,
            cursor=seen.model_dump_json(),
            skip_reason=None if requests else "; ".join(said) or "No new or changed CSV.",
        )

    return run_dropped_csv_files


def csv_tick(settings: Settings, seen: Seen, now_ns: int) -> tuple[list[dg.RunRequest], list[str], Seen]:
    """One look at the directory: runs to start, a sentence per file that is new, and what to remember.

    A file that cannot be read or understood is named with its reason, once; it is looked at again when it changes.
    """
    directory = settings.enrichment_csv_dir
    looks = look(directory)
    ready, seen = compare(seen, looks, now_ns)
    requests: list[dg.RunRequest] = []
    said = [f"{name}: waiting until it is completely written" for name in seen.waiting]
    started = time.monotonic()
    for number, name in enumerate(ready):
        if number and time.monotonic() - started > READS_FOR_S:
            seen = seen.put_off({left: looks[left] for left in ready[number:]})
            break
        asked, sentence, known = _read(settings, seen, directory / name)
        if look_at(directory / name) != looks[name]:
            said.append(f"{name}: changed while it was read")
            continue
        requests += asked
        said.append(sentence)
        seen = known.handle(name, looks[name])
    return requests, said, seen


def _read(settings: Settings, seen: Seen, path: Path) -> tuple[list[dg.RunRequest], str, Seen]:
    """One file: the runs to start, a sentence about it, and its content remembered."""
    try:
        digest = content_hash(path)
        if digest in seen.contents:
            return [], f"{path.name}: has the content of a file that was run already", seen
        requests, sentence = _runs(settings, path, digest)
    except UnreadableListError as error:
        return [], str(error), seen
    except OSError as error:
        return [], f"{path} cannot be read: {error.strerror or error}.", seen
    return requests, sentence, seen.taken(digest)


def _runs(settings: Settings, path: Path, digest: str) -> tuple[list[dg.RunRequest], str]:
    """One run per so many companies of a file, and a sentence about them. Raises UnreadableListError."""
    listed = read_list(path)
    companies = listed.companies
    if not companies:
        rejected = ", ".join(f"{count} {code}" for code, count in listed.rejections.items())
        return [], f"{path.name}: no row is a company ({rejected})"
    size = settings.enrichment_csv_companies_per_run
    state = open_state(settings)
    lists = Lists(state)
    stored = [lists.store(companies[start : start + size], path.name) for start in range(0, len(companies), size)]
    state.dispose()
    requests = [
        dg.RunRequest(
            run_key=f"{digest}-{number}", run_config=list_config(part.list_id), tags={FILE_TAG: str(path.absolute())}
        )
        for number, part in enumerate(stored, start=1)
    ]
    return requests, f"{path.name}: {len(companies)} companies in {len(requests)} runs"
