"""What strangers write is cut before it is looked at."""

import time

import pytest

from enrichment_assets.core.limits import MAX_MARKUP, MAX_OPENINGS, MAX_PAGE_TEXT, MAX_TEXT
from enrichment_assets.pages.html_text import decode, page_of, tangled
from enrichment_assets.pages.page import Fetched
from enrichment_assets.providers.boards.board import MAX_PLACES, Opening, once


@pytest.mark.parametrize("label", ["punycode", "idna", "utf-7", "rot13", "unicode_escape", "zlib", "nonsense"])
def test_only_encodings_of_the_web_are_decoded(label: str) -> None:
    start = time.process_time()
    assert decode("<p>Grüße".encode() * 20_000, f"text/html; charset={label}")[:8] == "<p>Grüße"
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    ("label", "body", "text"),
    [
        ("shift_jis", "①髙".encode("cp932"), "①髙"),
        ("gb2312", "鎔".encode("gb18030"), "鎔"),
        ("EUC-KR", "똠".encode("cp949"), "똠"),
        ("latin1", b"\x80 \x93", "€ “"),
        ("iso-8859-9", "ş".encode("cp1254"), "ş"),
        ("utf8", "é".encode(), "é"),
    ],
)
def test_a_label_means_what_browsers_mean_by_it(label: str, body: bytes, text: str) -> None:
    assert decode(body, f"text/html; charset={label}") == text


def test_one_id_again_and_again_takes_linear_time_and_becomes_one_opening() -> None:
    rows = [Opening("1", "t" * 9_000, location=f"Place {number}") for number in range(16_000)]
    start = time.process_time()
    (opening,) = once(rows)
    assert time.process_time() - start < 1
    assert len(opening.title) == MAX_TEXT
    assert (opening.location or "").count("; ") < MAX_PLACES
    assert len(once(Opening(str(number), "Job") for number in range(16_000))) == MAX_OPENINGS


def test_depth_is_counted_by_name() -> None:
    assert tangled("<div></x>" * 16_000)
    assert not tangled("<div><p>text</p></div>" * 16_000)


def test_markup_and_text_are_cut() -> None:
    page = page_of(Fetched("https://a.com/", "https://a.com/", 200, b"<p>" + b"word " * 900_000))
    assert len(page.html) == MAX_MARKUP
    assert len(page.text) == MAX_PAGE_TEXT
