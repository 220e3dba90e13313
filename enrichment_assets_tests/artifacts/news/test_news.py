import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from enrichment_assets.artifacts.news.artifact import News, news_from, news_query
from enrichment_assets.artifacts.news.dates import published_on
from enrichment_assets.artifacts.news.declaration import NEWS
from enrichment_assets.artifacts.news.kinds import Kind, funding_amount, funding_round, kind_of
from enrichment_assets.artifacts.news.matching import why_about
from enrichment_assets.artifacts.news.merging import NewsItem, one_address, same_story_groups
from enrichment_assets.artifacts.news.outreach_timing import outreach_timing
from enrichment_assets.companies.company import Company
from enrichment_assets.core.errors import TransientError
from enrichment_assets.pages.search_results import NewsResult
from enrichment_assets.sandbox.process import Sandbox
from enrichment_assets_tests.artifacts.producing import bench
from enrichment_assets_tests.builtin import EXAMPLES

ASKED = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
TODAY = ASKED.date()


def result(title: str, snippet: str | None = None, when: str | None = "2 days ago", link: str = "") -> NewsResult:
    return NewsResult(title, link or f"https://paper.com/{abs(hash(title))}", snippet, when, "Paper")


def news(*results: NewsResult, name: str = "Acmetron", domain: str = "acmetron.com", topics: str = "") -> News:
    company = Company(domain, name)
    return news_from(company, results, frozenset(topics.split()), query=name, asked_at=ASKED)


def about(name: str, domain: str, title: str, snippet: str | None = None, topics: str = "") -> str | None:
    return why_about(Company(domain, name), result(title, snippet), frozenset(topics.split()))


@pytest.mark.parametrize("capture", ["news_tesla_2023-05-04.json", "news_tesla_qdr_h_2023-05-04.json"])
def test_in_the_real_captures_only_stories_about_tesla_stay(shared_data: Path, capture: str) -> None:
    body = json.loads((shared_data.parent / "samples" / "serper" / capture).read_text(encoding="utf-8"))
    items = [NewsResult(i["title"], i["link"], i.get("snippet"), i.get("date"), i.get("source")) for i in body["news"]]
    value = news_from(
        Company("tesla.com", "Tesla, Inc."), tuple(items), frozenset(), query="Tesla",
        asked_at=datetime(2023, 5, 4, 12, tzinfo=UTC),
    )  # fmt: skip
    kept = {story.title for story in value.stories} | {url for story in value.stories for url in story.also_at}
    strangers = ("Joby", "Bernie Sanders", "Ryder", "Oklahoma")
    assert not [title for title in kept if any(name in title for name in strangers)]
    assert value.dropped == sum(any(name in item.title for name in strangers) for item in items)
    assert all(story.published_on in (date(2023, 5, 3), date(2023, 5, 4)) for story in value.stories)


@pytest.mark.parametrize(
    ("name", "title", "snippet", "topics"),
    [
        ("Notion", "Notion raises $275M at $10B valuation", None, ""),
        ("Notion", "Why Notion is the new office", "The productivity app wins teams", "productivity"),
        ("Ramp", "Ramp hits $13 billion valuation", None, ""),
        ("Front", "Inbox tools compared", "Front, a startup for shared inboxes, raised money", ""),
        ("Stripe", "Stripe CEO says growth is back", None, ""),
        ("Ramp", "Osprey Labs acquires Ramp", None, ""),
        ("Gem", "Gem and Tessera Steel announce partnership", None, ""),
        ("ifa systems AG", "ifa systems AG and Castell Insurance announce partnership", None, ""),
        ("F-Secure Oyj", "How F-Secure Oyj serves insurers", None, ""),
        ("sky&co", "How sky&co serves hospitals", None, ""),
        ("Acmetron", "How ACMETRON won the market", None, ""),
        ("Acmetron", "Ten companies to watch", "Acmetron has doubled its staff. Others follow.", ""),
        ("Acmetron", "Read more at acmetron.com today", None, ""),
    ],
)
def test_a_story_about_the_company_is_kept_with_a_reason(
    name: str, title: str, snippet: str | None, topics: str
) -> None:
    assert about(name, f"{name.lower()}.com", title, snippet, topics)


