"""A text that a model wrote, as it may leave: into a value, and from there to a payload, a CSV, a terminal, a browser.

No address (URL, e-mail, telephone), no markup, no control or bidirectional characters, nothing that begins a formula,
no order to a model or to the reader. What carries one loses it; a sentence that gives an order is left out whole. The
model may write what a page made it write, so this holds for every text of every answer.
"""

import re

from enrichment_assets.artifacts.model_orders import gives_orders, undisguised
from enrichment_assets.artifacts.quotes import readable

LONGEST_INPUT = 2_000

_MOST_PASSES = 4  # taking one thing out may leave another behind

_LINK = re.compile(
    r"(?:\b[a-z][a-z0-9+.-]{1,20}:/{1,3}|\bwww\.|\b(?:mailto|tel|javascript|data|file):)[^\s<>()]{1,500}", re.I
)
_MAIL = re.compile(r"[^\s@<>,;:()]{1,64}\s?(?:@|\[at\]|\(at\))\s?[^\s@<>,;:()]{1,255}", re.I)
_PATH = re.compile(r"\b(?:[\w-]{1,63}\.){1,5}[a-z]{2,24}(?::\d{1,5})?[/?#][^\s]{0,500}", re.I)
_HOST = re.compile(r"(?:[\w-]{1,63}\.){1,5}[^\W\d_]{2}\w{0,60}")
_PHONE = re.compile(r"(?:\+|\b00|\(|\b)\d(?:[ ()./-]{0,2}\d){8,15}\b")
_MARKUP = re.compile(r"[\[\]{}`|^\\]|[<>](?! ?[\d=])")
_EMPTY_BRACKETS = re.compile(r"\(\s{0,9}\)")
_BEFORE_SIGN = re.compile(r" ([.,;:!?])(\s|$)")
_SENTENCE_END = re.compile(r"(?<=[.!?。！？])\s+|\n")


def model_text(text: str, *, own_domain: str = "") -> str:
    """The text on one line, without what may not leave; "" when nothing is left. ``own_domain`` may be named in it."""
    said = text[:LONGEST_INPUT]
    for _ in range(_MOST_PASSES):
        said, before = _cleaned(said, own_domain.lower()), said
        if said == before:
            break
    return said


def _cleaned(text: str, own_domain: str) -> str:
    plain = readable("".join(c if c.isprintable() or c == "\n" else " " for c in text))
    said = (sentence for sentence in _SENTENCE_END.split(plain) if not gives_orders(undisguised(sentence)))
    line = _EMPTY_BRACKETS.sub("", _MARKUP.sub(" ", _without_addresses(" ".join(said), own_domain)))
    return _BEFORE_SIGN.sub(r"\1\2", " ".join(line.split())).lstrip("=+-@ ").strip()


def has_address(text: str) -> bool:
    """Whether a text has a URL or an e-mail address; a name such as ``monday.com`` is none."""
    return any(pattern.search(text) for pattern in (_LINK, _MAIL, _PATH))


def _without_addresses(text: str, own_domain: str) -> str:
    for pattern in (_LINK, _MAIL, _PATH, _PHONE):
        text = pattern.sub(" ", text)
    return _HOST.sub(lambda host: host[0] if host[0].lower() == own_domain else host[0].replace(".", " "), text)
