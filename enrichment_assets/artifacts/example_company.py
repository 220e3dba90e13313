"""The invented company of the documentation, consistent throughout: each artifact's ``example`` is about it."""

from datetime import UTC, datetime
from typing import Final

from enrichment_assets.companies.company import Company

COMPANY: Final = Company("ledgerline.example", "Ledgerline")
NOW: Final = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
HOME: Final = "https://www.ledgerline.example/"
SHA: Final = "6f1d2c"