@pytest.mark.parametrize(
    ("name", "title", "snippet"),
    [
        ("Notion", "The notion of time in physics", None),
        ("Notion", "A New Notion of Privacy", "Judges weigh the notion"),
        ("Apple", "Apple pie recipes for fall", None),
        ("Front", "Cold Front Brings Rain to the Coast", None),
        ("Front", "Front-end developers love this framework", None),
        ("Ramp", "Off-Ramp closed on I-95", None),
        ("Stripe", "Former Stripe engineer raises $5M", None),
        ("Stripe", "Stripe-backed fintech shuts down", None),
        ("Acmetron", "Investor letter", "If you want robots, check out Acmetron."),
        ("Acmetron", "Joby gets money from Acmetron shareholder Baillie Gifford", None),
        ("Acmetron", "Former Acmetron engineer starts a bakery", None),
        ("Acmetron", "Superacmetron launches phone", None),
        ("Acmetron", "Visit notacmetron.com", None),
    ],
)
def test_a_story_about_somebody_else_is_dropped(name: str, title: str, snippet: str | None) -> None:
    assert about(name, f"{name.lower()}.com", title, snippet) is None


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("Nestlé", "Nestle names new CEO"),
        ("L'Oréal", "L’Oréal buys Medik8"),
        ("Société Générale", "Societe Generale cuts 900 jobs"),
        ("Ben & Jerry's", "Ben and Jerry’s founder quits"),
    ],
)
def test_a_name_is_known_without_its_accents_and_signs(name: str, title: str) -> None:
    assert (about(name, "acme.com", title) or "").startswith("named in the title")


def test_a_name_written_as_a_word_needs_a_second_sign() -> None:
    assert about("Gusto", "gusto.com", "Fans sing with gusto") is None
    assert about("Gusto", "gusto.com", "Fans of payroll love gusto", topics="payroll") is not None
    assert about("Mercury", "mercury.com", "Mercury raises concerns in fish") is None


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Acme raises $12M Series A to fix payroll", "funding"),
        ("Acme lands $20 million led by Index", "funding"),
        ("Acme secures €8 million seed round", "funding"),
        ("Acme to lay off 200 employees after raising $50M", "layoffs"),
        ("Acme cuts 10% of its workforce", "layoffs"),
        ("Acme files for Chapter 11", "layoffs"),
        ("BigCo acquires Acme for $200M", "acquisition"),
        ("Acme appoints Jane Doe as Chief Revenue Officer", "leadership"),
        ("Acme CEO steps down", "leadership"),
        ("Acme partners with BigCo on logistics", "partnership"),
        ("Acme wins innovation award", "award"),
        ("Acme opens new office in Berlin", "expansion"),
        ("Acme launches AI assistant", "product"),
        ("How Acme serves hospitals", "other"),
        ("Acme raises prices", "other"),
        ("Acme raises awareness of robots", "other"),
        ("Playoffs: Acme stadium full", "other"),
        ("Acme raises $50M to acquire rivals", "funding"),
        ("Acme hits unicorn status with $100M raise", "funding"),
        ("Acme obtains $50 million debt facility", "funding"),
        ("KKR takes Acme private", "acquisition"),
        ("Acme axes 100 jobs", "layoffs"),
        ("Acme lets go of 50 employees", "layoffs"),
        ("Acme shuts down rumors of sale", "other"),
        ("Acme selected by NHS for data platform", "partnership"),
        ("Acme to hire 200 in Dublin", "expansion"),
    ],
)
def test_what_happened(title: str, kind: Kind) -> None:
    assert kind_of(title, None) == kind


def test_what_a_text_tells_of_the_past_did_not_happen_now() -> None:
    title = "How Acme's founder starts her day"
    assert kind_of(title, "Jane Doe runs Acme, which raised $12M from Index.") == "other"
    assert kind_of(title, "Acme raised $12M last year and has 50 employees.") == "other"
    assert kind_of(title, "Today Acme raised $12M from Index.") == "funding"


