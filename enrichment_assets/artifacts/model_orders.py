"""How sentences that speak to a model, rather than to a visitor, are usually written."""

# ruff: noqa: E501  (a pattern reads better on one line)

from collections.abc import Sequence

import regex

_AI = r"(?:ai|a\.i\.|llms?|(?:large )?language models?|ai (?:assistants?|models?|agents?)|chatbots?|chatgpt|gpt\S*|claude|gemini)"
_MACHINE = rf"(?:{_AI}|assistants?|bots?|agents?|crawlers?|scrapers?|evaluators?|classifiers?|automated systems?)"
_VERDICT = r"(?:not[_ -]fit|fit|unclear|unjudged|qualified|disqualified)"
_ORDERS = (
    # orders to forget the orders
    r"\b(?:ignor\w*|disregard\w*|forget|overrid\w*|bypass|discard|stop following)\b.{0,40}\b(?:instructions?|prompts?|rules|directions|guidelines|criteria|disqualifiers?|profile|(?:previous|prior|above|earlier) (?:text|messages?|context))\b",
    r"\b(?:new|updated|real|actual|revised|additional|secret|hidden) (?:system )?(?:instructions?|prompts?|task|directives?)\s*:",
    r"\bignor\w*\b.{0,40}\b(?:anweisung|instruc|instruç|istruzion|instrukc|vorgabe)\w*",
    r"\b(?:vergiss|oublie\w*|olvida\w*|negeer)\b.{0,40}\b(?:anweisung|instruc|regel|règle|regla|instructie)\w*",
    r"忽略.{0,12}(?:指令|指示|提示|规则)|(?:指示|命令|プロンプト).{0,8}無視|игнорир\w*.{0,40}(?:инструкц|указан|правил)\w*",
    # a machine is spoken to
    rf"\b(?:note|message|instructions?|attention|notice|memo|dear|hello|hey)\b[\s:,]{{0,3}}(?:to|for)?\s*(?:all |any |the |every )*{_MACHINE}\b.{{0,30}}[:,!—-]",
    rf"\b(?:if|since|because|when) you(?:'re| are) (?:reading this as )?(?:an? |the )?{_AI}\b",
    rf"\b(?:you are (?:now )?|pretend (?:to be |you are ))(?:an? |the )?(?:\w+ ){{0,3}}{_AI}\b",
    # forged roles, tokens, delimiters
    r"<\|[^|]{0,40}\|>|\[/?INST\]|<</?SYS>>|(?-i:\b(?:BEGIN|END) (?:OF )?(?:PAGE|SYSTEM|PROMPT|INSTRUCTIONS|DOCUMENT|DATA)\b)",
    # forged answers and claims about the verdict
    r"[\"']?\b(?:verdict|disqualification|findings|business_model|size_hint|criterion)[\"']\s*:",
    r"[\"'](?:score|quote|met|reason|fit)[\"']\s*:",
    rf"\bverdict\b.{{0,40}}\b{_VERDICT}\b",
    rf"\b(?:answer|respond|reply|output|return|classify|mark|rate|score|label|judge|evaluate|report|treat|consider|give)\b.{{0,60}}\b(?:as|with|this company|this page|this site|this website|us|it)\b.{{0,30}}\b{_VERDICT}\b",
    r"\bscore\b.{0,20}\b100\b",
    r"\b(?:this|the|our) (?:company|business|firm|site|website|page|organi[sz]ation)\b.{0,40}\b(?:fits?|match(?:es)?|meets?|satisf(?:y|ies)|fulfil?ls?|fails?|is)\b.{0,40}\b(?:fit|match|criteri(?:a|on)|icp|ideal customer|must[- ]haves?|disqualif\w*|not[_ ]fit|qualified)\b",
    r"\bwe(?:'re| are)? .{0,20}\b(?:fit|match|meet|satisfy)\w*\b.{0,30}\b(?:your|the|this|all|every) (?:\w+ )?(?:icp|ideal customer profile|criteri(?:a|on)|must[- ]haves?)\b",
    # prying
    r"\b(?:reveal|print|repeat|show|leak|output|disclose|display|translate|recite|quote)\b.{0,50}\b(?:system|hidden|initial|your|original|secret|full|above)\b.{0,20}\b(?:prompts?|instructions?|api[ _-]?keys?|secrets?)\b",
    r"\b(?:openrouter|spider|serper)_api_key\b|\bideal customer profile you (?:judge|were given)\b",
)
_MARKS = (
    rf"^{_MACHINE}(?: reading this)?\s*[:,]\s",
    r"^\W{0,4}(?:system|assistant|developer|human)(?: (?:message|prompt|note|override|instructions?))?\W{0,3}[:>]",
    r"\b[MDSR]\d{1,2}\b\s*(?:is|are|:|=|->)\s*[\"']?(?:met|not met|yes|no|unknown|true|false|satisfied|fulfilled)\b",
)
_ORDER = regex.compile("|".join(f"(?:{order})" for order in _ORDERS), regex.IGNORECASE | regex.MULTILINE)
_MARK = regex.compile("|".join(f"(?:{mark})" for mark in _MARKS), regex.IGNORECASE | regex.MULTILINE)

_HINTS = (
    *("ignor", "disregard", "forget", "overrid", "bypass", "discard", "stop following", "vergiss", "oublie", "olvida"),
    *(
        "negeer",
        "忽略",
        "無視",
        "игнорир",
        "instruction",
        "prompt",
        "task",
        "directive",
        "note",
        "message",
        "attention",
    ),
    *(
        "notice",
        "memo",
        "dear",
        "hello",
        "hey",
        "you are",
        "you're",
        "pretend",
        "<|",
        "inst]",
        "sys>>",
        "begin",
        "end ",
    ),
    *(
        "verdict",
        "disqualif",
        "findings",
        "business_model",
        "size_hint",
        "criteri",
        "fit",
        "unclear",
        "unjudged",
        "score",
    ),
    *(
        "qualified",
        "match",
        "icp",
        "ideal customer",
        "must-have",
        "must have",
        "secret",
        "api key",
        "api_key",
        "api-key",
    ),
    *("apikey", 'quote"', "quote'", 'met"', "met'", 'reason"', "reason'"),
)
"""No order is without one of these: looking for them first spares most lines the patterns."""


def speaks_to_model(text: str, hints: Sequence[str] = _HINTS, *, marked: bool = True) -> bool:
    """Whether a text gives a model orders, forges its answer, or claims what the verdict is.

    ``hints`` and ``marked`` are what ``signs_in`` said of the page that the text is a part of.
    """
    if marked and _MARK.search(text):
        return True
    lowered = text.lower()
    return any(hint in lowered for hint in hints) and _ORDER.search(text) is not None


def signs_in(page: str) -> tuple[tuple[str, ...], bool]:
    """Which hints a page has at all, and whether it has marks: parts of it need not be searched for any other."""
    lowered = page.lower()
    return tuple(hint for hint in _HINTS if hint in lowered), _MARK.search(page) is not None
