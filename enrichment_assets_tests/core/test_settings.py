"""Settings that cannot work are refused by name before anything starts, and without being repeated."""

import click
import pytest
from pydantic import SecretStr, ValidationError

from enrichment_assets.cli.opening import usable_settings
from enrichment_assets.core.settings import Settings


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


def test_a_webhook_given_on_the_command_line_is_looked_at_too() -> None:
    with pytest.raises(click.UsageError, match="CLAY_WEBHOOK_URL"):
        usable_settings("nonsense")