@pytest.mark.parametrize(
    ("title", "written", "usd", "stage"),
    [
        ("Acme raises $12M Series A", "$12M", 12_000_000, "Series A"),
        ("Acme raises $3.5 million in pre-seed", "$3.5 million", 3_500_000, "Pre-seed"),
        ("Acme raises US$1.2bn", "US$1.2bn", 1_200_000_000, None),
        ("Acme bags 8 million euros seed round", "8 million euros", None, "Seed"),
        ("Acme secures 40 million dollars Series C extension", "40 million dollars", 40_000_000, "Series C extension"),
        ("Acme raises $1,500,000", "$1,500,000", 1_500_000, None),
        ("Acme hits $13 billion valuation after raising $150 million", "$150 million", 150_000_000, None),
        ("Acme, valued at $2B, raises £30m", "£30m", None, None),
        ("Acme raises funding", None, None, None),
        ("Acme raises $12-million Series-B", "$12-million", 12_000_000, "Series B"),
        ("Acme raises C$10M pre-Series A", "C$10M", None, "Pre-Series A"),
        ("Acme raises $3.4M pre seed round", "$3.4M", 3_400_000, "Pre-seed"),
        ("Acme, with $50M in revenue, raises $20M", "$20M", 20_000_000, None),
        ("$5B-valued Acme raises $200M", "$200M", 200_000_000, None),
        ("Acme brings total funding to $90M with new $30M round", "$30M", 30_000_000, None),
        ("Acme raises $2.000.000", "$2.000.000", 2_000_000, None),
        ("Acme raises its price to $12", None, None, None),
    ],
)
def test_the_sum_and_the_round_are_read_as_written(
    title: str, written: str | None, usd: int | None, stage: str | None
) -> None:
    funding = funding_amount(title, None)
    assert (funding.written if funding else None, funding.usd if funding else None) == (written, usd)
    assert funding_round(title, None) == stage


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("5 mins ago", TODAY), ("10 hours ago", TODAY - timedelta(days=1)), ("3 weeks ago", TODAY - timedelta(days=21)),
        ("Jan 5, 2026", date(2026, 1, 5)), ("12 Dec 2025", date(2025, 12, 12)), ("2026-02-03", date(2026, 2, 3)),
        ("vor 3 Tagen", TODAY - timedelta(days=3)), ("il y a 2 heures", TODAY),
        ("3日前", TODAY - timedelta(days=3)), ("3 дня назад", TODAY - timedelta(days=3)),
        ("hace 5 días", TODAY - timedelta(days=5)),
        ("Dec 31, 2026", None), ("Feb 31, 2026", None), ("garbage", None), ("", None), (None, None),
    ],
)  # fmt: skip
def test_dates_are_absolute_from_the_request(text: str | None, day: date | None) -> None:
    assert published_on(text, ASKED) == day


@given(st.one_of(st.text(max_size=15), st.from_regex(r"\d{1,12} (min|hour|day|week|month|year)s? ago", fullmatch=True)))
def test_no_date_lies_in_the_future_and_no_text_breaks_it(text: str) -> None:
    day = published_on(text, ASKED)
    assert day is None or day <= TODAY


def test_syndicated_tellings_are_one_story_and_other_stories_are_not() -> None:
    value = news(
        result("Acmetron raises $20M Series B to automate payroll", when="3 hours ago"),
        result("Acmetron raises $20M Series B to automate payroll - Yahoo Finance", when="1 day ago"),
        result("Payroll startup Acmetron lands $20 million led by Index", when="1 day ago"),
        result("Acmetron raises $80M Series C", when="1 month ago"),
        result("Acmetron opens Berlin office", when="1 day ago"),
    )
    assert [(story.funding_amount_usd, len(story.also_at)) for story in value.stories] == [
        (20_000_000, 2),
        (None, 0),
        (80_000_000, 0),
    ]
    assert value.stories[0].published_on == TODAY - timedelta(days=1)
    assert value.stories[0].funding_round == "Series B"


def test_the_same_headline_months_apart_is_two_stories() -> None:
    value = news(
        result("Acmetron lays off 10% of staff", when="2 days ago", link="https://paper.com/1"),
        result("Acmetron lays off 10% of staff", when="4 months ago", link="https://paper.com/2"),
    )
    assert len(value.stories) == 2


