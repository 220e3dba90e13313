"""Any list, any outcomes: every row is accounted for, and the export is the list with something added."""

import csv
import itertools
import re
from collections import Counter
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from enrichment_assets.artifacts.base import Value
from enrichment_assets.companies.intake import CompanyList, read_list
from enrichment_assets.companies.joining import join_results, write_table
from enrichment_assets.companies.lists.table import Asked
from enrichment_assets.core.settings import Settings
from enrichment_assets.engine.results import ArtifactResult, CompanyResult, Outcome
from enrichment_assets.engine.rows import result_rows, rows_by_outcome
from enrichment_assets.engine.summary import Summary
from enrichment_assets.reports.current_companies import columns, current_frames
from enrichment_assets.storage.artifacts import ArtifactStore, Envelope
from enrichment_assets_tests.builtin import CATALOG, EXAMPLES
from enrichment_assets_tests.delivery.pushing import payload

CELLS = st.one_of(
    st.sampled_from(
        ["acme.com", "www.acme.com", "https://figma.com/x", "zeta.io", "", "nonsense", "linkedin.com/in/x"]
    ),
    st.from_regex(r"[a-z]{3,6}\.(com|io|de)", fullmatch=True),
)
NAMES = st.text(alphabet="aBc =+@-\t'\",;é漢", max_size=8)
LISTS = st.lists(st.tuples(NAMES, CELLS, NAMES), min_size=1, max_size=15)
NODES = st.fixed_dictionaries(
    {name: st.builds(ArtifactResult, st.sampled_from(list(Outcome)),
                     reason=st.sampled_from(["", "HTTP 500", "waits for mx: x"]))
     for name in ("mx", "icp", "news")}
    | {"webhook_payload": st.builds(ArtifactResult, st.sampled_from(list(Outcome)),
                                    st.sampled_from(["QUALIFIED", "DISQUALIFIED", "REVIEW", ""])),
       "webhook_delivery": st.builds(ArtifactResult, st.sampled_from(list(Outcome)),
                                     st.sampled_from(["pushed", "redelivered", "unchanged"]),
                                     st.sampled_from(["", "HTTP 500", "waits for webhook_payload: x"]))}
)  # fmt: skip


def listed(folder: str, rows: list[tuple[str, str, str]]) -> CompanyList:
    text = StringIO()
    csv.writer(text).writerows([("company_name", "website", "Contact"), *rows])
    path = Path(folder) / "list.csv"
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    return read_list(path)


@settings(max_examples=60)
@given(LISTS, st.data())
def test_every_row_has_one_outcome_and_every_delivery_one_kind(
    rows: list[tuple[str, str, str]], data: st.DataObject
) -> None:
    with TemporaryDirectory() as folder:
        companies = listed(folder, rows)
    summary = Summary(Settings(_env_file=None), CATALOG)
    reached = [company for company in companies.companies if data.draw(st.booleans())]
    for company in reached:
        summary.add(CompanyResult(company, data.draw(NODES)))
    by_outcome = rows_by_outcome(companies, summary)
    entries = list(result_rows(companies, summary, lambda _: None))
    assert sum(by_outcome.values()) == companies.rows.height == len(entries)
    assert Counter(entry["outcome"] for entry in entries) == Counter({k: n for k, n in by_outcome.items() if n})
    assert sum(summary.deliveries.values()) == len(reached)
    assert set(summary.deliveries) <= {"pushed", "redelivered", "unchanged", "failed", "pending"}


@settings(max_examples=40)
@given(LISTS, st.data())
def test_the_export_has_exactly_the_lists_rows_in_its_order(
    rows: list[tuple[str, str, str]], data: st.DataObject
) -> None:
    with TemporaryDirectory() as folder:
        companies = listed(folder, rows)
        store = ArtifactStore(folder)
        domains = [company.domain for company in companies.companies]
        known = {domain for domain in domains if data.draw(st.booleans())}
        for domain in known:
            keep(store, payload(domain, summary=data.draw(NAMES)))
        results = pl.concat(current_frames(CATALOG, store, domains, dict.fromkeys(domains[:2], True)))
        store.close()
        joined = join_results(companies, results)
        for suffix in (".csv", ".parquet", ".json", ".jsonl"):
            write_table(joined, Path(folder) / f"out{suffix}")
        again = pl.read_parquet(Path(folder) / "out.parquet")
        written = (Path(folder) / "out.csv").read_text(encoding="utf-8")
    assert list(results.columns) == list(columns(CATALOG))
    assert joined.height == companies.rows.height
    assert joined.select(companies.own.columns).equals(companies.own)
    assert joined.columns[: companies.own.width] == companies.own.columns
    assert joined["row"].to_list() == companies.rows["row"].to_list()
    assert joined["domain"].to_list() == companies.rows["domain"].to_list()
    for row in joined.iter_rows(named=True):
        assert row["known"] == (None if row["domain"] is None else row["domain"] in known)
        assert row["outcome"] in ("known", "unknown", "duplicate", "rejected")
        assert row["known"] or row["reason"]
    assert again.equals(joined)
    assert sum(1 for _ in csv.reader(StringIO(written, newline=""))) == joined.height + 1


