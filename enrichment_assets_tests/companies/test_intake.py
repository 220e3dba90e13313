import csv
import io
import re
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from enrichment_assets.companies.company import Company
from enrichment_assets.companies.intake import read_list
from enrichment_assets.companies.joining import join_results, joined_parts, neutralise_formulas, write_table
from enrichment_assets.companies.reading import Asked

_SAMPLES = Path(__file__).parents[2] / "data" / "samples"


def _list(tmp_path, text):
    path = tmp_path / "list.csv"
    path.write_text(text, encoding="utf-8")
    return read_list(path)


def test_four_spellings_are_one_company_and_three_duplicates_of_its_row(tmp_path):
    companies = _list(
        tmp_path,
        "Company,Website\nNone yet,\nStripe,stripe.com\nStripe Inc,HTTPS://WWW.Stripe.com/\nX,www.stripe.com:443/de\nY,info@stripe.com\n",
    )
    assert list(companies.companies) == [Company("stripe.com", "Stripe")]
    assert companies.counts == {"company": 1, "rejected": 1, "duplicate": 3}
    assert companies.rows["duplicate_of_row"].to_list() == [None, None, 3, 3, 3]
    assert companies.rows["reason"][2] == "The same site as row 3."


def test_an_address_supplies_the_domain_where_no_website_does(tmp_path):
    companies = _list(
        tmp_path,
        "Company,Website,Email\nA,,info@acme.com\nB,n/a,jane@gmail.com\nC,linkedin.com/company/c,info@c.com\nD,d.io,x@e.com\nE,,\n",
    )
    assert companies.rows["domain"].to_list() == ["acme.com", None, "c.com", "d.io", None]
    assert companies.rows["code"].to_list() == [None, "free_mail_address", None, None, "name_only"]
    assert companies.rows["website"].to_list()[:3] == ["info@acme.com", "jane@gmail.com", "info@c.com"]


def test_a_second_site_column_helps_where_the_first_names_no_company(tmp_path):
    companies = _list(
        tmp_path,
        "Company,Company Domain Name,Website URL\nA,a.com,\nB,,https://linkedin.com/company/b\nC,c.com,linkedin.com/c\n",
    )
    assert companies.rows["domain"].to_list() == ["a.com", None, "c.com"]
    assert companies.rows["code"][1] == "social_network"


def test_companies_can_be_counted_sliced_and_walked(tmp_path):
    companies = _list(tmp_path, "Website\nb.com\na.com\nb.com\n").companies
    assert len(companies) == 2
    assert companies[0] == Company("b.com", "b")
    assert [company.domain for company in companies[1:]] == ["a.com"]


