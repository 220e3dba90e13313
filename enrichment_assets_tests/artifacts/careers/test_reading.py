"""The parts of careers that read text: links, JSON-LD, lists, titles, intensity, what a model claims."""

import csv
import json
import re
import tarfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment_assets.artifacts.careers.board import pointers
from enrichment_assets.artifacts.careers.functions import function_of, is_evergreen, is_job_title, seniority_of
from enrichment_assets.artifacts.careers.intensity import intensity
from enrichment_assets.artifacts.careers.jsonld import jsonld_openings
from enrichment_assets.artifacts.careers.lines import says_no_openings
from enrichment_assets.artifacts.careers.links import careers_links
from enrichment_assets.artifacts.careers.listing import listed_openings
from enrichment_assets.artifacts.careers.llm import PostingAnswer, verified
from enrichment_assets.artifacts.careers.words import PHRASES, UNSPACED
from enrichment_assets.companies.suffixes import registrable
from enrichment_assets.pages import html_text
from enrichment_assets.pages.links import page_parts, parsed

TODAY = date(2026, 11, 24)

NOT_CAREERS_LINKS = {
    # "vacances" is French for holidays, and two news articles about jobs: the index took them for careers links
    "http://www.azureva-vacances.com/",
    "http://www.ma-reduc.com/",
    "http://www.routard.com/",
    "http://fr.itweb.tv/",
    "http://www.businessweek.com/",
}


def test_real_home_pages_never_break_it_and_give_the_careers_link_where_there_is_one(shared_data: Path) -> None:
    there = found = others = 0
    spent_s = 0.0
    with (
        (shared_data / "html" / "pages_index.csv").open(newline="") as rows,
        tarfile.open(shared_data / "html" / "pages.tar.gz") as pages,
    ):
        for row in csv.DictReader(rows):
            html = html_text.decode(
                pages.extractfile(row["file"]).read(), f"text/html; charset={row['declared_charset']}"
            )
            parts = page_parts(html, row["url"])
            started = time.process_time()
            links = careers_links(parts.links, registrable(urlsplit(row["url"]).hostname) or "")
            spent_s += time.process_time() - started
            assert pointers(parts.links, parts.embeds, html) == ()
            listed_openings(parsed(html), row["url"])
            jsonld_openings(parts.job_postings, TODAY)
            says_no_openings(parts.title)
            if not row["first_careers_link"] or row["url"] in NOT_CAREERS_LINKS:
                others += bool(links)
                continue
            there += 1
            found += urljoin(row["url"], row["first_careers_link"]).partition("#")[0] in links
    print(
        f"{found} of {there} careers links found; {others} on pages where the index names none; {spent_s * 8.2:.2f} ms"
    )
    assert found / there >= 0.95
    assert spent_s / 122 < 0.005


