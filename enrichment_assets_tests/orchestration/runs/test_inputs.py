"""What a run goes by: its companies, profile, questions and settings, to its end and in what continues it."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dagster as dg
import pytest

from enrichment_assets.artifacts.catalog import load_catalog
from enrichment_assets.cache.event_log import execute_here
from enrichment_assets.cache.lookup import latest_records
from enrichment_assets.companies.company import Company
from enrichment_assets.core.settings import Settings
from enrichment_assets.engine.results import CompanyResult
from enrichment_assets.orchestration.build import build_defs
from enrichment_assets.orchestration.partitions import NAME, register
from enrichment_assets.orchestration.runs.inputs import INPUTS_TAG
from enrichment_assets.orchestration.runs.launch import run_list
from enrichment_assets.storage.artifacts import ArtifactStore
from enrichment_assets.storage.state import open_state

COMPANIES = [Company(f"company{number}.com", f"Company {number}") for number in range(8)]
DOMAINS = [company.domain for company in COMPANIES]
TO_ICP = ["mx", "website", "icp"]
START, END = "dagster/asset_partition_range_start", "dagster/asset_partition_range_end"
PROFILE = """
we_sell: {sells}
we_sell_to: Companies whose main business is software that other businesses pay for.
must_haves:
  - Its main product is software, not physical goods or hours of work.
