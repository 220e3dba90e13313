from datetime import UTC, datetime, timedelta
from typing import Any

import jsonschema
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment_assets.artifacts.base import PAYLOAD, ProduceContext, Value
from enrichment_assets.artifacts.careers.artifact import Careers
from enrichment_assets.artifacts.icp.artifact import Icp
from enrichment_assets.artifacts.mx.artifact import Mx
from enrichment_assets.artifacts.news.artifact import News
from enrichment_assets.artifacts.payload.schema import Payload
from enrichment_assets.artifacts.payload.trimming import trim
from enrichment_assets.companies.company import Company
from enrichment_assets.core.settings import Settings
from enrichment_assets_tests.builtin import CATALOG, EXAMPLES, INPUTS

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def context(without: tuple[str, ...] = (), now: datetime = NOW, name: str = "Acme", **changes: Any) -> ProduceContext:
    inputs: dict[str, Value] = {key: EXAMPLES[key] for key in INPUTS if key not in without}
    inputs |= {key: value for key, value in changes.items() if key in INPUTS}
    return ProduceContext(
        company=Company("ledgerline.example", name),
        inputs=inputs,
        computed_at={key: now - timedelta(days=1) for key in inputs},
        previous=None,
        providers=None,  # type: ignore[arg-type]  # a payload calls nobody
        outbox=None,  # type: ignore[arg-type]
        scope=None,  # type: ignore[arg-type]
        settings=Settings(_env_file=None, **changes.get("settings", {})),  # type: ignore[call-arg]
        now=now,
        run_id="r1",
        missing_inputs=changes.get("missing_inputs", {}),
    )


async def built(**changes: Any) -> Payload:
    return await CATALOG[PAYLOAD].produce(context(**changes))


async def test_a_payload_is_valid_against_its_json_schema() -> None:
    document = (await built()).model_dump(mode="json")
    jsonschema.Draft202012Validator(CATALOG.payload_model.model_json_schema(mode="serialization")).validate(document)
    assert document["schema_version"] == "2"


async def test_the_essentials_are_flat_on_top() -> None:
    payload = await built()
    assert payload.tier == "QUALIFIED"
    assert payload.evidence_quote in [finding.quote for finding in payload.icp.findings]  # type: ignore[union-attr]
    assert (payload.is_hiring, payload.open_jobs) == (True, 2)
    assert payload.latest_news_date == max(s.published_on for s in payload.news.stories if s.published_on)  # type: ignore[union-attr]
    flat = payload.model_dump(mode="json")
    for column in ("linkedin_url", "hiring_intensity", "latest_news_title", "outreach_timing", "mail_provider"):
        assert isinstance(flat[column], str), column


@pytest.mark.parametrize(
    ("status", "complete", "claimed"),
    [
        ("openings", True, (True, 2, "exact")),
        ("openings", False, (True, 2, "at_least")),
        ("no_openings", True, (False, 0, "exact")),
        ("unknown", True, (None, None, None)),
        ("no_careers_page", True, (None, None, None)),
    ],
)
async def test_openings_that_were_not_read_are_not_claimed(
    status: str, complete: bool, claimed: tuple[object, ...]
) -> None:
    careers = EXAMPLES["careers"]
    assert isinstance(careers, Careers)
    count = 2 if status == "openings" else 0
    changed = careers.model_copy(update={"status": status, "complete": complete, "open_count": count})
    payload = await built(careers=changed)
    assert (payload.is_hiring, payload.open_jobs, payload.open_jobs_precision) == claimed


async def test_the_content_hash_leaves_out_times_and_callback() -> None:
    first = await built()
    later = await built(now=NOW + timedelta(days=3), settings={"webhook_callback_id": True})
    assert later.content_hash == first.content_hash == first.data_version() == later.data_version()
    assert later.callback_id
    assert first.callback_id is None
    assert (await built(name="Other")).content_hash != first.content_hash


async def test_a_news_item_less_is_other_content() -> None:
    news = EXAMPLES["news"]
    assert isinstance(news, News)
    fewer = news.model_copy(update={"stories": news.stories[:1]})
    assert (await built(news=fewer)).content_hash != (await built()).content_hash


async def test_behind_a_closed_gate_nothing_is_claimed() -> None:
    rejects = Mx(accepts_mail=False, kind="nxdomain", reason="the domain does not exist")
    payload = await built(mx=rejects, without=("website", "icp", "linkedin", "careers", "news"))
    assert payload.tier == "DISQUALIFIED"
    assert "does not exist" in payload.tier_reason
    assert (payload.icp_verdict, payload.is_hiring, payload.outreach_timing) == (None, None, None)
    assert set(payload.as_of) == {"mx"}


@pytest.mark.parametrize(
    ("verdict", "tier"),
    [("fit", "QUALIFIED"), ("not_fit", "DISQUALIFIED"), ("unclear", "REVIEW"), ("unjudged", "REVIEW")],
)
def test_the_verdict_decides_the_tier_of_a_company_that_takes_mail(verdict: Any, tier: str) -> None:
    mx = EXAMPLES["mx"]
    assert isinstance(mx, Mx)
    found, reason = CATALOG.assembly.tier(
        {"mx": mx, "icp": Icp(verdict=verdict, score=0, reason="the domain is parked")}
    )
    assert found == tier
    assert "parked" in reason