def test_real_careers_urls_are_recognised_as_careers_pages(shared_data: Path) -> None:
    """Of the careers pages that companies name themselves, on their own site: address alone, no link text."""
    right = total = 0
    with (shared_data / "ats" / "company_careers_urls.csv").open(newline="") as rows:
        for row in csv.DictReader(rows):
            url = row["careers_url"]
            site = registrable(urlsplit(row["website"] or "").hostname or "")
            if not site or row["ats"] or registrable(urlsplit(url).hostname or "") != site:
                continue
            total += 1
            right += bool(careers_links([(url, "")], site))
    print(f"{right} of {total} ({right / total:.1%})")
    assert right / total >= 0.85


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://acme.com/careers", ""),
        ("https://acme.com/company/careers/", "Careers"),
        ("https://careers.acme.com/", ""),
        ("https://acme.com/x", "We're hiring"),
        ("https://acme.com/x", "Join our team"),
        ("https://acme.com/de/karriere", "Karriere"),
        ("https://acme.com/x", "Offene Stellen"),
        ("https://acme.com/recrutement", "Nous rejoindre"),
        ("https://acme.com/trabaja-con-nosotros", ""),
        ("https://acme.com/vacatures", ""),
        ("https://acme.com/lavora-con-noi", ""),
        ("https://acme.com/x", "Вакансии"),
        ("https://acme.com/%D0%BA%D0%B0%D1%80%D1%8C%D0%B5%D1%80%D0%B0", ""),
        ("https://acme.com/x", "採用情報"),
        ("https://acme.com/careers/positions", ""),
        ("https://acme.com/careers/.", ""),
        ("https://acme.com/job-board/", ""),
        ("https://acme.com/x", "We’re hiring! 🚀"),
        ("https://acme.com/x", "Job openings (12)"),
        ("https://acme.com/x", "Jobs & Karriere"),
        ("https://acme.com/x", "Werde Teil unseres Teams"),
        ("https://acme.com/x", "Offres d’emploi"),
        ("https://acme.com/x", "Únete a nosotros"),
        ("https://acme.com/x", "Trabalhe na Acme"),
        ("https://acme.com/x", "Opportunità di lavoro"),
        ("https://acme.com/x", "Job og karriere"),
        ("https://acme.com/x", "Dołącz do nas"),
        ("https://acme.com/x", "Állásajánlatok"),
        ("https://acme.com/x", "Кар’єра"),
        ("https://acme.com/x", "Θέσεις εργασίας"),
        ("https://acme.com/x", "التوظيف"),
        ("https://acme.com/x", "加入我们"),
        ("https://acme.com/%EC%B1%84%EC%9A%A9", ""),
        ("https://acme.com/x", "ร่วมงานกับเรา"),
        ("https://acme-careers.com/", "Careers"),
        ("https://acme.notion.site/Careers-at-Acme-2e27", "Careers"),
        ("https://www.linkedin.com/company/acme/jobs", "Jobs"),
        ("https://github.com/acme/jobs", "We're hiring"),
    ],
)
def test_a_careers_link_is_known_by_address_or_text_in_many_languages(url: str, text: str) -> None:
    assert careers_links([("https://acme.com/pricing", "Pricing"), (url, text)], "acme.com") == (url,)


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://acme.com/blog/how-to-choose-careers-software", "How to choose careers software"),
        ("https://acme.com/2024/05/jobs-are-growing", "Jobs are growing"),
        ("https://www.linkedin.com/company/acme/jobs", "LinkedIn"),
        ("https://www.linkedin.com/company/acme/jobs", "See what our team says of its jobs"),
        ("https://acme.com/vacances", "Vacances"),
        ("https://acme.com/solutions/recruitment", "Recruitment"),
        ("https://acme.com/features/hiring", "Hiring"),
        ("https://acme.com/x", "Jobs to be done"),
        ("https://acme.com/x", "Career coaching"),
        ("https://acme.com/x", "Post a job"),
        ("https://acme.com/x", "Rejoignez-nous sur le forum"),
        ("https://acme.com/team", "Team"),
        ("https://acme.com/platform", "Platform"),
        (
            "https://acme.com/steve",
            "A long sentence about jobs, about work, about life and about everything else as well",
        ),
        ("javascript:void(0)", "Careers"),
        ("https://127.0.0.1/careers", "Careers"),
        ("http://localhost/careers", "Careers"),
    ],
)
def test_other_links_are_not_careers_links(url: str, text: str) -> None:
    assert careers_links([(url, text)], "acme.com") == ()


@given(st.sampled_from((*PHRASES, *UNSPACED)), st.sampled_from([str.title, str.upper, "{}!".format, "→ {}".format]))
def test_every_name_of_a_careers_page_is_one_however_it_is_written(phrase: str, written: Callable[[str], str]) -> None:
    links = [("https://acme.com/about", "About"), ("https://acme.com/x", written(phrase))]
    assert careers_links(links, "acme.com") == ("https://acme.com/x",)


@given(st.lists(st.tuples(st.text(max_size=80), st.text(max_size=80)), max_size=5))
def test_no_link_breaks_it(links: list[tuple[str, str]]) -> None:
    careers_links([*links, *((f"https://acme.com/{url}", text) for url, text in links)], "acme.com")


JOB = {"@type": "JobPosting", "title": "Account Executive", "datePosted": "2026-03-19T11:29:47Z"}


