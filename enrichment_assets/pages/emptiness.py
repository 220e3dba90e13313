"""Whether a page has a text: a notice that scripts are needed, still loading, or a question about cookies is none."""

import re
from itertools import islice
from typing import Final

EMPTY_BELOW: Final = 24
"""Letters and digits below which a page has nothing to read."""
MORE_BY_IDEOGRAPH: Final = 2
"""Letters that a sign of a script without spaces says more than one."""

_IDEOGRAPH: Final = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LOOKED_AT: Final = 1_000
_SENTENCE: Final = re.compile(r"[^.!?]+[.!?]?")
_OF_COOKIES: Final = re.compile(
    r"\b(?:(?:uses?|using|accept|store|stores) (?:\w+ ){0,3}cookies|value your privacy"
    r"|cookie (?:policy|settings|preferences|consent))\b",
    re.IGNORECASE,
)
_NO_SCRIPT: Final = re.compile(
    r"(?:you need to |please |must )?(?:enable|activate|turn on|requires?|without)"
    r" (?:cookies and )?javascript[^.!]*[.!]?"
    r"|\b(?:(?:accept|reject|decline|allow|deny) (?:all|necessary|cookies)|i agree)\b"
    r"|\bmanage (?:options|preferences|cookies)\b"
    r"|\bloading\b[ .…]*",
    re.IGNORECASE,
)


def says_nothing(visible: str) -> bool:
    """Whether a visible text, without markdown, has nothing to read."""
    text = visible[:_LOOKED_AT]
    if len(visible) < _LOOKED_AT:
        kept = (sentence for sentence in _SENTENCE.findall(visible) if not _OF_COOKIES.search(sentence))
        text = _NO_SCRIPT.sub("", "".join(kept))
    letters = sum(1 for _ in islice(filter(str.isalnum, text), EMPTY_BELOW))
    return letters < EMPTY_BELOW and letters + MORE_BY_IDEOGRAPH * len(_IDEOGRAPH.findall(text)) < EMPTY_BELOW
