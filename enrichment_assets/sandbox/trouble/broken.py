"""Answers that are not what was asked for: each provider's own errors, and good answers spoilt."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Final

import orjson

from enrichment_assets.sandbox.model import llm
from enrichment_assets.sandbox.model.nonsense import TALKS, Honest, verbatim
from enrichment_assets.sandbox.services import brave, firecrawl
from enrichment_assets.sandbox.trouble.faults import Fault
from enrichment_assets.sandbox.wire import HTML, TEXT, Call, Reply, json_reply, text_reply

_PAGE: Final = (
    "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>Bad gateway</h1></body></html>"
)


def spoilt(provider: str, fault: Fault, call: Call, honest: Honest) -> Reply:  # noqa: PLR0911 - one return per case
    """The answer a fault makes. Faults of the connection itself are not here: they spoil the sending."""
    kind = fault.kind
    if kind.startswith("http_"):
        return _status(provider, fault)
    if provider == "spider" and (kind in _SPIDER or kind.startswith(("site_", "page_"))):
        return _spider(fault, honest)
    if provider == "openrouter" and kind == "verbatim":
        return verbatim(call, honest, str(fault.options.get("content", "")))
    if provider == "openrouter" and kind in TALKS:
        return TALKS[kind](call, honest)
    if provider == "brave" and kind == "out_of_quota":
        return brave.over_quota()
    if provider == "serper" and kind in _SERPER:
        return _SERPER[kind](honest)
    return _GENERAL[kind](provider, fault, honest)


def _status(provider: str, fault: Fault) -> Reply:  # noqa: PLR0911 - one return per provider
    number, _, rest = fault.kind.removeprefix("http_").partition("_")
    status = int(number)
    headers = {"Retry-After": _retry_after(fault)} if rest == "retry_after" or "retry_after" in fault.options else {}
    match provider:
        case "spider":
            return _spider_status(status, headers)
        case "openrouter":
            return _openrouter_status(status, rest, headers)
        case "serper":
            return _serper_status(status, headers)
        case "firecrawl":
            reply = firecrawl.refused(
                status, _FIRECRAWL_CODES.get(status, "UNKNOWN_ERROR"), _REASONS.get(status, "Error")
            )
            return replace(reply, headers=headers)
        case "brave":
            return _brave_status(status)
        case "clay":
            return json_reply({"message": _REASONS.get(status, "Error")}, status, headers=headers)
        case "workable":
            return json_reply({"error": _REASONS.get(status, "Error")}, status, headers={"Retry-After": "0", **headers})
        case _:
            return Reply(status, _REASONS.get(status, "Error").encode(), TEXT, headers)


def _retry_after(fault: Fault) -> str:
    wanted = fault.option("retry_after", 1)
    if wanted == "date":
        return format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    return str(wanted)


_REASONS: Final = {
    400: "Bad request", 401: "Authentication failed", 402: "Payment required", 403: "Forbidden", 404: "Not found",
    408: "Request timeout", 429: "Too many requests", 500: "Internal server error", 502: "Bad gateway",
    503: "Service unavailable", 504: "Gateway timeout",
}  # fmt: skip


def _spider_status(status: int, headers: dict[str, str]) -> Reply:
    messages = {400: "bad request", 401: "invalid api key", 402: "balance is zero", 403: "unlimited_plan_required",
                404: "not found", 429: "slow down"}  # fmt: skip
    if status == 401:
        headers = {**headers, "www-authenticate": "Bearer"}
    if status == 429:
        headers = {**headers, "RateLimit-Limit": "100", "RateLimit-Remaining": "0", "RateLimit-Reset": "1"}
    return json_reply({"error": messages.get(status, "try again shortly")}, status, headers=headers)


def _openrouter_status(status: int, rest: str, headers: dict[str, str]) -> Reply:
    if rest == "in_flight":
        return llm.error(
            402, "This request would exceed your available credits given your current in-flight requests. Retry after "
            "in-flight requests settle, or add credits.", headers={"Retry-After": "1"},
            reason="in_flight_budget_exhausted", limit_source="openrouter_in_flight_budget",
        )  # fmt: skip
    if rest == "upstream":
        return llm.error(
            429, "Provider returned error", provider_name="DeepInfra", is_byok=False,
            raw="The model is temporarily rate-limited upstream. Please retry shortly.",
            provider_error_code="engine_overloaded", limit_source="upstream_provider_shared_pool",
        )  # fmt: skip
    if status == 402:
        return llm.error(402, "Insufficient credits. Add more using https://openrouter.ai/credits",
                         limit_source="openrouter_credits")  # fmt: skip
    if status == 429:
        headers = {
            "X-RateLimit-Limit": "20",
            "X-RateLimit-Remaining": "0",
            "X-RateLimit-Reset": f"{datetime.now(UTC).timestamp() * 1_000 + 50:.0f}",
            **headers,
        }
        return llm.error(429, "Rate limit exceeded: limit_rpm", headers=headers)
    if status == 524:
        return text_reply("error code: 524", 524)
    messages = {401: "User not found.", 404: "No endpoints found that can handle the requested parameters.",
                403: "Key limit exceeded", 408: "Operation timed out. Please try again later.",
                502: "Provider returned error", 503: "Service temporarily unavailable",
                529: "Provider returned error"}  # fmt: skip
    return llm.error(status, messages.get(status, _REASONS.get(status, "Error")), headers=headers)


def _serper_status(status: int, headers: dict[str, str]) -> Reply:
    if status in (401, 403):
        return json_reply({"message": "Unauthorized.", "statusCode": 403}, 403, headers=headers)
    if status == 402:  # Serper has no 402
        return json_reply({"message": "Not enough credits", "statusCode": 400}, 400, headers=headers)
    return json_reply({"message": _REASONS.get(status, "Error"), "statusCode": status}, status, headers=headers)


_FIRECRAWL_CODES: Final = {401: "UNAUTHORIZED", 402: "INSUFFICIENT_CREDITS", 429: "RATE_LIMITED", 408: "SCRAPE_TIMEOUT"}


def _brave_status(status: int) -> Reply:
    if status in (401, 403):  # a wrong key is a 422 there
        return brave.refused(422, "SUBSCRIPTION_TOKEN_INVALID", "The provided subscription token is invalid.")
    if status in (402, 429):
        return brave.over_quota() if status == 402 else brave.over_rate()
    return brave.refused(status, "INTERNAL", _REASONS.get(status, "Error"))


def _first_page(reply: Reply) -> list[dict[str, Any]]:
    pages = orjson.loads(reply.body)
    return pages if isinstance(pages, list) else [{"url": "", "status": 200, "costs": {}}]


_SPIDER: Final = frozenset(("block_page", "empty_page", "no_content", "missing_costs", "missing_metadata", "jsonl"))
_PAGE_ERRORS: Final = {
    310: "too many redirects", 524: "connection timeout", 525: "dns resolve error", 526: "address unreachable",
}  # fmt: skip


def _spider(fault: Fault, honest: Honest) -> Reply:
    if fault.kind == "no_content":
        return Reply(204, b"")
    reply = honest()
    pages = _first_page(reply)
    first = pages[0]
    status, usd = 200, reply.usd
    if fault.kind.startswith(("site_", "page_")):
        code = int(fault.kind[5:])
        first.update(status=code, content=None, error=_PAGE_ERRORS.get(code, f"the site answered {code}"))
        first.pop("metadata", None)
        status = code if fault.kind.startswith("site_") else 200
        if code in (500, 503) or code >= 520:  # the target's 500 and 503 are free
            usd = 0.0
            first["costs"] = {"total_cost": 0.0}
    elif fault.kind == "block_page":
        text = "# Access denied\n\nYou do not have permission to view this page.\n"
        content = first.get("content")
        first["content"] = dict.fromkeys(content, text) if isinstance(content, dict) else text
        first.update(status=403, error="the site refused the fetch")
    elif fault.kind == "empty_page":
        content = first.get("content")
        first["content"] = dict.fromkeys(content, "") if isinstance(content, dict) else ""
    elif fault.kind == "missing_costs":
        first.pop("costs", None)
        usd = 0.0
    elif fault.kind == "missing_metadata":
        first.pop("metadata", None)
    else:
        return Reply(200, b"".join(orjson.dumps(page) + b"\n" for page in pages), "application/jsonl", {}, usd)
    return json_reply(pages, status, usd=usd)


def _serper_without(names: tuple[str, ...], *, whole_list: bool = False) -> Callable[[Honest], Reply]:
    def make(honest: Honest) -> Reply:
        reply = honest()
        document = orjson.loads(reply.body)
        if not isinstance(document, dict):
            return reply
        for kind in ("news", "organic"):
            if whole_list:
                document.pop(kind, None)
            for item in document.get(kind, ()):
                for name in names:
                    item.pop(name, None)
        return json_reply(document, usd=reply.usd)

    return make


_SERPER: Final[Mapping[str, Callable[[Honest], Reply]]] = {
    "out_of_credit": lambda _honest: json_reply({"message": "Not enough credits", "statusCode": 400}, 400),
    "query_pattern": lambda _honest: json_reply({"message": "Query pattern not allowed for free accounts"}, 400),
    "missing_list": _serper_without((), whole_list=True),
    "missing_fields": _serper_without(("date", "snippet", "imageUrl")),
}


def _error_in_200(provider: str, _fault: Fault, _honest: Honest) -> Reply:
    if provider == "openrouter":
        error = {
            "error": {"code": 502, "message": "Provider returned error", "metadata": {"provider_name": "DeepInfra"}}
        }
        return Reply(200, orjson.dumps(error), blanks=True)
    if provider == "serper":
        return json_reply({"message": "Internal server error", "statusCode": 500})
    if provider == "firecrawl":
        return firecrawl.refused(200, "SCRAPE_ALL_ENGINES_FAILED", "All scraping engines failed")
    if provider == "brave":
        return replace(brave.refused(500, "INTERNAL", "Internal server error"), status=200)
    return json_reply({"error": "try again shortly"})


_GENERAL: Final[Mapping[str, Callable[[str, Fault, Honest], Reply]]] = {
    "truncated_json": lambda _p, _f, honest: Reply(200, (body := honest().body)[: len(body) * 2 // 3]),
    "malformed_json": lambda _p, _f, honest: Reply(200, honest().body.replace(b":", b"=", 3).replace(b'"', b"'", 2)),
    "html": lambda _p, _f, _honest: Reply(200, _PAGE.encode(), HTML),
    "empty_body": lambda _p, _f, _honest: Reply(200, b""),
    "wrong_content_type": lambda _p, _f, honest: Reply(
        (reply := honest()).status, reply.body, "application/octet-stream", reply.headers, reply.usd
    ),
    "error_in_200": _error_in_200,
    "redirect_loop": lambda _p, _f, _honest: Reply(302, b"", HTML, {"Location": "?again=1"}),
    "redirect_private": lambda _p, fault, _honest: Reply(
        302, b"", HTML, {"Location": str(fault.option("location", "http://169.254.169.254/latest/meta-data/"))}
    ),
}
