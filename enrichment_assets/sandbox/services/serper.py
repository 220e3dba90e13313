"""Serper (google.serper.dev) on loopback: /news and /search, single and array bodies."""

import re
from collections.abc import Mapping
from typing import Any, Final

import orjson

from enrichment_assets.sandbox.wire import Call, Reply, json_reply
from enrichment_assets.sandbox.world.name_search import name_results
from enrichment_assets.sandbox.world.press import results
from enrichment_assets.sandbox.world.vocabulary import CITIES
from enrichment_assets.sandbox.world.world import Facts, World, registrable, spoken

USD_PER_CREDIT: Final = 0.001
"""The smallest paid plan, $50 for 50,000."""
_DOMAIN = re.compile(r"\b((?:[a-z0-9-]+\.)+[a-z][a-z0-9-]*[a-z0-9])\b", re.I)
_OPERATOR = re.compile(r"\b(?:site|intitle|inurl):\S+|(?<!\S)[-+]\S+", re.I)
_NOISE: Final = frozenset(
    (
        "linkedin",
        "company",
        "news",
        "funding",
        "acquisition",
        "or",
        "and",
        "official",
        "site",
        "website",
        "page",
        "the",
        "startup",
        "software",
    )
)
_PLACES: Final = re.compile("|".join(re.escape(country) for *_, country in CITIES), re.I)
_MAX_BATCH: Final = 100


def answer(world: World, call: Call) -> Reply:  # noqa: PLR0911 - one return per case
    """One Serper call."""
    kind = call.path.strip("/")
    if kind == "account" and call.headers.get("X-API-KEY"):
        return json_reply({"balance": 50_000, "rateLimit": 50})
    if kind not in ("news", "search"):
        return json_reply({"message": "Not found", "statusCode": 404}, 404)
    if not call.headers.get("X-API-KEY"):
        return json_reply({"message": "Unauthorized.", "statusCode": 403}, 403)
    if call.method == "GET":
        return _one(world, kind, call.query)
    try:
        given = call.json()
    except orjson.JSONDecodeError:
        return json_reply({"message": "Invalid JSON", "statusCode": 400}, 400)
    if not isinstance(given, list):
        return _one(world, kind, given)
    if len(given) > _MAX_BATCH:
        return json_reply({"message": "Too many queries in one batch", "statusCode": 400}, 400)
    replies = [_one(world, kind, query) for query in given]
    bad = next((reply for reply in replies if reply.status != 200), None)
    if bad is not None:
        return bad
    body = b"[" + b",".join(reply.body for reply in replies) + b"]"
    return Reply(200, body, usd=sum(reply.usd for reply in replies))


def _one(world: World, kind: str, query: Mapping[str, Any]) -> Reply:
    asked = str(query.get("q") or "").strip()
    if not asked:
        return json_reply({"message": "Missing query parameter", "statusCode": 400}, 400)
    count = int(query.get("num") or 10)
    page = int(query.get("page") or 1)
    credits_used = 2 if count > 10 else 1
    parameters: dict[str, Any] = {
        "q": asked, "gl": str(query.get("gl") or "us"), "hl": str(query.get("hl") or "en"), "num": count, "type": kind,
    }  # fmt: skip
    if query.get("tbs"):
        parameters["tbs"] = str(query["tbs"])
    if page != 1:
        parameters["page"] = page
    document: dict[str, Any] = {"searchParameters": {**parameters, "engine": "google"}}
    facts = about(world, asked)
    if kind == "news":
        found = results(world, facts, str(query.get("hl") or "en"), str(query.get("tbs") or "")) if facts else []
        document["news"] = _page(found, page, count)
    else:
        document["organic"] = _page(organic(world, facts, asked) if facts else [], page, count)
    document["credits"] = credits_used
    return json_reply(document, usd=credits_used * USD_PER_CREDIT)


def _page(found: list[dict[str, Any]], page: int, count: int) -> list[dict[str, Any]]:
    cut = found[(page - 1) * count : page * count]
    return [{**item, "position": index} for index, item in enumerate(cut, 1)]


def about(world: World, asked: str) -> Facts | None:
    """Whom a query is about: a domain in it, a name we know, or the domain its words would have."""
    text = re.sub(r"\b(?:site|inurl|intitle):\S+", " ", asked)
    for match in _DOMAIN.finditer(text):
        domain = registrable(match[1])
        if domain != "linkedin.com":
            return world.company(domain)
    quoted = re.findall(r'"([^"]+)"', text)
    for phrase in [*quoted, _OPERATOR.sub(" ", text)]:
        whole = spoken(phrase).split()
        for words in (whole, [word for word in whole if word not in _NOISE]):
            for size in range(len(words), 0, -1):
                domain_known = world.domains_by_name.get(" ".join(words[:size]))
                if domain_known:
                    return world.company(domain_known)
    named = _PLACES.sub(" ", quoted[0] if quoted else text).lower()
    words = [w for w in re.findall(r"[a-z0-9]+", named) if w not in _NOISE]
    return world.company("".join(words) + ".com") if words else None


def organic(world: World, facts: Facts, asked: str) -> list[dict[str, Any]]:
    """Web results about a company: its own page or not, a namesake, a person."""
    home = {
        "title": f"{facts.name} - {facts.what.capitalize()}", "link": f"https://www.{facts.domain}/",
        "snippet": f"{facts.name} is a {facts.what} for {facts.buyers[0]}. It {facts.does}.",
    }  # fmt: skip
    slug, place = facts.linkedin_slug, facts.city[0]
    dice = world.dice(facts.domain)
    other = f"{facts.domain.partition('.')[0]}-{dice.pick('namesake', ('consulting', 'studio', 'partners', 'media'))}"
    namesake = {
        "title": f"{other.replace('-', ' ').title()} | LinkedIn", "link": f"https://www.linkedin.com/company/{other}",
        "snippet": f"{other.replace('-', ' ').title()} · {dice.whole('namesake_followers', 40, 900)} followers on "
                   f"LinkedIn. https://{other}.net",
    }  # fmt: skip
    person = {
        "title": f"Alex Moreau - {facts.name} | LinkedIn", "link": "https://www.linkedin.com/in/alex-moreau-7b21",
        "snippet": f"Experience: {facts.name} · Location: {place} · 500+ connections on LinkedIn.",
    }  # fmt: skip
    own = {
        "title": f"{facts.name} | LinkedIn",
        "link": f"https://{dice.pick('host', ('www', 'uk', 'www'))}.linkedin.com/company/{slug}",
        "snippet": f"{facts.name} | {dice.whole('followers', 200, 90_000)} followers on LinkedIn. "
                   f"{facts.what.capitalize()} for {facts.buyers[0]}. https://{facts.domain}",
    }  # fmt: skip
    listed = [own] if facts.linkedin != "none" else []
    listed += [person] if dice.roll("person") < 0.6 else []
    listed += [namesake] if dice.roll("namesake_found") < 0.5 else []
    if "linkedin.com/company" in asked:
        return [item for item in listed if "/company/" in item["link"]]
    if "linkedin" in asked.lower():
        return [*listed, home]
    if "official website" in asked.lower() and not _DOMAIN.search(asked):
        return name_results(world, facts)
    return [home, *listed]