def test_a_sample_is_the_first_rows(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("Website\nb.com\n\na.com\nc.com\n")
    assert read_list(path, Asked(2)).rows["domain"].to_list() == ["b.com", "a.com"]


_SITE = st.sampled_from(
    ["a.com", "https://www.A.com/", "b.co.uk", "", "n/a", "linkedin.com/x", "c.com d.com", "x", "é.de"]
)


@settings(max_examples=100)
@given(
    st.lists(st.tuples(_SITE, st.sampled_from(["", "info@a.com", "info@z.de", "x@gmail.com"])), min_size=1, max_size=30)
)
def test_rows_in_are_companies_and_rejected_and_duplicates(tmp_path_factory, cells):
    path = tmp_path_factory.mktemp("rows") / "list.csv"
    pl.DataFrame(cells, schema=["Website", "Email"], orient="row").write_csv(path)
    companies = read_list(path)
    rows = companies.rows
    assert rows["row"].to_list() == list(range(2, len(cells) + 2))
    assert sum(companies.counts.values()) == len(cells)
    assert len(companies.companies) == companies.counts["company"] == rows["domain"].drop_nulls().n_unique()
    for row in rows.iter_rows(named=True):
        assert (row["domain"] is None) == (row["outcome"] == "rejected")
        assert (row["reason"] is None) == (row["outcome"] == "company")
        if row["outcome"] == "duplicate":
            first = rows.row(row["duplicate_of_row"] - 2, named=True)
            assert (first["domain"], first["outcome"]) == (row["domain"], "company")
    results = pl.DataFrame({"domain": ["a.com"], "tier": ["A"], "outcome": ["qualified"]})
    joined = join_results(companies, results)
    assert joined.height == len(cells)
    assert joined.select(companies.own.columns).equals(companies.own)
    assert joined.filter(pl.col("tier") == "A").height == rows.filter(pl.col("domain") == "a.com").height


def test_every_one_of_16531_real_rows_is_accounted_for(shared_data):
    companies = read_list(shared_data / "companies" / "companies_16k.csv.gz")
    assert companies.counts == {"company": 15761, "rejected": 364, "duplicate": 406}
    assert companies.rejections == {
        "social_network": 311,
        "name_only": 38,
        "directory_page": 9,
        "app_store": 2,
        "email_provider": 2,
        "shortener": 1,
        "unknown_suffix": 1,
    }


def test_messy_websites_are_accepted_exactly_where_a_person_would(shared_data):
    rows = read_list(shared_data / "companies" / "messy_websites.csv").rows
    platform = r"(?i)//(www\.)?(linkedin|crunchbase|facebook|twitter|itunes\.apple|play\.google|bit)\.(com|ly)"
    is_site = pl.col("website").str.contains(r"\w\.\w") & ~pl.col("website").str.contains(platform)
    assert rows.filter(is_site.fill_null(value=False) != pl.col("domain").is_not_null()).is_empty()


def test_the_samples_are_as_messy_as_life_and_still_add_up():
    companies = read_list(_SAMPLES / "companies.csv")
    assert companies.counts["company"] > 300
    assert len(companies.rejections) > 10
    assert companies.counts["duplicate"] >= 4
    contacts = read_list(_SAMPLES / "contacts.csv")
    assert contacts.counts["company"] == 25
    assert contacts.counts["duplicate"] > 30


def test_results_reach_every_row_in_the_lists_order_with_its_own_columns(tmp_path):
    contacts = _list(
        tmp_path, "Email,Company,Outcome\ninfo@b.com,B,won\ninfo@a.com,A,lost\nsales@b.com,B,open\nx@gmail.com,,\n"
    )
    results = pl.DataFrame(
        {"domain": ["a.com", "b.com"], "outcome": ["failed", "qualified"], "reason": ["why", None], "tier": ["C", "A"]}
    )
    joined = join_results(contacts, results)
    assert joined.columns[:4] == ["Email", "Company", "Outcome", "row"]
    assert joined["enriched_outcome"].to_list() == ["qualified", "failed", "duplicate", "rejected"]
    assert joined["tier"].to_list() == ["A", "C", "A", None]
    assert joined["reason"].to_list()[:3] == [None, "why", "The same site as row 2."]
    for rows in (1, 2, 3, 4, 9):
        parts = joined_parts(contacts, lambda domains: results.filter(pl.col("domain").is_in(domains)), rows)
        assert pl.concat(parts).equals(joined)
    with pytest.raises(ValueError, match="twice"):
        join_results(contacts, pl.concat([results, results]))


def test_formulas_are_neutralised_and_numbers_stay(tmp_path):
    cells = ["=1+1", "+49 30 1", "-5", "-5,3%", "+1e3", "@x", "\tx", "\rx", "-x", "", "a=b", "＝1", None]
    safe = neutralise_formulas(pl.DataFrame({"=name": cells, "n": range(len(cells))}))
    assert safe.columns == ["'=name", "n"]
    assert safe["'=name"].to_list() == [
        "'=1+1", "'+49 30 1", "-5", "-5,3%", "+1e3", "'@x", "'\tx", "'\rx", "'-x", "", "a=b", "'＝1", None,
    ]  # fmt: skip


@pytest.mark.parametrize("extension", ["csv", "xlsx", "parquet", "json", "jsonl", "duckdb"])
def test_tables_are_written_whole_or_not_at_all(tmp_path, extension, monkeypatch):
    path = tmp_path / f"out.{extension}"
    frame = pl.DataFrame({"a": ["=x", "y"], "n": [1, 2], "l": [[1], None]})
    write_table(frame, path)
    before = path.read_bytes()
    assert b"x" in before
    monkeypatch.setattr("os.fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write_table(frame.head(1), path)
    assert path.read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_an_extension_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"use one of \.csv, \.xlsx, \.parquet, \.json, \.jsonl, \.duckdb"):
        write_table(pl.DataFrame({"a": [1]}), tmp_path / "out.ods")


CELLS = st.text(alphabet=st.sampled_from("ab=+@＝\"';,|\t\n\r \u200b&(1)"), max_size=12)


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=3), headers=st.tuples(CELLS, CELLS))
@example(rows=[("a", "b;=1+1;")], headers=("x", "y;=1+1;"))
@example(rows=[("a", "b\n=1+1")], headers=("x", "y"))
def test_no_cell_is_a_formula_whatever_a_spreadsheet_takes_for_a_separator(tmp_path, rows, headers):
    names = [f"n{headers[0]}", f"m{headers[1]}"]
    path = tmp_path / "out.csv"
    write_table(pl.DataFrame(rows, schema=dict.fromkeys(names, pl.String), orient="row"), path)
    text = path.read_bytes().decode("utf-8-sig")
    for separator in ",;\t|":
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=separator):
            for cell in row:
                assert not re.match(r"[\s\u200b]*[=+@＝]", cell), (separator, row)


def test_every_field_of_a_csv_is_quoted(tmp_path):
    write_table(pl.DataFrame({"a": ["x;y", None], "n": [-5, 1]}), tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == '"a","n"\n"x;y","-5"\n"","1"\n'


def test_a_mail_providers_own_row_is_a_company_and_its_users_rows_are_not(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(
        "Company,Website,Email\nFastmail,fastmail.com,\nMailgun,mailgun.com,\nAcme,fastmail.com,\n"
        "Beta,,jo@fastmail.com\nGmail,gmail.com,\nCalendly,calendly.com,\nGamma,calendly.com/gamma,\n"
        "Delta,delta.mailgun.org,\nEps,eps.as.me,\n"
    )
    rows = read_list(path).rows
    assert [row["code"] or row["domain"] for row in rows.iter_rows(named=True)] == [
        "fastmail.com", "mailgun.com", "email_provider", "free_mail_address", "email_provider", "calendly.com",
        "hosted_page", "infrastructure", "booking_page",
    ]  # fmt: skip
