import html
import random
import re
import tarfile
import time
from functools import lru_cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from enrichment_assets.pages.quotes import Words, find_quote, readable
from enrichment_assets_tests.artifacts import pages_of_our_own as own

PAGE = own.SOFTWARE


@pytest.mark.parametrize(
    "quote",
    [
        "accounting software for finance teams",
        "ACCOUNTING   Software\nfor finance\tTEAMS",
        "Trusted by 2,500+ finance teams",
        "role—based access on every plan",
        '"We cut our month-end close from 12 days to 4"',
        "we don’t lock you in",
        "We are a team of 85 people in Rotterdam…",
        "...billed annually. Cancel any time",
        "See pricing | Book a demo",
        "**Reconcile** bank feeds, cards &amp; invoices".replace(" &amp;", " and"),
        "Plans start at &#36;49 per seat",
    ],
)
def test_a_quote_is_found_whatever_happened_to_its_spaces_capitals_dashes_and_markup(quote: str) -> None:
    assert find_quote(quote, PAGE) is not None


@pytest.mark.parametrize(
    "quote",
    [
        "accounting software for sales teams",
        "accounting software finance teams",
        "finance teams for accounting software",
        "Trusted by 25,000+ finance teams",
        "Trusted by 2,500 finance teams at",
        "we do lock you in",
        "Plans start at €49 per seat",
        "from 4 days to 12",
        "Ledgerline … finance teams at growing companies",
        "bank feeds",
        "we are",
        "",
        "…",
        "x " * 600,
    ],
)
def test_a_quote_with_other_words_or_too_few_is_not_found(quote: str) -> None:
    assert find_quote(quote, PAGE) is None


def test_what_is_shown_are_the_pages_own_words() -> None:
    assert find_quote("WE CUT OUR MONTH–END CLOSE", PAGE) == "We cut our month-end close"


def test_words_that_sound_alike_without_their_apostrophe_are_different_words() -> None:
    assert find_quote("were hiring in Oslo now", "We're hiring in Oslo now") is None
    assert find_quote("we’re hiring in Oslo now", "We're hiring in Oslo now") is not None


def test_scripts_without_spaces_and_with_marks_are_compared_too() -> None:
    assert find_quote("在线财务软件和税务服务", own.CHINESE) is not None
    assert find_quote("在线财务软件和法律服务", own.CHINESE) is None
    assert find_quote("Qualita\u0308tssicherung fu\u0308r den Maschinenbau", own.GERMAN) is not None
    hindi = "हम छोटे व्यवसायों के लिए सॉफ़्टवेयर बनाते हैं"
    assert find_quote("छोटे व्यवसायों के लिए", hindi) is not None
    assert find_quote("छोटा व्यवसायों के लिए", hindi) is None


def test_invisible_characters_do_not_split_or_hide_words() -> None:
    page = "Soft\u00adware for \u200bfinan\u200bce teams\u202e everywhere"
    assert find_quote("Software for finance teams", page) == "Software for finance teams"


@pytest.mark.parametrize(
    ("quote", "page"),
    [
        ("Sign up for free & start today", "Sign up for free &amp;amp; start today"),
        ("it's 2x faster than anyone else", "It’s 2× faster than anyone else"),
        ("finance for SMEs and banks", "Finance for SMEs™ and banks¹"),
        ("İSTANBUL MERKEZLİ YAZILIM ŞİRKETİ", "İstanbul merkezli yazılım şirketi"),
        ("> 50 employees in Oslo now", "We have\n> 50 employees in Oslo now"),
        ("efficient workflow for offices", "eﬃcient workﬂow for oﬃces"),
    ],
)
def test_signs_that_are_written_in_several_ways_are_one(quote: str, page: str) -> None:
    assert find_quote(quote, page) is not None


@pytest.mark.parametrize(
    ("quote", "page"),
    [
        ("for teams with <50 people only", "For teams with >50 people only"),
        ("growth of ±5% last year", "Growth of 5% last year"),
        ("it is 102 times faster than all", "It is 10² times faster than all"),
    ],
)
def test_a_sign_that_makes_another_figure_counts(quote: str, page: str) -> None:
    assert find_quote(quote, page) is None


@given(st.text(max_size=200), st.text(max_size=400))
def test_any_text_can_be_looked_up_in_any_page(quote: str, page: str) -> None:
    found = find_quote(quote, page)
    assert found is None or found


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=300))
def test_a_readable_text_has_no_blank_at_its_ends_or_twice(text: str) -> None:
    cleaned = readable(text)
    assert cleaned == cleaned.strip()
    assert "  " not in cleaned


