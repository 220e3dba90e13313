"""A CSV that is dropped into the watched directory becomes a run over its companies.

What belongs here: reading the files that are ready, storing their lists, asking for runs. What does not: deciding which
files are ready (``csv_files``) and what a list is (``companies/``).
"""

import time
from datetime import UTC, datetime
from pathlib import Path

import dagster as dg

from enrichment_assets.artifacts.catalog import load_catalog
from enrichment_assets.cache.upkeep.dead_runs import look_after_runs
from enrichment_assets.companies.intake import CompanyList, read_list
from enrichment_assets.companies.reading import UnreadableListError
from enrichment_assets.core.settings import Settings
from enrichment_assets.orchestration.csv_files import Part, Seen, compare, content_hash, look, look_at
from enrichment_assets.orchestration.runs.company_lists import NAME as LISTS
from enrichment_assets.orchestration.runs.company_lists import keep_list
from enrichment_assets.orchestration.runs.enrich_op import RunHooks
from enrichment_assets.orchestration.runs.inputs import keep_now
from enrichment_assets.orchestration.runs.jobs import ENRICH_LIST, list_config
from enrichment_assets.orchestration.wallet import KEY_TAG, OUT_OF_MONEY_TAG, Refused, reserve
from enrichment_assets.site_search.listed import names_of
from enrichment_assets.storage.do_not_enrich import respected
from enrichment_assets.storage.lists import Lists
from enrichment_assets.storage.state import open_state

EVERY_S = 10
READS_FOR_S = 20.0
"""Dagster gives a tick 60 s; files that are left are read at the next."""
FILE_TAG = "enrichment/file"
SENSOR = "csv"


def csv_sensor(hooks: RunHooks) -> dg.SensorDefinition:
    """On by default: whoever puts a file there wants it run. It spends nothing while no file changes."""

    @dg.sensor(
        name="csv_sensor",
        job_name=ENRICH_LIST,
        minimum_interval_seconds=EVERY_S,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=(
            "Makes every new or changed CSV in ENRICHMENT_CSV_DIR (data/*.csv) a list and runs it, within "
            "ENRICHMENT_SENSOR_DAILY_BUDGET_USD. What the money of a day does not reach waits for the next."
        ),
    )
    def run_dropped_csv_files(context: dg.SensorEvaluationContext) -> dg.SensorResult:
        seen = Seen.model_validate_json(context.cursor) if context.cursor else Seen()
        settings, now = hooks.settings_at(context.instance), datetime.now(UTC)
        look_after_runs(context.instance, settings, ENRICH_LIST, now)
        said, seen = csv_tick(settings, seen, time.time_ns())
        requests, waits, seen = runs_to_start(context.instance, settings, seen, now)
        for sentence in [*said, *waits]:
            context.log.info(sentence)
        return dg.SensorResult(
            run_requests=requests,
            cursor=seen.model_dump_json(),
            skip_reason=None if requests else "; ".join([*said, *waits]) or "No new or changed CSV.",
        )

    return run_dropped_csv_files


def csv_tick(settings: Settings, seen: Seen, now_ns: int) -> tuple[list[str], Seen]:
    """One look at the directory: a sentence per file that is new, and what to remember, new parts included.

    A file that cannot be read or understood is named with its reason, once; it is looked at again when it changes.
    """
    directory = settings.enrichment_csv_dir
    looks = look(directory)
    ready, seen = compare(seen, looks, now_ns)
    said = [f"{name}: waiting until it is completely written" for name in seen.waiting]
    started = time.monotonic()
    for number, name in enumerate(ready):
        if number and time.monotonic() - started > READS_FOR_S:
            seen = seen.put_off({left: looks[left] for left in ready[number:]})
            break
        sentence, known = _read(settings, seen, directory / name)
        if look_at(directory / name) != looks[name]:
            said.append(f"{name}: changed while it was read")
            continue
        said.append(sentence)
        seen = known.handle(name, looks[name])
    return said, seen


