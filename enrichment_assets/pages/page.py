"""One page, whoever fetched it: as it came, and as it was read."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer that was read whole. 4xx other than 408 and 429 are answers; the rest raises TransientError."""

    status: int
    body: bytes
    content_type: str
    final_url: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """The site's own answer, as it came; nothing in it has been looked at.

    ``status`` is the site's, or Spider's synthetic 310/52x for sites that do not answer.
    """

    url: str
    final_url: str
    status: int
    body: bytes = b""
    """Markup, b"" where there is none."""
    content_type: str = ""
    """The header's value, charset included."""
    markdown: str = ""
    """The visible text where the crawler has made it."""
    title: str = ""
    description: str = ""
    error: str | None = None
    """What the crawler said about the site, if anything."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page as read (``html_text.page_of``)."""

    url: str
    final_url: str
    status: int
    html: str
    """Decoded markup, "" where there is none."""
    text: str
    """Markdown of the visible text."""
    title: str = ""
    description: str = ""
