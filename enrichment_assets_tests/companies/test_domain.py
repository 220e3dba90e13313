import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from enrichment_assets.companies.domain import Rejected, canonical_domain
from enrichment_assets.companies.mail_hosts import is_disposable, is_free_mail


@pytest.mark.parametrize(
    "text",
    [
        "stripe.com",
        "https://www.Stripe.com/",
        "WWW.STRIPE.COM:443/x?y#z",
        "http://dashboard.stripe.com/login",
        "https://user:pw@stripe.com/a",
        "mailto:info@stripe.com",
        "info@stripe.com",
        "  stripe.com.  ",
        "\u200bstripe.com\ufeff",
        '"stripe.com"',
        "<https://stripe.com>",
        "[Stripe](https://stripe.com)",
        "stripe。com",
        "ｓｔｒｉｐｅ．ｃｏｍ",
        "http://http://stripe.com",
        "https//stripe.com",
        "http:\\\\stripe.com",
        "http:// stripe.com",
        "https%3A%2F%2Fstripe.com",
        "https://stripe.com, www.stripe.com/de",
        "info@stripe.com; sales@stripe.com",
        "https://stripe.com/?next=https://elsewhere.org",
        "Website: stripe.com",
    ],
)
def test_every_spelling_of_a_site_is_one_domain(text):
    assert canonical_domain(text) == "stripe.com"


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("https://www.bbc.co.uk/news", "bbc.co.uk"),
        ("shop.acme.com.au", "acme.com.au"),
        ("acme.github.io/page", "acme.github.io"),
        ("https://acme.myshopify.com", "acme.myshopify.com"),
        ("straße.de", "xn--strae-oqa.de"),
        ("https://www.MÜNCHEN.de/", "xn--mnchen-3ya.de"),
        ("xn--mnchen-3ya.de", "xn--mnchen-3ya.de"),
        ("city.kawasaki.jp", "city.kawasaki.jp"),
        ("https://my_app.acme.com", "acme.com"),
        ("github.com", "github.com"),
        ("https://investors.etsy.com/overview", "etsy.com"),
        ("https://www.crunchbase.com/", "crunchbase.com"),
        ("google.com", "google.com"),
        ("http://www.telstra.com.au", "telstra.com.au"),
    ],
)
def test_the_domain_is_registrable_by_the_public_suffix_list(text, domain):
    assert canonical_domain(text) == domain


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (None, "empty"),
        ("", "empty"),
        (" \u200b ", "empty"),
        ("n/a", "empty"),
        ("-", "empty"),
        ("None", "empty"),
        ("http://", "empty"),
        ("Acme Inc.", "not_a_domain"),
        ("Acme acme.com", "not_a_domain"),
        ("+49 30 1234567", "not_a_domain"),
        ("tel:+49301234567", "not_a_domain"),
        ("brochure.pdf", "file_name"),
        ("http://127.0.0.1:8080/", "ip_address"),
        ("http://[::1]/", "ip_address"),
        ("localhost:3000", "localhost"),
        ("printer.local", "localhost"),
        ("acme..com", "invalid_name"),
        ("-acme.com", "invalid_name"),
        ("i❤.ws", "invalid_name"),
        ("acme.con", "unknown_suffix"),
        ("https://careers.turtlemint", "unknown_suffix"),
        ("github.io", "bare_suffix"),
        ("www.github.io", "bare_suffix"),
        ("co.uk", "bare_suffix"),
        ("acme.com, acme.de", "several_sites"),
        ("acme.com/acme.de", "several_sites"),
        ("https://acme.comhttps://acme.io", "several_sites"),
        ("info@acme.com sales@acme.io", "several_sites"),
        ("jane.acme@gmail.com", "free_mail_address"),
        ("jane@yopmail.com", "free_mail_address"),
        ("jane@tuta.com", "free_mail_address"),
        ("gmail.com", "email_provider"),
        ("https://www.mailinator.com", "email_provider"),
        ("https://linkedin.com/company/acme", "social_network"),
        ("https://www.facebook.com/acme", "social_network"),
        ("x.com/acme", "social_network"),
        ("https://apps.apple.com/us/app/acme/id1", "app_store"),
        ("https://play.google.com/store/apps/details?id=acme", "app_store"),
        ("linktr.ee/acme", "link_in_bio"),
        ("bit.ly/3xyz", "shortener"),
        ("https://crunchbase.com/organization/acme", "directory_page"),
        ("https://www.ycombinator.com/companies/acme", "directory_page"),
        ("https://boards.greenhouse.io/acme", "job_board"),
        ("https://www.notion.so/Acme-0123456789", "hosted_page"),
        ("https://acme.notion.site", "hosted_page"),
        ("https://sites.google.com/view/acme", "hosted_page"),
        ("https://docs.google.com/document/d/1", "hosted_page"),
        ("acme.squarespace.com", "hosted_page"),
        ("https://github.com/acme", "hosted_page"),
        ("https://www.etsy.com/shop/acme", "marketplace_page"),
        ("d111.cloudfront.net", "infrastructure"),
        ("s3.amazonaws.com/acme", "infrastructure"),
        ("https://en.wikipedia.org/wiki/Acme", "reference"),
    ],
)
def test_what_is_no_company_site_is_rejected_with_a_sentence(text, code):
    rejected = canonical_domain(text)
    assert isinstance(rejected, Rejected)
    assert rejected.code == code
    assert rejected.reason.endswith(".") or rejected.reason.endswith("internet.")
    assert len(rejected.reason) < 250


