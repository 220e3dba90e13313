"""schema.org ``JobPosting`` (developers.google.com/search/docs/appearance/structured-data/job-posting) as an opening.

In the wild every property may be a text, an object, or a list of either; all of them are taken as they come.
"""

import html
from collections.abc import Iterator
from typing import Any

from enrichment_assets.providers.boards.board import Opening, day, place, places


def opening_of(posting: dict[str, Any], *, fallback_id: str | None = None, url: str | None = None) -> Opening | None:
    """The posting as an opening; None without a title. Its id is the identifier's value, its URL or the fallback."""
    title = first_text(posting.get("title")) or first_text(posting.get("name"))
    if not title:
        return None
    address = first_text(posting.get("url")) or url
    identifier = next((_identifier(item) for item in _each(posting.get("identifier"))), None)
    locations = [_location(item) for item in _each(posting.get("jobLocation"))]
    remote = any("TELECOMMUTE" in str(kind).upper() for kind in _each(posting.get("jobLocationType")))
    if not any(locations):
        locations = [_name(item) for item in _each(posting.get("applicantLocationRequirements"))]
    return Opening(
        fallback_id or identifier or address or title,
        title,
        address,
        first_text(posting.get("occupationalCategory")) if not posting.get("department") else _department(posting),
        places(locations),
        True if remote else None,
        day(first_text(posting.get("datePosted"))),
    )


def organization_of(posting: dict[str, Any]) -> tuple[str | None, str | None]:
    """Name and site of the hiring organisation."""
    for organization in _each(posting.get("hiringOrganization")):
        if isinstance(organization, dict):
            return _name(organization), first_text(organization.get("sameAs")) or first_text(organization.get("url"))
        return first_text(organization), None
    return None, None


def first_text(value: Any) -> str | None:
    """The first non-empty text of a text, number or list, entities resolved, on one line."""
    for item in _each(value):
        if isinstance(item, str | int | float) and not isinstance(item, bool):
            text = " ".join(html.unescape(str(item)).split())
            if text:
                return text
    return None


def _each(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        yield from value
    elif value is not None:
        yield value


def _identifier(value: Any) -> str | None:
    return first_text(value.get("value")) if isinstance(value, dict) else first_text(value)


def _name(value: Any) -> str | None:
    return first_text(value.get("name")) if isinstance(value, dict) else first_text(value)


def _department(posting: dict[str, Any]) -> str | None:
    return next((_name(item) for item in _each(posting.get("department"))), None)


def _location(value: Any) -> str | None:
    if not isinstance(value, dict):
        return first_text(value)
    for address in _each(value.get("address")):
        if not isinstance(address, dict):
            return first_text(address)
        country = next((_name(item) for item in _each(address.get("addressCountry"))), None)
        return place(first_text(address.get("addressLocality")), first_text(address.get("addressRegion")), country)
    return _name(value)
