import random

import polars as pl
import pytest

from enrichment_assets.companies.columns.slices import first_places
from enrichment_assets.companies.domain import Rejected, canonical_domain
from enrichment_assets.companies.intake import read_list

_CELLS = (
    "https://www.{}/",
    "{}",
    "http://{}/about?utm=1",
    " WWW.{}",
    "blog.{}",
    "info@{}",
    "n/a",
    "github.com/{}",
    "",
)
_SLICE = 262_144


@pytest.mark.parametrize("texts", [["a", "b", "a", "c", "a", "b"], ["a", None, "b", None, "b"], [None, None], ["a"]])
@pytest.mark.parametrize("hash_of", [hash, len, lambda _: 7, lambda text: hash(text) & 1 << 63])
def test_where_a_text_stood_first_is_known_whatever_the_hashes(texts, hash_of):
    hashes = pl.Series([hash_of(text or "") % (1 << 64) for text in texts], dtype=pl.UInt64)
    seen: dict[str, int] = {}
    places = [None if text is None or seen.setdefault(text, at) == at else seen[text] for at, text in enumerate(texts)]
    assert first_places(pl.Series(texts, dtype=pl.String), hashes).to_list() == places


def test_a_list_of_several_slices_is_what_its_rows_are_one_by_one(tmp_path):
    rows = _SLICE + 9_000
    rng = random.Random(rows)
    path = tmp_path / "list.csv"
    spelt = [rng.choice(_CELLS).format(f"acme-{rng.randrange(2_000)}.com") for _ in range(rows)]
    path.write_text("Company,Website\n" + "".join(f"Acme {at},{cell}\n" for at, cell in enumerate(spelt)))
    answers = {cell: canonical_domain(cell) for cell in set(spelt)}
    first: dict[str, int] = {}
    expected = []
    for row, cell in enumerate(spelt, 2):
        domain = answers[cell]
        if isinstance(domain, Rejected):
            code = "name_only" if domain.code == "empty" else domain.code
            expected.append((row, f"Acme {row - 2}", None, "rejected", code, None))
        elif first.setdefault(domain, row) == row:
            expected.append((row, f"Acme {row - 2}", domain, "company", None, None))
        else:
            expected.append((row, f"Acme {row - 2}", domain, "duplicate", "duplicate", first[domain]))
    found = read_list(path)
    columns = ("row", "company_name", "domain", "outcome", "code", "duplicate_of_row")
    assert found.rows.select(columns).rows() == expected
    assert found.rows["website"].to_list() == [cell or None for cell in spelt]
    duplicates = found.rows.filter(pl.col("outcome") == "duplicate")
    said = [f"The same site as row {row}." for row in duplicates["duplicate_of_row"]]
    assert duplicates["reason"].to_list() == said