@settings(max_examples=500)
@given(st.text())
def test_any_text_gives_a_stable_domain_or_a_rejection(text):
    first = canonical_domain(text)
    if not isinstance(first, Rejected):
        assert canonical_domain(first) == first
        assert first == first.lower()
        assert first.isascii()


_LABEL = st.from_regex(r"[a-z][a-z0-9]{1,10}(-[a-z0-9]{1,5})?", fullmatch=True).filter(lambda label: label != "www")
_SUFFIX = st.sampled_from(["com", "de", "co.uk", "io", "com.au", "github.io", "myshopify.com", "co.jp", "xn--p1ai"])
_URLISH = st.text(alphabet=string.ascii_letters + string.digits + ".-_/:@?#,;|%[]()<>\\ ßü。", max_size=60)


@settings(max_examples=500)
@given(_URLISH)
def test_anything_that_looks_like_a_url_gives_a_stable_domain_or_a_rejection(text):
    for candidate in (text, f"https://{text}", f"https://www.{text}.com/", f"info@{text}.de"):
        first = canonical_domain(candidate)
        if not isinstance(first, Rejected):
            assert canonical_domain(first) == first


@settings(max_examples=300)
@given(
    label=_LABEL,
    suffix=_SUFFIX,
    scheme=st.sampled_from(["", "http://", "https://", "HTTPS://", "//", "https://http://"]),
    below=st.sampled_from(["", "www.", "WWW.", "shop.", "a.b."]),
    port=st.sampled_from(["", ":80", ":8443"]),
    path=st.sampled_from(["", "/", "/about", "/a/b.html?x=1#y", "?utm_source=z", "#top"]),
    around=st.sampled_from(["{}", " {} ", '"{}"', "\u200b{}", "<{}>", "({})", "{},", "\n{}\r\n"]),
)
def test_scheme_subdomain_port_path_and_wrapping_never_change_the_domain(
    label, suffix, scheme, below, port, path, around
):
    plain = canonical_domain(f"https://{label}.{suffix}")
    if isinstance(plain, Rejected):
        return
    if plain in {"etsy.com", "github.com"}:
        return
    assert plain == f"{label}.{suffix}"
    assert canonical_domain(around.format(f"{scheme}{below}{label}.{suffix}{port}{path}")) == plain


def test_free_mail_and_throw_away_mail_are_told_apart():
    for domain in ("gmail.com", "GMX.de", "tuta.com", "tutanota.com", "hey.com", "yahoo.co.uk"):
        assert is_free_mail(domain)
        assert not is_disposable(domain)
    for domain in ("mailinator.com", "yopmail.com", "guerrillamail.com"):
        assert is_disposable(domain)
        assert not is_free_mail(domain)
    for domain in ("stripe.com", "google.com", "microsoft.com", "apple.com", "acme.za.com", "com", ""):
        assert not is_free_mail(domain)
        assert not is_disposable(domain)
