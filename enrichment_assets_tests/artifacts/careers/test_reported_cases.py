"""The cases about careers of the reported ones (``../shared/cases/pages.json``), each as what its reader would see."""

import json
from pathlib import Path
from typing import Any

import pytest

from enrichment_assets.artifacts.careers.functions import function_of
from enrichment_assets.artifacts.careers.links import careers_links
from enrichment_assets.artifacts.careers.listing import listed_openings
from enrichment_assets.pages.links import page_parts, parsed
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.artifacts.careers.conftest import TODAY, Produce, lever_job, page


@pytest.fixture
def case(shared_data: Path, request: pytest.FixtureRequest) -> dict[str, Any]:
    """The reported case that the test is marked with."""
    rows = json.loads((shared_data.parent / "cases" / "pages.json").read_text())
    return next(row for row in rows if row["id"] == request.param)


def reported(*ids: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("case", ids, indirect=True)


def jobs(count: int, path: str = "/careers/jobs", start: int = 0) -> str:
    return "".join(f'<li><a href="{path}/{n}">Data Engineer {n}</a></li>' for n in range(start, start + count))


@reported("C1")
async def test_a_board_called_careers_is_read(case: dict[str, Any], sandbox: Sandbox, produce: Produce) -> None:
    sandbox.boards({"breezy": {"acme": {"body": [{"id": "1", "name": "Account Executive"}]}}})
    sandbox.page("acme.com", page(case["input"].partition(": ")[2]))
    careers = await produce()
    assert (careers.status, careers.board, careers.confidence) == ("openings", "breezy:acme", "high")


@reported("C1")
async def test_any_page_called_careers_is_read(case: dict[str, Any], sandbox: Sandbox, produce: Produce) -> None:
    sandbox.page("acme.com", page('<a href="https://acme.hiring-vendor.example.com/">Careers</a>'))
    sandbox.page("acme.hiring-vendor.example.com", page(jobs(3, "/jobs"), title="Acme"), path="/")
    careers = await produce()
    assert (careers.source, careers.open_count) == ("careers_page", 3)


@reported("C2")
async def test_a_linked_board_without_its_feed_is_unknown(
    case: dict[str, Any], sandbox: Sandbox, produce: Produce
) -> None:
    sandbox.page("acme.com", page(case["input"].partition("home: ")[2].rpartition(", feed")[0]))
    for path in ("/careers", "/jobs"):
        sandbox.page("acme.com", "<h1>404</h1>", path=path, status=404)
    careers = await produce()
    assert (careers.status, careers.confidence, careers.hiring_intensity) == ("unknown", None, None)
    assert "ashby:acme" in careers.reason


@reported("C3")
async def test_view_all_is_followed(case: dict[str, Any], sandbox: Sandbox, produce: Produce) -> None:
    sandbox.page("acme.com", page('<a href="/careers">Careers</a>'))
    featured = f'<h2>Featured jobs</h2>{jobs(2)}<a href="/careers/jobs">View all jobs</a>'
    sandbox.page("acme.com", page(featured, title="Careers"), path="/careers")
    sandbox.page("acme.com", page(jobs(30), title="Jobs"), path="/careers/jobs")
    careers = await produce()
    assert (careers.open_count, careers.complete) == (30, True)


@reported("C5")
async def test_a_page_about_working_here_is_no_posting(
    case: dict[str, Any], sandbox: Sandbox, produce: Produce
) -> None:
    markup = case["input"].partition(" + ")[0]
    about = f'<script type="application/ld+json">{markup}</script><a href="/careers/open-roles">View open roles</a>'
    sandbox.page("acme.com", page('<a href="/careers">Careers</a>'))
    sandbox.page("acme.com", page(about, title="Careers"), path="/careers")
    sandbox.page("acme.com", page(jobs(12, "/careers/open-roles"), title="Open roles"), path="/careers/open-roles")
    assert (await produce()).open_count == 12


@reported("C6")
async def test_a_long_own_list_is_preferred_to_a_foreign_board(
    case: dict[str, Any], sandbox: Sandbox, produce: Produce
) -> None:
    position = "<position><id>{}</id><name>Trainer</name><subcompany>EGYM SE</subcompany></position>"
    feed = f"<workzag-jobs>{position.format(1)}{position.format(2)}</workzag-jobs>"
    sandbox.boards({"personio": {"egym": {"body": feed, "content_type": "text/xml"}}})
    sandbox.page("acme.com", page('<a href="/careers">Careers</a>'))
    board = '<a href="https://egym.jobs.personio.de">More jobs</a>'
    sandbox.page("acme.com", page(jobs(104), board, title="Careers"), path="/careers")
    careers = await produce()
    assert (careers.source, careers.open_count) == ("careers_page", 104)


@reported("C7")
async def test_subsidiaries_boards_are_read_together(case: dict[str, Any], sandbox: Sandbox, produce: Produce) -> None:
    for slug, number in (("globex", 1), ("initech", 2)):
        job = {"id": number, "title": "Engineer", "company_name": slug.title(), "first_published": TODAY.isoformat()}
        sandbox.boards({"greenhouse": {slug: {"body": {"jobs": [job]}}}})
    links = '<a href="https://boards.greenhouse.io/globex">Globex</a><a href="https://boards.greenhouse.io/initech">Initech</a>'
    sandbox.page("acme.com", page('<a href="/careers">Careers</a>'))
    sandbox.page("acme.com", page(links, title="Careers"), path="/careers")
    careers = await produce()
    assert (careers.status, careers.open_count, careers.confidence) == ("openings", 2, "low")
    assert careers.board == "greenhouse:globex, greenhouse:initech"


@reported("C8")
async def test_openings_behind_consent_are_unknown_and_name_their_vendor(
    case: dict[str, Any], sandbox: Sandbox, produce: Produce
) -> None:
    said = case["input"].partition('"')[2].partition('"')[0]
    sandbox.page("acme.com", page('<a href="/jobs">Jobs</a>'))
    sandbox.page("acme.com", page(f"<p>{said}</p><button>OK</button>", title="Jobs"), path="/jobs")
    careers = await produce()
    assert (careers.status, careers.confidence, careers.hiring_intensity) == ("unknown", None, None)
    assert "join" in careers.reason


@reported("C9")
async def test_a_vendor_page_that_needs_a_browser_is_read_by_its_feed(
    case: dict[str, Any], sandbox: Sandbox, produce: Produce
) -> None:
    items = [{"id": "1", "name": "Account Executive", "url": "https://ats.rippling.com/acme/jobs/1"}]
    sandbox.boards({"rippling": {"acme": {"body": {"items": items, "totalPages": 1}}}})
    sandbox.page("acme.com", page('<a href="/careers">Careers</a>'))
    link = '<a href="https://ats.rippling.com/acme/jobs">See open positions</a>'
    sandbox.page("acme.com", page(link, title="Careers"), path="/careers")
    assert (await produce()).board == "rippling:acme"


@reported("C9")
async def test_a_list_one_link_further_is_rendered_where_it_is_empty_without(
    case: dict[str, Any], sandbox: Sandbox, produce: Produce
) -> None:
    sandbox.page("acme.com", page('<a href="/careers">Careers</a>'))
    link = '<a href="https://jobs.gizmo-works.com/careers">See open positions</a>'
    sandbox.page("acme.com", page(link, title="Careers"), path="/careers")
    sandbox.company("gizmo-works.com", careers="page", careers_path="/careers", employees=400, site="javascript")
    assert (await produce()).status == "openings"
    assert sandbox.bill()["spider"]["calls"] == 4  # home, careers, the list without and with a browser


@reported("C10")
async def test_an_embed_by_number_names_its_board(case: dict[str, Any], sandbox: Sandbox, produce: Produce) -> None:
    job = {"title": "Engineer", "shortcode": "A1", "published_on": TODAY.date().isoformat()}
    sandbox.boards({"workable": {"670249": {"body": {"name": "Acme", "jobs": [job]}}}})
    sandbox.page("acme.com", page('<a href="/careers">Careers</a>'))
    sandbox.page("acme.com", page(case["input"], title="Careers"), path="/careers")
    careers = await produce()
    assert (careers.board, careers.confidence, careers.open_count) == ("workable:670249", "high", 1)


@reported("C12")
async def test_nothing_open_beats_links_to_departments(
    case: dict[str, Any], sandbox: Sandbox, produce: Produce
) -> None:
    sandbox.page("acme.com", page('<a href="/careers">Careers</a>'))
    sandbox.page("acme.com", page(case["input"].partition(": ")[2], title="Careers"), path="/careers")
    careers = await produce()
    assert (careers.status, careers.hiring_intensity) == ("no_openings", "COLD")


@reported("C13")
def test_accounts_and_manuals_are_no_careers_page(case: dict[str, Any]) -> None:
    assert careers_links(page_parts(case["input"], "https://acme.com/").links, "acme.com") == ()


@reported("C14", "C14b")
@pytest.mark.parametrize("domain", ["github.com", "apple.com", "medium.com", "builtin.com", "facebook.com"])
def test_a_companys_own_domain_is_never_elsewhere(case: dict[str, Any], domain: str) -> None:
    url = f"https://{domain}/about/careers"
    assert careers_links([(url, "Careers")], domain) == (url,)
    assert domain in ("apple.com",) or careers_links([(url, "")], "acme.com") == ()


@reported("C16")
def test_a_title_keeps_its_dash_and_a_place_is_no_department(case: dict[str, Any]) -> None:
    (opening,) = listed_openings(parsed(case["input"]), "https://acme.com/jobs")
    assert opening.title == "Controller – KI-Transformation (m/w/d)"
    assert (opening.department, opening.location) == (None, "Garching")


@reported("C17")
def test_jobs_of_every_trade_are_listed(case: dict[str, Any]) -> None:
    titles = case["input"].split('"')[1::2]
    links = "".join(f'<a href="/careers/{title.lower().replace(" ", "-")}">{title}</a>' for title in titles)
    found = listed_openings(parsed(links), "https://acme.com/careers")
    assert [opening.title for opening in found] == titles


@reported("F1")
def test_the_head_of_a_title_names_the_function(case: dict[str, Any]) -> None:
    titles, wanted = case["input"].split('"')[1::2], case["want"].split(", ")
    assert [function_of(title) for title in titles] == wanted


async def test_pages_of_a_list_are_read_within_bounds(sandbox: Sandbox, produce: Produce) -> None:
    sandbox.page("acme.com", page('<a href="/careers">Careers</a>'))
    for number in range(1, 9):
        listed = jobs(10, "/careers/job", start=1_000 + 10 * number)
        onward = f'<a href="/careers?page={number + 1}">{number + 1}</a>' if number < 8 else ""
        path = "/careers" if number == 1 else f"/careers?page={number}"
        sandbox.page("acme.com", page("<p>80 open positions</p>", listed, onward, title="Careers"), path=path)
    careers = await produce(web_requests_per_s_per_host=1_000.0)
    assert (careers.open_count, careers.complete) == (60, False)
    assert careers.status == "openings"


async def test_a_total_that_the_page_states_makes_a_list_partial(sandbox: Sandbox, produce: Produce) -> None:
    sandbox.page("acme.com", page('<a href="/careers">Careers</a>'))
    said = page("<p>Showing 1-10 of 30 jobs</p>", jobs(10), title="Careers")
    sandbox.page("acme.com", said, path="/careers")
    careers = await produce()
    assert (careers.open_count, careers.complete) == (10, False)


@pytest.mark.parametrize(
    ("markup", "vendor"),
    [
        ('<iframe src="https://careers-acme.icims.com/jobs/intro?in_iframe=1"></iframe>', "icims"),
        ('<script src="https://jobs.jobvite.com/__assets__/scripts/careersite.js"></script>', "jobvite"),
        ('<iframe src="https://recruiting.paylocity.com/recruiting/jobs/All/x/Acme"></iframe>', "paylocity"),
        ('<div id="grnhse_app"></div>', "greenhouse"),
        ("<h2>Open positions (0)</h2><div id='list'></div>", "script"),
        ("<p>We are a great place to work.</p>", "does not say"),
    ],
)
async def test_a_page_that_does_not_say_that_nothing_is_open_is_unknown(
    markup: str, vendor: str, sandbox: Sandbox, produce: Produce
) -> None:
    sandbox.page("acme.com", page('<a href="/careers">Careers</a>'))
    sandbox.page("acme.com", page(markup, title="Careers"), path="/careers")
    careers = await produce()
    assert (careers.status, careers.open_count, careers.hiring_intensity) == ("unknown", 0, None)
    assert vendor in careers.reason


async def test_an_unreadable_page_of_a_vendor_without_a_feed_is_unknown(sandbox: Sandbox, produce: Produce) -> None:
    sandbox.page("acme.com", page('<a href="https://acme.taleo.net/careersection/2/jobsearch.ftl">Careers</a>'))
    sandbox.page("acme.taleo.net", "<h1>Access denied</h1>", path="/careersection/2/jobsearch.ftl", status=403)
    careers = await produce()
    assert (careers.status, careers.hiring_intensity) == ("unknown", None)
    assert "taleo" in careers.reason


async def test_a_page_elsewhere_that_keeps_readers_out_is_unknown(sandbox: Sandbox, produce: Produce) -> None:
    sandbox.page("acme.com", page('<a href="https://wellfound.com/company/acme/jobs">Careers</a>'))
    sandbox.page("wellfound.com", "<h1>Access denied</h1>", path="/company/acme/jobs", status=403)
    careers = await produce()
    assert (careers.status, careers.confidence) == ("unknown", None)
    assert "wellfound.com" in careers.reason


@pytest.mark.parametrize(("found", "status"), [("<h1>Careers</h1>No open positions.", "no_openings"), ("", "unknown")])
async def test_careers_on_a_profile_are_not_read_but_those_of_the_site_are_looked_for(
    sandbox: Sandbox, produce: Produce, found: str, status: str
) -> None:
    sandbox.page("acme.com", page('<a href="https://www.linkedin.com/company/acme/jobs">Careers</a>'))
    sandbox.page("acme.com", found or "<h1>404</h1>", path="/careers", status=200 if found else 404)
    sandbox.page("acme.com", "<h1>404</h1>", path="/jobs", status=404)
    careers = await produce()
    assert careers.status == status
    assert found or "linkedin.com, which is not read" in careers.reason


async def test_the_login_of_the_staff_is_no_job_board(sandbox: Sandbox, produce: Produce) -> None:
    sandbox.boards({"bamboohr": {"acme": {"body": {"result": []}}}})
    sandbox.page("acme.com", page('<a href="https://acme.bamboohr.com/login.php">Employee login</a>'))
    for path in ("/careers", "/jobs"):
        sandbox.page("acme.com", "<h1>404</h1>", path=path, status=404)
    assert (await produce()).status == "no_careers_page"


async def test_an_empty_board_is_not_believed_where_a_newer_one_cannot_be_read(
    sandbox: Sandbox, produce: Produce
) -> None:
    sandbox.boards({"lever": {"acme": {"body": []}}})
    sandbox.page("acme.com", page('<a href="https://jobs.lever.co/acme">Jobs</a><a href="/careers">Careers</a>'))
    sandbox.page("acme.com", page('<iframe src="https://jobs.ashbyhq.com/acme"></iframe>'), path="/careers")
    assert (await produce()).status == "unknown"


async def test_what_was_unknown_does_not_make_every_job_new_or_gone(sandbox: Sandbox, produce: Produce) -> None:
    sandbox.page("acme.com", page('<a href="https://jobs.lever.co/acme">Jobs</a>'))
    for path in ("/careers", "/jobs"):
        sandbox.page("acme.com", "<h1>404</h1>", path=path, status=404)
    sandbox.boards({"lever": {"acme": {"body": [lever_job(1)]}}})
    first = await produce()
    sandbox.boards({"lever": {"acme": {"body": {"ok": False}, "status": 404}}})
    second = await produce(previous=first)
    assert (second.status, second.gone_since_last) == ("unknown", ())
    sandbox.boards({"lever": {"acme": {"body": [lever_job(1)]}}})
    third = await produce(previous=second)
    assert (third.status, third.new_since_last) == ("openings", ())
