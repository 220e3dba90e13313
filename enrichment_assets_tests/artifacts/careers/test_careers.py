"""Careers from end to end: a site, its boards and its pages over loopback, and what is said of them."""

import gzip
import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import pytest

from enrichment_assets.artifacts.careers.declaration import CAREERS
from enrichment_assets.core.errors import TransientError
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.artifacts.careers.conftest import TODAY, Produce, lever_job, page


async def test_every_real_ashby_board_gives_its_postings_with_signals(
    sandbox: Sandbox, produce: Produce, shared_data: Path
) -> None:
    with gzip.open(shared_data / "ats" / "ashby_boards.jsonl.gz", "rt") as lines:
        boards = {unquote(row["board"]): row["body"] for row in map(json.loads, lines)}
    sandbox.boards({"ashby": boards})
    for number, (slug, body) in enumerate(boards.items()):
        domain = f"company-{number}.com"
        sandbox.page(domain, page(f'<a href="https://jobs.ashbyhq.com/{quote(slug)}">Careers</a>'))
        careers = await produce(domain, slug)
        held = [job["id"] for job in body["jobs"] if job["isListed"]]
        assert [posting.id for posting in careers.postings] == held, (slug, careers.reason)
        assert careers.board == f"ashby:{slug}"
        assert careers.confidence in ("high", "low")  # low: every posting is over a year old
        assert careers.open_count == len([posting for posting in careers.postings if not posting.evergreen])
        assert sum(careers.by_function.values()) == sum(careers.by_seniority.values()) == careers.open_count
        if careers.open_count:
            assert careers.status == "openings"


@pytest.mark.parametrize(
    "pointer",
    [
        '<a href="https://jobs.lever.co/acme">Open positions</a>',
        '<iframe src="https://jobs.lever.co/acme"></iframe>',
        '<script>fetch("https://api.lever.co/v0/postings/acme?mode=json")</script>',
        '<script>{"u":"https:\\/\\/jobs.lever.co\\/acme"}</script>',
    ],
)
@pytest.mark.parametrize("where", ["home", "careers"])
async def test_the_board_is_found_wherever_the_site_points_to_it(
    where: str, pointer: str, sandbox: Sandbox, produce: Produce
) -> None:
    sandbox.boards({"lever": {"acme": {"body": [lever_job(1), lever_job(2, "Data Engineer")]}}})
    sandbox.page("acme.com", page(pointer if where == "home" else '<a href="/careers">Careers</a>'))
    sandbox.page("acme.com", page(pointer, title="Careers at Acme"), path="/careers")
    careers = await produce()
    assert (careers.status, careers.source, careers.board) == ("openings", "job_board", "lever:acme")
    assert (careers.confidence, careers.open_count) == ("high", 2)
    assert careers.by_function == {"data": 1, "sales": 1}


async def test_a_board_of_another_company_on_the_home_page_does_not_count(sandbox: Sandbox, produce: Produce) -> None:
    """A customer story links to the customer's board; nobody asked for it."""
    job = {"id": 1, "title": "Engineer", "company_name": "Globex", "location": {"name": "Oslo"}}
    sandbox.boards({"greenhouse": {"globex": {"body": {"jobs": [job]}}}})
    sandbox.page("acme.com", page('<a href="https://boards.greenhouse.io/globex">How Globex grew</a>'))
    sandbox.page("acme.com", "<h1>Not found</h1>", path="/careers", status=404)
    sandbox.page("acme.com", "<h1>Not found</h1>", path="/jobs", status=404)
    careers = await produce()
    assert (careers.status, careers.open_count, careers.board) == ("no_careers_page", 0, None)


async def test_the_parent_companys_board_on_the_careers_page_counts_with_low_confidence(
    sandbox: Sandbox, produce: Produce
) -> None:
    jobs = [{"id": n, "title": "Engineer", "company_name": "Globex"} for n in range(30)]
    sandbox.boards({"greenhouse": {"globex": {"body": {"jobs": jobs}}}})
    sandbox.page("acme.com", page('<a href="/careers">Careers</a>'))
    careers_page = page('<a href="https://boards.greenhouse.io/globex">Open roles</a>', title="Careers")
    sandbox.page("acme.com", careers_page, path="/careers")
    careers = await produce()
    assert (careers.confidence, careers.open_count, careers.hiring_intensity) == ("low", 30, "WARM")
    assert "calls itself Globex" in careers.reason


