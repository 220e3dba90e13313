"""The job boards' feeds: a company's openings in each board's own shape."""

from html import escape
from typing import Any
from xml.sax.saxutils import escape as xml_escape

import orjson

from enrichment_assets.sandbox.wire import Call, Reply, json_reply, text_reply
from enrichment_assets.sandbox.world.openings import Opening
from enrichment_assets.sandbox.world.world import Facts

Jobs = tuple[Opening, ...]


def greenhouse(facts: Facts, jobs: Jobs, call: Call, rest: str) -> Reply:
    """Greenhouse: entity-escaped HTML, and only with ``content=true``."""
    if not rest:
        return json_reply({"name": facts.name, "content": f"<p>{escape(facts.name)}</p>"})
    whole = call.query.get("content") == "true"
    return json_reply(
        {"jobs": [_greenhouse_job(facts, job, whole=whole) for job in jobs], "meta": {"total": len(jobs)}}
    )


def _greenhouse_job(facts: Facts, job: Opening, *, whole: bool) -> dict[str, Any]:
    posted = job.posted_at.isoformat()
    item: dict[str, Any] = {
        "absolute_url": f"https://boards.greenhouse.io/{facts.board_slug}/jobs/{job.number}", "data_compliance": [],
        "internal_job_id": job.number + 1, "location": {"name": "Remote" if job.remote else job.place},
        "metadata": None,
        "id": job.number, "updated_at": posted, "requisition_id": f"R-{job.number % 10_000}", "title": job.title,
        "company_name": facts.name, "first_published": posted, "language": "en", "application_deadline": None,
    }  # fmt: skip
    if whole:
        item["content"] = escape(_description(facts, job))
        item["departments"] = [{"id": 1, "name": job.department, "child_ids": [], "parent_id": None}]
        item["offices"] = [{"id": 2, "name": job.city[0], "location": job.place, "child_ids": [], "parent_id": None}]
    return item


def lever(facts: Facts, jobs: Jobs, call: Call, _rest: str) -> Reply:
    """Lever: a bare array, ``skip`` and ``limit``."""
    skip = int(call.query.get("skip") or 0)
    limit = int(call.query.get("limit") or 10_000)
    host = "jobs.eu.lever.co" if facts.careers == "lever-eu" else "jobs.lever.co"
    items = []
    for job in jobs[skip : skip + limit]:
        url = f"https://{host}/{facts.board_slug}/{job.uuid}"
        plain = f"{facts.name} is hiring a {job.title}."
        items.append(
            {"id": job.uuid, "text": job.title, "country": job.city[2],
             "createdAt": int(job.posted_at.timestamp() * 1000),
             "categories": {"commitment": "Full-time", "location": job.place, "team": job.department,
                            "allLocations": [job.place]},
             "workplaceType": "remote" if job.remote else "onsite", "hostedUrl": url, "applyUrl": f"{url}/apply",
             "description": _description(facts, job), "descriptionPlain": plain, "descriptionBody": "",
             "descriptionBodyPlain": "", "opening": "", "openingPlain": "", "additional": "", "additionalPlain": "",
             "lists": [{"text": "What you bring", "content": "<li>Clear writing.</li>"}]}
        )  # fmt: skip
    return json_reply(items)


def ashby(facts: Facts, jobs: Jobs, call: Call, _rest: str) -> Reply:
    """Ashby: unlisted jobs among the listed."""
    items = []
    for job in jobs:
        url = f"https://jobs.ashbyhq.com/{facts.board_slug}/{job.uuid}"
        city, region, _, country = job.city
        item: dict[str, Any] = {
            "id": job.uuid, "title": job.title, "department": job.department, "team": job.department,
            "employmentType": "FullTime", "location": job.place, "shouldDisplayCompensationOnJobPostings": False,
            "secondaryLocations": [], "publishedAt": job.posted_at.isoformat(timespec="milliseconds"),
            "isListed": job.number % 17 != 0, "isRemote": job.remote or None,
            "workplaceType": "Remote" if job.remote else None,
            "address": {"postalAddress": {"addressRegion": region, "addressCountry": country, "addressLocality": city}},
            "jobUrl": url, "applyUrl": f"{url}/application", "descriptionHtml": _description(facts, job),
            "descriptionPlain": f"{facts.name} is hiring a {job.title}.",
        }  # fmt: skip
        if call.query.get("includeCompensation") == "true":
            item["compensation"] = {
                "compensationTierSummary": None, "scrapeableCompensationSalarySummary": None, "compensationTiers": [],
                "summaryComponents": [],
            }  # fmt: skip
        items.append(item)
    return json_reply({"jobs": items, "apiVersion": "1"})


