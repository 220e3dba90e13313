"""Artifacts that a run does without by name: not looked for, said so, and nobody fails for it."""

from pathlib import Path

import pytest

from enrichment_assets.artifacts.base import PAYLOAD
from enrichment_assets.artifacts.catalog import CatalogError
from enrichment_assets.artifacts.payload.schema import Payload
from enrichment_assets.core.settings import Settings
from enrichment_assets.engine.preflight import preflight
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets.storage.artifacts import ArtifactStore
from enrichment_assets_tests.builtin import CATALOG
from enrichment_assets_tests.engine.walking import Road, outcomes

SEARCHED = CATALOG.left_out_with(["linkedin", "news"])


@pytest.fixture
def road(sandbox: Sandbox, tmp_path: Path) -> Road:
    sandbox.company("plain.com", site="normal", mail="google", industry="software")
    return Road(sandbox, tmp_path)


def payload(road: Road, domain: str = "plain.com") -> Payload:
    store = ArtifactStore(str(road.home / "artifacts"))
    envelope = store.get(PAYLOAD, domain)
    store.close()
    assert envelope is not None
    value: Payload = CATALOG[PAYLOAD].parse(envelope.value)
    return value


async def test_what_is_left_out_is_stated_and_fails_nobody(road: Road) -> None:
    done = await road.walk(["plain.com"], left_out=SEARCHED, enrichment_unclear_passes=True, serper_api_key=None)
    assert done["plain.com"].outcome != "failed"
    assert not SEARCHED & outcomes(done["plain.com"]).keys()
    stated = payload(road)
    assert stated.missing == ("linkedin", "news")
    assert set(stated.missing_reasons.values()) == {"not looked for"}
    assert "serper" not in road.sandbox.bill()


async def test_it_is_made_once_and_completed_by_a_later_run(road: Road) -> None:
    await road.walk(["plain.com"], left_out=SEARCHED)
    again = outcomes((await road.walk(["plain.com"], left_out=SEARCHED))["plain.com"])
    assert set(again.values()) == {"CACHE"}
    whole = await road.walk(["plain.com"])
    assert outcomes(whole["plain.com"])[PAYLOAD] in ("OK", "CACHE")
    assert payload(road).missing == ()
    fresh = outcomes((await road.walk(["plain.com"], left_out=SEARCHED))["plain.com"])
    assert fresh[PAYLOAD] == "CACHE", "what is known is used, looked for or not"


async def test_a_gate_whose_judge_is_left_out_is_open(road: Road) -> None:
    done = await road.walk(["plain.com"], left_out=CATALOG.left_out_with(["icp"]), openrouter_api_key=None)
    assert outcomes(done["plain.com"])["careers"] in ("OK", "FAIL")
    assert outcomes(done["plain.com"])["linkedin"] == "OK"
    assert (payload(road).tier, payload(road).tier_reason) == ("REVIEW", "not judged")


def test_what_cannot_be_made_without_it_is_left_out_too() -> None:
    assert CATALOG.left_out_with(["website"]) == {"website", "icp", "linkedin", "careers"}
    assert CATALOG.all_but(["careers"]) == {"icp", "linkedin", "news"}
    with pytest.raises(CatalogError, match="mx cannot be left out"):
        CATALOG.left_out_with(["mx"])
    with pytest.raises(CatalogError, match="No such artifacts: nws"):
        CATALOG.left_out_with(["nws"])


def test_the_setting_leaves_out_by_name_or_by_minus() -> None:
    def left_out(names: str) -> frozenset[str]:
        return CATALOG.left_out_by(Settings(_env_file=None, enrichment_artifacts=names))  # type: ignore[call-arg, arg-type]

    assert left_out("") == frozenset()
    assert left_out("mx,website,careers") == {"icp", "linkedin", "news"}
    assert left_out("-news, -linkedin") == {"news", "linkedin"}


def test_keys_that_only_left_out_artifacts_need_are_not_asked_for() -> None:
    bare = Settings(_env_file=None, enrichment_pages="direct", clay_webhook_url="https://hooks.example/x")  # type: ignore[call-arg, arg-type]
    needed = "\n".join(preflight(CATALOG, bare, set(CATALOG)))
    assert "SERPER_API_KEY" in needed
    assert "OPENROUTER_API_KEY" in needed
    assert preflight(CATALOG, bare, {"mx", "website", "webhook_payload", "webhook_delivery"}) == []
