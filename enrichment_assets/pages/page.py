"""One fetched page, whoever fetched it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Page:
    """The site's own answer. ``status`` is the site's, or Spider's synthetic 310/52x for sites that do not answer."""

    url: str
    final_url: str
    status: int
    html: str
    """Decoded markup as received, "" where there is none."""
    text: str
    """Markdown of the visible text."""
    title: str = ""
    description: str = ""
    error: str | None = None
    """What the crawler said about the site, if anything."""
