"""Broken set-ups, each as a person meets it: the line that is found names the remedy."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from enrichment_assets.cache.instance import open_instance
from enrichment_assets.core.settings import Settings
from enrichment_assets.diagnosis import home
from enrichment_assets.diagnosis.examination import examine
from enrichment_assets.diagnosis.finding import Finding, Grade
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.storage.state import open_state


@pytest.fixture
def settings(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.chdir(tmp_path)
    return sandbox.settings(dagster_home=tmp_path / "home", retry_attempts=1)


async def looked_at(settings: Settings, **options: Any) -> dict[str, Finding]:
    """What is not in order, by subject; the profile is the one that ships in all of these."""
    found = [finding async for finding in examine(settings, **options)]
    return {finding.subject: finding for finding in found if finding.grade != "OK" and finding.subject != "profile"}


async def test_a_set_up_in_order_is_found_to_be_and_costs_nothing(settings: Settings, sandbox: Sandbox) -> None:
    with open_instance(settings):
        open_state(settings).dispose()
    before = sandbox.bill()
    assert await looked_at(settings) == {}
    after = sandbox.bill()
    assert {name: after[name].get("usd") for name in after} == {
        name: before.get(name, {}).get("usd", 0) for name in after
    }
    assert not sandbox.received()


async def test_more_companies_than_the_ui_is_quick_with(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(home, "MOST_PARTITIONS", 2)
    with open_instance(settings) as instance:
        open_state(settings).dispose()
        instance.add_dynamic_partitions("company", ["a.com", "b.com", "c.com"])
    found = (await looked_at(settings))["records"]
    assert found.grade is Grade.WARN
    assert "3 companies" in found.said
    assert "company_list" in found.remedy


async def test_looking_makes_no_home(settings: Settings) -> None:
    assert await looked_at(settings) == {}
    assert not settings.dagster_home.exists()


@pytest.mark.parametrize(
    ("faults", "subject", "remedy"),
    [
        ({"openrouter": {"http_401": 1.0}}, "openrouter", "Make a key at openrouter"),
        ({"spider": {"http_401": 1.0}}, "spider", "Make a key at spider"),
        ({"serper": {"out_of_credit": 1.0}}, "serper", "Add credit to the account of serper"),
    ],
)
async def test_keys_and_credit(
    settings: Settings, sandbox: Sandbox, faults: dict[str, Any], subject: str, remedy: str
) -> None:
    sandbox.faults(faults)
    found = await looked_at(settings)
    assert list(found) == [subject]
    assert found[subject].grade is Grade.FAIL
    assert remedy in found[subject].remedy


async def test_no_dns(settings: Settings, sandbox: Sandbox) -> None:
    sandbox.faults({"dns": {"silence": 1.0}})
    found = await looked_at(settings.model_copy(update={"dns_timeout_s": 0.5}))
    assert "DNS_NAMESERVERS" in found["DNS"].remedy


@pytest.mark.parametrize(("off", "grade"), [(90, Grade.WARN), (-3_600, Grade.FAIL)])
async def test_a_wrong_clock(settings: Settings, off: int, grade: Grade) -> None:
    found = await looked_at(settings, clock=lambda: datetime.now(UTC) + timedelta(seconds=off))
    assert found["clock"].grade is grade
    assert ("ahead" if off > 0 else "behind") in found["clock"].said


async def test_an_unreachable_webhook(settings: Settings) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}/hook/SECRET"
    found = await looked_at(settings.model_copy(update={"clay_webhook_url": url}))
    assert "CLAY_WEBHOOK_URL" in found["webhook"].remedy
    assert "SECRET" not in str(found)


async def test_a_sandbox_home_under_real_settings(settings: Settings) -> None:
    with open_instance(settings):
        pass
    found = await looked_at(settings.model_copy(update={"enrichment_sandbox": None, "clay_webhook_url": None}))
    assert "belongs to the sandbox" in found["home"].said


async def test_a_missing_profile(settings: Settings, tmp_path: Path) -> None:
    gone = settings.model_copy(update={"enrichment_icp_profile": tmp_path / "gone.yaml"})
    found = [finding async for finding in examine(gone)]
    profile = next(finding for finding in found if finding.subject == "profile")
    assert profile.grade is Grade.FAIL
    assert "gone.yaml" in profile.said


async def test_a_home_of_a_later_version(settings: Settings) -> None:
    open_state(settings).dispose()
    engine = create_engine(settings.state_db_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE enrichment_schema SET version = 999"))
    engine.dispose()
    found = await looked_at(settings)
    assert "later version" in found["state database"].said
    assert "upgrade the program" in found["state database"].remedy


async def test_a_damaged_database(settings: Settings) -> None:
    open_state(settings).dispose()
    (settings.dagster_home / "enrichment.db").write_bytes(b"SQLite format 3\x00" + b"rubbish" * 1_000)
    found = await looked_at(settings)
    assert "back-up" in found["state database"].remedy


@contextmanager
def _mounted(place: Path, options: str) -> Iterator[None]:
    place.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("only root can mount a small or read-only disk")
    try:
        yield
    finally:
        subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize(
    ("options", "subject", "remedy"),
    [("size=1m", "disk", "Make room"), ("ro", "home", "Give the folder to this user")],
)
async def test_a_full_disk_and_a_read_only_folder(settings: Settings, options: str, subject: str, remedy: str) -> None:
    with _mounted(settings.dagster_home, options):
        found = await looked_at(settings)
    assert found[subject].grade is Grade.FAIL
    assert remedy in found[subject].remedy


async def test_a_missing_key_names_where_to_get_it(settings: Settings) -> None:
    found = await looked_at(settings.model_copy(update={"serper_api_key": None}))
    assert "https://serper.dev/api-key" in found["missing"].said


async def test_a_misspelt_setting_in_env(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("ENRICHMENT_BUGDET_USD=3\nSOMEBODY_ELSES=1\n")
    found = await looked_at(settings)
    assert list(found) == ["ENRICHMENT_BUGDET_USD"]
    assert found["ENRICHMENT_BUGDET_USD"].remedy == "Write ENRICHMENT_BUDGET_USD"
