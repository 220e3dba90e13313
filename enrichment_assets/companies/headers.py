"""Which columns of a list name the company, its site and an e-mail address.

Headers are matched by the rows of ``data/headers.csv`` whatever their case, accents, brackets, numbers and separators;
then by their words (``data/header_words.csv``): a header that consists of nothing but words of one kind is of it,
so that "Organization 1 - Name" and "Work Email Address" are known, and "Company LinkedIn URL" and "Account Owner Email"
are not.
"""

import csv
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from enrichment_assets.core.normal_form import normalized

KINDS: Final = ("company", "website", "email")
"""What ``--column KIND=NAME`` can name."""

_DATA: Final = Path(__file__).parent / "data"
_CAMEL: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")
_TOKEN: Final = re.compile(r"[^\W_]+")
_COMPOUNDS: Final = re.compile(r"\be[\s-]+mail|\bweb[\s-]+(?=site|page)|\bhome[\s-]+(?=page)")


@dataclass(frozen=True, slots=True)
class ListColumns:
    """Positions of the columns that matter, best first."""

    names: tuple[int, ...] = ()
    sites: tuple[int, ...] = ()
    emails: tuple[int, ...] = ()

    @property
    def name(self) -> int | None:
        """The first column that names the company."""
        return self.names[0] if self.names else None

    @property
    def usable(self) -> bool:
        """Whether a domain can be found in the list at all."""
        return bool(self.sites or self.emails)


def map_headers(headers: Sequence[str], asked: Mapping[str, Sequence[str]] | None = None) -> ListColumns:
    """Map a header row. ``asked`` names columns by kind (``KINDS``) and replaces what would be found of that kind."""
    asked = asked or {}
    words = [_words_of(header) for header in headers]
    sites = _asked(headers, asked.get("website")) or (*_of(words, "website"), *_of(words, "domain"))
    emails = _asked(headers, asked.get("email")) or _of(words, "email")
    names = _asked(headers, asked.get("company")) or (*_of(words, "company"), *_of(words, "legal_name"))
    # In a list of people or of e-mail addresses alone, a bare "Name" or "Title" is a person's.
    if not names and sites and not _of(words, "person"):
        names = _of(words, "weak_name")
    return ListColumns(names=names, sites=sites, emails=emails)


def known_headers(headers: Sequence[str]) -> list[str]:
    """Those that are known as headers of some kind, and so may be shown of a file that is no list."""
    return [header for header in headers if header_key(header) in _rows() or _by_words(_words_of(header))]


def known_keys() -> frozenset[str]:
    """The keys (``header_key``) of the headers that have a row."""
    return frozenset(_rows())


def header_key(header: str) -> str:
    """A header without what does not tell it from another: "companyName" is "Company name"."""
    return "".join(_words_of(header))


def has_asked(headers: Sequence[str], asked: Mapping[str, Sequence[str]]) -> bool:
    """Whether every column that was asked for is there."""
    return all(len(_asked(headers, names)) == len(names) for names in asked.values())


def _asked(headers: Sequence[str], names: Sequence[str] | None) -> tuple[int, ...]:
    """Positions of the columns called so: exactly, else loosely."""
    exact = [header.strip() for header in headers]
    loose = [header_key(header) for header in headers]
    found = []
    for name in names or ():
        if name.strip() in exact:
            found.append(exact.index(name.strip()))
        elif (key := header_key(name)) and key in loose:
            found.append(loose.index(key))
    return tuple(found)


@lru_cache(4096)
def _words_of(header: str) -> tuple[str, ...]:
    plain = normalized("NFKD", _CAMEL.sub(" ", header.replace("ß", "ss").replace("ı", "i")))
    plain = "".join(character for character in plain if not unicodedata.combining(character)).casefold()
    plain = _COMPOUNDS.sub(lambda found: "".join(filter(str.isalpha, found[0])), plain)
    return tuple(word for token in _TOKEN.findall(plain) if (word := token.rstrip("0123456789")))


def _of(headers: Sequence[tuple[str, ...]], kind: str) -> tuple[int, ...]:
    """The columns of a kind: those of earlier rows first, those known by their words after them."""
    ranked = []
    for at, words in enumerate(headers):
        row = _rows().get("".join(words))
        if row is not None and kind in row:
            ranked.append((row[kind], at))
        elif row is None and kind in _by_words(words):
            ranked.append((len(_rows()), at))
    return tuple(at for _, at in sorted(ranked))


def _by_words(header: tuple[str, ...]) -> tuple[str, ...]:
    kinds = []
    known = _known_words()
    found = {part for word in header for part in _parts(word)} - known["small"]
    if found & known["email"] and found <= known["email"] | known["email_beside"] | known["company"]:
        kinds.append("email")
    if found & known["site"] and found <= known["site"] | known["site_beside"] | known["company"]:
        kinds.append("website")
    if found & known["company"] and found <= known["company"] | known["name"] | known["name_beside"]:
        kinds.append("legal_name" if "legal" in found else "company")
    return tuple(kinds)


@cache
def _rows() -> dict[str, dict[str, int]]:
    """Header keys with their kinds, and the rank of the row."""
    rows: dict[str, dict[str, int]] = {}
    with (_DATA / "headers.csv").open(encoding="utf-8", newline="") as file:
        for rank, row in enumerate(csv.DictReader(file)):
            rows.setdefault(header_key(row["header"]), {}).setdefault(row["kind"], rank)
    return rows


@cache
def _known_words() -> dict[str, frozenset[str]]:
    """By kind; a header that is one word counts as a word, too."""
    with (_DATA / "header_words.csv").open(encoding="utf-8", newline="") as file:
        words = {row["kind"]: set(row["words"].split()) for row in csv.DictReader(file)}
    for key, kinds in _rows().items():
        for kind, of in (("company", "company"), ("website", "site"), ("email", "email")):
            if kind in kinds and not key.isascii():
                words[of].add(key)
    return {kind: frozenset(each) for kind, each in words.items()}


def _parts(word: str) -> tuple[str, ...]:
    """Languages that are written without blanks put two words into one: 公司官网, ホームページURL."""
    if word.isascii():
        return (word,)
    known = _known_words()["company"] | _known_words()["site"] | _known_words()["email"]
    if word in known:
        return (word,)
    cuts = ((word[:at], word[at:]) for at in range(1, len(word)))
    return next((parts for parts in cuts if known.issuperset(parts)), (word,))