BOMBS = ("<!--", "](", "<a ", "&#", "\n ", "*_`", "[left](x", "a&amp;", "-5 ", "我")


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_page_made_to_be_slow_is_read_in_time(bomb: str) -> None:
    start = time.thread_time()
    assert find_quote("accounting software for finance teams", bomb * (500_000 // len(bomb))) is None
    assert time.thread_time() - start < 5


def _real_quotes(pages: list[str], count: int, rng: random.Random) -> list[tuple[str, str]]:
    """(page, quote) pairs: 4 to 18 consecutive blank-separated words of one line."""
    lines = [
        (page, line)
        for page in pages
        for line in readable(page).split("\n")
        if len(line.split()) >= 5 and len(line) >= 30
    ]
    drawn = []
    while len(drawn) < count:
        page, line = rng.choice(lines)
        words = line.split()
        length = rng.randint(4, min(18, len(words)))
        start = rng.randrange(len(words) - length + 1)
        quote = " ".join(words[start : start + length])
        if len(re.findall(r"\w{2,}", quote)) >= 4:
            drawn.append((page, quote))
    return drawn


def _retyped(quote: str, rng: random.Random) -> str:
    """The same words as another hand would type them."""
    dashes, single, double = "-‐‑–—−", "'’‘", '"“”„'
    text = "".join(
        rng.choice(dashes)
        if c in dashes
        else rng.choice(single)
        if c in "'’"
        else rng.choice(double)
        if c in double
        else c
        for c in quote
    )
    text = rng.choice([str, str.upper, str.lower, str.title])(text)
    text = rng.choice([str, html.escape, lambda t: t.replace("&", "&amp;").replace("é", "&eacute;")])(text)
    blanks = ["  ", " \n", "\t", "\u00a0", " ", "\u2009", "\r\n"]
    text = "".join(rng.choice(blanks) if c == " " and rng.random() < 0.5 else c for c in text)
    return rng.choice(["{}", "…{}…", "“{}”", " {} ", "...{}", "**{}**", "{}."]).format(text)


def _invented(page: str, quote: str, others: list[str], rng: random.Random) -> str:
    """A quote that looks like one of the page and is not."""
    words = quote.split()
    at = rng.randrange(1, len(words) - 1)
    foreign = rng.choice(others).split()
    match rng.randrange(7):
        case 0:
            words[at] = rng.choice(foreign)
        case 1:
            del words[at]
        case 2:
            words[at - 1], words[at] = words[at], words[at - 1]
        case 3:
            words.insert(at, "not")
        case 4:
            words = [*words[:at], *foreign[:4]]
        case 5:
            words = foreign
        case _:
            words = [*words[:at], "…", *readable(page).split()[-3:]]
    return " ".join(words)


@lru_cache(maxsize=2_000)
def _naive_words(text: str) -> str:
    return " " + " ".join(re.findall(r"[\w$€£%+&']+", readable(text).casefold())) + " "


def _rates(pages: list[str], count: int) -> tuple[int, int]:
    rng = random.Random(5)
    real = _real_quotes(pages, count, rng)
    prepared = {page: Words(readable(page)) for page in pages}
    found = sum(prepared[page].find(_retyped(quote, rng)) is not None for page, quote in real)
    others = [quote for _, quote in real]
    accepted = tried = 0
    while tried < count:
        page, quote = rng.choice(real)
        fake = _invented(page, quote, others, rng)
        if _naive_words(fake) in _naive_words(page):
            continue
        tried += 1
        accepted += prepared[page].find(fake) is not None
    return found, accepted


def test_of_500_real_quotes_typed_differently_98_percent_are_found_and_of_500_invented_ones_none() -> None:
    found, accepted = _rates(list(own.ALL), 500)
    assert found >= 490
    assert accepted == 0


def test_the_same_rates_hold_on_real_home_pages(shared_data: Path) -> None:
    pages = []
    with tarfile.open(shared_data / "html" / "pages.tar.gz") as archive:
        for member in archive.getmembers():
            file = archive.extractfile(member) if member.isfile() else None
            body = LexborHTMLParser(file.read(300_000)).body if file else None
            if body is not None:
                body.strip_tags(["script", "style", "noscript"])
                pages.append(body.text(separator="\n"))
    found, accepted = _rates([page for page in pages if len(page) > 500], 500)
    assert found >= 490
    assert accepted == 0
