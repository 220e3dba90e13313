import csv
import re
from pathlib import Path

import pytest

from enrichment_assets.companies import platforms, wrappers
from enrichment_assets.companies.domain import Rejected, canonical_domain, company_of_mail, itself
from enrichment_assets.companies.mail_hosts import is_disposable, is_free_mail

_DATA = Path(platforms.__file__).parent / "data"


def _rows(name):
    return list(csv.DictReader((_DATA / name).open(encoding="utf-8")))


def test_every_platform_is_one_and_the_company_behind_it_stays_one():
    for row in _rows("platforms.csv"):
        assert row["code"] in platforms.WORDS
        domain, _, path = row["domain"].replace(".*", ".de").partition("/")
        if row["scope"] == "path":
            assert canonical_domain(f"https://www.{domain}/{path}/x").code == row["code"], row
        elif row["scope"] in {"never", "host"}:
            assert isinstance(canonical_domain(f"https://{domain}/x"), Rejected), row
        else:
            assert isinstance(canonical_domain(f"https://acme.{domain}/"), Rejected), row
            assert not isinstance(canonical_domain(domain), Rejected), row
            if row["scope"] == "pages":
                assert isinstance(canonical_domain(f"https://www.{domain}/acme-robotics"), Rejected), row
                assert isinstance(canonical_domain(f"https://www.{domain}/company/acme"), Rejected), row
                assert canonical_domain(f"https://www.{domain}/company/") == domain, row


@pytest.mark.parametrize("country", ["de", "fr", "co.uk", "com.br", "co.in", "ca", "com.au", "nl", "co.jp", "com.mx"])
def test_a_platform_is_one_in_every_country(country):
    for address in ("google.{}/maps/place/x", "maps.google.{}/?cid=1", "www.amazon.{}/dp/B0", "tripadvisor.{}/Hotel_x"):
        assert isinstance(canonical_domain("https://" + address.format(country)), Rejected)
    assert canonical_domain(f"https://www.google.{country}") == f"google.{country}"


def test_every_wrapper_leads_to_its_target():
    for row in _rows("wrappers.csv"):
        assert canonical_domain(row["example"]) == canonical_domain(row["target"]), row
    assert wrappers.target_of("proofpoint.com", "/us") is None


@pytest.mark.parametrize(
    "address",
    [
        "https://protect-us.mimecast.com/s/AbCd",
        "https://secure-web.cisco.com/1W9/abc",
        "https://www.google.com/url?sa=t",
        "https://slack-redir.net/link?url=https%3A%2F%2Fslack-redir.net%2Flink%3Furl%3Dx",
        "https://www.bing.com/ck/a?u=a1%%%",
    ],
)
def test_a_wrapper_that_hides_its_target_is_no_company(address):
    assert canonical_domain(address).code == "link_wrapper"


def test_wrappers_within_wrappers_are_followed_and_end():
    inner = "https%3A%2F%2Fslack-redir.net%2Flink%3Furl%3Dhttps%253A%252F%252Facme.com"
    assert canonical_domain(f"https://www.google.de/url?q={inner}") == "acme.com"


@pytest.mark.parametrize("name", ["proofpoint.com", "mimecast.com", "carrd.co", "slack.com", "cisco.com", "odoo.com"])
def test_companies_behind_platforms_stay_companies(name):
    assert canonical_domain(f"https://www.{name}/") == name


@pytest.mark.parametrize(
    ("website", "name", "domain"),
    [
        ("https://www.linkedin.com", "LinkedIn", "linkedin.com"),
        ("linktr.ee", "Linktree", "linktr.ee"),
        ("https://pos.toasttab.com/", "Toast", "toasttab.com"),
        ("fastmail.com", "Fastmail Pty Ltd", "fastmail.com"),
        ("https://www.gmx.de/", "GMX", "gmx.de"),
        ("https://www.facebook.com", "Acme", None),
        ("gmail.com", "Gmail", None),
        ("https://acme.toasttab.com/", "Acme", None),
    ],
)
def test_a_platform_is_a_company_in_its_own_row(website, name, domain):
    assert itself(website, name) == domain


@pytest.mark.parametrize("host", ["example.com", "www.example.org", "a.test", "x.example", "y.invalid", "z.onion"])
def test_reserved_names_are_no_companies(host):
    assert canonical_domain(host).code == "reserved"
    assert company_of_mail(f"noemail@{host}").code == "reserved"


@pytest.mark.parametrize(
    ("cell", "domain"),
    [
        ("Jane Roe <jane@acme.com>", "acme.com"),
        ('"Poe, John" <john@acme.com>', "acme.com"),
        ("jane@acme.com (work)", "acme.com"),
        ("Work: jane@acme.com", "acme.com"),
        ("jane@gmail.com; jane@mail.acme.co.uk", "acme.co.uk"),
        ("mailto:jane@acme.com?subject=x", "acme.com"),
    ],
)
def test_an_address_is_found_beside_other_text(cell, domain):
    assert company_of_mail(cell) == domain


def test_two_companies_in_one_cell_are_not_chosen_between():
    assert company_of_mail("a@acme.com, b@beta.io").code == "several_sites"


def test_every_listed_mail_host_is_free_mail():
    for row in _rows("mail_hosts.csv"):
        if row["kind"] == "free":
            assert is_free_mail(row["domain"]) or is_disposable(row["domain"]), row


def test_every_footer_row_matches_its_example_and_not_its_counterexample():
    for row in _rows("footers.csv"):
        pattern = re.compile(row["pattern"], re.IGNORECASE)
        assert pattern.match(row["example"]), row
        assert not pattern.match(row["counterexample"]), row


@pytest.mark.parametrize("cell", ["\u200d" * 48_000 + "acme.com", "a." * 500_000, "x@" * 200_000, "http://" * 100_000])
def test_a_monstrous_cell_is_looked_at_only_so_far(cell):
    assert isinstance(canonical_domain(cell), Rejected)


def test_a_long_query_does_not_hide_a_site_and_a_cut_host_is_none():
    assert canonical_domain("https://acme.com/?utm=" + "x" * 5_000) == "acme.com"
    assert isinstance(canonical_domain("https://" + "a." * 995 + "acme.com"), Rejected)
