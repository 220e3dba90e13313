"""``canonical_domain`` for a whole column: what is plainly a domain is settled inside polars, the rest one by one.

The shortcuts know only what the Public Suffix List makes certain; a test holds them to the answers of
``canonical_domain`` itself.
"""

import re
from functools import cache
from typing import Final

import polars as pl

from enrichment_assets.companies import mail_hosts, platforms, suffixes, wrappers
from enrichment_assets.companies.domain import (
    FILE_ENDINGS,
    RESERVED,
    Domain,
    Rejected,
    canonical_domain,
    company_of_mail,
)

_NOTHING: Final = pl.Series([None], dtype=pl.String)
_REJECTION: Final = {"code": pl.String, "reason": pl.String}
_MAILBOX: Final = "mailbox@"
_ADDRESS: Final = r"^\s*[^@\s,;|<>\"'/:()]+@([^@\s,;|<>\"'/:()]+)\s*$"
_LONGEST_HOST: Final = 66
"""Characters of a host whose label cannot have more than the 63 that a name may have: an ending has at least two."""
_SECOND_LEVEL: Final = platforms.words("ac co com edu gob gov gr ind ltd me ne net nom or org plc")


def _begins(prefix: str) -> pl.Expr:
    return pl.col("text").str.starts_with(prefix).cast(pl.UInt8)


# A slice lies where the text lies; with its prefix stripped the text would be copied.
_BEHIND_PREFIX: Final = pl.col("text").str.slice(
    _begins("https://") * len("https://")
    + _begins("http://") * len("http://")
    + (_begins("https://www.") + _begins("http://www.") + _begins("www.")) * len("www.")
)
_BEFORE_PATH: Final = pl.col("text").str.head(pl.col("text").str.find("/", literal=True).fill_null(_LONGEST_HOST + 1))


def canonical_domains(texts: pl.Series, *, emails: bool = False) -> pl.DataFrame:
    """``domain``, or ``code`` and ``reason`` of the rejection, for every text, in order.

    ``emails`` says that the column holds e-mail addresses rather than sites.
    """
    likely = likely_domains(texts, emails=emails)
    domain = likely.zip_with(~are_exceptions(likely.hash()), _NOTHING)
    nothing = _NOTHING.new_from_index(0, domain.len())
    found = pl.DataFrame({"domain": domain, "code": nothing, "reason": nothing})
    at = domain.is_null().arg_true()
    if not at.len():
        return found
    settled = settled_domains(texts.gather(at), emails=emails)
    return found.with_columns(found[name].scatter(at, settled[name]) for name in found.columns)


def likely_domains(texts: pl.Series, *, emails: bool = False) -> pl.Series:
    """The domain where a text is plainly one, give or take scheme, www., case and a plain path; null elsewhere.

    What it says of ``are_exceptions`` does not count.
    """
    column = _without_mailbox(texts).str.strip_prefix(_MAILBOX) if emails else texts.cast(pl.String)
    addresses, is_plain = _addresses(column)
    if not is_plain.all():
        others, are_plain = _addresses(column.filter(~is_plain).str.strip_chars().str.to_lowercase())
        addresses = addresses.scatter((~is_plain).arg_true(), others.zip_with(are_plain, _NOTHING))
    hosts = addresses.to_frame("text").select_seq(_BEFORE_PATH).to_series()
    return hosts.zip_with(hosts.str.len_bytes() <= _LONGEST_HOST, _NOTHING)


def are_exceptions(hashes: pl.Series) -> pl.Series:
    """Of ``likely_domains``' hashes, those of names that are not the end of it, and what happens to have such a one."""
    return hashes.is_in(_exceptions().implode())


def settled_domains(texts: pl.Series, *, emails: bool = False) -> pl.DataFrame:
    """As ``canonical_domains``, of texts that are not plain at first sight; each different one is looked at once."""
    texts = _without_mailbox(texts) if emails else texts.cast(pl.String)
    decide = company_of_mail if emails else canonical_domain
    unique = texts.unique()
    within = _with_subdomain(unique)
    answers = [_answer(text, decide(text)) for text in unique.filter(within.is_null())]
    table = pl.concat(
        [
            pl.DataFrame({"text": unique, "domain": within}).filter(pl.col("domain").is_not_null()),
            pl.DataFrame(answers, schema={"text": pl.String, "domain": pl.String, **_REJECTION}, orient="row"),
        ],
        how="diagonal",
    )
    found = texts.alias("text").to_frame().join(table, on="text", how="left", maintain_order="left", nulls_equal=True)
    return found.drop("text")


def _without_mailbox(texts: pl.Series) -> pl.Series:
    """The local part of an address says nothing about the company, and without it a million addresses are few."""
    return texts.cast(pl.String).str.replace(_ADDRESS, f"{_MAILBOX}$1")


def _addresses(texts: pl.Series) -> tuple[pl.Series, pl.Series]:
    """What stands behind the prefix, and where that is a domain before a path without a second address in it."""
    addresses = texts.to_frame("text").select_seq(_BEHIND_PREFIX).to_series()
    return addresses, addresses.str.contains(_plain_address()).fill_null(value=False)


def _with_subdomain(column: pl.Series) -> pl.Series:
    """The same below any subdomain; slower, as the domain has to be cut out."""
    domains = column.str.strip_chars().str.to_lowercase().str.extract(_domain_within(), 1)
    is_sure = ~domains.str.starts_with("xn--") & ~are_exceptions(domains.hash())
    return domains.zip_with(is_sure.fill_null(value=False), _NOTHING)


def _answer(text: str | None, result: Domain | Rejected) -> tuple[str | None, str | None, str | None, str | None]:
    return (text, None, result.code, result.reason) if isinstance(result, Rejected) else (text, result, None, None)


@cache
def _exceptions() -> pl.Series:
    """Names for which ``label.suffix`` is not the end of it, as hashes: deeper suffixes, platforms, mail providers."""
    names = {*platforms.NEVER, *platforms.PAGES, *platforms.SUBDOMAINS, *platforms.PATHS}
    names |= mail_hosts.disposable_domains() | mail_hosts.free_mail_domains()
    names |= {".".join(host.split(".")[-size:]) for host in (*platforms.HOSTS, *platforms.NEVER) for size in (2, 3)}
    names |= {".".join(host.split(".")[-size:]) for host in wrappers.hosts() for size in (2, 3)}
    names |= RESERVED
    for rule in suffixes.rules():
        labels = rule.lstrip("!*.").split(".")
        names.add(".".join(labels[-2:]))
        names.add(".".join(labels[-3:]))
        names.add(f"www.{rule}")
    return pl.Series(list(names), dtype=pl.String).hash()


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
def _plain_address() -> str:
    """Without two hyphens in a row: encoded letters (``xn--``) are not plain."""
    return rf"^[a-z0-9]+(?:-[a-z0-9]+)*\.(?:{_endings()})(?:/[a-z0-9/_=&?#~+-]*)?$"


@cache
def _domain_within() -> str:
    """A domain below which nothing but a subdomain, a port and a plain path can be seen."""
    label = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
    below = r"(?:[a-z0-9](?:[a-z0-9-]{0,30}[a-z0-9])?\.){0,4}?"
    rest = r"(?::[0-9]{1,5})?(?:[/?#][a-z0-9/_=&?#~+-]*)?"
    return rf"^(?:https?://)?{below}({label}\.(?:{_endings()})){rest}$"
