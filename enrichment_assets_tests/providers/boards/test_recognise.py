"""Which board a text points to: never a wrong one, and no name guessed."""

import csv
import json
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment_assets.providers.boards.board import BoardRef
from enrichment_assets.providers.boards.catalog import BOARDS
from enrichment_assets.providers.boards.recognise import board_of_url, board_refs, vendor_of_url, vendors_told

ADDRESSES = {
    "greenhouse": (
        "https://boards.greenhouse.io/{}",
        "https://job-boards.greenhouse.io/{}/jobs/123",
        "https://job-boards.eu.greenhouse.io/{}",
        "https://boards.greenhouse.io/embed/job_board?for={}",
        "https://boards.greenhouse.io/embed/job_board/js?for={}&b=https",
        "https://boards.greenhouse.io/embed/job_app?token=123&for={}",
        "https://boards-api.greenhouse.io/v1/boards/{}/jobs?content=true",
        "https://boards.cdn.greenhouse.io/embed/job_board/js?for={}",
        "https://app.greenhouse.io/embed/job_app?for={}&token=1",
        "HTTPS://BOARDS.GREENHOUSE.IO/{}",
    ),
    "lever": (
        "https://jobs.lever.co/{}",
        "https://jobs.lever.co/{}/a24ec4e5",
        "https://api.lever.co/v0/postings/{}?mode=json",
        "https://Jobs.Lever.co/{}",
    ),
    "ashby": (
        "https://jobs.ashbyhq.com/{}",
        "https://jobs.ashbyhq.com/{}?embed=js",
        "https://api.ashbyhq.com/posting-api/job-board/{}",
        "https://Jobs.AshbyHQ.com/{}",
    ),
    "workable": ("https://apply.workable.com/{}/", "https://{}.workable.com/jobs/1", "https://apply.workable.com/api/v1/widget/accounts/{}"),
    "smartrecruiters": (
        "https://careers.smartrecruiters.com/{}",
        "https://jobs.smartrecruiters.com/{}/744000133907678-engineer",
        "https://api.smartrecruiters.com/v1/companies/{}/postings",
        "https://jobs.smartrecruiters.com/?company={}",
    ),
    "recruitee": ("https://{}.recruitee.com/", "https://{}.recruitee.com/o/engineer"),
    "personio": ("https://{}.jobs.personio.de/", "https://{}.jobs.personio.de/job/1"),
    "teamtailor": ("https://{}.teamtailor.com/jobs", "https://{}.teamtailor.com"),
}  # fmt: skip
WRAPPINGS = (
    '<a href="{}">Careers</a>',
    "<iframe src='{}'></iframe>",
    '<script>{{"url":"{}"}}</script>',
    "see {} for more",
    "[jobs]({}), and more",
    "https://example.com/out?to={}&x=1",
)
every_address = [(vendor, address) for vendor, addresses in ADDRESSES.items() for address in addresses]


@pytest.mark.parametrize(("vendor", "address"), every_address)
@given(
    slug=st.from_regex(r"[a-z][a-z0-9]{1,20}(-[a-z0-9]{1,10})?", fullmatch=True),
    wrapping=st.sampled_from(WRAPPINGS),
    escape=st.sampled_from(("none", "json", "percent", "markup", "unicode")),
)
def test_an_address_is_recognised_in_any_escaping(
    vendor: str, address: str, slug: str, wrapping: str, escape: str
) -> None:
    if slug in BOARDS[vendor].not_slugs:
        return
    url = address.format(slug)
    escaped = {
        "none": url,
        "json": json.dumps(url)[1:-1].replace("/", "\\/"),
        "percent": quote(url, safe=""),
        "markup": url.replace("&", "&amp;").replace("/", "&#x2F;"),
        "unicode": url.replace("/", "\\u002F").replace("&", "\\u0026"),
    }[escape]
    assert board_refs(wrapping.format(escaped)) == (BoardRef(vendor, slug),)


@given(st.text())
def test_no_text_makes_it_fail_and_text_without_a_vendor_names_none(text: str) -> None:
    assert board_refs(text) == ()
    for address in ("https://jobs.lever.co/", "https://jobs.ashbyhq.com/", "https://boards.greenhouse.io/"):
        for ref in board_refs(address + text):
            assert ref.slug


