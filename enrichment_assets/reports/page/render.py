"""The facts as one HTML file: no script, no font, no picture from elsewhere. Bars are boxes, so that it prints."""

from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

from enrichment_assets.reports.page.facts import Facts


def page(facts: Facts, *, title: str, about: Mapping[str, str], made_at: datetime, sandbox: bool) -> str:
    """The document. ``about``: what it is about, label to text, in the order to be shown."""
    return rendered("report.html", facts=facts, title=title, about=about, made_at=made_at, sandbox=sandbox)


def rendered(template: str, **given: Any) -> str:
    """One of the templates here."""
    environment = Environment(
        loader=FunctionLoader(_source), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"usd": _usd, "number": "{:,}".format, "web": _web}
    return environment.get_template(template).render(**given)


def _source(template: str) -> str:
    return files("enrichment_assets.reports.page").joinpath(template).read_text(encoding="utf-8")


def _usd(amount: float | None) -> str:
    if amount is None:
        return "–"
    return f"${amount:,.2f}" if amount >= 1 or not amount else f"${amount:.4f}"


def _web(address: Any) -> str:
    """An address that may be a link: only http(s)."""
    return address if isinstance(address, str) and address.startswith(("https://", "http://")) else ""
