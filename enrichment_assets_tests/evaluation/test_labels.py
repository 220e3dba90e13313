"""Labels without a run: tables and back whatever is written, intervals, answers that were labelled."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrichment_assets.artifacts.base import PAYLOAD
from enrichment_assets.artifacts.catalog import load_catalog
from enrichment_assets.artifacts.questions.artifact import Answer
from enrichment_assets.companies.company import Company
from enrichment_assets.companies.joining import neutralise_formulas
from enrichment_assets.core.settings import Settings
from enrichment_assets.evaluation.agreement import Rate, agreement
from enrichment_assets.evaluation.label_sheet import as_it_was, by_key, harmless, read_sheet, write_sheet
from enrichment_assets.evaluation.reviewing import Case
from enrichment_assets.storage.history.labels import Label, Labels
from enrichment_assets.storage.state import state_engine
from enrichment_assets_tests.artifacts.payload.test_payload import context
from enrichment_assets_tests.artifacts.questions.asking import written
from enrichment_assets_tests.builtin import CATALOG, EXAMPLES

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
ANY = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
TRICKY = st.text(st.sampled_from("'=+-@;|\", \u200b\ufeffＡ＝a\n\t"), max_size=12)


def case(domain: str = "acme.com", artifact: str = "icp", value: object = None, label: Label | None = None) -> Case:
    one = CATALOG[artifact]
    assert one.labelling is not None
    return Case(Company(domain, domain), one, one.labelling, value or EXAMPLES[artifact], NOW, label)  # type: ignore[arg-type]


@given(ANY | TRICKY)
def test_a_text_made_harmless_is_no_formula_and_comes_back(text: str) -> None:
    line = " ".join(text.split())
    assert as_it_was(harmless(line)) == line
    written = pl.DataFrame({"cell": [harmless(line)]})
    numbers = neutralise_formulas(written)["cell"][0]
    assert numbers == harmless(line), "nothing is left that a spreadsheet would run"


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(
            st.from_regex(r"[a-z][a-z0-9]{1,12}-works\.(com|io|de)", fullmatch=True),
            st.sampled_from(["fit", "not_fit", ""]),
            ANY | TRICKY,
            ANY | TRICKY,
            st.datetimes(datetime(2000, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - hypothesis wants it without
        ),
        min_size=1,
        max_size=6,
        unique_by=lambda each: each[0],
    )
)
def test_labels_come_back_from_a_table_as_they_were(given_labels: list[tuple[str, str, str, str, datetime]]) -> None:
    cases = []
    for domain, word, note, by, at in given_labels:
        bare = case(domain)
        said = bare.labelled(word, by or "ana", at, note)
        cases.append(bare.with_label(said if word or said.note else None))
    with TemporaryDirectory() as folder:
        path = Path(folder) / "labels.csv"
        path.write_text(write_sheet(cases), encoding="utf-8", newline="")
        sheet = read_sheet(path, CATALOG, dict(by_key(cases)), "somebody", NOW)
    assert sheet.bad == {}
    before = [each.label for each in cases if each.label is not None]
    assert [replace(each, by=each.by if each.by != "somebody" else "") for each in sheet.given] == before


def test_labels_lie_in_the_state_database_one_for_each_company_and_artifact(tmp_path: Path) -> None:
    labels = Labels(state_engine(f"sqlite:///{tmp_path / 'state.db'}"))
    many = [case(f"c{number}.com").labelled("fit", "ana", NOW, "once") for number in range(1_200)]
    labels.put(many)
    labels.put([replace(many[0], label="not_fit")])
    found = labels.all()
    assert (len(found), found["c0.com"]["icp"].label, found["c1.com"]["icp"]) == (1_200, "not_fit", many[1])
    assert labels.all(["c7.com", "nobody.com"]) == {"c7.com": {"icp": many[7]}}
    assert [labels.remove("c7.com", "icp"), labels.remove("c7.com", "icp")] == [True, False]


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [(0, 0, 0.0, 1.0), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634), (81, 263, 0.2553, 0.3662)],
)
def test_an_interval_is_that_of_wilson(hits: int, of: int, low: float, high: float) -> None:
    """The last is the example of Newcombe, Statistics in Medicine 17 (1998), 857-872, table I."""
    assert Rate(hits, of).interval == pytest.approx((low, high), abs=5e-5)


@given(st.integers(0, 400), st.integers(0, 400))
def test_an_interval_holds_its_share(hits: int, misses: int) -> None:
    rate = Rate(hits, hits + misses)
    low, high = rate.interval
    assert 0 <= low <= (rate.share or 0.0) <= high <= 1


def test_an_answer_labelled_wrong_leaves_the_columns_and_its_label_goes_with_the_answer(tmp_path: Path) -> None:
    folder = written(tmp_path / "q", "pricing_model")
    catalog = load_catalog(Settings(_env_file=None, enrichment_questions_dir=folder))  # type: ignore[call-arg]
    one = catalog["pricing_model"]
    assert one.labelling is not None
    answer = one.example()
    labelled = Case(Company("ledgerline.example", "L"), one, one.labelling, answer, NOW, None).labelled(
        "wrong", "a", NOW
    )
    given = context()
    inputs = {**given.inputs, "pricing_model": answer}

    def payload(said: object, label: Label | None) -> dict:
        other = answer.model_copy(update={"answer": said})
        labels = {} if label is None else {"pricing_model": label}
        built = catalog.assembly.assemble(
            given.company, {**inputs, "pricing_model": other}, computed_at={}, missing_inputs={}, now=NOW, labels=labels
        )
        return built.model_dump(mode="json")

    plain, wrong, another = payload("per_seat", None), payload("per_seat", labelled), payload("usage", labelled)
    assert (plain["pricing_model"], "label" in plain["answers"]["pricing_model"]) == ("per_seat", False)
    assert (wrong["pricing_model"], wrong["pricing_model_quote"]) == (None, None)
    assert wrong["answers"]["pricing_model"]["label"] == "wrong"
    assert wrong["answers"]["pricing_model"]["answer"] == "per_seat"
    assert (another["pricing_model"], "label" in another["answers"]["pricing_model"]) == ("usage", False)
    assert (catalog[PAYLOAD].heeds_labels, wrong["tier"]) == (True, plain["tier"])


def test_precision_and_recall_of_a_question_count_answers_that_are_still_the_same(tmp_path: Path) -> None:
    catalog = load_catalog(
        Settings(_env_file=None, enrichment_questions_dir=written(tmp_path / "q", "pricing_model"))  # type: ignore[call-arg]
    )
    one = catalog["pricing_model"]
    assert one.labelling is not None
    unknown = Answer(status="unknown", reason="the pages do not say")
    cases = []
    for number, (value, word) in enumerate(
        [(one.example(), "right")] * 3 + [(one.example(), "wrong"), (unknown, "wrong"), (unknown, "right")]
    ):
        bare = Case(Company(f"c{number}.com", "C"), one, one.labelling, value, NOW, None)
        cases.append(bare.with_label(bare.labelled(word, "ana", NOW)))
    changed = one.example().model_copy(update={"answer": "usage"})
    cases.append(Case(Company("d.com", "D"), one, one.labelling, changed, NOW, cases[0].label))
    found = agreement("pricing_model", cases)
    assert (found.labelled, found.left_out) == (6, 1)
    assert found.rates == {"precision": Rate(3, 4), "recall": Rate(3, 5)}
    assert len(found.disagreed) == 2
