"""A text that a model wrote, as it may leave: into a value, and from there to a payload, a CSV, a terminal, a browser.

No address (URL, e-mail, telephone), no markup, no control or bidirectional characters, nothing that begins a formula,
no order to a model or to the reader. What carries one loses it; a sentence that gives an order is left out whole. The
model may write what a page made it write, so this holds for every text of every answer.
"""

import re

from enrichment_assets.companies.suffixes import registrable
from enrichment_assets.pages.prompt_injection import gives_orders, undisguised
from enrichment_assets.pages.quotes import readable

LONGEST_INPUT = 2_000

_MOST_PASSES = 4  # taking one thing out may leave another behind

_LINK = re.compile(
    r"(?:\b[a-z][a-z0-9+.-]{1,20}:/{1,3}|\bwww\.|\b(?:mailto|tel|javascript|data|file):)[^\s<>()]{1,500}", re.I
)
_MAIL = re.compile(r"[^\s@<>,;:()]{1,64}\s?(?:@|\[at\]|\(at\))\s?[^\s@<>,;:()]{1,255}", re.I)
_HOST = re.compile(r"((?:[\w-]{1,63}\.){1,5}[^\W\d_]{2}\w{0,60})((?::\d{1,5})?[/?#]\S{0,500})?")
_PHONE = re.compile(r"(?:\+|\b00|\(|\b)\d(?:[ ()./-]{0,2}\d){8,15}\b")
_MARKUP = re.compile(r"[\[\]{}`|^\\]|[<>](?! ?[\d=])")
_EMPTY_BRACKETS = re.compile(r"\(\s{0,9}\)")
_BEFORE_SIGN = re.compile(r" ([.,;:!?])(\s|$)")
_SPECIAL_USE = frozenset(
    ("example", "test", "invalid", "localhost", "local", "internal", "onion")
)  # RFC 6761, 7686, 9476
_SENTENCE_END = re.compile(r"(?<=[.!?。！？])\s+|\n")


def model_text(text: str, *, own_domain: str = "", keep_names: bool = False) -> str:
    """The text on one line, without what may not leave; "" when nothing is left.

    ``own_domain`` may be named in it; with ``keep_names``, for words that stand on the page, other hosts too.
    """
    said = text[:LONGEST_INPUT]
    for _ in range(_MOST_PASSES):
        said, before = _cleaned(said, own_domain.lower(), keep_names=keep_names), said
        if said == before:
            break
    return said


def _cleaned(text: str, own_domain: str, *, keep_names: bool) -> str:
    printable = text if text.isprintable() else "".join(c if c.isprintable() or c == "\n" else " " for c in text)
    plain = readable(printable)
    said = (sentence for sentence in _SENTENCE_END.split(plain) if not gives_orders(undisguised(sentence)))
    line = " ".join(said)
    for pattern in (_LINK, _MAIL, _PHONE):
        line = pattern.sub(" ", line)
    line = _HOST.sub(lambda found: _host_as_text(found, own_domain, keep_names=keep_names), line)
    line = _EMPTY_BRACKETS.sub("", _MARKUP.sub(" ", line))
    return _BEFORE_SIGN.sub(r"\1\2", " ".join(line.split())).lstrip("=+-@ ").strip()


def has_address(text: str) -> bool:
    """Whether a text has a URL or an e-mail address; a name such as ``monday.com`` is none."""
    return (
        _LINK.search(text) is not None
        or _MAIL.search(text) is not None
        or any(found[2] and _is_host(found[1]) for found in _HOST.finditer(text))
    )


def _host_as_text(found: re.Match[str], own_domain: str, *, keep_names: bool) -> str:
    if not _is_host(found[1]):
        return found[0]
    if found[2]:
        return " "
    own = own_domain and f".{found[1].lower()}".endswith(f".{own_domain}")
    return found[0] if own or keep_names else found[0].replace(".", " ")


def _is_host(name: str) -> bool:
    """Whether a browser would find something to open in it: ``Node.js`` is no host, ``evil.com.Then`` has one."""
    labels = name.lower().split(".")
    return (
        not name.isascii()
        or not _SPECIAL_USE.isdisjoint(labels[1:])
        or any(registrable(".".join(labels[:count])) for count in range(2, len(labels) + 1))
    )