@pytest.mark.parametrize(
    "url",
    [
        "https://boards.greenhouse.io/embed/job_app?token=123",
        "https://boards.greenhouse.io/embed/job_board/js",
        "https://www.greenhouse.io/customers",
        "https://www.lever.co/",
        "https://help.lever.co/hc/en-us",
        "https://www.ashbyhq.com/customers",
        "https://jobs.ashbyhq.com/api/non-user-graphql?op=x",
        "https://jobs.ashbyhq.com/_next/static/chunks/x.js",
        "https://apply.workable.com/j/DD136DD7E7",
        "https://www.workable.com/",
        "https://resources.workable.com/tutorial",
        "https://jobs.workable.com/view/abc/engineer",
        "https://www.smartrecruiters.com/recruiting-software/",
        "https://static.smartrecruiters.com/job-widget/1.4.2/script/smart_widget.js",
        "https://support.recruitee.com/en",
        "https://www.personio.de/",
        "https://www.teamtailor.com/",
        "https://scripts.teamtailor-cdn.com/widgets/eu-pink/jobs.js",
        "https://notgreenhouse.io/acme",
        "https://clever.com/jobs",
        "https://example.com/?gh_jid=123",
    ],
)
def test_vendors_own_pages_are_nobodys_board(url: str) -> None:
    assert board_refs(url) == ()


def test_case_and_region_are_kept_where_they_matter() -> None:
    assert board_of_url("https://jobs.eu.lever.co/JOURNEE/1") == BoardRef("lever", "JOURNEE", "eu")
    assert board_of_url("https://api.eu.lever.co/v0/postings/Acme") == BoardRef("lever", "Acme", "eu")
    assert board_of_url("https://jobs.ashbyhq.com/The%20Org") == BoardRef("ashby", "The Org")
    assert board_of_url("https://boards.greenhouse.io/Acme") == BoardRef("greenhouse", "acme")
    assert board_of_url("https://acme.na.teamtailor.com/jobs") == BoardRef("teamtailor", "acme.na")
    assert board_of_url("https://acme.jobs.personio.com") == BoardRef("personio", "acme", "com")


def test_several_boards_in_one_script_are_all_found_in_order() -> None:
    script = "x" * 5_000 + '{"a":"https:\\/\\/jobs.lever.co\\/acme","b":"https://jobs.ashbyhq.com/beta"}' + "y" * 5_000
    assert board_refs(script + " https://acme.recruitee.com") == (
        BoardRef("lever", "acme"), BoardRef("ashby", "beta"), BoardRef("recruitee", "acme"),
    )  # fmt: skip


def test_a_vendor_is_told_by_other_signs() -> None:
    assert vendors_told('<div id="grnhse_app"></div>') == ("greenhouse",)
    assert vendors_told('<a href="/jobs?gh_jid=123">') == ("greenhouse",)
    assert vendors_told("/careers?ashby_jid=aaaa") == ("ashby",)
    assert vendors_told("<p>greenhouse gases</p>") == ()


@pytest.mark.parametrize(
    ("file", "column"), [("company_careers_urls", "careers_url"), ("yc_ats_candidates", "board_url")]
)
def test_real_careers_urls_are_given_the_right_board(file: str, column: str, shared_data: Path) -> None:
    right = wrong = missed = 0
    with (shared_data / "ats" / f"{file}.csv").open(newline="") as rows:
        for row in csv.DictReader(rows):
            wanted = row["ats"] if row["ats"] in BOARDS else None
            ref = board_of_url(row[column])
            assert wanted is None or vendor_of_url(row[column]) == wanted
            if ref is None:
                missed += wanted not in (None, "workday")  # an address without a site names no board
            elif ref.board == wanted and ref.slug.lower().startswith(row.get("ats_slug", ref.slug).lower()):
                right += 1
            else:
                wrong += 1
    print(f"{file}: {right} right, {wrong} wrong, {missed} missed")
    assert right / (right + wrong) >= 0.99
    assert right / (right + missed) >= 0.99


def test_real_job_listing_urls_are_given_the_right_board(shared_data: Path) -> None:
    listings = json.loads((shared_data / "ats/captures/simplify_listings_sample.json").read_text())
    assert {str(board_of_url(listing["url"])) for listing in listings if "lever" in listing["url"]} == {"lever:rws"}