"""
QUESTION = """
name: pricing_model
question: {question}
answer: text
"""


@pytest.fixture
def settings(settings: Settings, tmp_path: Path) -> Settings:
    questions = tmp_path / "questions"
    questions.mkdir()
    return settings.model_copy(
        update={"enrichment_icp_profile": tmp_path / "icp.yaml", "enrichment_questions_dir": questions}
    )


def sell(settings: Settings, sells: str) -> None:
    settings.enrichment_icp_profile.write_text(PROFILE.format(sells=sells))


def profiles(settings: Settings, domains: list[str]) -> set[str]:
    """Hashes of the profiles that these companies were judged by."""
    store = ArtifactStore(settings.store_url)
    found = {envelope.value["profile"] for domain in domains if (envelope := store.get("icp", domain)) is not None}
    store.close()
    return found - {""}


def partition_run(
    instance: dg.DagsterInstance,
    settings: Settings,
    *,
    tags: dict[str, str],
    parent: dg.DagsterRun | None = None,
    assets: tuple[str, ...] = ("mx",),
) -> dg.DagsterRun:
    """A run over partitions as the UI makes it; ``parent``: the one that is re-executed."""
    keys = {dg.AssetKey(name) for name in assets}
    job = build_defs(settings).resolve_implicit_global_asset_job_def().get_subset(asset_selection=keys)
    run = instance.create_run_for_job(
        job,
        tags=tags,
        asset_selection=frozenset(keys),
        parent_run_id=parent.run_id if parent else None,
        root_run_id=parent.run_id if parent else None,
    )
    execute_here(instance, job, run)
    done = instance.get_run_by_id(run.run_id)
    assert done is not None
    return done


def made_by(instance: dg.DagsterInstance, run: dg.DagsterRun) -> set[str]:
    return {one.domain for one in latest_records(instance, DOMAINS, ["mx"]) if one.run_id == run.run_id}


def known(instance: dg.DagsterInstance, settings: Settings) -> None:
    state = open_state(settings)
    register(instance, state, COMPANIES)
    state.dispose()


def added_again(instance: dg.DagsterInstance) -> None:
    instance.delete_dynamic_partition(NAME, DOMAINS[3])
    instance.add_dynamic_partitions(NAME, [DOMAINS[3]])


def deleted(instance: dg.DagsterInstance) -> None:
    instance.delete_dynamic_partition(NAME, DOMAINS[3])


@pytest.mark.parametrize("change", [added_again, deleted])
def test_a_re_executed_partition_run_takes_the_companies_that_it_had(
    instance: dg.DagsterInstance, settings: Settings, change: Callable[[dg.DagsterInstance], None]
):
    known(instance, settings)
    sell(settings, "Accounting software.")
    tags = {START: DOMAINS[2], END: DOMAINS[3]}
    first = partition_run(instance, settings, tags=tags)
    assert first.is_success
    assert made_by(instance, first) == set(DOMAINS[2:4])
    change(instance)
    # What Dagster plans for a run is its own business; what the run does is ours.
    again = partition_run(instance, settings, tags={**tags, START: DOMAINS[2], END: DOMAINS[2]}, parent=first)
    assert again.is_success
    assert made_by(instance, again) == set(DOMAINS[2:4])


def test_a_profile_that_is_edited_during_a_run_and_put_back_is_not_this_runs(
    instance: dg.DagsterInstance, settings: Settings
):
    sell(settings, "Accounting software.")
    finished: list[str] = []

    def edit(company: CompanyResult) -> None:
        finished.append(company.company.domain)
        sell(settings, "Cat food." if len(finished) < len(DOMAINS) - 1 else "Accounting software.")

    ran = run_list(instance, COMPANIES, settings=settings, assets=TO_ICP, parallel=2, on_finished=edit)
    assert ran.status is dg.DagsterRunStatus.SUCCESS
    assert len(profiles(settings, DOMAINS)) == 1


def test_a_resumed_run_goes_by_the_profile_and_the_settings_of_the_run_it_resumes(
    instance: dg.DagsterInstance, settings: Settings
):
    sell(settings, "Accounting software.")
    first = run_list(instance, COMPANIES[:4], settings=settings, assets=TO_ICP, budget_usd=0.0)
    later = settings.model_copy(update={"openrouter_model": "openai/gpt-4o"})
    sell(settings, "Cat food.")
    resumed = run_list(instance, COMPANIES[:4], settings=later, assets=TO_ICP, resume=first.run_id, budget_usd=9.0)
    assert resumed.status is dg.DagsterRunStatus.SUCCESS
    fresh = run_list(instance, COMPANIES[4:], settings=later, assets=TO_ICP)
    tags = [run.tags[INPUTS_TAG] for one in (first, resumed, fresh) if (run := instance.get_run_by_id(one.run_id))]
    assert tags[0] == tags[1] != tags[2]
    before, after = profiles(settings, DOMAINS[:4]), profiles(settings, DOMAINS[4:])
    assert len(before) == len(after) == 1
    assert before != after
    store = ArtifactStore(settings.store_url)
    models = {one.value["model"] for domain in DOMAINS[:4] if (one := store.get("icp", domain))} - {None}
    assert models == {"openai/gpt-4o-mini"}
    store.close()


def test_the_runs_of_one_backfill_go_by_what_its_first_run_had(instance: dg.DagsterInstance, settings: Settings):
    known(instance, settings)
    runs = []
    for sells, at in (("Accounting software.", 0), ("Cat food.", 1)):
        sell(settings, sells)
        tags = {"dagster/backfill": "abc", START: DOMAINS[at], END: DOMAINS[at]}
        runs.append(partition_run(instance, settings, tags=tags))
    other = partition_run(instance, settings, tags={START: DOMAINS[2], END: DOMAINS[2]})
    assert runs[0].tags[INPUTS_TAG] == runs[1].tags[INPUTS_TAG] != other.tags[INPUTS_TAG]


def test_a_question_that_was_edited_or_deleted_is_still_asked_in_a_resumed_run(
    instance: dg.DagsterInstance, settings: Settings
):
    sell(settings, "Accounting software.")
    file = settings.enrichment_questions_dir / "pricing_model.yaml"
    file.write_text(QUESTION.format(question="How does the company charge its customers?"))
    catalog = load_catalog(settings)
    asked = catalog["pricing_model"].version(settings)
    options: dict[str, Any] = {"settings": settings, "assets": [*TO_ICP, "pricing_model"]}
    first = run_list(instance, COMPANIES[:3], catalog=catalog, budget_usd=0.0, **options)
    file.write_text(QUESTION.format(question="What does the cheapest plan cost per month?"))
    other = load_catalog(settings)
    assert other["pricing_model"].version(settings) != asked
    resumed = run_list(instance, COMPANIES[:3], catalog=other, resume=first.run_id, budget_usd=9.0, **options)
    assert resumed.status is dg.DagsterRunStatus.SUCCESS, resumed.error
    shutil.rmtree(settings.enrichment_questions_dir)
    settings.enrichment_questions_dir.mkdir()
    again = run_list(
        instance, COMPANIES[:3], catalog=load_catalog(settings), resume=resumed.run_id, budget_usd=9.0, **options
    )
    assert again.status is dg.DagsterRunStatus.SUCCESS, again.error
    assert again.result is not None
    assert not again.result.spent


def test_a_run_of_the_command_is_found_in_the_code_location_that_the_setting_names(
    instance: dg.DagsterInstance, settings: Settings
):
    named = settings.model_copy(update={"enrichment_code_location": "acme-enrichment"})
    ran = run_list(instance, COMPANIES[:1], settings=named, assets=["mx"])
    run = instance.get_run_by_id(ran.run_id)
    assert run is not None
    assert run.remote_job_origin is not None
    assert run.remote_job_origin.location_name == "acme-enrichment"
