"""A company that a list names without saying where its site is."""

from dataclasses import dataclass
from functools import cached_property

from enrichment_assets.artifacts.linkedin.urls import company_slug, company_url
from enrichment_assets.companies.company_names import core_name, squashed


@dataclass(frozen=True)
class Named:
    """``name`` as the list has it, ``country`` as the list has it or "", ``profile`` a LinkedIn company page or ""."""

    name: str
    country: str = ""
    profile: str = ""

    @cached_property
    def slug(self) -> str | None:
        """Of the LinkedIn page."""
        return company_slug(self.profile) if self.profile else None

    @cached_property
    def core(self) -> str:
        """What to look for: the name as people say it, or the words of the LinkedIn page's address."""
        return core_name(self.name) or (self.slug or "").replace("-", " ")

    @cached_property
    def key(self) -> tuple[str, str, str]:
        """Name, country and LinkedIn page in the spelling in which answers are kept."""
        return (
            squashed(self.name),
            squashed(self.country),
            company_url(self.slug) if self.slug else "",
        )

    def query(self) -> str:
        """Without operators: quotes and ``site:`` are refused on free Serper accounts."""
        return " ".join(part for part in (self.core, self.country, "official website") if part)


def same_name(one: str, other: str) -> bool:
    """Whether two names are one but for legal forms, case, accents and blanks. A further word is another company."""
    a, b = squashed(core_name(one)), squashed(core_name(other))
    return bool(a) and a == b
