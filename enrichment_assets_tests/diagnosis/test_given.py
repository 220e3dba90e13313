"""What ``enrich doctor`` shows of settings."""

import pytest

from enrichment_assets.core.settings import SECRET_ADDRESSES, Settings
from enrichment_assets.diagnosis.given import given_settings


def test_no_address_that_may_hold_a_password_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRET_ADDRESSES:
        monkeypatch.setenv(name.upper(), "https://user:hush@example.com/services/T0/B0")
    shown = given_settings(Settings())
    assert {name.upper() for name in SECRET_ADDRESSES} <= {one.name for one in shown}
    assert not any("hush" in one.value for one in shown)
