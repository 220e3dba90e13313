"""What ``health`` observes as a file in Prometheus's text format, for an exporter on the same machine to pick up.

Format: https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

from enrichment_assets.core.whole_file import write_whole
from enrichment_assets.orchestration.health.numbers import Health


def text_of(health: Health, observed_at: datetime) -> str:
    """The metrics, all gauges: what is not known is left out."""
    return "\n".join([*_lines(health, observed_at), ""])


def write_metrics(path: Path, health: Health, observed_at: datetime) -> None:
    """Replace the file at once, so that nobody reads half of it. Raises OSError where that cannot be."""
    write_whole(path.expanduser(), text_of(health, observed_at))


def _lines(health: Health, observed_at: datetime) -> Iterator[str]:
    yield from _one("observed_timestamp_seconds", "When this was counted.", observed_at.timestamp())
    yield from _one("cost_today_usd", "Paid today (UTC), US dollars.", health.cost_today_usd)
    yield from _one(
        "cost_per_qualified_usd", "Paid in all for each company that qualifies.", health.cost_per_qualified_usd
    )
    yield from _one("qualified_share", "Companies that qualify, of those with a payload.", health.qualified_rate)
    yield from _one("failing_share", "Companies of which something has failed since.", health.failing_share)
    yield from _each("fresh_share", "Companies whose record counts, by artifact.", "artifact", health.fresh)
    yield from _each("failures", "Artifacts of companies that fail now, by kind.", "kind", health.failures)
    yield from _each("provider_yield", "Values made of those asked for today.", "provider", health.provider_yield)
    silent = dict.fromkeys(health.silent, 1)
    yield from _each("silent", "Artifacts that say the same of every company.", "artifact", silent)


def _one(name: str, help_: str, value: float | None) -> Iterator[str]:
    if value is not None:
        yield from (*_head(name, help_), f"enrichment_{name} {value!r}")


def _each(name: str, help_: str, label: str, values: Mapping[str, float]) -> Iterator[str]:
    if values:
        yield from _head(name, help_)
    for which, value in sorted(values.items()):
        escaped = which.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        yield f'enrichment_{name}{{{label}="{escaped}"}} {value!r}'


def _head(name: str, help_: str) -> tuple[str, str]:
    return f"# HELP enrichment_{name} {help_}", f"# TYPE enrichment_{name} gauge"
