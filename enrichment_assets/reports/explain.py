"""What is known about one company and how it is known: each field with its quote, page, time and maker.

Pure: records, failures and values in, parts out. Reading and showing them is the command's.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from enrichment_assets.artifacts.base import Value
from enrichment_assets.artifacts.careers.artifact import Careers
from enrichment_assets.artifacts.catalog import CATALOG
from enrichment_assets.artifacts.delivery.artifact import Delivery
from enrichment_assets.artifacts.icp.artifact import Icp
from enrichment_assets.artifacts.linkedin.artifact import LinkedIn
from enrichment_assets.artifacts.mx.artifact import Mx
from enrichment_assets.artifacts.news.artifact import News
from enrichment_assets.artifacts.payload.schema import Payload
from enrichment_assets.artifacts.website.artifact import Website
from enrichment_assets.cache.record import Failure, Record

POSTINGS_SHOWN = 10
EXCHANGES_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Line:
    """One field. ``quote`` stands on ``page``, which was read at ``read_at``; ``by`` is who or what rule says so."""

    field: str
    value: str
    quote: str | None = None
    page: str | None = None
    read_at: datetime | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One artifact: its record, what has failed since, and its fields. ``note`` says why there are no fields."""

    artifact: str
    record: Record | None
    failure: Failure | None
    lines: tuple[Line, ...]
    note: str = ""


def explain(
    records: Mapping[str, Record], failures: Mapping[str, Failure], values: Mapping[str, Value]
) -> tuple[Part, ...]:
    """All artifacts of one company, in the catalog's order. The mappings are by artifact."""
    return tuple(_part(name, records.get(name), failures.get(name), values) for name in CATALOG)


def cost_usd(parts: Iterable[Part]) -> float:
    """What the latest records and the failures since have cost, US dollars."""
    return sum(
        (part.record.cost_usd if part.record else 0) + (part.failure.cost_usd if part.failure else 0) for part in parts
    )


def _part(name: str, record: Record | None, failure: Failure | None, values: Mapping[str, Value]) -> Part:
    if record is None:
        return Part(name, record, failure, (), "never made")
    if record.status == "SKIP":
        return Part(name, record, failure, (), f"skipped: {record.answer} is closed")
    value = values.get(name)
    if value is None:
        return Part(name, record, failure, (), "its value is not in the store: the next run makes it again")
    stale = "" if value.data_version() == record.data_version else "the store holds another value than the record names"
    return Part(name, record, failure, tuple(_LINES[name](value, values)), stale)


def _mx(value: Value, _values: Mapping[str, Value]) -> Iterable[Line]:
    assert isinstance(value, Mx)  # noqa: S101 - narrows the type
    yield Line("accepts mail", "yes" if value.accepts_mail else "no", by=f"DNS: {value.reason}")
    if value.mailbox_provider or value.security_gateway:
        yield Line("mail provider", value.mailbox_provider or str(value.security_gateway), by="DNS")
    for exchange in value.exchanges[:EXCHANGES_SHOWN]:
        yield Line("exchange", f"{exchange.preference} {exchange.host}", by="DNS")
    if len(value.exchanges) > EXCHANGES_SHOWN:
        yield Line("exchange", f"and {len(value.exchanges) - EXCHANGES_SHOWN} more", by="DNS")


def _website(value: Value, _values: Mapping[str, Value]) -> Iterable[Line]:
    assert isinstance(value, Website)  # noqa: S101 - narrows the type
    source = f"{value.source}, rendered" if value.rendered else value.source
    yield Line("landed", value.landed, page=value.final_url, read_at=value.fetched_at, by=f"{source}: {value.reason}")
    if value.title:
        yield Line("title", value.title, page=value.final_url, read_at=value.fetched_at, by=source)
    yield Line("page text", f"{len(value.text):,} characters, SHA-256 {value.text_sha256[:16]}", by=source)


def _icp(value: Value, values: Mapping[str, Value]) -> Iterable[Line]:
    assert isinstance(value, Icp)  # noqa: S101 - narrows the type
    website = values.get("website")
    read_at = website.fetched_at if isinstance(website, Website) and website.text_sha256 == value.page_sha256 else None
    by = (
        f"{value.model}, prompt {value.prompt_version}, profile {value.profile[:8]}"
        if value.model
        else "no model was asked"
    )
    yield Line("verdict", f"{value.verdict}, score {value.score}: {value.reason}", by=by)
    for finding in value.findings:
        name = f"{finding.kind}: {finding.criterion}"
        if finding.quote:
            yield Line(name, finding.met, finding.quote, value.page_url, read_at, by)
        else:
            yield Line(name, finding.met)
    told = ("summary", "industry", "business_model", "sells", "serves", "size_hint")
    for field in told:
        if getattr(value, field):
            yield Line(field.replace("_", " "), getattr(value, field), by=f"{by}, not verified")


def _linkedin(value: Value, _values: Mapping[str, Value]) -> Iterable[Line]:
    assert isinstance(value, LinkedIn)  # noqa: S101 - narrows the type
    yield Line("linkedin url", value.url or "none", page=value.evidence_url, by=value.reason)


def _careers(value: Value, _values: Mapping[str, Value]) -> Iterable[Line]:
    assert isinstance(value, Careers)  # noqa: S101 - narrows the type
    source = value.board or value.source
    by = f"{'' if source == 'none' else f'{source}, '}{value.confidence} confidence: {value.reason}"
    yield Line("open jobs", f"{value.open_count} ({value.status})", page=value.careers_url, by=by)
    yield Line("hiring intensity", value.hiring_intensity, by=value.intensity_rule)
    for posting in value.postings[:POSTINGS_SHOWN]:
        yield Line("posting", posting.title, posting.quote, posting.url, by=value.board or value.source)
    if len(value.postings) > POSTINGS_SHOWN:
        yield Line("posting", f"and {len(value.postings) - POSTINGS_SHOWN} more")


def _news(value: Value, _values: Mapping[str, Value]) -> Iterable[Line]:
    assert isinstance(value, News)  # noqa: S101 - narrows the type
    yield Line("outreach timing", value.outreach_timing, read_at=value.fetched_at, by=value.timing_rule)
    for story in value.stories:
        when = f", {story.published_on}" if story.published_on else ""
        yield Line(f"{story.kind}{when}", story.title, story.snippet, story.url, value.fetched_at, story.match)


def _payload(value: Value, _values: Mapping[str, Value]) -> Iterable[Line]:
    assert isinstance(value, Payload)  # noqa: S101 - narrows the type
    yield Line("tier", value.tier, by=value.tier_reason)
    yield Line("content hash", value.content_hash)
    for name in value.missing:
        yield Line("missing", name, by=value.missing_reasons.get(name))


def _delivery(value: Value, _values: Mapping[str, Value]) -> Iterable[Line]:
    assert isinstance(value, Delivery)  # noqa: S101 - narrows the type
    status = f"{value.status}, HTTP {value.http_status}" if value.http_status else value.status
    yield Line("delivery", f"{status}, at {value.delivered_at:%Y-%m-%d %H:%M:%S} UTC", by=value.reason)
    yield Line("destination", value.destination)
    yield Line("key", value.key)
    if value.trimmed:
        yield Line("left out for size", ", ".join(value.trimmed))


_LINES: Mapping[str, Callable[[Any, Mapping[str, Value]], Iterable[Line]]] = {
    "mx": _mx,
    "website": _website,
    "icp": _icp,
    "linkedin": _linkedin,
    "careers": _careers,
    "news": _news,
    "webhook_payload": _payload,
    "webhook_delivery": _delivery,
}
