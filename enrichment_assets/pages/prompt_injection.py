"""Sentences that speak to a model rather than to a visitor, as ``pages/data/prompt_injection.yaml`` describes them.

Letters are looked at as they read (``undisguised``): look-alikes of another script, digits for letters, blanks between
all letters and words written backwards are not another sentence.
"""

import re

from enrichment_assets.core.pattern_rules import any_rule, load_rules

_DATA = ("enrichment_assets.pages", "data/prompt_injection.yaml")

_PAIRS = (
    "аaеeёeоoрpсcхxуyіiїiјjѕsһhԁdԛqԝwкkмmнhтtпnгrвbАAВBЕEКKМMНHОOРPСCТTХXУYІIЈJЅSԜW"
    "αaβbεeιiκkνvοoρpτtυuχxωwγyΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧX"
)
_LOOK_ALIKES = str.maketrans(_PAIRS[::2], _PAIRS[1::2])
_DIGITS_FOR_LETTERS = str.maketrans("013457@$", "oieastas")
_MIXED_WORD = re.compile(r"[A-Za-z][\u0370-\u04ff]|[\u0370-\u04ff][A-Za-z]")
_LEET_WORD = re.compile(r"\b(?:[A-Za-z]+[013457@$](?=[A-Za-z])|[013457@$](?=[A-Za-z]{3}))[A-Za-z013457@$]*")
_SPACED = re.compile(r"(?<!\w)(?:[^\W_][ ._*-]{1,2}){5,400}[^\W_](?!\w)")
"""A letter is never a joint, so that a text can be taken apart in one way only."""
_BACKWARDS = ("snoitcurtsni", "erongi", "tcidrev", "tpmorp", "dragersid")


def speaks_to_model(text: str) -> bool:
    """Whether a text gives a model orders, forges its answer, or claims what the verdict is."""
    return any_rule((rule for rule in load_rules(*_DATA) if rule.scope != "text"), text)


def gives_orders(text: str) -> bool:
    """Whether a text speaks to a model, or tells its reader to click, call, pay or give away a secret."""
    return any_rule(load_rules(*_DATA), text)


def undisguised(text: str) -> str:
    """The text as it reads, line by line: the same text where nothing is disguised."""
    lowered = text.lower()
    if any(sign in lowered for sign in _BACKWARDS):
        text = "\n".join(
            line[::-1] if any(sign in line.lower() for sign in _BACKWARDS) else line for line in text.split("\n")
        )
    if not text.isascii() and _MIXED_WORD.search(text):
        text = "\n".join(
            line.translate(_LOOK_ALIKES) if _MIXED_WORD.search(line) else line for line in text.split("\n")
        )
    text = _SPACED.sub(_closed_up, text)
    return _LEET_WORD.sub(lambda word: word[0].translate(_DIGITS_FOR_LETTERS), text)


def _closed_up(match: re.Match[str]) -> str:
    """``I g n o r e  a l l`` → ``Ignore all``: what stands between letters of one word is not what parts words."""
    text = match[0]
    joint = text[1]
    return "".join(
        part if part.isalnum() else "" if part == joint else " " for part in re.findall(r"[^\W_]|[ ._*-]{1,2}", text)
    )