def workable(facts: Facts, jobs: Jobs, call: Call, _rest: str) -> Reply:
    """Workable: one row per location; the newer API by POST, paged with tokens."""
    if call.method == "POST":
        return _workable_jobs(jobs, call)
    rows = []
    for job in jobs:
        cities = [job.city, facts.city] if job.number % 5 == 0 and job.city != facts.city else [job.city]
        shortcode = f"{job.number:010X}"
        for city, region, code, country in cities:  # one row per location, the same shortcode
            rows.append(
                {"title": job.title, "shortcode": shortcode, "telecommuting": job.remote, "department": job.department,
                 "url": f"https://apply.workable.com/j/{shortcode}", "shortlink": f"https://apply.workable.com/j/{shortcode}",
                 "published_on": job.posted_at.date().isoformat(), "created_at": job.posted_at.date().isoformat(),
                 "country": country, "city": city, "state": region,
                 "locations": [{"country": country, "countryCode": code, "city": city, "region": region,
                                "hidden": False}]}
            )  # fmt: skip
    return json_reply({"name": facts.name, "description": None, "jobs": rows})


def _workable_jobs(jobs: Jobs, call: Call) -> Reply:
    try:
        asked = call.json()
    except orjson.JSONDecodeError:
        asked = {}
    if "limit" in asked:
        return json_reply({"error": "limit is not allowed"}, 400)
    start = int(asked.get("token") or 0)
    page = jobs[start : start + 10]
    results = [
        {"id": job.number, "shortcode": f"{job.number:010X}", "title": job.title, "remote": job.remote,
         "location": {"country": job.city[3], "countryCode": job.city[2], "city": job.city[0], "region": job.city[1]},
         "published": job.posted_at.isoformat(), "department": [job.department], "workplace": "on_site"}
        for job in page
    ]  # fmt: skip
    document: dict[str, Any] = {"total": len(jobs), "results": results}
    if start + 10 < len(jobs):
        document["nextPage"] = str(start + 10)
    return json_reply(document)


def smartrecruiters(facts: Facts, jobs: Jobs, call: Call, _rest: str) -> Reply:
    """SmartRecruiters: offset and limit, at most 100."""
    offset = int(call.query.get("offset") or 0)
    limit = min(100, int(call.query.get("limit") or 100))
    content = []
    for job in jobs[offset : offset + limit]:
        city, region, code, _ = job.city
        content.append(
            {"id": str(job.number), "uuid": job.uuid, "jobAdId": job.uuid, "defaultJobAd": True, "name": job.title,
             "refNumber": f"REF{job.number}",
             "releasedDate": job.posted_at.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
             "company": {"identifier": facts.board_slug, "name": facts.name},
             "location": {"city": city, "region": region, "country": code.lower(), "remote": job.remote,
                          "hybrid": False, "fullLocation": job.place},
             "industry": {"id": "software", "label": facts.industry}, "customField": [], "visibility": "PUBLIC",
             "department": {"id": job.department.lower(), "label": job.department},
             "function": {"id": job.department.lower(), "label": job.department},
             "typeOfEmployment": {"id": "permanent", "label": "Full-time"},
             "experienceLevel": {"id": "mid_senior_level", "label": "Mid-Senior Level"},
             "ref": f"https://api.smartrecruiters.com/v1/companies/{facts.board_slug}/postings/{job.number}",
             "creator": {"name": "Talent Team"},
             "language": {"code": "en", "label": "English", "labelNative": "English"}}
        )  # fmt: skip
    return json_reply({"offset": offset, "limit": limit, "totalFound": len(jobs), "content": content})


