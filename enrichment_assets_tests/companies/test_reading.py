import csv
import gzip
import io
import json

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrichment_assets.companies.headers import map_headers
from enrichment_assets.companies.intake import read_list
from enrichment_assets.companies.reading import UnreadableListError, read_table

_TEXT = 'Company;Website;Notes\r\nCafé Würth;wuerth.com;"two\r\nlines; here"\r\nHilti;hilti.com;ok\r\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "latin-1"])
@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_encodings_separators_and_newlines_are_found_out(tmp_path, encoding, separator, newline):
    text = _TEXT.replace(";", separator).replace("\r\n", newline)
    path = tmp_path / "list.csv"
    path.write_bytes(text.encode(encoding))
    frame = read_table(path).own
    assert frame.columns == ["Company", "Website", "Notes"]
    assert frame["Company"].to_list() == ["Café Würth", "Hilti"]
    assert frame["Notes"][0] == f"two{newline}lines{separator} here"


def test_gzip_and_parquet_are_lists_too(tmp_path):
    packed = tmp_path / "list.csv.gz"
    packed.write_bytes(gzip.compress(_TEXT.encode()))
    assert read_table(packed).own.height == 2
    table = tmp_path / "list.parquet"
    pl.DataFrame({"Website": ["hilti.com"], "Employees": [3], "Tags": [["a", "b"]]}).write_parquet(table)
    assert read_table(table).own.rows() == [("hilti.com", "3", '["a", "b"]')]


def test_ragged_rows_blank_lines_and_stray_quotes_lose_no_row(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text('\n\nCompany,Website\nShort\n\nLong,a.com, b.com\n5" Disks,disks.com\n,,\nEnd,end.com\n\n')
    rows = read_list(path).rows
    assert rows["row"].to_list() == [2, 3, 4, 5, 6]
    assert rows["company_name"].to_list() == ["Short", "Long", '5" Disks', None, "End"]
    assert rows["domain"].to_list() == [None, None, "disks.com", None, "end.com"]
    assert rows["code"][1] == "several_sites"


def test_a_list_of_one_column_keeps_commas_in_its_cells(tmp_path):
    path = tmp_path / "list.txt"
    path.write_text("website\nacme.com, acme.de\nhilti.com\n")
    assert read_list(path).rows["code"].to_list() == ["several_sites", None]


def test_an_announced_separator_is_no_record(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("sep=;\nFirma;Webseite\nHilti;hilti.com\n")
    assert read_list(path).rows.select("row", "domain").rows() == [(2, "hilti.com")]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.csv", b"", "is empty"),
        ("blank.csv", b"\n \n", "is empty"),
        ("header.csv", b"Company,Website\n", "no rows"),
        ("data.csv", b"Acme,acme.com\nFoo,foo.com\n", "put a header line above it"),
        ("book.xlsx", b"PK\x03\x04" + bytes(100), "damaged workbook"),
        ("junk.csv", bytes(range(32)) * 40, "binary file"),
        ("broken.csv.gz", b"\x1f\x8b\x08\x00broken", "damaged gzip"),
        ("junk.parquet", b"nothing like it", "no known header"),
        ("broken.parquet", b"PAR1" + bytes(100), "not a Parquet file"),
        ("quote.csv", b'Company,Website\n"' + b"x" * 200_000, "line 2: a quote stands where none can"),
    ],
)
def test_a_file_that_holds_no_list_says_what_it_has_and_what_it_needs(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UnreadableListError) as raised:
        read_list(path)
    assert message in str(raised.value)
    assert name in str(raised.value)


def test_a_missing_file_and_a_directory_are_named(tmp_path):
    with pytest.raises(UnreadableListError, match=r"missing\.csv cannot be read: No such file"):
        read_list(tmp_path / "missing.csv")
    with pytest.raises(UnreadableListError, match="is a directory"):
        read_list(tmp_path)


_CELL = st.text(alphabet="ab,;\"'\n .é=-", max_size=6)


@settings(max_examples=300)
@given(
    rows=st.lists(st.lists(_CELL, min_size=3, max_size=3), min_size=1, max_size=8),
    newline=st.sampled_from(["\n", "\r\n"]),
)
def test_every_well_formed_csv_is_read_as_it_was_written(tmp_path_factory, rows, newline):
    path = tmp_path_factory.mktemp("csv") / "list.csv"
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator=newline).writerows([["Company", "Website", "Notes"], *rows])
    path.write_bytes(buffer.getvalue().encode())
    try:
        read = [list(row) for row in read_table(path).own.rows()]
    except UnreadableListError as error:
        said = str(error)
    else:
        assert read == [[cell or None for cell in row] for row in rows]
        return
    # A cell that holds a whole record on a line of its own, or a line that looks like the beginning of such a cell.
    assert "one record or several" in said or "a cell may begin here" in said
    assert any("\n" in cell and "," in cell for row in rows for cell in row)


@settings(max_examples=200)
@given(
    content=st.one_of(
        st.binary(max_size=400), st.builds(lambda tail: b"Company,Website\n" + tail, st.binary(max_size=200))
    )
)
def test_any_bytes_give_rows_or_a_clear_error(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("bytes") / "list.csv"
    path.write_bytes(content)
    try:
        companies = read_list(path)
    except UnreadableListError as error:
        message = str(error)
    else:
        message = "list.csv"
        assert sum(companies.counts.values()) == companies.own.height
    assert "list.csv" in message


def test_quirks_and_crm_exports_give_rows_or_a_clear_error(shared_data):
    for path in sorted((shared_data / "companies" / "csv_quirks").iterdir()):
        with pytest.raises(UnreadableListError, match="needs company_name and website columns"):
            read_list(path)
    for path in sorted((shared_data / "companies" / "crm_exports").iterdir()):
        companies = read_list(path)
        assert companies.own.height == 200
        assert companies.counts["company"] > 180, path
        assert not companies.rows["company_name"].str.contains("�").any()


def test_every_header_set_of_real_exports_is_mapped(shared_data):
    known = json.loads((shared_data / "companies" / "export_headers.json").read_text())
    for headers in known["headers"].values():
        columns = map_headers(headers)
        assert columns.name is not None
        assert headers[columns.name] in known["name_column_aliases_seen"]
        assert columns.sites
        assert {headers[at] for at in columns.sites} <= set(known["website_column_aliases_seen"])
    for alias in known["website_column_aliases_seen"]:
        assert map_headers([alias]).sites == (0,)
    for alias in known["name_column_aliases_seen"]:
        assert map_headers([alias, "Website"]).name == 0


@pytest.mark.parametrize(
    "headers",
    [
        ["Firmenname", "Webseite", "E-Mail-Adresse"],
        ["Société", "Site web", "Adresse e-mail"],
        ["Razón social", "Página web", "Correo electrónico"],
        ["company_name", "WEBSITE_URL", "E-mail"],
    ],
)
def test_headers_are_understood_in_german_french_and_spanish(headers):
    columns = map_headers(headers)
    assert (columns.name, columns.sites, columns.emails) == (0, (1,), (2,))


def test_the_name_of_a_person_is_not_the_name_of_a_company():
    assert map_headers(["Name", "Email"]).name is None
    assert map_headers(["Name", "Company", "Website"]).name == 1
