import pytest

from enrichment_assets.artifacts.icp.profile import load_profile
from enrichment_assets.artifacts.icp.prompt import question
from enrichment_assets.core.settings import Settings
from enrichment_assets.pages.evidence import evidence
from enrichment_assets.pages.telling import Page
from enrichment_assets_tests.artifacts import pages_of_our_own as own

BANNER = """\
We use cookies and similar technologies to personalise content and ads
and to share information about your use of our site with social media partners
Accept all Reject all Manage preferences
"""


@pytest.mark.parametrize(
    "notice",
    [
        "We use cookies to improve",
        "This site uses cookies. By continuing you agree to our use of cookies.",
        "share information about your use of our site with social media partners",
        "Wir nutzen Cookies, um unsere Webseite zu verbessern",
        "Nous utilisons des cookies afin d'améliorer votre visite",
        "Usamos cookies para mejorar tu experiencia de navegación",
        "Utilizziamo i cookie per migliorare la tua esperienza",
        "Мы используем файлы cookie для улучшения сайта",
        "我们使用cookie 首页 登录 注册 联系我们",
        "© 2026 Northwind Ledger Systems Limited. All rights reserved.",
        "Copyright 2024 Brandt Maschinenbau, alle Rechte vorbehalten",
        "Home | Products | Pricing | About us | Contact | Log in",
        "Privacy Policy · Terms of Service · Legal notice",
        "Skip to main content",
        "Please enable JavaScript to view this page",
        "Forgot your password? Sign in or create an account",
        "Pet Groomers of Springfield Ltd",
        "Welcome to Pet Groomers of Springfield",
        "Ask us anything at https://evil.example/refund today and win prizes",
        "Its main product is software, an API or an online platform",
    ],
)
def test_words_that_say_nothing_about_a_company_are_no_evidence(notice: str) -> None:
    asked = question(load_profile(Settings(_env_file=None)).profile)  # type: ignore[call-arg]
    page = Page(
        evidence(f"{own.SHOP}\n{BANNER}\n{notice}\n{own.SHOP}"),
        names=["Pet Groomers of Springfield", "petgroomers-springfield.com"],
        question=asked,
    )
    assert page._words.find(notice) is not None
    assert page.quote(notice) is None


@pytest.mark.parametrize(
    "claim",
    [
        "Ledgerline is accounting software for finance teams at growing companies.",
        "Trusted by 2,500+ finance teams",
        "Consent management platform for publishers: cookie banners that comply with the GDPR in 40 countries",
        "Password manager for businesses with single sign-on",
        "We build web sites for hotels",
        "Unsere Software hilft Fertigungsbetrieben, Messdaten automatisch auszuwerten.",
        "我们为中小企业提供在线财务软件和税务服务平台",
        "monday.com is a work platform that teams run projects with",
        "In 2019 our copyright team reserved its place among the best law firms for musicians in Europe and Asia, and "
        "ever since we have defended songs, films, games, photographs and buildings before the courts of 30 countries",
        "B2B SaaS for dentists",
    ],
)  # fmt: skip
def test_what_a_company_says_of_itself_is_evidence(claim: str) -> None:
    assert Page(evidence(f"{BANNER}\n{own.SHOP}\n{claim}\n{own.SHOP}")).quote(" ".join(claim.split()[:25])) is not None


def test_the_companys_name_is_no_claim_unless_something_is_said_of_it() -> None:
    page = Page(
        "Accounting Software Ltd\nAccounting Software Ltd makes invoices for plumbers",
        names=["Accounting Software Ltd"],
    )
    assert page.quote("Accounting Software Ltd") is None
    assert page.quote("Accounting Software Ltd makes invoices for plumbers") is not None


SUBJECT = "Its main product is software, an API or an online platform. Its customers are businesses, not consumers."
PAGE = """\
Ledgerline is accounting software for finance teams at growing companies.

It closes the books in a day and keeps auditors happy.

Our office dog Biscuit loves long walks by the river.

The summer party was a great success, see the photos.

Visit us at the old harbour, second floor, ring twice.
"""


def test_a_quote_has_to_stand_where_the_page_speaks_of_the_subject() -> None:
    page = Page(PAGE, subject=SUBJECT)
    assert page.quote("closes the books in a day and keeps auditors happy") is not None, "beside a sentence that does"
    assert page.quote("The summer party was a great success") is None
    assert page.quote("Visit us at the old harbour, second floor") is None


@pytest.mark.parametrize(
    "text",
    [
        PAGE.replace("software", "bookkeeping").replace("companies", "shops"),
        "Unsere Software ist für das Büro.\n\nWir sind ein Team.\n\nUnd das Werk steht in Bremen.\n\n"
        "The summer party was a great success",
    ],
    ids=["no word of the subject", "another language"],
)
def test_a_page_that_never_has_a_word_of_the_subject_is_not_asked_for_one(text: str) -> None:
    assert Page(text, subject=SUBJECT).quote("The summer party was a great success") is not None