def recruitee(facts: Facts, jobs: Jobs, _call: Call, _rest: str) -> Reply:
    """Recruitee."""
    offers = []
    for job in jobs:
        city, region, code, country = job.city
        posted = job.posted_at.strftime("%Y-%m-%d %H:%M:%S UTC")
        url = f"https://{facts.board_slug}.recruitee.com/o/{job.slug}"
        offers.append(
            {"id": job.number, "guid": f"{job.number:x}", "slug": job.slug, "title": job.title, "status": "published",
             "department": job.department, "careers_url": url, "careers_apply_url": f"{url}/c/new",
             "created_at": posted,
             "published_at": posted, "updated_at": posted, "city": city, "state_name": region, "country": country,
             "country_code": code, "location": job.place, "remote": job.remote, "hybrid": False,
             "on_site": not job.remote, "company_name": facts.name, "description": _description(facts, job),
             "requirements": "<p>Clear writing.</p>", "employment_type_code": "fulltime_permanent", "tags": [],
             "mailbox_email": f"job.{job.number:x}@{facts.board_slug}.recruitee.com", "close_at": None,
             "locations": [{"id": 1, "name": city, "city": city, "state": region, "country": country,
                            "country_code": code}]}
        )  # fmt: skip
    return json_reply({"offers": offers})


def personio(facts: Facts, jobs: Jobs, _call: Call, _rest: str) -> Reply:
    """Personio: XML; the first position appears twice, as in a real feed."""
    positions = []
    for index, job in enumerate(jobs):
        position = (
            f"<position>\n<id>{job.number}</id>\n<subcompany>{xml_escape(facts.name)} GmbH</subcompany>\n"
            f"<office>{xml_escape(job.city[0])}</office>\n<department>{xml_escape(job.department)}</department>\n"
            f"<recruitingCategory>{xml_escape(job.department)}</recruitingCategory>\n<name>{xml_escape(job.title)}</name>\n"
            "<jobDescriptions></jobDescriptions>\n<employmentType>permanent</employmentType>\n"
            "<seniority>experienced</seniority>\n<schedule>full-time</schedule>\n"
            f"<createdAt>{job.posted_at.isoformat()}</createdAt>\n</position>\n"
        )
        positions.append(position * (2 if index == 0 else 1))  # ids repeat on the wire
    body = f"<?xml version='1.0' encoding='UTF-8'?>\n<workzag-jobs>\n{''.join(positions)}</workzag-jobs>\n"
    return text_reply(body, content_type="text/xml; charset=utf-8")


def teamtailor(facts: Facts, jobs: Jobs, call: Call, _rest: str) -> Reply:
    """Teamtailor: a JSON Feed with JobPosting objects, 20 a page."""
    page = int(call.query.get("page") or 1)
    home = f"https://{facts.board_slug}.teamtailor.com"
    items = []
    for job in jobs[(page - 1) * 20 : page * 20]:
        city, region, code, _ = job.city
        posted = job.posted_at.isoformat()
        address = {"@type": "PostalAddress", "addressLocality": city, "addressRegion": region, "addressCountry": code}
        items.append(
            {"id": job.uuid, "title": job.title, "url": f"{home}/jobs/{job.number}-{job.slug}",
             "date_published": posted,
             "_jobposting": {"@context": "http://schema.org/", "@type": "JobPosting", "title": job.title,
                             "identifier": {"@type": "PropertyValue", "name": facts.name, "value": job.number},
                             "datePosted": posted, "jobLocation": [{"@type": "Place", "address": address}],
                             **({"jobLocationType": "TELECOMMUTE"} if job.remote else {})}}
        )  # fmt: skip
    feed: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1", "title": facts.name, "home_page_url": f"{home}/jobs",
        "feed_url": f"{home}/jobs.json", "items": items,
    }  # fmt: skip
    if page * 20 < len(jobs):
        feed["next_url"] = f"{home}/jobs.json?page={page + 1}"
    return json_reply(feed)


def _description(facts: Facts, job: Opening) -> str:
    return (
        f"<h2>About {escape(facts.name)}</h2><p>{escape(facts.name)} is a {escape(facts.what)} for "
        f"{escape(facts.buyers[0])}.</p><h2>The job</h2><p>We are looking for a {escape(job.title)} in "
        f"{escape(job.place)}.</p>"
    )