OWN_HEADERS = st.lists(
    st.sampled_from(
        ["Contact", "Row", "DOMAIN", "outcome", "tier", "Delivery", "enriched_tier", "=1+1", "'=1+1", "-", "Größe", ""]
    ),
    max_size=5,
)
OWN_CELLS = st.one_of(
    st.sampled_from(
        ["=1+1", "+cmd", "-2+3", "@SUM(1)", "\t=1", "\r=1", " =1", "-5", "+49", "-5,3 %", "1e5", "two\nlines"]
    ),
    st.text(alphabet="aB =+@-\t\r\n'\",;é0", max_size=6),
)
ENCODINGS = st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"])


@settings(max_examples=80)
@given(st.data(), OWN_HEADERS, ENCODINGS, st.sampled_from([".csv", ".parquet"]))
def test_any_list_comes_back_with_its_own_columns_and_no_formula_in_any_cell(
    data: st.DataObject, extra: list[str], encoding: str, suffix: str
) -> None:
    headers = ["Company", "website", *extra]
    cells = st.tuples(NAMES.map(lambda name: name.replace("漢", "")), CELLS, *(OWN_CELLS for _ in extra))
    given_rows = data.draw(st.lists(cells, min_size=1, max_size=8))
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"list{suffix}"
        if suffix == ".csv":
            text = StringIO(newline="")
            csv.writer(text).writerows([headers, *given_rows])
            path.write_bytes(text.getvalue().encode(encoding))
        else:
            names = [f"{header}{at}" if header in headers[:at] else header for at, header in enumerate(headers)]
            pl.DataFrame(given_rows, schema=names, orient="row").write_parquet(path)
        # Of a single letter nobody can tell which old encoding it is in.
        told = Asked(encoding=encoding) if encoding == "cp1252" and suffix == ".csv" else None
        companies = read_list(path, told)
        store = ArtifactStore(folder)
        for company in companies.companies:
            keep(store, payload(company.domain, summary=data.draw(OWN_CELLS), sells=data.draw(OWN_CELLS)))
        results = pl.concat(current_frames(CATALOG, store, [company.domain for company in companies.companies]))
        store.close()
        joined = join_results(companies, results)
        write_table(joined, Path(folder) / "out.csv")
        written = (Path(folder) / "out.csv").read_bytes()
    written_headers, *rows = csv.reader(StringIO(written.decode("utf-8-sig"), newline=""))
    assert written.startswith(b"\xef\xbb\xbf") == (not written.decode("utf-8-sig").isascii())
    assert len(set(written_headers)) == len(written_headers) == joined.width
    assert len(rows) == len(given_rows) == joined.height
    for given_row, row in zip(given_rows, rows, strict=True):
        own = [cell.replace("'", "") for cell in row[: len(given_row)]]
        assert own == [cell.replace("'", "") for cell in given_row]
    for cell in itertools.chain(written_headers, *rows):
        is_formula = cell.startswith(("\t", "\r", "\n")) or cell.lstrip().startswith(("=", "+", "-", "@"))
        assert not is_formula or NUMBER.fullmatch(cell), cell


NUMBER = re.compile(r" *[+-]?[0-9]+([.,][0-9]+)*(e[0-9]+)?\s?%?\n?", re.IGNORECASE)


def test_cells_that_a_spreadsheet_would_run_are_made_harmless(tmp_path: Path) -> None:
    store = ArtifactStore(str(tmp_path))
    keep(store, payload("acme.com", summary='=HYPERLINK("http://evil.example")', sells="-5", serves="@SUM(1)"))
    frame = pl.concat(current_frames(CATALOG, store, ["acme.com"]))
    write_table(frame, tmp_path / "out.csv")
    text = (tmp_path / "out.csv").read_text()
    assert "'=HYPERLINK" in text
    assert "'@SUM(1)" in text
    assert ',"-5",' in text
    assert frame["delivery"].to_list() == ["not delivered"]


def keep(store: ArtifactStore, value: Value, artifact: str = "webhook_payload") -> None:
    domain = value.domain if hasattr(value, "domain") else "acme.com"
    now = EXAMPLES["webhook_delivery"].delivered_at  # type: ignore[attr-defined]
    store.put(Envelope(artifact, domain, now, "v", "d", "", "run", 0.0, 0.0, value.model_dump(mode="json")))


def test_a_delivery_of_an_earlier_content_is_outdated(tmp_path: Path) -> None:
    store = ArtifactStore(str(tmp_path))
    delivered = EXAMPLES["webhook_delivery"]
    for content_hash, state in ((delivered.content_hash, "delivered"), ("another", "outdated")):  # type: ignore[attr-defined]
        keep(store, payload("acme.com", content_hash=content_hash))
        keep(store, delivered, "webhook_delivery")
        (frame,) = current_frames(CATALOG, store, ["acme.com"])
        assert frame["delivery"].to_list() == [state]
        assert frame["delivery_key"].to_list() == [delivered.key]  # type: ignore[attr-defined]