async def test_a_hole_is_named_and_only_its_name_is_content() -> None:
    missing_inputs = {"news": "serper: 503 after 3 attempts"}
    payload = await built(without=("news",), missing_inputs=missing_inputs)
    assert payload.missing == ("news",)
    assert payload.missing_reasons == missing_inputs
    other = await built(without=("news",), missing_inputs={"news": "serper: timed out"})
    assert other.content_hash == payload.content_hash
    assert (await built(without=("news",))).content_hash != payload.content_hash


async def test_control_characters_and_endless_texts_do_not_get_into_a_payload() -> None:
    payload = await built(name="Acme\x1b[31m\r\nInc\u202e" + "x" * 5_000)
    assert payload.company_name.startswith("Acme [31m Inc x")
    assert len(payload.company_name) == 500
    icp = EXAMPLES["icp"]
    lone = icp.model_copy(update={"summary": "half a pair \ud800"})
    orjson.dumps((await built(icp=lone)).model_dump(mode="json"))


async def large(postings: int, stories: int) -> dict[str, Any]:
    document = (await built()).model_dump(mode="json")
    document["careers"]["postings"] = [document["careers"]["postings"][0] | {"id": str(n)} for n in range(postings)]
    document["news"]["stories"] = [document["news"]["stories"][0] | {"also_at": ["https://x.example"] * 9}] * stories
    return document


async def test_a_payload_that_fits_is_not_touched() -> None:
    document = await large(1, 1)
    assert trim(document, 100_000) == (document, ())


async def test_a_large_payload_loses_postings_first_and_says_so() -> None:
    document = await large(3_000, 3)
    trimmed, left_out = trim(document, 100_000)
    assert len(orjson.dumps(trimmed)) <= 100_000
    assert left_out == ("careers.postings",)
    assert trimmed["trimmed"] == ["careers.postings"]
    assert len(trimmed["careers"]["postings"]) == 50
    assert trimmed["open_jobs"] == document["open_jobs"]
    assert len(document["careers"]["postings"]) == 3_000


@given(st.integers(0, 300), st.integers(0, 60), st.integers(100, 60_000))
async def test_however_small_the_limit_every_essential_stays_and_the_document_stays_valid(
    postings: int, stories: int, max_bytes: int
) -> None:
    document = await large(postings, stories)
    trimmed, left_out = trim(document, max_bytes)
    kept = CATALOG.payload_model.model_validate(trimmed)
    assert kept.trimmed == left_out
    nested = {"mail", "website", "icp", "linkedin", "careers", "news", "evidence_urls", "trimmed"}
    assert {k: v for k, v in trimmed.items() if k not in nested} == {
        k: v for k, v in document.items() if k not in nested
    }
    assert len(orjson.dumps(trimmed)) <= max(max_bytes, 6_000)


@given(st.integers(min_value=0, max_value=700), st.sampled_from("xé漢🙂"), st.integers(6_000, 300_000))
async def test_the_limit_is_one_of_bytes_whatever_the_characters(postings: int, character: str, max_bytes: int) -> None:
    document = (await built()).model_dump(mode="json")
    posting = document["careers"]["postings"][0] | {"title": character * 200, "quote": character * 200}
    document["careers"]["postings"] = [posting] * postings
    trimmed, left_out = trim(document, max_bytes)
    assert len(orjson.dumps(trimmed)) <= max_bytes
    assert bool(left_out) == (len(orjson.dumps(document)) > max_bytes)


@given(
    st.integers(0, 10**9).map(lambda seconds: NOW - timedelta(seconds=seconds)),
    st.timedeltas(timedelta(0), timedelta(days=400)),
)
async def test_no_time_of_an_input_or_of_the_build_is_content(at: datetime, age: timedelta) -> None:
    moved = {
        name: value.model_copy(update={"fetched_at": at} if "fetched_at" in type(value).model_fields else {})
        for name, value in EXAMPLES.items()
        if name in INPUTS
    }
    assert (await built(now=at + age, **moved)).content_hash == (await built()).content_hash


async def test_every_other_field_is_content() -> None:
    payload = await built()
    filled = {
        name: field.get_default(call_default_factory=True)
        for name, field in CATALOG.payload_model.model_fields.items()
        if not field.is_required() and getattr(payload, name) != field.get_default(call_default_factory=True)
    }
    assert len(filled.keys() - Payload.volatile) > 25
    for name, default in filled.items():
        other = payload.model_copy(update={name: default})
        assert (other.data_version() == payload.data_version()) == (name in Payload.volatile), name


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "ftp://a.com/", "https://a.com/\u202egpj", "x"]
)
async def test_an_evidence_address_is_one_of_the_web(url: str) -> None:
    payload = await built(website=EXAMPLES["website"].model_copy(update={"final_url": url}))
    assert payload.evidence_urls
    assert url not in payload.evidence_urls
