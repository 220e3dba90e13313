"""LinkedIn addresses: which are company pages, and their one spelling. Pure."""

import re
from typing import Final
from urllib.parse import parse_qs, quote, unquote, urlsplit

from enrichment_assets.core.normal_form import normalized

COMPANY_SECTIONS: Final = frozenset({"company", "company-beta", "companies"})
"""First path segments of company pages. ``showcase``, ``school``, ``in``, ``pub``, ``posts``, ``jobs``, ``groups``,
``feed`` and the rest are somebody or something else."""

TEMPLATE_SLUGS: Final = frozenset(
    {
        "unavailable", "setup", "new", "company", "yourcompany", "your-company", "your-company-name", "companyname",
        "company-name", "mycompany", "my-company", "example", "example-company", "yourbrand", "your-brand", "username",
        "login", "undefined", "null", "none", "slug", "admin", "yourpage", "your-page", "linkedin", "wix-com",
        "squarespace", "shopify", "wordpress", "webflow-inc-", "webflow", "weebly", "godaddy",
    }
)  # fmt: skip
"""Slugs that site templates leave behind. They count only for the company of that name."""

MOST_ENCODED: Final = 2
"""Times that an address may be percent-encoded once more within another."""

_SLUG: Final = re.compile(r"[\w.&'’·+()~-]{1,150}")


def company_slug(url: str) -> str | None:
    """The slug of a company page's address: lower case, percent-decoded; None for any other address. Never raises."""
    text = url.strip()
    if text.startswith("//"):
        text = "https:" + text
    elif not re.match(r"https?://", text, re.IGNORECASE):
        text = f"https://{text}"
    try:
        parts = urlsplit(text)
        host = (parts.hostname or "").rstrip(".").lower()
    except ValueError:
        return None
    if host != "linkedin.com" and not host.endswith(".linkedin.com"):
        return None
    segments = [segment for segment in parts.path.split("/") if segment]
    if "session" in parts.query.lower():
        return _behind_login(parts.query)
    if len(segments) < 2 or segments[0].lower() not in COMPANY_SECTIONS:
        return None
    named = re.split(r"&\w+=", segments[1])[0]  # parameters without their question mark
    slug = normalized("NFC", unquote(named)).strip().strip(".").lower()
    return slug if _SLUG.fullmatch(slug) else None


def company_url(slug: str) -> str:
    """The one spelling of a company page's address."""
    return f"https://www.linkedin.com/company/{quote(slug, safe='-_.~&')}"


def _behind_login(query: str) -> str | None:
    """The page that a login, a sign-up or a wall leads to: its parameter has two spellings."""
    given = {name.lower().replace("_", ""): values[0] for name, values in parse_qs(query).items()}
    target = given.get("sessionredirect", "")
    for _ in range(MOST_ENCODED):
        target = unquote(target)
    return company_slug(target) if "/company" in target and "session" not in target.lower() else None
