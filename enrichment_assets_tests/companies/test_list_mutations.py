"""Whatever happens to a list on its way: exactly its rows, or an error that names a line."""

import csv
import io
import random
import re
from pathlib import Path

import pytest

from enrichment_assets.companies.intake import read_list
from enrichment_assets.companies.lists.delimited import read_delimited
from enrichment_assets.companies.lists.errors import UnreadableListError
from enrichment_assets.companies.lists.table import Asked
from enrichment_assets.companies.reading import read_table
from enrichment_assets_tests.companies.mutating import Mutated, mutated, well_formed, written

_SEEDS = range(500)
_LINE = re.compile(r"\bline \d")
_FIRM = re.compile(r"firm-\d+")


def _read(data):
    return read_delimited(data, Asked()).own


def verdict(mutated: Mutated, path: Path) -> str:
    """``rows`` for exactly the rows, in order; ``refused`` for an error that names a line; else what is wrong."""
    path.write_bytes(mutated.data)
    try:
        own = read_table(path).own
    except UnreadableListError as error:
        return "refused" if _LINE.search(str(error)) else f"names no line: {error}"
    if own.height != len(mutated.domains):
        return f"{own.height - len(mutated.domains):+} rows"
    texts = [" ".join(cell or "" for cell in row) for row in own.rows()]
    if any(len(set(_FIRM.findall(text))) > 1 for text in texts):
        return "two rows in one"
    lost = sum(domain is not None and domain not in text for domain, text in zip(mutated.domains, texts, strict=True))
    return "rows" if lost <= 1 + mutated.edits.count("+") else f"{lost} domains lost"


def test_an_edited_list_gives_its_rows_or_an_error_that_names_a_line(tmp_path):
    refused = 0
    for seed in _SEEDS:
        edited = mutated(seed)
        found = verdict(edited, tmp_path / "list.csv")
        assert found in {"rows", "refused"}, (seed, found, edited)
        refused += found == "refused"
    assert refused < len(_SEEDS) / 3


@pytest.mark.parametrize("below", ["Website,Note,Company", "E-Mail;Firma", "Note,Company,Website,Phone"])
def test_another_header_further_down_is_refused_at_its_line(tmp_path, below):
    path = tmp_path / "list.csv"
    path.write_text(f'Company,Website,Note\nA,a.com,"x\ny"\n\nB,b.com,\n{below}\nc.com,ok,C\n'.replace(";", ","))
    with pytest.raises(UnreadableListError, match=r"line 6: .*Split"):
        read_list(path)
    path.write_text(f"Company,Website,Note\nA,a.com,x\nB,b.com,\n{below}\nc.com,ok,C\n".replace(";", ","))
    with pytest.raises(UnreadableListError, match=r"line 4: .*Split"):
        read_list(path)


def test_the_same_header_further_down_is_no_company_however_it_is_written(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text("Company,Website,Note\nA,a.com,x\ncompany, WEBSITE,note\nB,b.com,\nWebsite,n/a,ok\n")
    rows = read_list(path).rows
    assert rows["domain"].to_list() == ["a.com", None, "b.com", None]
    assert rows["code"].to_list()[1:4:2] == ["header_again", "name_only"]


def test_a_well_formed_list_is_never_refused():
    for seed in range(300):
        rows, separator, newline, quoting = well_formed(random.Random(seed))
        own = _read(written(rows, separator, newline, quoting).encode())
        assert [[cell or "" for cell in row] for row in own.rows()] == rows[1:]


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (2, 0, 1)])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_descriptions_with_lines_commas_and_addresses_are_cells(order, newline):
    said = (
        "Competitors: Fine, Tune, Last.fm\nsee http://x.com, http://y.com, more\n\nTake a card, show it, \nand go, now"
    )
    rows = [["Company", "Website", "Description"], ["Acme", "acme.com", said], ["Beta, Inc", "beta.io", said]]
    rows = [[row[at] for at in order] for row in rows]
    buffer = io.StringIO(newline="")
    csv.writer(buffer, lineterminator=newline).writerows(rows)
    assert [list(row) for row in _read(buffer.getvalue().encode()).rows()] == rows[1:]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('Company,Website,Note\nA,a.com,"x\nB,b.com,y\nC,c.com,z"\nD,d.com,ok\n', 2),
        ('Company,Website\n"A,a.com\nB",b.com\nC,"c.com\nD,d.com"\n', 2),
        ('Company,Website,"Note\nA,a.com,x"\nB,b.com,y\n', 1),
        ('Company,Website,Note\nA,a.com,"two\nlines with "quotes" in them"\nB,b.com,y\n', 2),
    ],
)
def test_a_line_that_can_be_read_in_two_ways_is_named(text, line):
    with pytest.raises(UnreadableListError, match=rf"line {line}: "):
        _read(text.encode())


def test_a_list_of_stray_quotes_is_read_in_linear_time():
    data = b"Company,Website\n" + (b'"a,a.com\n' + b"x,b.com\n" * 1999) * 10
    assert _read(data).height == 20_000
