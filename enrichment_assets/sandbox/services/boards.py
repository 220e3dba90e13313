"""The public feeds of nine job boards. Each answers for the companies that use it, and as it does for strangers."""

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import unquote

import orjson

from enrichment_assets.sandbox.services import feeds
from enrichment_assets.sandbox.wire import JSON, Call, Reply, json_reply, text_reply
from enrichment_assets.sandbox.world.openings import openings
from enrichment_assets.sandbox.world.world import Facts, World, domain_of

_MOVED_DAYS_AGO: Final = 400
_WORKABLE_LIST: Final = "/api/v3/accounts/"


def answer(world: World, board: str, call: Call) -> Reply:
    """One call to a board. ``/slug/…`` for boards whose slug is a host name."""
    slug, rest = _ROUTES[board](call)
    if slug is None:
        return json_reply({"status": 404, "error": "Not found"}, 404)
    given = _registered(world, board, slug, call)
    if given is not None:
        return _given(given)
    facts = world.company(domain_of(slug))
    same_case = slug == facts.board_slug or (
        board not in ("lever", "lever-eu") and slug.lower() == facts.board_slug.lower()
    )
    if not same_case or board not in (facts.careers, facts.former_board):
        return _UNKNOWN[board](slug)
    jobs = openings(world, facts, days_ago=0 if board == facts.careers else _MOVED_DAYS_AGO)
    return _FEEDS[board](facts, jobs, call, rest)


def _registered(world: World, board: str, slug: str, call: Call) -> Any:
    """What a test brought for this slug, written as it is or as it stands in a URL; ``workable-v3`` is its list."""
    kind = "workable-v3" if board == "workable" and call.path.startswith(_WORKABLE_LIST) else board
    bodies = world.boards.get(kind, {})
    given = bodies.get(slug)
    return next((body for name, body in bodies.items() if unquote(name) == slug), None) if given is None else given


def _given(given: Any) -> Reply:
    if isinstance(given, dict) and "body" in given and set(given) <= {"body", "status", "content_type", "headers"}:
        body = given["body"]
        raw = body.encode() if isinstance(body, str) else orjson.dumps(body)
        return Reply(int(given.get("status", 200)), raw, given.get("content_type", JSON), given.get("headers", {}))
    if isinstance(given, str):
        return text_reply(given, content_type="application/xml" if given.lstrip().startswith("<") else JSON)
    return json_reply(given)


def _after(prefix: str) -> Callable[[Call], tuple[str | None, str]]:
    def route(call: Call) -> tuple[str | None, str]:
        if not call.path.startswith(prefix):
            return None, ""
        slug, _, rest = call.path[len(prefix) :].partition("/")
        return slug or None, rest.strip("/")

    return route


def _workable_route(call: Call) -> tuple[str | None, str]:
    for prefix in ("/api/v1/widget/accounts/", _WORKABLE_LIST):
        if call.path.startswith(prefix):
            return call.path[len(prefix) :].partition("/")[0] or None, ""
    return None, ""


_ROUTES: Final[Mapping[str, Callable[[Call], tuple[str | None, str]]]] = {
    "greenhouse": _after("/v1/boards/"),
    "lever": _after("/v0/postings/"),
    "lever-eu": _after("/v0/postings/"),
    "ashby": _after("/posting-api/job-board/"),
    "workable": _workable_route,
    "smartrecruiters": _after("/v1/companies/"),
    "recruitee": _after("/"),
    "personio": _after("/"),
    "teamtailor": _after("/"),
}
_FEEDS: Final[Mapping[str, Callable[[Facts, feeds.Jobs, Call, str], Reply]]] = {
    "greenhouse": feeds.greenhouse,
    "lever": feeds.lever,
    "lever-eu": feeds.lever,
    "ashby": feeds.ashby,
    "workable": feeds.workable,
    "smartrecruiters": feeds.smartrecruiters,
    "recruitee": feeds.recruitee,
    "personio": feeds.personio,
    "teamtailor": feeds.teamtailor,
}
_UNKNOWN: Final[Mapping[str, Callable[[str], Reply]]] = {
    "greenhouse": lambda _slug: json_reply({"status": 404, "error": "Job not found"}, 404),
    "lever": lambda _slug: json_reply({"ok": False, "error": "Document not found"}, 404),
    "lever-eu": lambda _slug: json_reply({"ok": False, "error": "Document not found"}, 404),
    "ashby": lambda _slug: text_reply("Not Found", 404),
    "workable": lambda _slug: json_reply({"error": "Not found"}, 404),
    "smartrecruiters": lambda _slug: json_reply({"offset": 0, "limit": 100, "totalFound": 0, "content": []}),
    "recruitee": lambda _slug: json_reply({"error": "Not found"}, 404),
    "personio": lambda _slug: text_reply("Not Found", 404),
    "teamtailor": lambda _slug: text_reply("Not Found", 404),
}
