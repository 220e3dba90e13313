"""``enrich explain DOMAIN``: each field of one company with its evidence."""

from typing import TYPE_CHECKING

import click
from pydantic import BaseModel

from enrichment_assets.cli.common_options import answers
from enrichment_assets.cli.echo import plain, say, tell, terminal
from enrichment_assets.cli.opening import state_settings
from enrichment_assets.reports.explain import Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from enrichment_assets.core.settings import Settings


class Explanation(BaseModel):
    """One company, and what its latest records have cost, US dollars."""

    domain: str
    cost_usd: float
    artifacts: list[Part]


@click.command()
@answers(Explanation)
@click.argument("domain")
@click.option("--sandbox", is_flag=True, help="Explain what sandbox runs found.")
def explain(domain: str, sandbox: bool) -> None:
    """Show each field of one company: its quote, page, fetch time, model and prompt version, cost, delivery.

    DOMAIN is the company's domain or any address of its site. Nothing is called and nothing is paid.
    """
    from enrichment_assets.companies.domain import Rejected, canonical_domain  # noqa: PLC0415 - --help stays quick

    company = canonical_domain(domain)
    if isinstance(company, Rejected):
        say(f"enrich explain: {company.reason}", err=True)
        raise SystemExit(2)
    settings = state_settings(sandbox=sandbox)
    if not settings.dagster_home.is_dir():
        say(f"enrich explain: nothing was enriched here yet ({settings.dagster_home} does not exist)", err=True)
        raise SystemExit(2)
    known = explanation_of(str(company), settings)
    parts = known.artifacts
    if not any(part.record or part.failure for part in parts):
        say(f"enrich explain: nothing is known about {company}; enrich run --file … adds it", err=True)
        raise SystemExit(1)
    tell(known)
    screen = terminal()
    for part in parts:
        _show(screen, part)
    screen.print(f"\nCost of all this: ${known.cost_usd:.6f}", markup=False)


def explanation_of(domain: str, settings: "Settings") -> Explanation:
    """What is known of one company, from records and stored values."""
    from pydantic import ValidationError  # noqa: PLC0415

    from enrichment_assets.artifacts.base import Value  # noqa: PLC0415
    from enrichment_assets.artifacts.catalog import load_catalog  # noqa: PLC0415
    from enrichment_assets.cache.instance import open_instance  # noqa: PLC0415
    from enrichment_assets.cache.latest_status import latest_statuses  # noqa: PLC0415
    from enrichment_assets.reports.explain import cost_usd  # noqa: PLC0415
    from enrichment_assets.reports.explain import explain as explained  # noqa: PLC0415
    from enrichment_assets.storage.artifacts import ArtifactStore  # noqa: PLC0415
    from enrichment_assets.storage.history.labels import all_labels  # noqa: PLC0415

    catalog = load_catalog(settings)
    instance = open_instance(settings)
    try:
        known = list(latest_statuses(instance, [domain], list(catalog)))
    finally:
        instance.dispose()
    values: dict[str, Value] = {}
    store = ArtifactStore(settings.store_url)
    try:
        for name, artifact in catalog.items():
            envelope = store.get(name, domain)
            if envelope is None:
                continue
            try:
                values[name] = artifact.parse(envelope.value)
            except ValidationError:
                say(f"the stored {name} has the shape of another version: it is left out", err=True)
    finally:
        store.close()
    records = {standing.artifact: standing.record for standing in known if standing.record}
    failures = {standing.artifact: standing.failure for standing in known if standing.failure}
    parts = explained(catalog, records, failures, values, all_labels(settings).get(domain, {}))
    return Explanation(domain=domain, cost_usd=cost_usd(parts), artifacts=list(parts))


def _show(console: "Console", part: "Part") -> None:
    """Everything here may be words of a page: printed as text, never as markup or escape sequences."""
    from enrichment_assets.artifacts.payload.schema import one_line  # noqa: PLC0415

    for number, line in enumerate(_lines(part)):
        indent = len(line) - len(line.lstrip())
        console.print(
            " " * indent + plain(str(one_line(line))),
            markup=False,
            soft_wrap=True,
            style="bold" if number == 0 else None,
        )


def _lines(part: "Part") -> "Iterator[str]":
    from enrichment_assets.cache.spending import spent_as_text  # noqa: PLC0415

    record = part.record
    if record is None:
        yield f"{part.artifact}: {part.note}"
    else:
        calls = f" ({spent_as_text(record.spent)})" if record.spent else ""
        made = f"{record.computed_at:%Y-%m-%d %H:%M:%S} UTC, ${record.cost_usd:.6f}{calls}, run {record.run_id[:8]}"
        yield f"{part.artifact}: {part.note or record.summary} ({made})"
    if part.failure is not None:
        failure = part.failure
        yield f"  failed at {failure.at:%Y-%m-%d %H:%M:%S} UTC: {failure.reason} (${failure.cost_usd:.6f})"
        if failure.spent:
            yield f"  paid for it: {spent_as_text(failure.spent)}"
    for line in part.lines:
        yield f"  {line.field}: {line.value}"
        if line.quote:
            yield f"      “{line.quote}”"
        if source := _joined([line.page, f"read {line.read_at:%Y-%m-%d %H:%M:%S} UTC" if line.read_at else None]):
            yield f"      {source}"
        if line.by:
            yield f"      by {line.by}"


def _joined(parts: "Sequence[str | None]") -> str:
    return ", ".join(part for part in parts if part)
