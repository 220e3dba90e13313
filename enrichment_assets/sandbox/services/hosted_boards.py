"""Job boards that are reached under their vendors' own hosts, each in its vendor's shape (docs/providers/boards.md)."""

# ruff: noqa: E501  (bodies in their vendors' shape)

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Final
from xml.sax.saxutils import escape as xml_escape

import orjson

from enrichment_assets.sandbox.services.boards import given_reply
from enrichment_assets.sandbox.services.feeds import Jobs
from enrichment_assets.sandbox.wire import HTML, Call, Reply, json_reply, text_reply
from enrichment_assets.sandbox.world.openings import openings
from enrichment_assets.sandbox.world.world import Facts, World, domain_of

Feed = Callable[[Facts, Jobs, Call], Reply]

_LABEL = r"[a-z0-9][a-z0-9-]{0,62}"


@dataclass(frozen=True)
class HostedBoard:
    """``feed`` answers what ``path`` matches below ``host``; both may name the ``slug``. ``unknown`` is for strangers."""

    host: re.Pattern[str]
    path: re.Pattern[str]
    feed: Feed
    unknown: Callable[[], Reply] = lambda: json_reply({"error": "Not found"}, 404)


def vendor_at(host: str, path: str) -> str | None:
    """The vendor whose feed stands at an address."""
    return next((vendor for vendor, _ in _routed(host, path)), None)


def answer(world: World, call: Call) -> Reply | None:
    """A vendor's answer; None for what is no vendor's feed, or a page that a test brought."""
    for vendor, slug in _routed(call.host, call.path):
        if call.host.partition(":")[0] + call.path not in world.pages:
            return _answer(world, vendor, slug or call.query.get("company", ""), call)
    return None


def _routed(host: str, path: str) -> Iterator[tuple[str, str]]:
    name, target = host.partition(":")[0].lower(), path.partition("?")[0]
    for vendor, board in HOSTED.items():
        at = board.host.fullmatch(name)
        below = board.path.match(target) if at else None
        if at and below:
            yield vendor, {**at.groupdict(), **below.groupdict()}.get("slug") or ""


def _answer(world: World, vendor: str, slug: str, call: Call) -> Reply:
    board = HOSTED[vendor]
    given = world.boards.get(vendor, {}).get(slug)
    if given is not None:
        return given_reply(given)
    name = slug.partition("/")[0]
    if vendor == "join" and name.isdecimal():
        name = _slug_of(int(name))
    facts = world.company(domain_of(name)) if name else None
    if facts is None or facts.careers != vendor or name.lower() != facts.board_slug.lower():
        return board.unknown()
    return board.feed(facts, openings(world, facts), call)


def _number(slug: str) -> int:
    """JOIN's number of a company, which names it here."""
    return int.from_bytes(slug.encode(), "big")