async def test_of_a_portfolio_of_boards_only_the_companys_own_counts(sandbox: Sandbox, produce: Produce) -> None:
    others = "".join(f'<a href="https://jobs.lever.co/portfolio{n}">Jobs at Portfolio {n}</a>' for n in range(5))
    sandbox.boards({"lever": {f"portfolio{n}": {"body": [lever_job(n)]} for n in range(5)}})
    sandbox.page("acme.com", page('<a href="/jobs">Jobs</a>', others))
    sandbox.page("acme.com", page(others, "<p>There are currently no open positions.</p>", title="Jobs"), path="/jobs")
    assert (await produce()).status == "no_openings"
    sandbox.boards({"lever": {"acme": {"body": [lever_job(9)]}}})
    sandbox.page("acme.com", page(others, '<a href="https://jobs.lever.co/acme">Jobs at Acme</a>'))
    careers = await produce()
    assert (careers.board, [posting.id for posting in careers.postings]) == ("lever:acme", ["9"])


async def test_a_slug_is_never_guessed(sandbox: Sandbox, produce: Produce) -> None:
    """A board under the company's very name, that the site does not point to, is somebody else's."""
    sandbox.boards({"lever": {"acme": {"body": [lever_job(1)]}}, "ashby": {"acme": {"body": {"jobs": []}}}})
    sandbox.page("acme.com", page())
    for path in ("/careers", "/jobs"):
        sandbox.page("acme.com", "<h1>404</h1>", path=path, status=404)
    careers = await produce()
    assert careers.status == "no_careers_page"


async def test_a_company_that_moved_is_read_from_its_new_board(sandbox: Sandbox, produce: Produce) -> None:
    sandbox.boards({"lever": {"acme": {"body": [lever_job(1, days=900)]}}})
    new = {"id": "n1", "title": "Account Executive", "publishedAt": TODAY.isoformat()}
    sandbox.boards({"ashby": {"acme": {"body": {"jobs": [new]}}}})
    sandbox.page("acme.com", page('<a href="https://jobs.lever.co/acme">Jobs</a> <a href="/careers">Careers</a>'))
    sandbox.page("acme.com", page('<iframe src="https://jobs.ashbyhq.com/acme"></iframe>'), path="/careers")
    careers = await produce()
    assert careers.board == "ashby:acme"
    assert [posting.id for posting in careers.postings] == ["n1"]


@pytest.mark.parametrize(("days", "status"), [(900, "openings"), (None, "no_openings")])
async def test_a_stale_or_empty_board_is_said_to_be_so_when_nothing_better_is_found(
    days: int | None, status: str, sandbox: Sandbox, produce: Produce
) -> None:
    sandbox.boards({"lever": {"acme": {"body": [lever_job(1, days=days)] if days else []}}})
    sandbox.page("acme.com", page('<a href="https://jobs.lever.co/acme">Jobs</a> <a href="/careers">Careers</a>'))
    sandbox.page("acme.com", page(title="Careers"), path="/careers")
    careers = await produce()
    assert (careers.status, careers.source, careers.hiring_intensity) == (status, "job_board", "COLD")
    assert careers.confidence == ("low" if days else "high")


async def test_talent_pools_are_listed_but_not_open_jobs(sandbox: Sandbox, produce: Produce) -> None:
    titles = ("Talent Pool", "General Application", "Initiativbewerbung (m/w/d)", "Don't see your role?")
    sandbox.boards({"lever": {"acme": {"body": [lever_job(n, title) for n, title in enumerate(titles)]}}})
    sandbox.page("acme.com", page('<a href="https://jobs.lever.co/acme">Jobs</a>'))
    for path in ("/careers", "/jobs"):
        sandbox.page("acme.com", "<h1>404</h1>", path=path, status=404)
    careers = await produce()
    assert (careers.status, careers.open_count, len(careers.postings)) == ("no_openings", 0, 4)
    assert all(posting.evergreen for posting in careers.postings)
    assert careers.hiring_intensity == "COLD"


async def test_a_dead_board_is_passed_over(sandbox: Sandbox, produce: Produce) -> None:
    sandbox.page("acme.com", page('<a href="https://jobs.lever.co/acme">Jobs</a> <a href="/careers">Careers</a>'))
    sandbox.page("acme.com", page("<p>We are not currently hiring.</p>", title="Careers"), path="/careers")
    sandbox.boards({"lever": {"acme": {"body": {"ok": False}, "status": 404}}})
    careers = await produce()
    assert (careers.status, careers.source, careers.confidence) == ("no_openings", "careers_page", "high")


