import pytest

from enrichment_assets.pages.kinds.site_status import Landing, landing
from enrichment_assets.pages.page import Page

TEXT = "We build warehouse robots for retailers across Europe. Talk to our engineers and see a robot at work."


def land(
    final_url: str = "https://acme.com/", text: str = TEXT, *, title: str = "Acme", status: int = 200, html: str = "",
    domain: str = "acme.com", name: str = "Acme Robotics",
) -> Landing:  # fmt: skip
    return landing(domain, name, Page(f"https://{domain}/", final_url, status, html, text, title), title)


@pytest.mark.parametrize(
    ("final_url", "landed"),
    [
        ("https://acme.com/", "same_site"),
        ("https://www.acme.com", "same_site"),
        ("http://www.acme.com/index.html", "same_site"),
        ("https://acme.com/en/", "other_path"),
        ("https://app.acme.com/login", "other_path"),
        ("https://acme.io/", "same_site"),
        ("https://www.getacme.com/", "same_site"),
        ("https://acmerobotics.com/", "same_site"),
        ("https://acme.myshopify.com/", "same_site"),
        ("https://bigco.com/products/acme", "other_brand"),
        ("https://get-acme-group.com/", "other_brand"),
        ("https://www.facebook.com/acme", "other_brand"),
        ("https://www.hugedomains.com/domain_profile.cfm?d=acme.com", "for_sale"),
        ("http://ww1.sedoparking.com/acme.com", "parked"),
    ],
)
def test_where_a_redirect_leads(final_url: str, landed: str) -> None:
    assert land(final_url).landed == landed


def test_a_company_that_is_itself_a_market_is_not_for_sale() -> None:
    assert land("https://sedo.com/", domain="sedo.com", name="Sedo").landed == "same_site"


@pytest.mark.parametrize(
    ("title", "text", "landed"),
    [
        ("acme.com is for sale", "The domain name acme.com is for sale. Make an offer or buy it now.", "for_sale"),
        ("acme.com", "Buy this domain. The owner has listed it.", "for_sale"),
        ("", "Diese Domain steht zum Verkauf", "for_sale"),
        ("acme.com", "This domain is parked free, courtesy of GoDaddy.com. Get this one.", "parked"),
        ("Welcome to nginx!", "Welcome to nginx! If you see this page, the web server is working.", "parked"),
        ("Index of /", "Index of / Name Last modified Size Description", "parked"),
        ("Account Suspended", "This account has been suspended. Contact your hosting provider.", "dead"),
        ("Site not found · GitHub Pages", "There isn't a GitHub Pages site here.", "dead"),
        ("", "El dominio acme.com está en venta. Haga una oferta hoy mismo y reciba una respuesta mañana.", "for_sale"),
        ("", "Домен acme.com продаётся. Свяжитесь с владельцем.", "for_sale"),
        ("Site en construction", "Félicitations ! Votre domaine a bien été créé chez OVHcloud", "parked"),
        ("Coming soon", "Our website is coming soon. Stay tuned!", "parked"),
        (
            "HTTP Server Test Page",
            "HTTP Server Test Page. This page tests the server after its installation.",
            "parked",
        ),
        ("", "Site Not Found. You followed a broken link to a site that is not on our servers.", "dead"),
        ("Acme", "This website is not available in your region.", "blocked"),
        ("Access denied", "# Access denied\n\nYou do not have permission to view this page.", "blocked"),
        ("Just a moment...", "Checking your browser before accessing acme.com. Ray ID: 7b2c", "blocked"),
        ("Attention Required! | Cloudflare", "Sorry, you have been blocked", "blocked"),
    ],
)
def test_a_page_that_is_not_the_companys_says_so_with_its_words(title: str, text: str, landed: str) -> None:
    result = land(text=text, title=title)
    assert result.landed == landed
    assert "“" in result.reason


@pytest.mark.parametrize(
    "text",
    [
        "We sell houses. Three homes are for sale in Austin this week, and our agents know each of them by name.",
        "Acme protects your domain from phishing. Access is denied to attackers before they reach your mailbox.",
        "Our domain experts help you buy and sell companies. The future home of logistics is a warehouse that thinks.",
        "We make domain parking software for registrars. " + TEXT * 4,
        "Acme builds status pages: tell your customers when a site is under scheduled maintenance. " + TEXT * 4,
        "Page not found? Product not found? Our search finds what your visitors meant. " + TEXT * 4,
        "Acme stops bots. Verify you are dealing with real customers and keep your checkout fast for everybody else.",
    ],
)
def test_a_company_that_speaks_of_such_things_is_still_a_company(text: str) -> None:
    assert land(text=text, title="Acme | what we do").landed == "same_site"


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("Maintenance", "We are undergoing scheduled maintenance. We will be back shortly."),
        ("500 Internal Server Error", "Internal Server Error. The server encountered an error."),
        ("Database Error", "Error establishing a database connection"),
        ("WordPress › Error", "There has been a critical error on this website."),
        ("Wartung", "Wegen Wartungsarbeiten ist unsere Seite gerade nicht erreichbar."),
    ],
)
def test_a_site_that_is_broken_right_now_says_so_with_any_status(title: str, text: str) -> None:
    result = land(text=text, title=title)
    assert (result.landed, result.passing) == ("dead", True)
    assert not land(text=f"{text}\n{TEXT * 5}", title="Acme").passing


@pytest.mark.parametrize(
    "text",
    [
        "",
        "![](logo.png)",
        "Loading...",
        "You need to enable JavaScript to run this app.",
        "We value your privacy. We and our partners use cookies to store information. Accept all Reject all",
    ],
)
def test_a_page_without_text_is_empty_and_worth_a_browser(text: str) -> None:
    result = land(text=text)
    assert (result.landed, result.needs_browser) == ("empty", True)


@pytest.mark.parametrize(
    ("status", "landed"),
    [(401, "blocked"), (403, "blocked"), (429, "blocked"), (404, "dead"), (410, "dead"), (310, "dead"), (521, "dead"),
     (525, "dead"), (526, "dead")],
)  # fmt: skip
def test_a_status_is_an_answer(status: int, landed: str) -> None:
    result = land(text="", title="", status=status)
    assert result.landed == landed
    assert str(status) in result.reason


def test_a_domain_offered_with_an_error_status_is_still_for_sale() -> None:
    assert land(text="acme.com is for sale", title="", status=404).landed == "for_sale"


def test_only_a_challenge_that_scripts_pass_is_worth_a_browser() -> None:
    assert land(text="Checking your browser before access", title="Just a moment...", status=403).needs_browser
    assert not land(text="You do not have permission", title="Access denied", status=403).needs_browser
