"""How much of what strangers write is looked at. Bytes are cut or refused here before anything is parsed or matched."""

from typing import Final

MAX_PAGE_BYTES: Final = 5_000_000
"""A web page, decompressed: a direct fetch of more is refused, what a crawler was paid for is cut."""
MAX_MARKUP: Final = 3_000_000
"""Characters of a page's markup that are parsed."""
MAX_PAGE_TEXT: Final = 200_000
"""Characters of a page's visible text."""
MAX_FEED_BYTES: Final = 20_000_000
"""A job board's answer, decompressed; more is refused."""
MAX_OPENINGS: Final = 5_000
"""Openings of one company that are looked at."""
MAX_TEXT: Final = 300
"""Characters of one short text: a title, a link's text, an opening's place."""
MAX_URL: Final = 2_000