@pytest.mark.parametrize("status", [429, 500])
async def test_a_board_that_cannot_be_read_fails_the_artifact(status: int, sandbox: Sandbox, produce: Produce) -> None:
    sandbox.boards({"workable": {"acme": {"body": {}, "status": status, "headers": {"Retry-After": "0"}}}})
    sandbox.page("acme.com", page('<a href="https://apply.workable.com/acme">Jobs</a>'))
    with pytest.raises(TransientError):
        await produce()


@pytest.mark.parametrize("status", [403, 500])
async def test_a_careers_page_that_cannot_be_read_fails_the_artifact(
    status: int, sandbox: Sandbox, produce: Produce
) -> None:
    sandbox.page("acme.com", page('<a href="/careers">Careers</a>'))
    sandbox.page("acme.com", "<h1>Access denied</h1>", path="/careers", status=status)
    with pytest.raises(TransientError):
        await produce()


async def test_json_ld_postings_are_read_where_there_is_no_board(sandbox: Sandbox, produce: Produce) -> None:
    posting = {
        "@type": ["JobPosting"], "title": "Account Executive", "datePosted": TODAY.date().isoformat(),
        "identifier": {"value": "ae-1"},
        "jobLocation": {"address": {"addressLocality": "Oslo", "addressCountry": "NO"}},
    }  # fmt: skip
    expired = {**posting, "identifier": "old", "validThrough": "2020-01-01"}
    graph = json.dumps({"@graph": [posting, expired]})
    sandbox.page("acme.com", page('<a href="/careers">Careers</a>'))
    careers_page = page(f'<script type="application/ld+json">{graph}</script>', title="Careers")
    sandbox.page("acme.com", careers_page, path="/careers")
    careers = await produce()
    assert (careers.source, careers.confidence) == ("json_ld", "high")
    assert [(p.id, p.title, p.location) for p in careers.postings] == [("ae-1", "Account Executive", "Oslo, NO")]


async def test_jobs_listed_on_the_page_itself_are_read(sandbox: Sandbox, produce: Produce) -> None:
    jobs = (
        '<a href="/careers/account-executive"><h3>Account Executive</h3><p>Sales</p><p>Berlin, Germany</p></a>'
        '<a href="/careers/2-data-engineer">Data Engineer – Engineering – Remote</a>'
        '<a href="/careers/culture">Our culture</a><a href="/blog/hiring-a-data-engineer">Hiring a Data Engineer</a>'
        '<a href="/careers/open">General application</a><a href="https://other.com/jobs/1">Sales Manager</a>'
    )
    sandbox.page("acme.com", page('<a href="/careers">Careers</a>'))
    sandbox.page("acme.com", page(jobs, title="Careers"), path="/careers")
    careers = await produce()
    assert (careers.source, careers.confidence) == ("careers_page", "medium")
    assert [(p.title, p.department, p.location, p.remote) for p in careers.postings] == [
        ("Account Executive", "Sales", "Berlin, Germany", None),
        ("Data Engineer", "Engineering", "Remote", True),
    ]


async def test_the_list_one_link_further_is_read(sandbox: Sandbox, produce: Produce) -> None:
    sandbox.boards({"lever": {"acme": {"body": [lever_job(1)]}}})
    sandbox.page("acme.com", page('<a href="/careers">Careers</a>'))
    sandbox.page(
        "acme.com", page('<a href="/careers/openings">See open positions</a>', title="Careers"), path="/careers"
    )
    sandbox.page("acme.com", page('<a href="https://jobs.lever.co/acme">Apply</a>'), path="/careers/openings")
    careers = await produce()
    assert careers.board == "lever:acme"
    assert sandbox.bill()["spider"]["calls"] == 3  # the home page, and two for careers


async def test_a_page_without_openings_is_not_a_company_without_a_careers_page(
    sandbox: Sandbox, produce: Produce
) -> None:
    sandbox.company("acme.com", careers="no_openings")
    with_page = await produce()
    assert (with_page.status, with_page.careers_url is not None) == ("no_openings", True)
    sandbox.company("beta.com", careers="none")
    without = await produce("beta.com", "Beta")
    assert (without.status, without.careers_url, without.source) == ("no_careers_page", None, "none")


