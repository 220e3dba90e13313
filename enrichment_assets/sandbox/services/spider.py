"""Spider (spider.cloud) on loopback: /scrape, /crawl and /links, with and without /v1.

Wire contract: an array of page objects, costs in US dollars, ``duration_elasped_ms``, synthetic 310/525/526 statuses,
and a site's own 4xx/5xx mirrored onto the HTTP status.
"""

import sys
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import orjson

from enrichment_assets.sandbox.services.sites import Visit, visit
from enrichment_assets.sandbox.wire import Call, Reply, json_reply
from enrichment_assets.sandbox.world.world import World

_CRAWL_PATHS: Final = ("/", "/about", "/product", "/pricing", "/customers", "/careers", "/contact")
_UNREACHABLE: Final = {"error": "address unreachable", "status": 526}
_MAX_REDIRECTS: Final = 7
_BYTES_PER_CREDIT: Final = 39_000


def answer(world: World, call: Call) -> Reply:  # noqa: PLR0911 - one return per case
    """One Spider call."""
    route = call.path.removeprefix("/v1").removeprefix("/unlimited").rstrip("/")
    if route == "/data/credits":
        return json_reply({"data": {"id": "sandbox", "user_id": "sandbox", "credits": 1_000_000}})
    if call.headers.get("Authorization") is not None and not call.bearer():
        return json_reply({"error": "invalid api key"}, 401, headers={"www-authenticate": "Bearer"})
    if route not in ("/scrape", "/crawl", "/links") or call.method != "POST":
        return json_reply({"error": "not found"}, 404)
    try:
        given = call.json()
    except orjson.JSONDecodeError:
        return json_reply({"error": "invalid json body"}, 400)
    requests = given if isinstance(given, list) else [given]
    pages: list[dict[str, Any]] = []
    for request in requests:
        if not isinstance(request, dict) or not request.get("url"):
            return json_reply({"error": "url is required"}, 400)
        if isinstance(request.get("max_credits_allowed"), float):
            return json_reply({"error": "max_credits_allowed must be an integer"}, 400)
        for url in str(request["url"]).split(","):
            pages.extend(_pages(world, url.strip(), request, route))
    usd = sum(float(page.get("costs", {}).get("total_cost", 0.0)) for page in pages)
    first = int(pages[0]["status"]) if pages else 200
    status = first if 400 <= first < 520 else 200
    if "jsonl" in call.headers.get("Content-Type", ""):
        return Reply(status, b"\n".join(map(orjson.dumps, pages)) + b"\n", "application/jsonl", {}, usd)
    return json_reply(pages, status, usd=usd)


def _pages(world: World, url: str, request: dict[str, Any], route: str) -> list[dict[str, Any]]:
    limit = int(request.get("limit", 0 if route == "/crawl" else 1))
    if route != "/crawl" or limit == 1:
        return [_page(world, url, request, route)]
    base = url if "//" in url else f"https://{url}"
    paths = _CRAWL_PATHS[: limit or None]
    return [_page(world, urljoin(base, path), request, route) for path in paths]


def _page(world: World, url: str, request: dict[str, Any], route: str) -> dict[str, Any]:
    address = url if "//" in url else f"https://{url}"
    browser = request.get("request", "smart") in ("chrome", "browser")
    final, seen, found = address, 0, Visit(0)
    while True:
        parts = urlsplit(final)
        found = visit(world, parts.hostname or "", _target(final), browser=browser)
        if not found.location:
            break
        final, seen = urljoin(final, found.location), seen + 1
        if seen > _MAX_REDIRECTS:
            return {"status": 310, "error": "too many redirects", "content": None, "url": url,
                    "costs": _costs(0, 0, 400), "duration_elasped_ms": 400}  # fmt: skip
    if found.status == 0:
        gone = world.company(parts.hostname or "").mail == "nxdomain"
        elapsed_ms = 25_094
        return {**_UNREACHABLE, "status": 525 if gone else 526, "content": None, "duration_elasped_ms": elapsed_ms,
                "costs": _costs(0, 0, elapsed_ms), "url": url}  # fmt: skip
    raw = (found.html or found.markdown)[: _paid_for(request)]
    markdown = found.markdown[: _paid_for(request) // 10]
    elapsed_ms = 300 + len(raw) % 900 + (1500 if browser else 0)
    page: dict[str, Any] = {
        "content": _content(markdown, raw, request.get("return_format", "raw")),
        "costs": _costs(len(raw), len(markdown), elapsed_ms),
        "duration_elasped_ms": elapsed_ms,
        "error": "the site refused the fetch" if found.status == 403 else None,
        "metadata": _metadata(found, address, final, len(raw)),
        "status": found.status,
        "url": url,
    }
    if route == "/links":
        return {"url": url, "status": found.status, "error": page["error"]}
    if not request.get("metadata"):
        del page["metadata"]
    return page


def _target(url: str) -> str:
    parts = urlsplit(url)
    return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")


def _paid_for(request: dict[str, Any]) -> int:
    """Bytes of a page that ``max_credits_allowed`` pays for, at 10,000 credits a dollar: the transfer ends there."""
    allowed = request.get("max_credits_allowed")
    return sys.maxsize if allowed is None else int(allowed) * _BYTES_PER_CREDIT


def _content(markdown: str, raw: str, wanted: Any) -> Any:
    forms = {"raw": raw, "markdown": markdown, "commonmark": markdown, "text": markdown, "empty": ""}
    if isinstance(wanted, list):
        return {name: forms.get(name, markdown) for name in wanted}
    return forms.get(wanted, markdown)


def _metadata(found: Visit, asked: str, final: str, size: int) -> dict[str, Any]:
    parts = urlsplit(final)
    return {
        "automation_data": None,
        "crawl_id": None,
        "description": found.description,
        "domain": parts.hostname or "",
        "extracted_data": None,
        "file_size": size,
        "final_url": final if final != asked else None,
        "keywords": None,
        "og_image": None,
        "original_url": asked,
        "pathname": parts.path or "/",
        "resource_type": "html",
        "title": found.title,
    }


def _costs(received_bytes: int, text_bytes: int, elapsed_ms: int) -> dict[str, Any]:
    """$1 per GB transferred and $0.001 per minute of compute, as the price list says."""
    parts = {
        "ai_cost": 0.0,
        "bytes_transferred_cost": received_bytes / 1e9,
        "compute_cost": elapsed_ms / 60_000 * 0.001,
        "file_cost": received_bytes / 2e9,
        "transform_cost": text_bytes / 1e8,
    }
    parts["total_cost"] = sum(parts.values())
    costs: dict[str, Any] = {}
    for name, usd in parts.items():
        costs[name] = usd
        costs[f"{name}_formatted"] = f"{usd:.10f}"
    return costs
