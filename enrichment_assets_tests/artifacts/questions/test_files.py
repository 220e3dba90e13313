"""Question files: what is refused names its file, its line and what to do."""

from pathlib import Path

import pytest

from enrichment_assets.artifacts.catalog import load_catalog
from enrichment_assets.artifacts.payload.schema import Payload
from enrichment_assets.artifacts.questions.files import mistakes, parse_question
from enrichment_assets.core.errors import MisconfiguredError
from enrichment_assets.core.settings import Settings
from enrichment_assets.orchestration.build import build_defs
from enrichment_assets_tests.artifacts.questions.asking import FILES, written
from enrichment_assets_tests.builtin import CATALOG

GOOD = """\
name: pricing_model
question: How does the company charge for its product?
answer: {type: enum, values: [per_seat, usage, flat, quote_only]}
pages: [home, pricing]
ttl: 30 days
gate: icp_pass
when: "icp.score >= 70 and careers.open_count > 0"
quote: required
"""
SCHEMA = "{type: object, properties: {plan: {type: string}, price: {type: number}}, required: [plan]}"


def settings(folder: Path, **given: object) -> Settings:
    return Settings(_env_file=None, enrichment_questions_dir=folder, dagster_home=folder / "home", **given)  # type: ignore[call-arg, arg-type]


