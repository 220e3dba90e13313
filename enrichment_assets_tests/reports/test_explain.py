from datetime import UTC, datetime

import pytest
from rich.console import Console

from enrichment_assets.artifacts.icp.artifact import Icp
from enrichment_assets.cache.record import Failure, Record
from enrichment_assets.cli.commands.looking.explain import _show
from enrichment_assets.reports.explain import cost_usd, explain
from enrichment_assets_tests.builtin import CATALOG, EXAMPLES

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)


def record(artifact: str, **changes: object) -> Record:
    values = {
        "domain": "ledgerline.example", "artifact": artifact, "status": "OK", "computed_at": AT, "version": "v",
        "data_version": EXAMPLES[artifact].data_version(), "summary": CATALOG[artifact].summary(EXAMPLES[artifact]),
        "run_id": "run-1", "cost_usd": 0.001,
    } | changes  # fmt: skip
    return Record(**values)  # type: ignore[arg-type]


RECORDS = {name: record(name) for name in CATALOG}


def test_every_artifact_is_explained_field_by_field() -> None:
    parts = explain(CATALOG, RECORDS, {}, EXAMPLES)
    assert [part.artifact for part in parts] == list(CATALOG)
    assert all(part.lines and not part.note for part in parts)
    assert cost_usd(parts) == pytest.approx(0.008)


def test_a_finding_names_its_quote_page_fetch_time_model_and_prompt() -> None:
    icp = EXAMPLES["icp"]
    assert isinstance(icp, Icp)
    line = next(line for line in explain(CATALOG, RECORDS, {}, EXAMPLES)[2].lines if line.quote)
    assert line.quote == icp.findings[0].quote
    assert line.page == icp.page_url
    assert line.read_at is not None
    assert line.by == "openai/gpt-4o-mini, prompt 5d0b7a11, profile 0f3c9a6b"


def test_the_fetch_time_of_another_page_is_not_claimed() -> None:
    other = {**EXAMPLES, "icp": EXAMPLES["icp"].model_copy(update={"page_sha256": "another"})}
    parts = explain(CATALOG, RECORDS | {"icp": record("icp", data_version=other["icp"].data_version())}, {}, other)
    assert all(line.read_at is None for line in parts[2].lines)


def test_what_is_missing_is_said() -> None:
    failure = Failure("ledgerline.example", "news", "FAIL", "serper: 503 after 3 attempts", AT, "run-2", 0.003)
    records = {
        "mx": record("mx"),
        "website": record("website", data_version="another"),
        "icp": record("icp", status="SKIP", summary="mx_pass"),
        "linkedin": record("linkedin"),
    }
    values = {name: EXAMPLES[name] for name in ("mx", "website")}
    parts = {part.artifact: part for part in explain(CATALOG, records, {"news": failure}, values)}
    assert parts["website"].note == "the store holds another value than the record names"
    assert parts["icp"].note == "skipped: mx_pass is closed"
    assert parts["linkedin"].note.startswith("its value is not in the store")
    assert parts["news"].note == "never made"
    assert parts["news"].failure == failure
    assert cost_usd(parts.values()) == pytest.approx(0.007)


def test_words_of_a_page_are_printed_as_words() -> None:
    hostile = "[bold red]SOLD[/bold red] \x1b[31m\x07[link=file:///etc/passwd]x[/link] [/]"
    website = EXAMPLES["website"].model_copy(update={"title": hostile})
    console = Console(record=True, force_terminal=True, width=200, file=open("/dev/null", "w"))  # noqa: PTH123, SIM115
    for part in explain(CATALOG, RECORDS, {}, {**EXAMPLES, "website": website}):
        _show(console, part)
    shown = console.export_text()
    assert "[bold red]SOLD[/bold red]" in shown
    assert "\x07" not in shown
    assert "\x1b[31m" not in shown
