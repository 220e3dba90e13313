"""Hosts that are no company's own site: where other people's profiles, pages, links and mailboxes live.

Facts only, in ``data/platforms.csv``. What is done with them is decided in ``domain``. ``scope`` is how a platform is
told from a company:

``never``  the domain (or public suffix, or host) is never a company here, whatever stands before it
``pages``  the bare site is the company that runs it (github.com); a page or a subdomain on it is somebody else's
``subdomains``  the same, where only the subdomains are other people's (acme.squarespace.com)
``host``  one host of a company that has other, ordinary hosts (docs.google.com)
``path``  a part of a company's site where others have pages (google.com/maps)

``google.*`` stands for google.com and for google under every country: google.de, google.co.uk, google.com.br.
``code`` is that of ``domain.Rejected``.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from enrichment_assets.companies.suffixes import country_suffixes

_DATA: Final = Path(__file__).parent / "data" / "platforms.csv"


def words(text: str) -> frozenset[str]:
    """The blank-separated words of ``text``; long lists of names read better so."""
    return frozenset(text.split())


def everywhere(domain: str) -> Iterator[str]:
    """The domains that a row's domain stands for."""
    name, star, rest = domain.partition(".*")
    if not star:
        yield domain
        return
    for suffix in ("com", *country_suffixes()):
        yield f"{name}.{suffix}{rest}"


def _read() -> tuple[dict[str, dict[str, str]], dict[str, tuple[tuple[str, str], ...]]]:
    scopes: dict[str, dict[str, str]] = {scope: {} for scope in ("never", "pages", "subdomains", "host")}
    paths: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    with _DATA.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            domain, _, path = row["domain"].partition("/")
            for one in everywhere(domain):
                if row["scope"] == "path":
                    paths[one].append((path, row["code"]))
                else:
                    scopes[row["scope"]].setdefault(one, row["code"])
    return scopes, {domain: tuple(found) for domain, found in paths.items()}


_SCOPES, PATHS = _read()
NEVER: Final = _SCOPES["never"]
PAGES: Final = _SCOPES["pages"]
SUBDOMAINS: Final = _SCOPES["subdomains"]
HOSTS: Final = _SCOPES["host"]

# What on PAGES or SUBDOMAINS speaks for the platform's own company: these subdomains, and on PAGES these paths of the
# bare site. Not careers. or jobs.: job boards put every customer there.
OWN_SUBDOMAINS: Final = words("about blog corp corporate info investor investors ir plc press")
OWN_PATHS: Final = words("about about-us careers company contact contact-us en home index.html index.php")
OWN_PATHS_ALONE: Final = words("company")
"""Below these are other companies: wellfound.com/company/acme."""

WORDS: Final[dict[str, str]] = {
    "social_network": "a social network",
    "app_store": "an app store",
    "link_in_bio": "a link-in-bio service",
    "shortener": "a link shortener",
    "link_wrapper": "a link that leads elsewhere",
    "email_provider": "an e-mail provider",
    "reference": "an encyclopedia or archive",
    "infrastructure": "technical infrastructure",
    "directory_page": "a directory of companies",
    "job_board": "a job board",
    "hosted_page": "a platform for other people's pages",
    "booking_page": "a booking site",
    "marketplace_page": "a marketplace",
}
