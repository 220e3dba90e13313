"""Where a company's address really leads: a pure judgement of one fetched page, as a salesperson would make it.

In order: another host that sells or parks domains; words of a parked, sold, suspended or walled page; the status; a
page without text; then whose page it is. A redirect to another registrable domain is

- the same site when the brand did not change (``acme.com`` → ``acme.io``, ``getacme.com`` → ``acme.com``), or when the
  new address is the company's name (``acme-robots.com`` → ``acmerobotics.com``): the domain's owner set the redirect,
  and the name says that they moved;
- another brand otherwise, even where its page names the company: it was bought, renamed, or sold its domain, and
  somebody has to look before writing to it.
"""

import re
from dataclasses import dataclass
from typing import Final, Literal
from urllib.parse import urlsplit

from enrichment_assets.companies import suffixes
from enrichment_assets.companies.company_names import brand_label, core_name, same_brand, squashed
from enrichment_assets.pages.emptiness import says_nothing
from enrichment_assets.pages.kinds import ideas, page_kinds, structure
from enrichment_assets.pages.page import Page

Landed = Literal["same_site", "other_path", "other_brand", "parked", "for_sale", "dead", "blocked", "empty"]

REFUSED: Final = frozenset({401, 402, 403, 405, 406, 407, 412, 418, 421, 429, 444, 451, 494, 495, 496, 999})
"""The site is there and will not show itself to us."""
NO_ANSWER: Final = frozenset({310, 521, 522, 523, 525, 526, 530})
"""Nobody answers at this address, or it only redirects to itself."""
UNRESOLVED: Final = 525
PASSING: Final = frozenset({408, 425, *range(500, 600)}) - {501, 505, 521, 522, 523, 525, 526, 530}
"""The site is broken right now. Not an answer: it must not be stored for two weeks."""
LONG_PAGE: Final = 12_000
"""Characters of markdown from which a page is somebody's real site, whatever single phrases it contains."""

_WORDS_FOR: Final = {
    310: "redirects in a circle", 404: "home page is not found", 410: "home page is gone", 521: "refuses connections",
    522: "breaks connections off", 523: "breaks connections off", 525: "has no address in DNS",
    526: "cannot be reached or has no valid certificate", 530: "has no working origin",
}  # fmt: skip
_SIGNS: Final = r"[*_`#>|\[\]\\]+|^[ \t]*[-+][ \t]+"
_MARKDOWN: Final = re.compile(
    rf"(?:!\[[^\]]{{0,500}})?\]\([^)]*+(?:\)|(?P<unclosed>\Z))|{_SIGNS}",
    re.MULTILINE,
)
_MARKS: Final = re.compile(_SIGNS, re.MULTILINE)
_START_PAGE: Final = re.compile(r"^/?(?:(?:index|default)(?:\.\w{2,5})?/?)?$", re.IGNORECASE)


_Judged = tuple[page_kinds.Kind | None, str, bool]
"""What a page that is not the company's is, the words that say so (if any do), and whether scripts are asked for."""


@dataclass(frozen=True, slots=True)
class Landing:
    """The judgement and its one-sentence reason. ``visible`` is the text without markdown."""

    landed: Landed
    reason: str
    visible: str
    needs_browser: bool = False
    """A browser may see more: there is no text, or a challenge that only scripts pass."""
    passing: bool = False
    """The site is broken right now, whatever its status says: the caller's to refuse, like ``PASSING``."""


def visible_text(markdown: str) -> str:
    """What a reader sees of the beginning of a markdown page."""
    return " ".join(_MARKDOWN.sub(_unmarked, markdown[:LONG_PAGE]).split())


def _unmarked(found: re.Match[str]) -> str:
    """A blank for markdown; where nothing closes a link's target it is no link, up to the end, and only signs are."""
    return " " if found["unclosed"] is None else _MARKS.sub(" ", found[0])