@pytest.mark.parametrize(
    "block",
    [
        json.dumps(JOB),
        json.dumps([JOB]),
        json.dumps({"@context": "https://schema.org", "@graph": [{"@type": "WebPage"}, JOB]}),
        json.dumps({"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": JOB}]}),
        json.dumps({**JOB, "@type": ["JobPosting", "Thing"]}),
        json.dumps({**JOB, "@type": "http://schema.org/JobPosting"}),
        json.dumps({**JOB, "title": ["Account Executive"]}),
        json.dumps({**JOB, "description": "x"})[:-1] + ",}",
        '{"@type": "JobPosting", "title": "Account Executive", "datePosted": "2026-03-19", "description": "a\n\tb"}',
        f"<!--\n{json.dumps(JOB)}\n-->",
        f"//<![CDATA[\n{json.dumps(JOB)}\n//]]>",
    ],
)
def test_a_job_posting_is_read_in_every_shape_it_comes_in(block: str) -> None:
    (opening,) = jsonld_openings([block], TODAY)
    assert (opening.title, opening.posted_on) == ("Account Executive", date(2026, 3, 19))


def test_the_real_job_posting_is_read(shared_data: Path) -> None:
    (opening,) = jsonld_openings([(shared_data / "html" / "jsonld_jobposting.json").read_text()], TODAY)
    assert opening.id == "3371384-senior-pre-sales-solutions-engineer-india"
    assert (opening.title, opening.location) == ("Senior Pre-Sales Solutions Engineer - India", "India")
    assert (opening.remote, opening.posted_on) == (True, date(2026, 3, 19))


