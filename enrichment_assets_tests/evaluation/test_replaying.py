"""What is stored made again from stored answers alone; cases that need nothing of the machine they come from."""

import shutil
import socket
from pathlib import Path
from typing import Any

import orjson
import pytest
from click.testing import CliRunner

from enrichment_assets.artifacts.icp import artifact as icp
from enrichment_assets.cli.commands.judging.replay import replay
from enrichment_assets.evaluation.replaying import CaseError, case_of, replay_all, replayable, run_case, stored
from enrichment_assets.providers.http.transport import NoNetwork
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.builtin import CATALOG
from enrichment_assets_tests.engine.walking import Road

FIT = "fitting-software.com"


@pytest.fixture
def road(sandbox: Sandbox, tmp_path: Path) -> Road:
    sandbox.company(FIT, mx="google", site="normal", fits=True)
    return Road(sandbox, tmp_path / "state")


def shut(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every way out of this process is shut from now on; who tries is noted."""
    tried: list[str] = []

    def refuse(self: socket.socket, *given: Any) -> None:
        tried.append(repr(given))
        raise OSError("no network here")

    async def refused(self: object, request: Any) -> None:
        tried.append(str(request.url))
        raise OSError("no network here")

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(NoNetwork, "handle_async_request", refused)
    return tried


async def test_everything_is_made_again_without_network_and_keys_and_is_the_same(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    await road.walk([FIT])
    bill = road.sandbox.bill()
    keys = dict.fromkeys(("spider_api_key", "openrouter_api_key", "serper_api_key"))
    settings = road.sandbox.settings(dagster_home=road.home).model_copy(update=keys)
    with monkeypatch.context() as offline:
        tried = shut(offline)
        known = stored(settings, CATALOG, FIT)
        done = {one.artifact: one for one in await replay_all(settings, CATALOG, known, replayable(CATALOG))}
    assert tried == []
    assert {name for name, one in done.items() if one.value is None} == {"mx"}
    assert "dns would have to be asked" in done["mx"].reason, "DNS is free and not kept"
    assert {name: list(one.different) for name, one in done.items() if one.different} == {}
    assert road.sandbox.bill() == bill


async def test_a_rule_that_changed_since_is_shown_as_the_difference(
    road: Road, monkeypatch: pytest.MonkeyPatch
) -> None:
    await road.walk([FIT])
    settings = road.sandbox.settings(dagster_home=road.home)
    monkeypatch.setattr(icp, "apply_rules", lambda *_: ("unclear", "a new rule"))
    (done,) = await replay_all(settings, CATALOG, stored(settings, CATALOG, FIT), ["icp"])
    assert {("verdict", "fit", "unclear"), ("reason", "a new rule")} <= {
        (each.field, *([each.before] if each.field == "verdict" else []), each.after) for each in done.different
    }


async def test_a_case_runs_where_there_is_no_home_and_tells_what_a_release_has_changed(
    road: Road, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    profile = tmp_path / "icp.yaml"
    profile.write_text("we_sell: Tools.\nwe_sell_to: Software firms.\nmust_haves: [Makes software.]\n")
    await road.walk([FIT], enrichment_icp_profile=profile)
    settings = road.sandbox.settings(dagster_home=road.home, enrichment_icp_profile=profile)
    known = stored(settings, CATALOG, FIT)
    cases = {}
    for name in ("website", "icp", "careers", "news", "webhook_payload"):
        (done,) = await replay_all(settings, CATALOG, known, [name])
        cases[name] = case_of(settings, CATALOG[name], known, done)
    shutil.rmtree(road.home)
    profile.unlink()
    for case in cases.values():
        assert b"sandbox-key" not in case
        assert str(tmp_path).encode() not in case
        with monkeypatch.context() as offline:
            tried = shut(offline)
            again = await run_case(case, CATALOG)
        assert again.value is not None, again.reason
        assert (list(again.different), tried) == ([], [])
    monkeypatch.setattr(icp, "apply_rules", lambda *_: ("unclear", "a new rule"))
    assert "verdict" in {each.field for each in (await run_case(cases["icp"], CATALOG)).different}


@pytest.mark.parametrize(
    "case", [b"{}", b"[]", b"nonsense", orjson.dumps({"format": 99}), orjson.dumps({"format": 1, "artifact": "x"})]
)
async def test_what_is_no_case_says_so(case: bytes) -> None:
    with pytest.raises(CaseError, match="case"):
        await run_case(case, CATALOG)


async def test_without_a_stored_answer_it_says_who_would_have_to_be_asked(road: Road) -> None:
    await road.walk([FIT], enrichment_answers="off")
    settings = road.sandbox.settings(dagster_home=road.home)
    (done,) = await replay_all(settings, CATALOG, stored(settings, CATALOG, FIT), ["icp"])
    assert "openrouter would have to be asked: its answer is not stored" in done.reason


def test_the_command_names_what_it_cannot_do() -> None:
    assert CliRunner().invoke(replay, []).exit_code == 2
    assert "--artifact" in CliRunner().invoke(replay, ["acme.com", "--save-case", "x.json"]).output
