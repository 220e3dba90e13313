import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from enrichment_assets.companies.columns.domain_columns import canonical_domains
from enrichment_assets.companies.domain import Rejected, canonical_domain, company_of_mail

_LABEL = st.sampled_from(
    ["acme", "www", "a", "co", "com", "github", "notion", "xn--mnchen-3ya", "ab--cd", "-x", "x_y", "mail", "gmail", "n"]
)
_SUFFIX = st.sampled_from(
    [
        "com",
        "de",
        "co.uk",
        "uk",
        "io",
        "co",
        "ck",
        "kawasaki.jp",
        "github.io",
        "compute.amazonaws.com",
        "zip",
        "con",
        "a",
        "com.au",
        "site",
        "notion.site",
        "gov.uk",
        "xn--p1ai",
        "COM",
        "co.jp",
        "linkedin.com",
        "google.com",
        "za.com",
    ]
)
_HOST = st.builds(lambda labels, suffix: ".".join([*labels, suffix]), st.lists(_LABEL, max_size=3), _SUFFIX)
_CELL = st.builds(
    "{}{}{}{}{}".format,
    st.sampled_from(["", " ", '"', "info@", "mailto:", "see "]),
    st.sampled_from(["", "https://", "http://", "HTTP://", "http:/", "https://http://", "//", "www.", "https://www."]),
    _HOST,
    st.sampled_from(["", ":80", "/", "/about", "/a/b?x=1#y", "?utm=1", "#x", "/maps", "/x.html", "//", ".", ","]),
    st.one_of(st.just(""), st.sampled_from([" ", "/", ", x.de", "/x.de", " x.de", "https://y.de", '"'])),
)


def _one_by_one(texts, decide=canonical_domain):
    results = [decide(text) for text in texts]
    return [(None, result.code) if isinstance(result, Rejected) else (result, None) for result in results]


@settings(max_examples=400)
@given(st.lists(st.one_of(_CELL, st.text(max_size=30), st.none()), min_size=1, max_size=40))
def test_a_column_gives_what_its_cells_give_one_by_one(texts):
    texts = [text.encode("utf-8", "ignore").decode() if text is not None else None for text in texts]
    column = pl.Series(texts, dtype=pl.String)
    assert canonical_domains(column).select("domain", "code").rows() == _one_by_one(texts)


@settings(max_examples=200)
@given(st.lists(st.one_of(_CELL, st.builds("{}@{}".format, _LABEL, _HOST), st.none()), min_size=1, max_size=40))
def test_a_column_of_addresses_gives_what_its_cells_give_one_by_one(texts):
    column = pl.Series(texts, dtype=pl.String)
    assert canonical_domains(column, emails=True).select("domain", "code").rows() == _one_by_one(texts, company_of_mail)


def test_labels_as_long_as_a_name_allows_and_longer_agree_with_the_one_by_one_answers():
    endings = ("de", "com", "co.uk", "de/about", "com/x.y", "co.uk/")
    texts = [f"{'a' * size}.{ending}" for size in range(60, 70) for ending in endings]
    assert canonical_domains(pl.Series(texts)).select("domain", "code").rows() == _one_by_one(texts)


def test_the_real_websites_of_16531_rows_agree_with_the_one_by_one_answers(shared_data):
    texts = pl.read_csv(shared_data / "companies" / "companies_16k.csv.gz")["website"].to_list()
    assert canonical_domains(pl.Series(texts)).select("domain", "code").rows() == _one_by_one(texts)
