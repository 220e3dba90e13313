"""The part of a stored page that counts as evidence, and how much of it the model reads.

Page text is data. A modest rule on top of delimiting it: sentences that speak to a model rather than to a visitor
(orders to it, forged answers and chat roles, claims about the verdict) are no evidence for anything. They are left out
before the model reads the page and quotes are only looked for in what remains, so such a sentence can neither be
obeyed nor be quoted. The stored page keeps them. The rule knows how such sentences are usually written; it is not
proof against a page that simply lies about its company.
"""

import regex

from enrichment_assets.pages.prompt_injection import speaks_to_model, undisguised
from enrichment_assets.pages.quotes import readable

HEAD_CHARACTERS = 6_500
TAIL_CHARACTERS = 1_500
"""What the model reads of a long page: its beginning and, for address and legal name, its end; about 2,000 tokens."""

LEFT_OUT = "[left out]"

_SENTENCE_END = regex.compile(r"(?<=[.!?。！？])\s+")
_SENTENCES_AFTER_AN_ORDER = 2


def evidence(markdown: str) -> str:
    """The readable text of a stored page without what speaks to a model; each gap is marked ``[left out]``."""
    return without_orders(readable(markdown))


def without_orders(text: str) -> str:
    """The text without sentences that speak to a model and, on the same line, the two that follow each."""
    seen = undisguised(text)
    if not speaks_to_model(seen):
        return text
    lines = zip(text.split("\n"), seen.split("\n"), strict=True)
    return "\n".join(_clean_line(line) if speaks_to_model(as_read) else line for line, as_read in lines)


def excerpt(evidence_text: str) -> str:
    """What the model reads: no line twice, the first 6,500 and the last 1,500 characters of a longer text."""
    lines = dict.fromkeys(line for line in evidence_text.split("\n") if line)
    text = "\n".join(lines)
    if len(text) <= HEAD_CHARACTERS + TAIL_CHARACTERS:
        return text
    return f"{text[:HEAD_CHARACTERS]}\n[...]\n{text[-TAIL_CHARACTERS:]}"


def _clean_line(line: str) -> str:
    """A line that speaks to a model without the sentences that do; nothing of it where only the whole line does."""
    kept: list[str] = []
    skip = 0
    found = False
    for sentence in _SENTENCE_END.split(line):
        if speaks_to_model(undisguised(sentence)):
            found = True
            skip = _SENTENCES_AFTER_AN_ORDER + 1
        if skip:
            skip -= 1
            if not kept or kept[-1] != LEFT_OUT:
                kept.append(LEFT_OUT)
        else:
            kept.append(sentence)
    return " ".join(kept) if found else LEFT_OUT
