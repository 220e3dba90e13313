"""Settings that cannot work are refused by name before anything starts, and without being repeated."""

import re
from pathlib import Path

import click
import pytest
from pydantic import SecretStr, ValidationError

from enrichment_assets.cli.opening import usable_settings
from enrichment_assets.core.settings import GivenSettings, Settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SERPER_API_KEY", "abc\u2019SECRET"),
        ("OPENROUTER_API_KEY", "sk-or\u200bSECRET"),
        ("SPIDER_API_KEY", "sp SECRET"),
        ("CLAY_WEBHOOK_TOKEN", "token\x07SECRET"),
        ("CLAY_WEBHOOK_URL", "hooks.clay.com/SECRET"),
        ("CLAY_WEBHOOK_URL", "https://hooks.clay.com:abc/SECRET"),
        ("SERPER_BASE_URL", "ftp://google.serper.dev/SECRET"),
        ("OPENROUTER_BASE_URL", "http://[SECRET/"),
    ],
)
def test_a_key_or_an_address_that_cannot_work_is_named_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ValidationError) as raised:
        Settings(_env_file=None)
    assert "SECRET" not in str(raised.value)
    with pytest.raises(click.UsageError, match=name) as refused:
        usable_settings()
    assert "SECRET" not in refused.value.message


def test_blanks_around_a_key_are_not_part_of_it() -> None:
    key = Settings(_env_file=None, serper_api_key=SecretStr(" abc\n")).serper_api_key
    assert key is not None
    assert key.get_secret_value() == "abc"


def test_names_of_0_1_0_are_still_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("WEBSITE_SOURCE=direct\nENRICHMENT_REFRESH_DAILY_BUDGET_USD=0.5\n")
    settings = usable_settings()
    assert (settings.enrichment_pages, settings.enrichment_sensor_daily_budget_usd) == (("direct",), 0.5)
    monkeypatch.setenv("ENRICHMENT_PAGES", "spider")
    monkeypatch.setenv("ENRICHMENT_SENSOR_DAILY_BUDGET_USD", "2")
    settings = usable_settings()
    assert (settings.enrichment_pages, settings.enrichment_sensor_daily_budget_usd) == (("spider",), 2)


def test_a_webhook_given_on_the_command_line_is_looked_at_too() -> None:
    with pytest.raises(click.UsageError, match="CLAY_WEBHOOK_URL"):
        usable_settings("nonsense")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ENRICHMENT_SANDBOX", "192.0.2.7:80"),
        ("ENRICHMENT_SANDBOX", "sandbox.example.com:80"),
        ("CLAY_WEBHOOK_URL", "https://api.clay.com/v3/SECRET"),
        ("CLAY_WEBHOOK_URL", "http://127.0.0.1:81/SECRET"),
        ("CLAY_WEBHOOK_URL", "http://127.0.0.1:80@api.clay.com/SECRET"),
        ("DNS_NAMESERVERS", "127.0.0.1:5300,8.8.8.8"),
        ("ENRICHMENT_STATE_DB", "postgresql://real:SECRET@db/enrichment"),
        ("ENRICHMENT_STORE", "s3://SECRET/values"),
    ],
)
def test_a_sandbox_that_is_mixed_with_real_settings_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv("ENRICHMENT_SANDBOX", "127.0.0.1:80")
    monkeypatch.setenv(name, value)
    with pytest.raises(click.UsageError) as refused:
        usable_settings()
    assert "ENRICHMENT_SANDBOX" in refused.value.message or "ip:port" in refused.value.message
    assert "SECRET" not in refused.value.message


def test_given_settings_know_neither_the_environment_nor_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("SPIDER_API_KEY=real\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SERPER_API_KEY", "real")
    settings = GivenSettings(enrichment_parallel=3)
    assert (settings.spider_api_key, settings.serper_api_key, settings.enrichment_parallel) == (None, None, 3)


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("OPENROUTER_BASE_URL", {"openrouter_api_key": "k", "openrouter_base_url": "http://gpu.example.com/v1"}),
        ("SPIDER_BASE_URL", {"spider_api_key": "k", "spider_base_url": "http://10.0.0.1"}),
        ("SERPER_BASE_URL", {"serper_api_key": "k", "serper_base_url": "http://localhost.example.com"}),
        ("FIRECRAWL_BASE_URL", {"firecrawl_api_key": "k", "firecrawl_base_url": "http://10.0.0.1"}),
        ("BRAVE_BASE_URL", {"brave_api_key": "k", "brave_base_url": "http://10.0.0.1"}),
        ("CLAY_WEBHOOK_URL", {"clay_webhook_token": "k", "clay_webhook_url": "http://example.com/hook"}),
    ],
)
def test_a_key_goes_to_no_http_address_but_loopback(name: str, given: dict[str, str]) -> None:
    with pytest.raises(ValidationError) as raised:
        Settings(_env_file=None, **given)  # type: ignore[call-arg,arg-type]
    (error,) = raised.value.errors()
    assert name in f"{error['loc'][0]} {error['msg']}".upper()
    loopback = {key: re.sub(r"//[^/]+", "//127.0.0.1:8080", value) for key, value in given.items()}
    Settings(_env_file=None, **loopback)  # type: ignore[call-arg,arg-type]
    without_key = {key: value for key, value in given.items() if not key.endswith(("key", "token"))}
    Settings(_env_file=None, **without_key)  # type: ignore[call-arg,arg-type]


def test_no_secret_is_in_the_repr_of_the_settings() -> None:
    given = {
        "openrouter_api_key": "s3cret1",
        "clay_webhook_url": "https://example.com/s3cret2",
        "clay_webhook_token": "s3cret3",
        "webhook_hmac_secret": "s3cret4",
        "enrichment_state_db": "postgresql://user:s3cret5@db/x",
        "enrichment_store": "s3://key:s3cret6@bucket",
    }
    settings = Settings(_env_file=None, **given)  # type: ignore[call-arg,arg-type]
    assert "s3cret" not in f"{settings!r} {settings}"