def test_expired_postings_are_dropped_and_repeated_ones_counted_once() -> None:
    rows = [
        {**JOB, "identifier": "a"},
        {**JOB, "identifier": "a"},
        {**JOB, "identifier": "b", "validThrough": "2026-11-23"},
    ]
    rows += [
        {**JOB, "identifier": "c", "validThrough": "2026-11-24"},
        {**JOB, "identifier": "d", "validThrough": "soon"},
    ]
    assert [opening.id for opening in jsonld_openings([json.dumps(rows)], TODAY)] == ["a", "c", "d"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KEYS = (
    "title",
    "identifier",
    "jobLocation",
    "datePosted",
    "validThrough",
    "url",
    "jobLocationType",
    "hiringOrganization",
)


@given(st.dictionaries(st.sampled_from(KEYS), JSON), st.text(max_size=30))
def test_no_json_ld_breaks_it(posting: dict, noise: str) -> None:
    whole = json.dumps({"@type": "JobPosting", **posting})
    jsonld_openings([whole, noise, whole + noise, whole[: len(whole) // 2], "[" * 5_000], TODAY)


@given(st.text(max_size=200))
def test_no_markup_breaks_the_list(html: str) -> None:
    listed_openings(parsed(f'<a href="/careers/1">{html}</a>{html}'), "https://acme.com/careers")


@pytest.mark.parametrize("path", ["/careers", "/about/careers/", "/team/jobs", "/"])
def test_jobs_below_the_careers_page_are_listed_wherever_it_stands(path: str) -> None:
    base = f"https://acme.com{path}".rstrip("/")
    links = "".join(f'<a href="{base}/jobs/{n}">Data Engineer {n}</a>' for n in range(3))
    noise = '<a href="/about/data-engineer">Data Engineer</a><a href="/news/jobs/x">New Data Engineer</a>'
    assert len(listed_openings(parsed(links + noise), f"https://acme.com{path}")) == 3


@pytest.mark.parametrize(
    "text",
    [
        "There are currently no open positions.",
        "We don’t have any open roles right now.",
        "Sorry, no vacancies at the moment",
        "We are not currently hiring, but",
        "Derzeit haben wir keine offenen Stellen.",
        "Aucune offre d’emploi pour le moment",
        "No hay vacantes en este momento",
    ],
)
def test_a_page_says_that_nothing_is_open(text: str) -> None:
    assert says_no_openings(text)


@pytest.mark.parametrize(
    "text",
    [
        "If there are no open positions for you, write to us.",
        "No job is too small for us.",
        "We are hiring!",
        "Open positions: 12",
        "Know our roles",
    ],
)
def test_other_sentences_do_not_say_so(text: str) -> None:
    assert not says_no_openings(text)


@pytest.mark.parametrize(
    ("title", "function", "seniority"),
    [
        ("Senior Software Engineer, Data Platform", "engineering", "senior"),
        ("Enterprise Account Executive, Growth", "sales", "mid"),
        ("Product Marketing Manager", "marketing", "manager"),
        ("Head of Customer Success", "customer_success", "director"),
        ("VP of Engineering", "engineering", "vp"),
        ("Chief Financial Officer", "finance", "c_level"),
        ("Engineering Manager", "engineering", "manager"),
        ("Staff Product Designer", "design", "lead"),
        ("Sales Development Representative (SDR)", "sales", "mid"),
        ("Werkstudent Vertrieb (m/w/d)", "sales", "intern"),
        ("Softwareentwickler (m/w/d)", "engineering", "mid"),
        ("Jr. Recruiter", "people", "junior"),
        ("Développeur Full-Stack H/F", "engineering", "mid"),
    ],
)
def test_function_and_seniority_come_from_the_title(title: str, function: str, seniority: str) -> None:
    assert (function_of(title), seniority_of(title)) == (function, seniority)


def test_the_department_speaks_where_the_title_is_silent() -> None:
    assert function_of("Generalist Opening", "Engineering") == "engineering"
    assert function_of("Something Else", None) is None


@pytest.mark.parametrize(
    "title",
    ["Talent Pool", "General Application", "Initiativbewerbung (m/w/d)", "Candidature spontanée",
     "Join our Talent Community", "Don't see your role? Apply here!", "Future Opportunities",
     "Spontaneous Application", "Expression of Interest"],
)  # fmt: skip
def test_evergreen_postings_are_known(title: str) -> None:
    assert is_evergreen(title)


@pytest.mark.parametrize(
    "title",
    ["Talent Acquisition Partner", "Application Engineer", "General Manager", "Network Engineer", "Community Manager"],
)
def test_jobs_are_not_taken_for_evergreen(title: str) -> None:
    assert not is_evergreen(title)
    assert is_job_title(title)


@pytest.mark.parametrize(
    ("functions", "ages_days", "sure", "level", "rule"),
    [
        ([], [], True, "COLD", "no_openings"),
        (["sales"], [200], True, "COLD", "stale_openings"),
        (["sales"] * 20, [None] * 20, False, "WARM", "unsure_source"),
        ([None] * 15, [None] * 15, True, "HOT", "many_openings"),
        (["engineering"] * 5, [3] * 5, True, "HOT", "many_recent"),
        (["sales", "marketing", "customer_success"], [60, None, 90], True, "HOT", "go_to_market_team"),
        (["engineering"], [None], True, "WARM", "some_openings"),
        (["engineering"] * 4, [3, 3, 3, 400], True, "WARM", "some_openings"),
    ],
)
def test_the_intensity_names_the_rule_that_gave_it(
    functions: list, ages_days: list, sure: bool, level: str, rule: str
) -> None:
    dates = [None if age is None else TODAY - timedelta(days=age) for age in ages_days]
    result = intensity(functions, dates, TODAY, sure=sure)
    assert (result.level, result.rule.partition(":")[0]) == (level, rule)


PAGE = """# Careers

- Senior Account Executive – Berlin
- Data Engineer

We hire people who care. No Marketing Manager here today."""


def answer(title: str, quote: str, **more: str | None) -> PostingAnswer:
    return PostingAnswer(**{"title": title, "quote": quote, "department": None, "location": None, **more})


def test_only_postings_whose_words_are_on_the_page_stay() -> None:
    kept = verified(
        [
            answer(
                "Senior Account Executive", "senior account executive - Berlin", location="Berlin", department="Sales"
            ),
            answer("Data Engineer", "Data Engineer"),
            answer("Data Engineer", "Data Engineer"),
            answer("Sales Engineer", "Sales Engineer in Oslo"),
            answer("Chief Executive Officer", "We hire people who care"),
            answer("Account Executive", "Account Executive Berlin Data"),
            answer("", "Senior Account Executive – Berlin"),
            answer("people", "people"),
        ],
        PAGE,
        "https://acme.com/careers",
    )
    assert [(opening.title, opening.location, opening.department) for opening, _ in kept] == [
        ("Senior Account Executive", "Berlin", None),  # the page says nothing of a department
        ("Data Engineer", None, None),
    ]


@given(
    st.text(max_size=40) | st.sampled_from(("Account Executive", "Marketing Manager", "Sales Manager", "Careers")),
    st.text(max_size=60) | st.sampled_from(("Data Engineer", "Careers", "No Marketing Manager here today", "")),
)
def test_an_invented_posting_never_stays(title: str, quote: str) -> None:
    said = plain(PAGE)
    for opening, shown in verified([answer(title, quote)], PAGE, "https://acme.com/careers"):
        assert plain(opening.title)
        assert plain(opening.title) in plain(shown)
        assert plain(shown) in said


def plain(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))