@pytest.mark.parametrize("source", ["spider", "direct"])
async def test_a_site_that_answers_every_path_with_its_home_page_has_no_careers_page(
    source: str, sandbox: Sandbox, produce: Produce
) -> None:
    sandbox.company("acme.com", careers="none", soft_404=True)
    careers = await produce(enrichment_pages=(source,))
    assert careers.status == "no_careers_page"


async def test_a_careers_page_nobody_links_to_is_found_at_its_usual_path_for_free(
    sandbox: Sandbox, produce: Produce
) -> None:
    sandbox.page("acme.com", page())
    sandbox.page(
        "acme.com", page('<a href="/careers/ae">Account Executive</a>', title="Careers at Acme"), path="/careers"
    )
    careers = await produce()
    assert (careers.status, careers.open_count, careers.confidence) == ("openings", 1, "low")
    assert sandbox.bill()["spider"]["calls"] == 1  # the home page


async def test_a_model_reads_the_page_last_and_what_it_says_must_be_there(sandbox: Sandbox, produce: Produce) -> None:
    text = "<ul><li>Senior Account Executive, Berlin</li><li>Data Engineer, Remote</li></ul><p>Write to us.</p>"
    sandbox.page("acme.com", page('<a href="/careers">Careers</a>'))
    sandbox.page("acme.com", page(text, title="Careers at Acme"), path="/careers")
    careers = await produce()
    assert (careers.status, careers.source) == ("openings", "llm")
    assert sorted(posting.title.partition(",")[0] for posting in careers.postings) == [
        "Data Engineer",
        "Senior Account Executive",
    ]
    assert all(posting.quote and posting.title in posting.quote for posting in careers.postings)


async def test_without_a_model_what_only_a_model_could_read_is_unknown(sandbox: Sandbox, produce: Produce) -> None:
    text = "<ul><li>Senior Account Executive, Berlin</li><li>Data Engineer, Remote</li></ul><p>Write to us.</p>"
    sandbox.page("acme.com", page('<a href="/careers">Careers</a>'))
    sandbox.page("acme.com", page(text, title="Careers at Acme"), path="/careers")
    careers = await produce(openrouter_api_key=None, openrouter_base_url="https://openrouter.ai/api/v1")
    assert (careers.status, careers.open_count, careers.confidence) == ("unknown", 0, None)
    assert "none is set up" in careers.reason
    assert "openrouter" not in sandbox.bill()


async def test_new_and_gone_postings_are_named_since_the_previous_record(sandbox: Sandbox, produce: Produce) -> None:
    sandbox.page("acme.com", page('<a href="https://jobs.lever.co/acme">Jobs</a>'))
    sandbox.boards({"lever": {"acme": {"body": [lever_job(1), lever_job(2)]}}})
    first = await produce()
    assert (first.new_since_last, first.gone_since_last) == ((), ())
    sandbox.boards({"lever": {"acme": {"body": [lever_job(2), lever_job(3, "Designer")]}}})
    second = await produce(previous=first)
    assert (second.new_since_last, second.gone_since_last) == (("3",), ("1",))
    same = await produce(previous=second)
    assert (same.new_since_last, same.gone_since_last) == ((), ())
    assert same.data_version() == second.data_version()


async def test_moving_to_another_board_does_not_make_every_job_new(sandbox: Sandbox, produce: Produce) -> None:
    sandbox.page("acme.com", page('<a href="https://jobs.lever.co/acme">Jobs</a>'))
    sandbox.boards({"lever": {"acme": {"body": [lever_job(1), lever_job(2, "Designer")]}}})
    first = await produce()
    sandbox.page("acme.com", page('<a href="https://jobs.ashbyhq.com/acme">Jobs</a>'))
    jobs = [{"id": "x", "title": "Account executive"}, {"id": "y", "title": "Recruiter"}]
    sandbox.boards({"ashby": {"acme": {"body": {"jobs": jobs}}}})
    second = await produce(previous=first)
    assert (second.new_since_last, second.gone_since_last) == (("y",), ("2",))


KINDS = (
    "greenhouse",
    "lever",
    "lever-eu",
    "ashby",
    "workable",
    "smartrecruiters",
    "recruitee",
    "personio",
    "teamtailor",
)