def runs_to_start(
    instance: dg.DagsterInstance, settings: Settings, seen: Seen, now: datetime
) -> tuple[list[dg.RunRequest], list[str], Seen]:
    """Runs for the parts that wait, as far as the day's money reaches; why others wait; and what to remember.

    A part is done when its run ended for any other reason than its money: what failed then is a person's to look at.
    """
    if not seen.parts:
        return [], [], seen
    requests: list[dg.RunRequest] = []
    left: list[Part] = []
    refused: Refused | None = None
    state = open_state(settings)
    try:
        for part in filter(None, (_as_it_stands(instance, part) for part in seen.parts)):
            if part.under_way or refused is not None:
                left.append(part)
                continue
            key, companies = part.run_key, part.companies
            if part.list_key:
                instance.add_dynamic_partitions(LISTS, [part.list_key])
            money = reserve(instance, state, settings, now, sensor=SENSOR, key=key, companies=companies)
            if isinstance(money, Refused):
                refused = money
                left.append(part)
                continue
            requests.append(
                dg.RunRequest(
                    run_key=key,
                    run_config=list_config(
                        part.list_id, list_key=part.list_key or None, inputs=part.inputs or None, budget_usd=money.usd
                    ),
                    tags={FILE_TAG: part.file, **money.tags},
                )
            )
            left.append(part.model_copy(update={"times": part.times + 1, "under_way": True}))
    finally:
        state.dispose()
    waiting = sum(part.companies for part in left if not part.under_way)
    said = [f"{waiting} companies of dropped files wait. {refused.reason}"] if refused is not None else []
    return requests, said, seen.model_copy(update={"parts": tuple(left)})


def _as_it_stands(instance: dg.DagsterInstance, part: Part) -> Part | None:
    """A part whose run is over: None when it is done, waiting again when the run's money was not enough."""
    if not part.under_way:
        return part
    runs = instance.get_runs(dg.RunsFilter(tags={KEY_TAG: part.run_key}), limit=1)
    if runs and not runs[0].is_finished:
        return part
    again = bool(runs) and OUT_OF_MONEY_TAG in runs[0].tags
    return part.model_copy(update={"under_way": False}) if again else None


def _read(settings: Settings, seen: Seen, path: Path) -> tuple[str, Seen]:
    """One file: a sentence about it, and its content and its parts remembered."""
    try:
        digest = content_hash(path)
        if digest in seen.contents:
            return f"{path.name}: has the content of a file that was run already", seen
        parts, sentence = _parts(settings, path, digest)
    except UnreadableListError as error:
        return str(error), seen
    except OSError as error:
        return f"{path} cannot be read: {error.strerror or error}.", seen
    return sentence, seen.taken(digest).model_copy(update={"parts": (*seen.parts, *parts)})


def _parts(settings: Settings, path: Path, digest: str) -> tuple[list[Part], str]:
    """One part per so many companies of a file, and a sentence about them. Raises UnreadableListError."""
    listed = respected(read_list(path), settings)
    companies = listed.companies
    if not companies:
        rejected = ", ".join(f"{count} {code}" for code, count in listed.rejections.items())
        return [], f"{path.name}: no row is a company ({rejected}){_resolvable(path, listed)}"
    size = settings.enrichment_csv_companies_per_run
    state = open_state(settings)
    known, lists = keep_list(settings, state, listed), Lists(state)
    stored = [lists.store(companies[start : start + size], path.name) for start in range(0, len(companies), size)]
    inputs = keep_now(settings, state, load_catalog(settings)) if len(stored) > 1 else ""
    state.dispose()
    whole = {"file": str(path.absolute()), "list_key": known.key, "inputs": inputs}
    parts = [
        Part(key=f"{digest}-{number}", list_id=part.list_id, companies=part.companies, **whole)
        for number, part in enumerate(stored, start=1)
    ]
    return parts, f"{path.name}: {len(companies)} companies in {len(parts)} parts{_resolvable(path, listed)}"


def _resolvable(path: Path, listed: CompanyList) -> str:
    """What else could be done; a search costs money of its own, which a person has to allow."""
    named = len(names_of(listed))
    return f"; {named} rows name a company without its site: enrich run --file {path} --resolve" if named else ""