def landing(company_domain: str, company_name: str, page: Page, title: str) -> Landing:
    """Judge one page that answered, whatever its status. Statuses in ``PASSING`` are the caller's to refuse."""
    visible = visible_text(page.text)
    final_host = suffixes.host_of(page.final_url).rstrip(".") or company_domain
    final_domain = suffixes.registrable(final_host) or final_host
    moved = final_domain != company_domain
    kind = page_kinds.host_kind(final_host) if moved else None
    if kind is not None:
        words = "is offered for sale at" if kind == "for_sale" else "is parked at"
        return Landing(kind, f"{company_domain} {words} {final_domain}.", visible)
    judged = _judged(company_domain, company_name, page, title, visible)
    refused = _not_the_companys(company_domain, page, visible, judged)
    if refused is not None:
        return refused
    if says_nothing(visible):
        return Landing("empty", f"{company_domain}'s home page has no text to read.", visible, needs_browser=True)
    if moved:
        return _moved(company_domain, company_name, final_domain, title, visible)
    return _same_domain(company_domain, final_host, page.final_url, visible)


def _judged(domain: str, name: str, page: Page, title: str, visible: str) -> _Judged:
    if len(page.text) > LONG_PAGE or len(visible) > page_kinds.SHORT_PAGE:
        return None, "", False
    markup = structure.markup_ideas(page.html)
    said = ideas.said(title, page.text, domain, name, markup)
    in_markup = page_kinds.kind_of_markup(markup, said.others)
    kind, words = page_kinds.kind_of(said) or (in_markup, "")
    if in_markup == "blocked":
        return in_markup, words if kind == in_markup else "", True
    return kind, words, page_kinds.asks_for_scripts(said)


def _not_the_companys(domain: str, page: Page, visible: str, judged: _Judged) -> Landing | None:
    """The judgement of a page that says what it is, or whose status does."""
    kind, words, scripted = judged
    if kind is None or (page.status >= 400 and kind == "broken"):
        return _by_status(domain, page, visible, scripted)
    shown = f": “{words[:100]}”" if words else " by its links and markup"
    if kind == "broken":
        return Landing("dead", f"{domain} is broken or being worked on{shown}.", visible, passing=True)
    says = {
        "parked": "is not in use", "for_sale": "is for sale", "dead": "shows no site", "blocked": "refuses to be read",
    }[kind]  # fmt: skip
    return Landing(kind, f"{domain} {says}{shown}.", visible, needs_browser=kind == "blocked" and scripted)


def _by_status(domain: str, page: Page, visible: str, scripted: bool) -> Landing | None:
    if page.status < 300:
        return None
    if page.status in REFUSED:
        reason = f"{domain} refuses to be read (status {page.status})."
        return Landing("blocked", reason, visible, needs_browser=scripted)
    what = _WORDS_FOR.get(page.status, "answers with an error")
    return Landing("dead", f"{domain} {what} (status {page.status}).", visible)


def _moved(domain: str, name: str, final_domain: str, title: str, visible: str) -> Landing:
    old, new = brand_label(domain), brand_label(final_domain)
    if same_brand(old, new):
        return Landing("same_site", f"{domain} moved to {final_domain}, the same brand.", visible)
    if len(squashed(new)) > 2 and same_brand(core_name(name), new):
        return Landing("same_site", f"{domain} moved to {final_domain}, which is {core_name(name)}'s name.", visible)
    named = " Its title names the company." if squashed(core_name(name)) in squashed(title) else ""
    return Landing("other_brand", f"{domain} leads to another brand's site, {final_domain}.{named}", visible)


def _same_domain(domain: str, final_host: str, final_url: str, visible: str) -> Landing:
    path = _path(final_url)
    if final_host not in (domain, f"www.{domain}"):
        return Landing("other_path", f"{domain} leads to {final_host}{path}.", visible)
    if _START_PAGE.match(path):
        return Landing("same_site", f"{final_host} shows its home page.", visible)
    return Landing("other_path", f"{domain} leads to its page {path[:100]}.", visible)


def _path(url: str) -> str:
    try:
        return urlsplit(url).path or "/"
    except ValueError:
        return "/"