@pytest.mark.parametrize("board_on_home", [True, False])
@pytest.mark.parametrize("kind", KINDS)
async def test_a_generated_company_is_read_from_the_board_it_uses(
    kind: str, board_on_home: bool, sandbox: Sandbox, produce: Produce
) -> None:
    sandbox.company("gizmo-works.com", careers=kind, employees=400, board_on_home=board_on_home, site="normal")
    careers = await produce("gizmo-works.com", "Gizmo Works")
    assert (careers.status, careers.source, careers.confidence) == ("openings", "job_board", "high")
    assert careers.board.startswith(kind.partition("-")[0])
    assert careers.open_count == len(careers.postings) > 0
    assert len(json.dumps(dict(CAREERS.preview(careers)))) < 400


@pytest.mark.parametrize("kind", ["page", "json_ld"])
async def test_a_generated_company_without_a_board_is_read_from_its_page(
    kind: str, sandbox: Sandbox, produce: Produce
) -> None:
    sandbox.company("gizmo-works.com", careers=kind, employees=400, site="normal")
    careers = await produce("gizmo-works.com", "Gizmo Works")
    assert careers.status == "openings"
    assert careers.open_count == len(careers.postings) > 0


OWN_FEEDS = {
    "teamtailor": (
        '<script src="https://scripts.teamtailor-cdn.com/packs/careersite.js"></script>', "/jobs.json",
        {"title": "Acme Group", "items": [{"id": "t1", "title": "Account Executive"}]},
    ),
    "recruitee": (
        '<script src="https://recruiteecdn.com/careers.js"></script>', "/api/offers/",
        {"offers": [{"id": "t1", "title": "Account Executive", "company_name": "Acme Group"}]},
    ),
}  # fmt: skip


@pytest.mark.parametrize("vendor", OWN_FEEDS)
async def test_a_board_under_the_companys_own_host_is_read_there(
    vendor: str, sandbox: Sandbox, produce: Produce
) -> None:
    sign, path, feed = OWN_FEEDS[vendor]
    sandbox.page("acme.com", page('<a href="https://careers.acme.com/">Careers</a>'))
    sandbox.page("careers.acme.com", page(sign, title="Careers"), path="/")
    sandbox.page("careers.acme.com", json.dumps(feed), path=path, content_type="application/json")
    careers = await produce()
    assert (careers.source, careers.board, careers.confidence) == ("job_board", f"{vendor}:careers.acme.com", "high")
    assert [posting.id for posting in careers.postings] == ["t1"]


@pytest.mark.parametrize("vendor", OWN_FEEDS)
async def test_no_feed_is_asked_of_a_host_that_is_not_the_companys(
    vendor: str, sandbox: Sandbox, produce: Produce
) -> None:
    sign, path, feed = OWN_FEEDS[vendor]
    sandbox.page("acme.com", page('<a href="https://careers-at-globex.com/">Careers</a>'))
    sandbox.page("careers-at-globex.com", page(sign, "<p>No open positions.</p>", title="Careers"), path="/")
    sandbox.page("careers-at-globex.com", json.dumps(feed), path=path, content_type="application/json")
    careers = await produce()
    assert (careers.status, careers.board) == ("no_openings", None)


@pytest.mark.parametrize("answer", [
    {"html": "<h1>Acme</h1>"}, {"html": "{}", "status": 404}, {"location": "https://evil.example/jobs.json"},
    {"location": "http://10.0.0.1/jobs.json"},
])  # fmt: skip
async def test_an_own_host_without_the_feed_is_no_board(
    answer: dict[str, Any], sandbox: Sandbox, produce: Produce
) -> None:
    sign, path, feed = OWN_FEEDS["teamtailor"]
    sandbox.page("acme.com", page('<a href="/careers">Careers</a>'))
    sandbox.page("acme.com", page(sign, "<p>We are not currently hiring.</p>", title="Careers"), path="/careers")
    sandbox.page("acme.com", path=path, **answer)
    sandbox.page("evil.example", json.dumps(feed), path=path, content_type="application/json")
    careers = await produce()
    assert (careers.status, careers.source, careers.board) == ("no_openings", "careers_page", None)


@pytest.mark.parametrize(
    "script",
    [
        '<script>window.grnhse = {boardToken: "acme"}</script>',
        r'<script>"{\"board_token\":\"acme\"}" //greenhouse</script>',
    ],
)
async def test_a_board_token_in_a_script_names_the_board(script: str, sandbox: Sandbox, produce: Produce) -> None:
    job = {"id": 1, "title": "Engineer", "company_name": "Acme"}
    sandbox.boards({"greenhouse": {"acme": {"body": {"jobs": [job]}}}})
    sandbox.page("acme.com", page('<a href="/careers">Careers</a>'))
    sandbox.page("acme.com", page('<a href="/jobs/x?gh_jid=1">Engineer</a>', script, title="Careers"), path="/careers")
    assert (await produce()).board == "greenhouse:acme"


