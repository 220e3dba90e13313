"""Every format gives the same rows, joined back to its own columns; every source ends in one of them."""

import csv
import io
import json
import sqlite3
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import duckdb
import polars as pl
import pytest
import xlsxwriter

from enrichment_assets.companies.intake import read_list
from enrichment_assets.companies.joining import join_results, write_parts, write_table
from enrichment_assets.companies.lists import sources
from enrichment_assets.companies.reading import Asked, UnreadableListError

_ROWS = [
    {"Company": "Acme", "Website": "https://www.acme.com", "Employees": "5"},
    {"Company": "Müller & Söhne", "Website": "mueller.de", "Employees": "7.5"},
    {"Company": "Acme again", "Website": "acme.com", "Employees": None},
    {"Company": "Nobody", "Website": None, "Employees": "1"},
]
_WANT = ["company", "company", "duplicate", "rejected"]


def _workbook(path):
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Read me").write(0, 0, "An export")
        sheet = book.add_worksheet("Accounts")
        sheet.write(0, 0, "Accounts as of today")
        for number, row in enumerate([dict(zip(_ROWS[0], _ROWS[0], strict=True)), *_ROWS], 2):
            for at, cell in enumerate(row.values()):
                sheet.write(number, at, cell)


def _ods(path):
    office = "urn:oasis:names:tc:opendocument:xmlns:"
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{(cell or "").replace("&", "&amp;")}</text:p>'
            "</table:table-cell>"
            for cell in row
        )
        + "</table:table-row>"
        for row in [list(_ROWS[0]), *(row.values() for row in _ROWS)]
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("mimetype", kind)
        file.writestr(
            "META-INF/manifest.xml",
            f'<manifest:manifest xmlns:manifest="{office}manifest:1.0"><manifest:file-entry manifest:full-path="/" '
            f'manifest:media-type="{kind}"/></manifest:manifest>',
        )
        file.writestr(
            "content.xml",
            f'<office:document-content xmlns:office="{office}office:1.0" xmlns:table="{office}table:1.0" '
            f'xmlns:text="{office}text:1.0"><office:body><office:spreadsheet><table:table table:name="S">{cells}'
            "</table:table></office:spreadsheet></office:body></office:document-content>",
        )


_XLS = Path(__file__).parent / "data" / "accounts.xls"
"""The rows of ``_workbook`` as Excel 97 keeps them (OLE, BIFF8), written once with xlwt 1.3."""

