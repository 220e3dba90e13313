"""``canonical_domain`` for a whole column: what is plainly a domain is settled inside polars, the rest one by one.

The shortcuts know only what the Public Suffix List makes certain; a test holds them to the answers of
``canonical_domain`` itself.
"""

import re
from functools import cache
from typing import Final

import polars as pl

from enrichment_assets.companies import mail_hosts, platforms, suffixes
from enrichment_assets.companies.domain import FILE_ENDINGS, Rejected, canonical_domain

_SCHEMA: Final = {"domain": pl.String, "code": pl.String, "reason": pl.String}
# The local part of an address says nothing about the company, and without it a million addresses are few.
_MAILBOX: Final = "mailbox@"
_ADDRESS: Final = r"^\s*[^@\s,;|<>\"'/:()]+@([^@\s,;|<>\"'/:()]+)\s*$"
_SECOND_LEVEL: Final = platforms.words("ac co com edu gob gov gr ind ltd me ne net nom or org plc")


def canonical_domains(texts: pl.Series, *, emails: bool = False) -> pl.DataFrame:
    """``domain``, or ``code`` and ``reason`` of the rejection, for every text, in order.

    ``emails`` says that the column holds e-mail addresses rather than sites.
    """
    column = texts.cast(pl.String).rename("text")
    if emails:
        column = column.str.replace(_ADDRESS, f"{_MAILBOX}$1")
    bare = column.str.strip_prefix(_MAILBOX) if emails else column.str.strip_prefix("https://")
    bare = bare.str.strip_prefix("http://").str.strip_prefix("www.").str.strip_suffix("/")
    certain = bare.str.contains(_whole_domain()) & _unambiguous(bare)
    domain = bare.set(~certain.fill_null(value=False), None)
    open_ones = column.filter(domain.is_null())
    if open_ones.is_empty():
        return pl.DataFrame({"domain": domain}).with_columns(
            code=pl.lit(None, pl.String), reason=pl.lit(None, pl.String)
        )
    settled = _settled(open_ones)
    place = domain.is_null().cum_sum().cast(pl.Int64) - 1
    spread = settled[place.clip(lower_bound=0)]
    return spread.with_columns(
        domain=domain.zip_with(domain.is_not_null(), spread["domain"]),
        code=spread["code"].zip_with(domain.is_null(), pl.Series([None], dtype=pl.String)),
        reason=spread["reason"].zip_with(domain.is_null(), pl.Series([None], dtype=pl.String)),
    )


def _settled(texts: pl.Series) -> pl.DataFrame:
    unique = texts.unique()
    inner = unique.str.strip_chars().str.to_lowercase().str.extract(_domain_within(), 1)
    inner = inner.set(~_unambiguous(inner).fill_null(value=False), None)
    plain = pl.DataFrame({"text": unique, "domain": inner}).filter(pl.col("domain").is_not_null())
    rows = [_answer(text) for text in unique.filter(inner.is_null())]
    answers = pl.concat(
        [plain, pl.DataFrame(rows, schema={"text": pl.String, **_SCHEMA}, orient="row")], how="diagonal"
    )
    return (
        pl.DataFrame({"text": texts})
        .join(answers, on="text", how="left", maintain_order="left", nulls_equal=True)
        .select(list(_SCHEMA))
    )


def _answer(text: str | None) -> tuple[str | None, str | None, str | None, str | None]:
    result = canonical_domain(text)
    return (text, None, result.code, result.reason) if isinstance(result, Rejected) else (text, result, None, None)


def _unambiguous(domains: pl.Series) -> pl.Series:
    return ~(domains.is_in(_exceptions()) | domains.str.starts_with("www.") | domains.str.starts_with("xn--"))


@cache
def _exceptions() -> pl.Series:
    """Names for which ``label.suffix`` is not the end of it: deeper suffixes, platforms, mailbox providers."""
    names = {*platforms.NEVER, *platforms.PAGES, *platforms.PATHS}
    names |= mail_hosts.disposable_domains() | mail_hosts.free_mail_domains()
    names |= {".".join(host.split(".")[-2:]) for host in platforms.HOSTS}
    for rule in suffixes.rules():
        labels = rule.lstrip("!*.").split(".")
        names.add(".".join(labels[-2:]))
        names.add(".".join(labels[-3:]))
    return pl.Series(sorted(names), dtype=pl.String)


@cache
def _endings() -> str:
    """Suffixes directly below which companies register, as a regex: the plain ones only."""
    rules = suffixes.rules()
    wild = {rule.removeprefix("*.") for rule in rules if rule.startswith("*.")}
    top = [rule for rule in rules if "." not in rule and rule not in wild and rule not in FILE_ENDINGS]
    second = [
        rule for rule in rules if rule.count(".") == 1 and rule.split(".")[0] in _SECOND_LEVEL and rule not in wild
    ]
    return "|".join(re.escape(rule) for rule in (*second, *top))


@cache
def _whole_domain() -> str:
    return rf"^[a-z0-9](?:[a-z0-9-]{{0,61}}[a-z0-9])?\.(?:{_endings()})$"


@cache
def _domain_within() -> str:
    """A domain below which nothing but a subdomain, a port and a plain path can be seen."""
    label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
    below = r"(?:[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?\.){0,4}?"
    rest = r"(?::[0-9]{1,5})?(?:[/?#][a-z0-9/_=&?#~+-]*)?"
    return rf"^(?:https?://)?{below}({label}\.(?:{_endings()})){rest}$"