def test_headlines_with_other_figures_are_other_stories() -> None:
    value = news(
        result("Acmetron lays off 6% of its staff", when="2 days ago", link="https://paper.com/1"),
        result("Acmetron lays off 12% of its staff", when="3 days ago", link="https://paper.com/2"),
        result(
            "Acmetron raises $39 million Series D to grow its payroll", when="2 days ago", link="https://paper.com/3"
        ),
        result(
            "Acmetron raises $60 million Series C to grow its payroll", when="4 days ago", link="https://paper.com/4"
        ),
        result("Acmetron to lay off 12% of its staff", when="3 days ago", link="https://other.com/2"),
    )
    assert sorted(len(story.also_at) for story in value.stories) == [0, 0, 0, 1]


def test_one_article_under_several_addresses_is_one() -> None:
    spellings = (
        "https://www.paper.com/a/b?utm_source=x", "http://paper.com/a/b/", "https://paper.com/a/b/amp#top",
        "https://amp.paper.com/a/b?fbclid=1",
    )  # fmt: skip
    assert {one_address(url) for url in spellings} == {"paper.com/a/b"}
    assert one_address("https://paper.com/a?id=1") != one_address("https://paper.com/a?id=2")


@given(st.lists(st.tuples(st.text(max_size=30), st.text(max_size=20)), max_size=8))
def test_merging_loses_and_invents_no_story(pairs: list[tuple[str, str]]) -> None:
    items = [NewsItem(title, url, None, None) for title, url in pairs]
    assert sorted(at for group in same_story_groups(items) for at in group) == list(range(len(pairs)))


@pytest.mark.parametrize(
    ("stories", "timing", "rule"),
    [
        ([("funding", 89)], "POSITIVE", "funding within 90 days"),
        ([("funding", 91)], "NEUTRAL", "no rule"),
        ([("funding", 5), ("layoffs", 60)], "NEGATIVE", "layoffs within 60 days"),
        ([("layoffs", 61), ("leadership", 10)], "POSITIVE", "leadership within 60 days"),
        ([("acquisition", 1)], "NEUTRAL", "no rule"),
        ([("layoffs", None)], "NEUTRAL", "no dated story"),
        ([], "NEUTRAL", "no dated story"),
    ],
)
def test_timing_names_its_rule(stories: list[tuple[Kind, int | None]], timing: str, rule: str) -> None:
    dated = [(kind, None if age is None else TODAY - timedelta(days=age)) for kind, age in stories]
    assert outreach_timing(dated, TODAY)[0] == timing
    assert rule in outreach_timing(dated, TODAY)[1]


def test_only_names_that_need_it_get_more_words_in_the_query() -> None:
    assert news_query(Company("tesla.com", "Tesla, Inc."), ("electric", "cars")) == "Tesla"
    assert news_query(Company("notion.so", "Notion"), ("productivity", "wiki")) == "Notion productivity wiki"


async def test_a_companys_news_come_from_one_paid_search(sandbox: Sandbox) -> None:
    sandbox.today("2026-11-20")
    sandbox.companies([{"domain": f"acmetron{n}.com", "name": f"Acmetron{n}"} for n in range(12)])
    inputs = {"website": EXAMPLES["website"], "icp": EXAMPLES["icp"]}
    async with bench(sandbox.settings()) as desk:
        values = [await desk.produce(NEWS, f"acmetron{n}.com", f"Acmetron{n}", inputs=inputs) for n in range(12)]
    assert sandbox.bill()["serper"]["calls"] == 12
    stories = [(n, story) for n, value in enumerate(values) for story in value.stories]
    assert stories
    assert all(f"Acmetron{n}" in f"{story.title} {story.snippet}" for n, story in stories)
    assert all(value.fetched_at for value in values)


async def test_an_outage_is_not_no_news(sandbox: Sandbox) -> None:
    sandbox.faults({"serper": {"http_500": 1.0}})
    async with bench(sandbox.settings()) as desk:
        with pytest.raises(TransientError):
            await desk.produce(NEWS, "acme.com", inputs={"website": EXAMPLES["website"], "icp": EXAMPLES["icp"]})
