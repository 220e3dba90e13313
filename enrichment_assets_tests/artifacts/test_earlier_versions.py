"""Versions as commit 3d8b09e computes them: the expected ones were read from it."""

from pathlib import Path
from typing import Any

import pytest

from enrichment_assets.artifacts.earlier_versions import earlier_versions
from enrichment_assets.core.settings import Settings
from enrichment_assets_tests.builtin import CATALOG

PROFILE = """we_sell: Payroll for restaurants.
we_sell_to: Owners of restaurants.
must_haves:
  - Runs a restaurant.
regions: [Spain, Portugal]
size: 10 to 500
examples:
  fit: [Casa Pepe]
"""


def versions(**given: Any) -> dict[str, str]:
    settings = Settings(_env_file=None, **given)
    return {name: version for name in CATALOG for version in earlier_versions(name, settings)}


def test_with_the_defaults() -> None:
    assert versions() == {
        "mx": "dce875f7c87c34f9",
        "website": "90691cc4ff719be7",
        "icp": "f6fd163c4b9feb92",
        "linkedin": "6a531a7e05cefed9",
        "careers": "8e76e8dd99ca7597",
        "news": "b7778dc0b749658e",
        "webhook_payload": "9e1f38e9516a0545",
        "webhook_delivery": "94dc22bb5e11449a",
    }


def test_with_other_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBSITE_SOURCE", "direct")
    assert versions(
        openrouter_model="a/b",
        openrouter_fallback_model="c/d",
        webhook_callback_id=True,
        clay_webhook_url="https://example.com/hook",
    ) == {
        "mx": "dce875f7c87c34f9",
        "website": "d67e628ccac50ddc",
        "icp": "3637c12472218e5a",
        "linkedin": "6a531a7e05cefed9",
        "careers": "50243d87e3824502",
        "news": "b7778dc0b749658e",
        "webhook_payload": "39e1b62a73fc3bde",
        "webhook_delivery": "d1afb116e2bbeeae",
    }


def test_a_profile_counts_by_what_it_says(tmp_path: Path) -> None:
    profile = tmp_path / "icp.yaml"
    profile.write_text(PROFILE)
    assert versions(enrichment_icp_profile=profile)["icp"] == "6c7941a8f492ad1d"
    profile.write_text(f"# a remark\n{PROFILE}".replace("  - Runs", "  - text: Runs"))
    assert versions(enrichment_icp_profile=profile)["icp"] == "6c7941a8f492ad1d"
    profile.write_text(PROFILE.replace("500", "5000"))
    assert versions(enrichment_icp_profile=profile)["icp"] != "6c7941a8f492ad1d"


def test_what_it_could_not_have_made_has_none(tmp_path: Path) -> None:
    profile = tmp_path / "icp.yaml"
    profile.write_text(
        PROFILE.replace("restaurant.\nregions", "restaurant.\n  - {text: Is open., unless_contradicted: true}\nregions")
    )
    assert "icp" not in versions(enrichment_icp_profile=profile)
    assert versions().keys() - versions(enrichment_pages=("direct", "spider")).keys() == {"website", "careers"}
