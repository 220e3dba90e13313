import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment_assets.pages.html_text import decode, read
from enrichment_assets.pages.links import page_parts

LONG = "We build robots for everybody who needs them in warehouses and shops."
WORDS = st.text(st.sampled_from("abcdefg"), min_size=2, max_size=8)
INLINE = st.sampled_from(["span", "a", "label", "time", "x-chip"])


def case(shared: Path, name: str) -> str:
    rows = json.loads((shared.parent / "cases" / "pages.json").read_text())
    return str(next(row["input"] for row in rows if row["id"] == name))


def test_the_reported_texts_are_read_as_they_are_seen(shared_data: Path) -> None:
    assert read(case(shared_data, "T1")).text.split() == ["Hi", "English"]
    assert read(case(shared_data, "T2")).text == "x"
    page = case(shared_data, "T3").replace("...whole page...", LONG)
    assert LONG in read(page).text
    assert read(case(shared_data, "T4")).text == "Python Engineer Stockholm"
    title = case(shared_data, "T4b").partition('"')[2].rstrip('"')
    assert read(f"<title>{title}</title>").title == "R&D Engineer (m/f/d)"
    assert page_parts(f"<title>{title}</title><a href=/x>{title}</a>", "https://acme.com/").links == (
        ("https://acme.com/x", "R&D Engineer (m/f/d)"),
    )


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<html hidden><p>Hello</p>", "Hello"),
        ("<body style='display:none'>Hello", "Hello"),
        (f"<div hidden>secret</div><p>{LONG}</p>", LONG),
        (f"<div hidden='until-found'>found</div><p>{LONG}</p>", f"found\n\n{LONG}"),
        (f"<span aria-hidden=true>icon</span><p>{LONG}</p>", LONG),
        (f"<p>{LONG}</p><p style='color:red;DISPLAY : none'>secret</p>", LONG),
        ("<div style='display:none'><h1>Acme</h1></div>Loading...", "# Acme\n\nLoading..."),
        ('<p>a<span style="display:none">{"b": "<i>"}</span>c</p>', "a c"),
        ("<div style='display:none'>out<div>out</div>out</div><p>" + LONG, LONG),
        ('<a\u00a0href="/x" class="y"\u00a0 title="q">Foo</a>', "Foo"),
        ("<p =a <b c\"d='e' @f.g=h>Foo</p>", "Foo"),
        ("<h1><span>W</span><span>e</span> <span>are</span><span>here</span></h1>", "# We are here"),
        ("<span>Series A</span><span>2026</span>", "Series A 2026"),
        ("<b>Acme</b><sup>TM</sup> <b>W</b>elcome <span>Hello</span><span>, you</span>", "AcmeTM Welcome Hello, you"),
        ("<li>Engineer<span>Oslo</span></li>", "- Engineer Oslo"),
        ("Git<wbr>Hub i<span>Phone</span> <span>$</span><span>99</span>", "GitHub iPhone $99"),
        ("<button>Buy</button><button>Sell</button>", "Buy Sell"),
        ("Donau&shy;dampf&#8203;schiff", "Donaudampfschiff"),
    ],
)
def test_what_is_seen(markup: str, text: str) -> None:
    assert read(markup).text == text


@given(st.lists(st.tuples(INLINE, WORDS), min_size=2, max_size=6))
def test_elements_side_by_side_are_parted(elements: list[tuple[str, str]]) -> None:
    markup = "".join(f"<{tag}>{words}</{tag}>" for tag, words in elements)
    assert read(markup).text.split() == [words for _, words in elements]


@given(st.text(st.sampled_from("<>ab \"'=/-!&;\u00a0\ufdd0"), max_size=60), st.text(max_size=20))
def test_no_markup_breaks_it_and_no_tag_is_text(odd: str, name: str) -> None:
    read(odd)
    attributes = odd.replace(">", "")
    assert "marker" not in read(f"<p>x</p><i {attributes} id=marker {name.replace('>', '')}>y</i>").text or '"' in odd


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ('<meta charset="iso-8859-1">Zürich'.encode(), "", "Zürich"),
        ("Zürich".encode(), "text/html; charset=windows-1252", "Zürich"),
        ("Zürich".encode("cp1252"), "text/html; charset=iso-8859-1", "Zürich"),
        ("Клуб".encode("cp1251"), "text/html; charset=windows-1251", "Клуб"),
        ("文字".encode("shift_jis"), "text/html; charset=shift_jis", "文字"),
        ("Zürich – naïve ".encode() * 20 + b"\xff", "text/html; charset=latin1", "Zürich – naïve " * 20 + "\ufffd"),
        ("Zürich".encode() + "ü".encode()[:1], "text/html; charset=utf-8", None),
        (b"plain", "text/html; charset=utf-16", "plain"),
    ],
)
def test_bytes_that_are_utf8_are_read_as_that_whatever_is_declared(
    body: bytes, content_type: str, text: str | None
) -> None:
    said = decode(body, content_type)
    assert said.endswith(text) if text is not None else said.startswith("Z")
