"""Country names and codes as lists and pages write them, to the two letters of ISO 3166-1."""

import csv
from functools import cache
from importlib.resources import files

from enrichment_assets.companies.company_names import squashed


def country_code(text: str) -> str | None:
    """``Deutschland``, ``Germany``, ``DEU`` and ``de`` are ``de``; None for what the table does not know."""
    return _table().get(squashed(text))


@cache
def _table() -> dict[str, str]:
    text = files("enrichment_assets.site_search").joinpath("countries.csv").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for row in csv.DictReader(text.splitlines()):
        for name in (row["code"], *row["names"].split("|")):
            found[squashed(name)] = row["code"]
    return found
