"""Whatever happens to a list on its way: exactly its rows, or an error that names a line."""

import csv
import io
import random

import pytest

from enrichment_assets.companies.lists.delimited import read_delimited
from enrichment_assets.companies.lists.errors import UnreadableListError
from enrichment_assets.companies.lists.table import Asked
from enrichment_assets_tests.companies.mutating import mutated, well_formed, written

# Of 100,000 lists a few dozen with three edits at once are well-formed lists of other rows; none of these is.
_SEEDS = range(600)


def _read(data):
    return read_delimited(data, Asked()).own


def _rows_or_error(data):
    try:
        return _read(data).height
    except UnreadableListError as error:
        return str(error)


def test_an_edited_list_gives_its_rows_or_an_error_that_names_a_line():
    refused = 0
    for seed in _SEEDS:
        data, domains, edits = mutated(seed)
        found = _rows_or_error(data)
        refused += isinstance(found, str)
        assert "line " in found if isinstance(found, str) else found == len(domains), (seed, edits, data)
    assert refused < len(_SEEDS) / 4


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