def _slug_of(number: int) -> str:
    return number.to_bytes((number.bit_length() + 7) // 8, "big").decode("ascii", "replace")


def _moved(to: str) -> Callable[[], Reply]:
    return lambda: Reply(302, b"", HTML, {"Location": to})


def _breezy(facts: Facts, jobs: Jobs, _call: Call) -> Reply:
    return json_reply([
        {"id": f"{job.number:x}", "friendly_id": f"{job.number:x}-{job.slug}", "name": job.title,
         "url": f"https://{facts.board_slug}.breezy.hr/p/{job.number:x}-{job.slug}",
         "published_date": job.posted_at.isoformat(), "type": {"id": "fullTime", "name": "Full-Time"},
         "location": {"country": {"name": job.city[3], "id": job.city[2]}, "state": None, "city": job.city[0],
                      "is_remote": job.remote, "name": job.place},
         "department": job.department, "salary": "",
         "company": {"name": facts.name, "logo_url": None, "friendly_id": facts.board_slug}}
        for job in jobs
    ])  # fmt: skip


def _bamboohr(_facts: Facts, jobs: Jobs, _call: Call) -> Reply:
    rows = [
        {"id": str(job.number), "jobOpeningName": job.title, "departmentId": "1", "departmentLabel": f"{job.department} ",
         "employmentStatusLabel": "Full Time", "employmentType": None,
         "location": {"city": job.city[0], "state": job.city[1] or None},
         "atsLocation": {"country": None, "state": None, "province": None, "city": None}, "isRemote": None,
         "locationType": "0"}
        for job in jobs
    ]  # fmt: skip
    return json_reply({"meta": {"totalCount": len(rows)}, "result": rows})


def _pinpoint(facts: Facts, jobs: Jobs, _call: Call) -> Reply:
    return json_reply({"data": [
        {"id": job.uuid, "title": job.title, "path": f"/en/postings/{job.uuid}",
         "url": f"https://{facts.board_slug}.pinpointhq.com/en/postings/{job.uuid}", "description": "<p>Join us.</p>",
         "workplace_type": "remote" if job.remote else "onsite", "compensation": None, "deadline_at": None,
         "job": {"id": job.uuid, "requisition_id": "R1", "department": {"id": "1", "name": job.department},
                 "division": None},
         "location": {"id": "1", "city": job.city[0], "name": job.city[3]}}
        for job in jobs
    ]})  # fmt: skip


def _gem(facts: Facts, jobs: Jobs, _call: Call) -> Reply:
    return json_reply([
        {"id": job.uuid, "internal_job_id": job.uuid, "title": job.title, "content": "<p>Join us.</p>",
         "absolute_url": f"https://jobs.gem.com/{facts.board_slug}/{job.uuid}", "location": {"name": job.place},
         "location_type": "remote" if job.remote else "in_office", "employment_type": "full_time",
         "departments": [{"id": "1", "name": job.department}], "offices": [], "requisition_id": None,
         "first_published_at": job.posted_at.isoformat(), "updated_at": job.posted_at.isoformat()}
        for job in jobs
    ])  # fmt: skip


def _hibob(_facts: Facts, jobs: Jobs, call: Call) -> Reply:
    if "careers.hibob.com" not in call.headers.get("Referer", ""):
        return json_reply({"error": "unauthorized"}, 401)
    return json_reply({"filterGroups": [], "jobAdDetails": [
        {"id": job.uuid, "title": job.title, "department": job.department, "site": job.city[0], "country": job.city[3],
         "workspaceType": "remote" if job.remote else "on_site", "publishedAt": job.posted_at.isoformat(),
         "description": "<p>Join us.</p>"}
        for job in jobs
    ]})  # fmt: skip


def _rippling(facts: Facts, jobs: Jobs, call: Call) -> Reply:
    page, size = int(call.query.get("page", 0)), int(call.query.get("pageSize", 20))
    items = [
        {"id": job.uuid, "name": job.title, "url": f"https://ats.rippling.com/{facts.board_slug}/jobs/{job.uuid}",
         "department": {"name": job.department}, "language": "en-US",
         "locations": [{"name": job.place, "city": job.city[0], "country": job.city[3], "countryCode": job.city[2],
                        "workplaceType": "REMOTE" if job.remote else "ON_SITE"}]}
        for job in jobs[page * size : (page + 1) * size]
    ]  # fmt: skip
    pages = -(-len(jobs) // size)
    return json_reply({"items": items, "page": page, "pageSize": size, "totalItems": len(jobs), "totalPages": pages})


def _join(facts: Facts, jobs: Jobs, call: Call) -> Reply:
    if "/api/" in call.path:
        return _join_jobs(jobs, call)
    company = {"id": _number(facts.board_slug), "name": facts.name, "domain": facts.board_slug}
    state = {"props": {"pageProps": {"initialState": {"company": company, "jobs": {"items": []}}}}}
    data = json.dumps(state)  # a number of any length
    page = f'<html><body><div id="__next"></div><script id="__NEXT_DATA__" type="application/json">{data}</script></body></html>'
    return text_reply(page, content_type=HTML)


def _join_gone() -> Reply:
    data = orjson.dumps({"props": {"pageProps": {"statusCode": 404, "message": "Entity not found"}}}).decode()
    return text_reply(f'<html><body><script id="__NEXT_DATA__">{data}</script></body></html>', content_type=HTML)


def _join_jobs(jobs: Jobs, call: Call) -> Reply:
    page, size = int(call.query.get("page", 1)), int(call.query.get("pageSize", 5))
    if size > 5:
        return json_reply({"error": "pageSize must not be greater than 5"}, 422)
    items = [
        {"id": job.number, "idParam": f"{job.number}-{job.slug}", "title": job.title, "createdAt": job.posted_at.isoformat(),
         "workplaceType": "REMOTE" if job.remote else "ONSITE", "category": {"id": 1, "name": job.department},
         "city": {"cityName": job.city[0], "regionName": job.city[1], "countryName": job.city[3]}}
        for job in jobs[(page - 1) * size : page * size]
    ]  # fmt: skip
    pagination = {"page": page, "pageSize": size, "pageCount": -(-len(jobs) // size), "rowCount": len(jobs)}
    return json_reply({"items": items, "pagination": pagination})


def _comeet(facts: Facts, jobs: Jobs, _call: Call) -> Reply:
    rows = [
        {"name": job.title, "department": job.department, "uid": f"{job.number % 4096:03X}.{job.number // 7 % 4096:03X}",
         "company_name": facts.name, "employment_type": "Full-time", "time_updated": job.posted_at.isoformat(),
         "location": {"name": job.place, "city": job.city[0], "country": job.city[2], "is_remote": job.remote},
         "url_active_page": f"https://{facts.domain}/careers/{job.slug}/", "is_internal": None}
        for job in jobs
    ]  # fmt: skip
    script = f"COMPANY_POSITIONS_DATA = {orjson.dumps(rows).decode()};\nPOSITION_DATA = null;"
    return text_reply(f"<html><head><script>{script}</script></head><body></body></html>", content_type=HTML)


def _jazzhr(facts: Facts, jobs: Jobs, _call: Call) -> Reply:
    rows = "".join(
        f"<li class=\"list-group-item\">\n<h3 class='list-group-item-heading'>\n"
        f'<a href="https://{facts.board_slug}.applytojob.com/apply/{job.number:010x}/{job.slug}">{escape(job.title)}</h3>'
        f"\n<ul class='list-inline list-group-item-text'><li><i class='fa fa-map-marker'></i>{escape(job.place)}</li>"
        f"<li><i class='fa fa-sitemap'></i>{escape(job.department)}</li></ul></li>"
        for job in jobs
    )
    return text_reply(f"<html><body><ul class='list-group'>{rows}</ul></body></html>", content_type=HTML)


def _successfactors(_facts: Facts, jobs: Jobs, call: Call) -> Reply:
    if call.query.get("resultType") != "XML":
        return text_reply("<html><body>Career Opportunities</body></html>", content_type=HTML)
    rows = "".join(
        f"<Job><JobTitle>{xml_escape(job.title)}</JobTitle><ReqId>{job.number}</ReqId>"
        f"<Posted-Date>{job.posted_at:%m/%d/%Y}</Posted-Date><Job-Description/>"
        f"<filter1><label>Job Family / Functional Area</label><value>{xml_escape(job.department)}</value></filter1>"
        f"<mfield2><label>Posting Location</label><value>{xml_escape(job.place)}</value></mfield2></Job>"
        for job in jobs
    )
    return text_reply(f"<?xml version='1.0'?><Job-Listing>{rows}</Job-Listing>", content_type="text/xml")


def _workday(_facts: Facts, jobs: Jobs, call: Call) -> Reply:
    asked = call.json() if call.body else {}
    limit, offset = int(asked.get("limit", 20)), int(asked.get("offset", 0))
    if limit > 20:
        return json_reply({"errorCode": "HTTP_400"}, 400)
    rows = [
        {"title": job.title, "externalPath": f"/job/{job.city[0].replace(' ', '-')}/{job.slug}_JR{job.number}",
         "locationsText": job.place, "postedOn": "Posted 30+ Days Ago", "bulletFields": [f"JR{job.number}"]}
        for job in jobs[offset : offset + limit]
    ]  # fmt: skip
    return json_reply(
        {"total": len(jobs) if not offset else 0, "jobPostings": rows, "facets": [], "userAuthenticated": False}
    )


HOSTED: Final[Mapping[str, HostedBoard]] = {
    "breezy": HostedBoard(re.compile(rf"(?P<slug>{_LABEL})\.breezy\.hr"), re.compile("/json"), _breezy, _moved("https://breezy.hr/")),
    "bamboohr": HostedBoard(
        re.compile(rf"(?P<slug>{_LABEL})\.bamboohr\.com"), re.compile("/careers/list"), _bamboohr,
        _moved("https://www.bamboohr.com/"),
    ),
    "pinpoint": HostedBoard(re.compile(rf"(?P<slug>{_LABEL})\.pinpointhq\.com"), re.compile(r"/postings\.json"), _pinpoint),
    "gem": HostedBoard(re.compile(r"api\.gem\.com"), re.compile(r"/job_board/v0/(?P<slug>[^/?]+)/job_posts/"), _gem),
    "hibob": HostedBoard(re.compile(rf"(?P<slug>{_LABEL})\.careers\.hibob\.com"), re.compile("/api/job-ad"), _hibob),
    "rippling": HostedBoard(re.compile(r"ats\.rippling\.com"), re.compile(r"/api/v2/board/(?P<slug>[^/?]+)/jobs"), _rippling),
    "join": HostedBoard(re.compile(r"join\.com"), re.compile(r"(?:/api/public)?/companies/(?P<slug>[^/]+)(?:/jobs)?$"), _join, _join_gone),
    "comeet": HostedBoard(
        re.compile(r"www\.comeet\.com?"), re.compile(r"(?:/jobs|/careers-api/2\.0/company)/(?P<slug>[^/]+(?:/[^/]+)?)$"),
        _comeet,
    ),
    "jazzhr": HostedBoard(re.compile(rf"(?P<slug>{_LABEL})\.applytojob\.com"), re.compile("/apply/?$"), _jazzhr),
    "successfactors": HostedBoard(re.compile(r"career\d*\.(?:successfactors|sapsf)\.(?:com|eu)"), re.compile(r"/career(?:\?|$)"), _successfactors),
    "workday": HostedBoard(
        re.compile(r"[a-z0-9-]+\.wd\d+\.myworkdayjobs\.com"), re.compile(r"/wday/cxs/(?P<slug>[^/]+/[^/]+)/jobs"), _workday,
        lambda: json_reply({"errorCode": "HTTP_422", "httpStatus": 422}, 404),
    ),
}  # fmt: skip