@pytest.mark.parametrize(
    ("line", "instead", "complaint"),
    [
        ("ttl: 30 days", "ttl: 30 moons", "line 5: `ttl` cannot be used: write a time"),
        ("ttl: 30 days", "ttl: 30", "line 5: `ttl` should be text"),
        ("[home, pricing]", "[home, prices]", "line 4: `pages` cannot be used: 'prices' is no page"),
        ("[home, pricing]", "[/a b]", "line 4: `pages` cannot be used"),
        ("values: [per_seat, usage, flat, quote_only]", "values: [one]", "line 3: `answer` `values` needs"),
        ("values: [per_seat, usage", "values: [flat, usage", "line 3: `answer` cannot be used: the same value"),
        ("quote_only]", "unknown]", "line 3: `answer` cannot be used: `unknown` is what"),
        ("quote_only]", "12]", "line 3: `answer` `values` 4. should be text"),
        ("{type: enum, values", "{type: number, values", "line 3: `answer` cannot be used: `values` belongs to"),
        ("quote: required", "quotes: required", "line 8: `quotes` is not a word of this file"),
        ("quote: required", "quote: [a", "line 9: this is not YAML"),
        ("quote: required", "quote: &a [*a]", "repeats another place"),
        ("name: pricing_model", "name: Pricing Model", "line 1: `name` cannot be used: write 2 to 40"),
        ("name: pricing_model", "name: lambda", "line 1: `name` lambda is a word that Dagster keeps"),
        ("name: pricing_model", "name: outcome", "line 1: `name` outcome is a column"),
        ("name: pricing_model", "name: other", "line 1: `name` is other: call the file other.yaml"),
        ("name: pricing_model", "nme: pricing_model", "line 1: `name` is missing"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_remedy(line: str, instead: str, complaint: str) -> None:
    assert line in GOOD
    with pytest.raises(MisconfiguredError) as raised:
        parse_question(GOOD.replace(line, instead), "questions/pricing_model.yaml", stem="pricing_model")
    assert "questions/pricing_model.yaml line" in str(raised.value)
    assert complaint in str(raised.value)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("gate: nobody\n", "line 4: `gate` nobody is no gate: there are mx_pass, icp_pass, none"),
        ("when: icp.scor > 3\n", "line 4: `when` looks at icp.scor, which it has not: there are verdict, score"),
        ("when: crm.size > 3\n", "line 4: `when` looks at crm, which is no artifact"),
        ("when: icp.score *\n", "line 4: `when` cannot be used: this is not an expression"),
        ("when: __import__('os').system('id')\n", "line 4: `when` cannot be used: it has"),
        ("when: icp.score > 9**9**9\n", "line 4: `when` cannot be used: it has"),
        ("when: webhook_payload.tier == 'QUALIFIED'\n", "line 4: `when` looks at webhook_payload, which is no"),
        ("when: mine.answer == 'x'\n", "wait for each other"),
    ],
)
def test_what_does_not_fit_the_other_artifacts_is_named_too(text: str, complaint: str, tmp_path: Path) -> None:
    folder = written(tmp_path / "q", mine=f"question: What is it?\nanswer: text\n{text}")
    with pytest.raises(MisconfiguredError) as raised:
        load_catalog(settings(folder))
    assert "mine.yaml line" in str(raised.value)
    assert complaint in str(raised.value)


@pytest.mark.parametrize("name", ["icp", "icp_verdict", "webhook_payload", "tier", "careers_url", "domain"])
def test_a_name_that_is_taken_is_refused_with_its_line(name: str, tmp_path: Path) -> None:
    folder = written(tmp_path / "q", **{name: "question: What is it?\n"})
    with pytest.raises(MisconfiguredError, match=rf"{name}\.yaml line 1: `name` cannot be used"):
        load_catalog(settings(folder))


def test_two_questions_may_not_want_the_same_column(tmp_path: Path) -> None:
    folder = written(tmp_path / "q", plan="question: Which plan?\n", plan_quote="question: Which quote?\n")
    with pytest.raises(MisconfiguredError, match=r"plan_quote\.yaml line 1: .* adds plan_quote to the payload"):
        load_catalog(settings(folder))


def test_every_mistake_is_said_at_once(tmp_path: Path) -> None:
    folder = written(tmp_path / "q", "soc2", bad="question: Hm\n", worse="nonsense: 1\n")
    assert [text.partition(" line ")[0].rpartition("/")[2] for text in mistakes(settings(folder))] == [
        "bad.yaml",
        "worse.yaml",
    ]


def test_a_folder_that_was_named_and_is_not_there_is_an_error_and_none_by_default_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(MisconfiguredError, match="no such folder exists"):
        load_catalog(settings(tmp_path / "gone"))
    monkeypatch.chdir(tmp_path)
    assert list(load_catalog(Settings(_env_file=None))) == list(CATALOG)  # type: ignore[call-arg]


def test_a_question_is_an_asset_upstream_of_the_payload_with_ttl_check_and_columns(tmp_path: Path) -> None:
    folder = written(tmp_path / "q", *FILES, plans=f"question: Which plans?\nanswer: {SCHEMA}\n", pricing=GOOD[20:])
    used = settings(folder)
    defs = build_defs(used)
    graph = defs.resolve_asset_graph()
    specs = {spec.key.to_user_string(): spec for spec in defs.resolve_all_asset_specs()}
    assert {key.to_user_string() for key in (dep.asset_key for dep in specs["pricing"].deps)} == {
        "website", "icp", "careers",
    }  # fmt: skip
    assert "soc2" in {dep.asset_key.to_user_string() for dep in specs["webhook_payload"].deps}
    assert {key.to_user_string() for key in graph.asset_check_keys} >= {
        "soc2:every_company_is_fresh", "soc2:some_company_has_an_answer",
    }  # fmt: skip
    properties = load_catalog(used).payload_model.model_json_schema(mode="serialization")["properties"]
    assert {"soc2", "soc2_quote", "pricing_model", "plans_quote"} <= set(properties)
    assert "plans" not in properties


def test_an_edited_question_is_another_version_of_its_own_alone(tmp_path: Path) -> None:
    used = settings(written(tmp_path / "q", "soc2", "price"))
    before = {name: one.version(used) for name, one in load_catalog(used).items()}
    written(tmp_path / "q", soc2=FILES["soc2"].replace("certified", "audited"))
    after = {name: one.version(used) for name, one in load_catalog(used).items()}
    assert {name for name in before if before[name] != after[name]} == {"soc2"}
    written(tmp_path / "q", soc2=FILES["soc2"] + "ttl: 7 days\n# a comment\n")
    assert load_catalog(used)["soc2"].version(used) == before["soc2"]


def test_version_2_of_the_payload_is_no_news_to_those_who_have_version_1() -> None:
    document = {"domain": "a.com", "company_name": "A", "tier": "REVIEW", "tier_reason": "r", "content_hash": ""}
    one, two = (Payload.model_validate({**document, "schema_version": version}) for version in ("1", "2"))
    assert one.data_version() == two.data_version()
