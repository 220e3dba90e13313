"""A question's asset in the four ways of use: a backfill of the UI, the command line, refresh by TTL, a dropped CSV.

In order: each test goes on where the one before ended.
"""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from enrichment_assets.artifacts.catalog import load_catalog
from enrichment_assets.cache.event_log import report_batch
from enrichment_assets.cache.lookup import latest_records
from enrichment_assets.cache.materialization import materialization
from enrichment_assets.cache.record import Record
from enrichment_assets.companies.company import Company
from enrichment_assets.orchestration.partitions import register
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.storage.artifacts import ArtifactStore
from enrichment_assets.storage.state import open_state
from enrichment_assets_tests.artifacts.questions.asking import written
from enrichment_assets_tests.orchestration.conftest import Dagster, dagster_dev, environment, until

DOMAINS = [f"asked-{number}.com" for number in range(6)]
QUESTION = "soc2"


@pytest.fixture(scope="module")
def questions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("asked") / "questions", QUESTION)


@pytest.fixture(scope="module")
def dagster(sandbox_process: Sandbox, questions: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dagster]:
    place = tmp_path_factory.mktemp("dagster")
    mine = {"ENRICHMENT_QUESTIONS_DIR": str(questions), "ENRICHMENT_REFRESH_ASSETS": QUESTION}
    with dagster_dev(sandbox_process, place, **mine) as running:
        for domain in DOMAINS:
            sandbox_process.company(domain, segment="software", site="normal", mail="google")
        state = open_state(running.settings)
        register(running.instance, state, [Company.named(domain, None) for domain in DOMAINS])
        state.dispose()
        yield running


def records(dagster: Dagster) -> dict[str, Record]:
    return {record.domain: record for record in latest_records(dagster.instance, DOMAINS, [QUESTION])}


def test_a_backfill_from_the_ui_answers_it_for_each_company(dagster: Dagster) -> None:
    assert QUESTION in dagster.reload()
    backfill = dagster.backfill(DOMAINS[:3], ["mx", "website", QUESTION])
    dagster.backfilled(backfill)
    until(lambda: dagster.partitions(QUESTION)["materialized"] >= set(DOMAINS[:3]), "three companies are green")
    assert {record.summary for record in records(dagster).values()} <= {"yes", "no"}
    assert all(record.spent for record in records(dagster).values())


def test_the_command_line_materializes_it_for_one_company(
    dagster: Dagster, sandbox_process: Sandbox, questions: Path
) -> None:
    command = [sys.executable, "-m", "dagster", "asset", "materialize", "-m", "enrichment_assets.definitions"]
    done = subprocess.run(
        [*command, "--select", f"mx,website,{QUESTION}", "--partition", DOMAINS[3]],
        env=environment(sandbox_process, dagster.settings.dagster_home, ENRICHMENT_QUESTIONS_DIR=str(questions)),
        cwd=questions.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert records(dagster)[DOMAINS[3]].status == "OK"


def test_the_refresh_sensor_asks_again_when_its_ttl_has_ended(dagster: Dagster, questions: Path) -> None:
    before = records(dagster)
    _age(dagster, questions, before[DOMAINS[0]], timedelta(days=31))
    dagster.start_sensor("refresh_sensor")
    (run,) = until(lambda: dagster.runs(**{"enrichment/sensor": "refresh"}), "the sensor has ticked")
    assert dagster.ended(run.run_id).is_success
    assert {domain for domain, record in records(dagster).items() if record.run_id == run.run_id} == {DOMAINS[0]}


def test_a_dropped_csv_answers_it_with_everything_else(dagster: Dagster) -> None:
    dagster.start_sensor("csv_sensor")
    rows = "".join(f"Asked {number},{domain}\n" for number, domain in enumerate(DOMAINS[4:]))
    (dagster.csv_dir / "dropped.csv").write_text(f"company,website\n{rows}")
    (run,) = until(lambda: dagster.runs(**{"enrichment/sensor": "csv"}), "the file has been seen")
    assert dagster.ended(run.run_id).is_success
    assert {domain for domain, record in records(dagster).items() if record.run_id == run.run_id} == set(DOMAINS[4:])


def test_a_new_file_is_an_asset_after_a_reload_and_a_removed_one_is_none(dagster: Dagster, questions: Path) -> None:
    written(questions, "pricing_model")
    assert {QUESTION, "pricing_model"} <= dagster.reload()
    (questions / f"{QUESTION}.yaml").unlink()
    assert QUESTION not in dagster.reload()
    assert set(records(dagster)) == set(DOMAINS)  # its history stays


def _age(dagster: Dagster, questions: Path, record: Record, by: timedelta) -> None:
    """As if it had been answered so much earlier."""
    settings = dagster.settings.model_copy(update={"enrichment_questions_dir": questions})
    aged = replace(record, computed_at=record.computed_at - by)
    store = ArtifactStore(settings.store_url)
    envelope = store.get(record.artifact, record.domain)
    assert envelope is not None
    store.put(replace(envelope, computed_at=aged.computed_at))
    store.close()
    event = materialization(aged, {}, load_catalog(settings)[record.artifact].ttl)
    report_batch(dagster.instance, [event], run_id=aged.run_id, job_name="enrich_list", step_key=None)
