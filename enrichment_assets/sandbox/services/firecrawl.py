"""Firecrawl (api.firecrawl.dev) on loopback: ``POST /v2/scrape``, ``GET /v2/team/credit-usage``.

Wire contract: ``success`` with ``data``, the site's own status in ``data.metadata.statusCode`` under HTTP 200, one
credit a page whatever the site answered, and codes such as ``SCRAPE_DNS_RESOLUTION_ERROR`` (HTTP 200, billed as well)
for sites that cannot be reached. It opens a page in a browser by itself.
"""

from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import orjson

from enrichment_assets.sandbox.services.sites import visit
from enrichment_assets.sandbox.wire import Call, Reply, json_reply
from enrichment_assets.sandbox.world.world import World

USD_PER_CREDIT: Final = 0.00083
"""The Standard plan, $83 for 100,000."""
_FORMATS: Final = frozenset(("markdown", "html", "rawHtml", "links", "summary", "images", "screenshot"))
_REASONS: Final = {403: "Forbidden", 404: "Not Found", 410: "Gone", 429: "Too Many Requests"}
_MAX_REDIRECTS: Final = 10


def answer(world: World, call: Call) -> Reply:  # noqa: PLR0911 - one return per case
    """One Firecrawl call."""
    if call.path == "/v2/team/credit-usage" and call.method == "GET" and call.bearer():
        return json_reply({"success": True, "data": {"remainingCredits": 100_000, "planCredits": 100_000}})
    if call.path.rstrip("/") != "/v2/scrape" or call.method != "POST":
        return Reply(404, b"Cannot %s" % call.path.encode(), "text/html; charset=utf-8")
    if not call.bearer():
        return refused(401, "UNAUTHORIZED", "Unauthorized: Invalid token")
    try:
        asked = call.json()
    except orjson.JSONDecodeError:
        return refused(400, "BAD_REQUEST_INVALID_JSON", "Bad request, malformed JSON")
    url = asked.get("url") if isinstance(asked, dict) else None
    if not isinstance(url, str) or "." not in url:
        return refused(400, "BAD_REQUEST", "Invalid URL")
    formats = [
        str(form.get("type")) if isinstance(form, dict) else str(form) for form in asked.get("formats", ["markdown"])
    ]
    if unknown := [form for form in formats if form not in _FORMATS]:
        return refused(400, "BAD_REQUEST", f"Invalid formats: {unknown}")
    return _scraped(world, url if "//" in url else f"https://{url}", formats)


def refused(status: int, code: str, message: str, *, usd: float = 0.0) -> Reply:
    """An error as the API words it."""
    return json_reply({"success": False, "code": code, "error": message}, status, usd=usd)


def _scraped(world: World, url: str, formats: list[str]) -> Reply:
    final = url
    for _ in range(_MAX_REDIRECTS):
        parts = urlsplit(final)
        host, query = parts.hostname or "", f"?{parts.query}" if parts.query else ""
        if world.company(host).mail == "nxdomain":
            message = f'DNS resolution failed for hostname "{host}".'
            return refused(200, "SCRAPE_DNS_RESOLUTION_ERROR", message, usd=USD_PER_CREDIT)
        found = visit(world, host, (parts.path or "/") + query, browser=True)
        if found.status == 0:
            return refused(500, "SCRAPE_SITE_ERROR", "The site could not be loaded: ERR_CONNECTION_RESET")
        if not found.location:
            break
        final = urljoin(final, found.location)
    else:
        return refused(500, "SCRAPE_SITE_ERROR", "The site could not be loaded: ERR_TOO_MANY_REDIRECTS")
    raw = found.html or found.markdown
    forms = {"markdown": found.markdown, "rawHtml": raw, "html": raw}
    metadata: dict[str, Any] = {
        "title": found.title,
        "description": found.description,
        "sourceURL": url,
        "url": final,
        "statusCode": found.status,
        "contentType": found.content_type,
        "proxyUsed": "basic",
        "cacheState": "miss",
        "creditsUsed": 1,
        "concurrencyLimited": False,
    }
    if found.status in _REASONS:
        metadata["error"] = _REASONS[found.status]
    data = {name: forms[name] for name in formats if name in forms}
    return json_reply({"success": True, "data": {**data, "metadata": metadata}}, usd=USD_PER_CREDIT)