def job_page(title: str, **more: Any) -> str:
    posting = json.dumps({"@type": "JobPosting", "title": title, "datePosted": TODAY.date().isoformat(), **more})
    return page(f'<script type="application/ld+json">{posting}</script>', title=title)


@pytest.mark.parametrize(("count", "read", "confidence"), [(2, 2, "high"), (9, 4, "medium")])
async def test_job_pages_are_read_for_free_when_nothing_else_tells(
    count: int, read: int, confidence: str, sandbox: Sandbox, produce: Produce
) -> None:
    cards = "".join(
        f'<div><b>Chief Happiness {n}</b><a href="/careers/happy-{n}">Apply now</a></div>' for n in range(count)
    )
    sandbox.page("acme.com", page('<a href="/careers">Careers</a>'))
    sandbox.page(
        "acme.com", page(cards, '<a href="/careers/culture">Our culture</a>', title="Careers"), path="/careers"
    )
    for n in range(count):
        sandbox.page("acme.com", job_page(f"Happiness {n}"), path=f"/careers/happy-{n}")
    careers = await produce(web_requests_per_s_per_host=1_000.0)
    assert (careers.source, careers.open_count, careers.confidence) == ("json_ld", read, confidence)
    assert careers.postings[0].url == "https://acme.com/careers/happy-0"
    assert ("4 of 9 read" in careers.reason) == (count == 9)
    assert sandbox.bill()["spider"]["calls"] == 2


async def test_a_job_page_may_name_the_board_its_list_does_not(sandbox: Sandbox, produce: Produce) -> None:
    job = {"id": 123, "title": "Engineer", "company_name": "Acme"}
    sandbox.boards({"greenhouse": {"acme": {"body": {"jobs": [job]}}}})
    sandbox.page("acme.com", page('<a href="/careers">Careers</a>'))
    sandbox.page("acme.com", page('<a href="/jobs/one?gh_jid=123">More</a>', title="Careers"), path="/careers")
    embed = '<script src="https://boards.greenhouse.io/embed/job_board/js?for=acme"></script>'
    sandbox.page("acme.com", page(embed), path="/jobs/one?gh_jid=123")
    assert (await produce()).board == "greenhouse:acme"


async def test_job_pages_that_are_broken_now_do_not_make_a_company_without_openings(
    sandbox: Sandbox, produce: Produce
) -> None:
    sandbox.page("acme.com", page('<a href="/careers">Careers</a>'))
    sandbox.page("acme.com", page('<a href="/careers/4711">Apply</a>', title="Careers"), path="/careers")
    sandbox.page("acme.com", "down", path="/careers/4711", status=503)
    with pytest.raises(TransientError):
        await produce()


async def test_a_careers_page_that_only_scripts_fill_is_read_in_a_browser(sandbox: Sandbox, produce: Produce) -> None:
    """Its shell names a script and nothing else: reading that as a page without openings would be wrong."""
    sandbox.company("gizmo-works.com", careers="page", employees=400, site="javascript")
    careers = await produce("gizmo-works.com", "Gizmo Works")
    assert careers.status == "openings"
    assert sandbox.bill()["spider"]["calls"] == 3  # home without and with a browser, careers with one at once


async def test_a_shell_that_stays_empty_in_a_browser_is_no_answer(sandbox: Sandbox, produce: Produce) -> None:
    sandbox.page("acme.com", page('<a href="/careers">Careers</a>'))
    shell = '<div id="root"></div><script src="/static/js/main.js"></script>'
    sandbox.page("acme.com", shell, path="/careers")
    with pytest.raises(TransientError):
        await produce()


async def test_a_board_named_after_the_whole_domain_is_the_companys(sandbox: Sandbox, produce: Produce) -> None:
    sandbox.boards({"lever": {"acme-gizmo-us": {"body": [lever_job(1)]}}})
    sandbox.page("acme-gizmo.us", page('<a href="https://jobs.lever.co/acme-gizmo-us">Jobs</a>'))
    assert (await produce("acme-gizmo.us", "Nothing Alike")).confidence == "high"