_WRITERS = {
    "xlsx": _workbook,
    "xls": lambda path: path.write_bytes(_XLS.read_bytes()),
    "ods": _ods,
    "parquet": lambda path: pl.DataFrame(_ROWS).write_parquet(path),
    "json": lambda path: path.write_text(json.dumps(_ROWS)),
    "data.json": lambda path: path.write_text(json.dumps({"total": 4, "data": _ROWS})),
    "deep.json": lambda path: path.write_text(json.dumps({"meta": {"tags": ["a"] * 9}, "data": {"companies": _ROWS}})),
    "keyed.json": lambda path: path.write_text(json.dumps({"byId": {str(i): row for i, row in enumerate(_ROWS)}})),
    "rows.json": lambda path: path.write_text(json.dumps([list(_ROWS[0]), *[list(row.values()) for row in _ROWS]])),
    "jsonl": lambda path: path.write_text("\n".join(json.dumps(row) for row in _ROWS) + "\n\n"),
    "csv": lambda path: pl.DataFrame(_ROWS).write_csv(path),
    "html.xls": lambda path: path.write_text(
        "<html><table><tr><td>menu</td></tr></table><table><tr><td>Report</td></tr>"
        + "".join(
            "<tr>" + "".join(f"<td>{(cell or '').replace('&', '&amp;')}</td>" for cell in row) + "</tr>"
            for row in [list(_ROWS[0]), *(row.values() for row in _ROWS)]
        )
        + "</table></html>",
        encoding="utf-8",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", _WRITERS)
def test_every_format_gives_the_same_rows_and_they_join_back(tmp_path, kind):
    path = tmp_path / f"list.{kind}"
    _WRITERS[kind](path)
    companies = read_list(path)
    assert companies.rows["outcome"].to_list() == _WANT
    assert companies.rows["row"].to_list() == [2, 3, 4, 5]
    assert companies.rows["company_name"].to_list() == [row["Company"] for row in _ROWS]
    assert companies.own.to_dicts() == _ROWS
    joined = join_results(companies, pl.DataFrame({"domain": ["acme.com"], "tier": ["A"]}))
    assert joined["tier"].to_list() == ["A", None, "A", None]
    assert read_list(path, Asked(2)).own.height == 2
    assert read_list(path, Asked(columns={"company": ["Employees"]})).rows["company_name"][0] == "5"


@pytest.mark.parametrize("kind", ["xlsx", "xls"])
def test_a_sheet_is_taken_by_name_or_number(tmp_path, kind):
    path = tmp_path / f"book.{kind}"
    _WRITERS[kind](path)
    assert "sheet Accounts of 2" in read_list(path).said[0]
    for sheet in ("2", "Accounts"):
        assert read_list(path, Asked(sheet=sheet)).own.height == 4
    with pytest.raises(UnreadableListError, match="no sheet 3; it has Read me, Accounts"):
        read_list(path, Asked(sheet="3"))


def test_a_line_that_is_no_json_is_named(tmp_path):
    path = tmp_path / "list.jsonl"
    path.write_text('{"website": "acme.com"}\n{"website": oops}\n')
    with pytest.raises(UnreadableListError, match="line 2 is none"):
        read_list(path)


def test_one_object_is_one_row(tmp_path):
    path = tmp_path / "one.json"
    path.write_text(json.dumps({"name": "Acme", "website": "acme.com", "tags": ["a", "b"], "geo": {"city": "Bonn"}}))
    assert read_list(path).companies.domains == ["acme.com"]


def test_nested_json_becomes_columns(tmp_path):
    path = tmp_path / "list.json"
    path.write_text(json.dumps([{"company": {"name": "Acme", "website": "acme.com"}, "tags": ["a", "b"], "n": 1}]))
    companies = read_list(path)
    assert companies.rows.select("company_name", "domain").rows() == [("Acme", "acme.com")]
    assert companies.own.row(0) == ("Acme", "acme.com", "a, b", "1")


def test_columns_are_named_and_those_that_are_missing_too(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("made by a tool\nWer;Wo;Mail\nAcme;acme.com;x@y.de\n")
    companies = read_list(path, Asked(columns={"company": ["wer"], "website": ["Wo"]}))
    assert companies.columns == {"company": ("Wer",), "website": ("Wo",), "email": ("Mail",)}
    assert companies.rows.select("company_name", "domain").rows() == [("Acme", "acme.com")]
    with pytest.raises(UnreadableListError, match="--column website=Nowhere: there is no such column"):
        read_list(path, Asked(columns={"website": ["Nowhere"]}))


def test_a_random_sample_is_the_same_each_time_and_keeps_its_row_numbers(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("Company,Website\n" + "".join(f"C{number},c{number}.com\n" for number in range(2, 1002)))
    rows = read_list(path, Asked(50, at_random=True)).rows
    assert rows.height == 50
    assert rows.equals(read_list(path, Asked(50, at_random=True)).rows)
    assert rows["domain"].to_list() == [f"c{number}.com" for number in rows["row"]]
    assert rows["row"].to_list() != list(range(2, 52))


def test_standard_input_becomes_a_file_of_its_owner(tmp_path):
    path = sources.fetch_input(tmp_path / "lists", io.BytesIO(b"Website\nacme.com\n"))
    assert read_list(path).counts["company"] == 1
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.fixture
def server():
    class Answers(BaseHTTPRequestHandler):
        def do_GET(self):
            if self.path.startswith("/list"):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"Website\nacme.com\n")
            elif self.path == "/moved":
                self.send_response(302)
                self.send_header("Location", "/list.csv")
                self.end_headers()
            else:
                self.send_error(403)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as running:
        Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


def test_an_address_is_fetched_and_its_query_never_shown(tmp_path, server):
    def is_public(_):
        return False

    for path in ("/list.csv?key=secret", "/moved"):
        assert read_list(sources.fetch_address(server + path, tmp_path, None, is_public)).counts["company"] == 1
    with pytest.raises(UnreadableListError, match=r"127\.0\.0\.1 answers 403") as raised:
        sources.fetch_address(server + "/no?key=secret", tmp_path, None, is_public)
    assert "secret" not in str(raised.value)


def test_a_public_address_may_not_lead_to_a_private_one(tmp_path, server):
    asked = []

    def is_public(address):
        asked.append(address)
        return len(asked) == 1

    with pytest.raises(UnreadableListError, match="not public"):
        sources.fetch_address(server + "/moved", tmp_path, None, is_public)


@pytest.mark.parametrize(
    ("address", "sheet", "export"),
    [
        ("https://docs.google.com/spreadsheets/d/AbC-1/edit#gid=7", None, "/d/AbC-1/export?format=csv&gid=7"),
        ("https://docs.google.com/spreadsheets/d/AbC-1/edit?usp=sharing", None, "/d/AbC-1/export?format=csv"),
        (
            "https://docs.google.com/spreadsheets/d/AbC-1/edit",
            "My list",
            "/d/AbC-1/gviz/tq?tqx=out:csv&sheet=My%20list",
        ),
        ("https://docs.google.com/spreadsheets/d/e/2PACX-x/pubhtml?gid=3", None, "/d/e/2PACX-x/pub?output=csv&gid=3"),
    ],
)
def test_a_google_sheet_is_exported_as_csv(address, sheet, export):
    assert sources.sheet_export(address, sheet) == "https://docs.google.com/spreadsheets" + export


def test_a_query_is_a_list(tmp_path):
    with sqlite3.connect(tmp_path / "crm.db") as crm:
        crm.execute("CREATE TABLE a (company TEXT, website TEXT, n INTEGER)")
        crm.execute("INSERT INTO a VALUES ('Acme', 'acme.com', 1), ('Beta', NULL, 2)")
    with duckdb.connect(str(tmp_path / "crm.duckdb")) as crm:
        crm.execute("CREATE TABLE a AS SELECT 'Acme' AS company, 'acme.com' AS website, 1 AS n")
    for url in (f"sqlite:///{tmp_path / 'crm.db'}", f"duckdb:///{tmp_path / 'crm.duckdb'}"):
        companies = read_list(sources.fetch_query("SELECT * FROM a ORDER BY n", url, tmp_path / "lists"))
        assert companies.rows["domain"][0] == "acme.com"
        assert companies.own.row(0) == ("Acme", "acme.com", "1")


def test_a_query_that_fails_shows_no_password(tmp_path):
    for url in ("postgresql://me:secret@127.0.0.1:1/x", "nonsense:secret", "sqlite:////nowhere/secret.db"):
        with pytest.raises(UnreadableListError) as raised:
            sources.fetch_query("SELECT 'secret'", url, tmp_path)
        assert "secret" not in str(raised.value)


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet", ".json", ".jsonl", ".duckdb"])
def test_a_table_in_parts_is_written_as_one(tmp_path: Path, suffix: str) -> None:
    frame = pl.DataFrame({"name": ["plain", "=1", "Müller", "y"], "n": [1, None, 3, 4], "l": [["a"], [], None, ["b"]]})
    write_table(frame, tmp_path / f"whole{suffix}")
    write_parts([frame.head(0), frame[:1], frame[1:3], frame[3:], frame.head(0)], tmp_path / f"parts{suffix}")
    whole, parts = (_read(tmp_path / f"{name}{suffix}") for name in ("whole", "parts"))
    assert whole == parts
    assert len(parts) == frame.height
    write_parts([frame.head(0)], tmp_path / f"empty{suffix}")
    assert not _read(tmp_path / f"empty{suffix}")


def _read(path: Path) -> list[tuple[object, ...]]:
    if path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as results:
            return results.execute("SELECT * FROM results").fetchall()
    if path.suffix == ".xlsx":
        return pl.read_excel(path).rows()
    if path.suffix == ".csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            assert path.read_bytes().startswith(b"\xef\xbb\xbf") == ("M" in path.read_text())
            return [tuple(row) for row in csv.reader(file)][1:]
    if path.suffix == ".jsonl":
        return [tuple(json.loads(line).values()) for line in path.read_text().splitlines()]
    if path.suffix == ".json":
        return [tuple(row.values()) for row in json.loads(path.read_text())]
    return pl.read_parquet(path).rows()


def test_results_are_written_where_people_read_them(tmp_path):
    frame = pl.DataFrame(
        {"=name": ["=1+1", "Müller"], "n": [1, None], "l": [["a"], []], "link": ["https://a.com", "x"]}
    )
    write_table(frame, tmp_path / "out.xlsx")
    read = pl.read_excel(tmp_path / "out.xlsx")
    assert read.rows() == [("=1+1", 1, '["a"]', "https://a.com"), ("Müller", None, "[]", "x")]
    with zipfile.ZipFile(tmp_path / "out.xlsx") as book:
        sheet = book.read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in sheet
    assert b"hyperlink" not in sheet
    write_table(frame, tmp_path / "out.duckdb")
    with duckdb.connect(str(tmp_path / "out.duckdb"), read_only=True) as results:
        assert results.execute('SELECT "=name", n FROM results').fetchall() == [("=1+1", 1), ("Müller", None)]
    assert {path.name for path in tmp_path.iterdir()} == {"out.xlsx", "out.duckdb"}
