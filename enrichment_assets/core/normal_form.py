"""Unicode texts of strangers, handled in linear time."""

import unicodedata
from typing import Final, Literal

import regex

MOST_MARKS: Final = 30
"""Combining marks that may follow one another, as in Unicode's Stream-Safe Text Format (UAX #15 §13)."""
_TOO_MANY: Final = regex.compile(rf"(\p{{M}}{{{MOST_MARKS}}})\p{{M}}+")


def normalized(form: Literal["NFC", "NFD", "NFKC", "NFKD"], text: str) -> str:
    """The text in a normal form, without the marks that no language stacks: sorting them takes time squared."""
    if len(text) > MOST_MARKS and not text.isascii():
        text = _TOO_MANY.sub(r"\1", text)
    return unicodedata.normalize(form, text)
