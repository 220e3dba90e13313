"""Numbers and dates inside a quote: does what a model answers stand in the words it quotes? Pure."""

import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Final

from enrichment_assets.core.yaml_files.shipped import load_shipped

_NUMBER = re.compile(
    r"(?<![\w.,])(?P<sign>[-−])?(?P<digits>\d{1,3}(?:['’\u00a0\u202f ]\d{3}){1,5}(?!\d)|\d(?:[.,]?\d){0,20})"
    r"(?:[ \u00a0]?(?P<scale>%|[^\W\d_]{1,12}))?"
)
_SCALES: Final = {
    **dict.fromkeys(("k", "thousand", "tsd", "tausend", "mille", "mil", "tys", "тыс"), 3),
    **dict.fromkeys(
        ("m", "mm", "mn", "mio", "million", "millions", "millionen", "milioni", "millones", "mln", "млн"), 6
    ),
    **dict.fromkeys(("b", "bn", "billion", "billions", "mrd", "milliarden", "milliards", "miliardi", "mld", "млрд"), 9),
}
_GROUPED = re.compile(r"\d{1,3}(?:[.,'’\u00a0\u202f ]\d{3})+")
_SEPARATORS = re.compile(r"[.,'’\u00a0\u202f ]")
_ISO = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?(?:T.{0,40})?")
_TOKEN = re.compile(r"\d+|[^\W\d_]+")
_CURRENCY = re.compile(r"[€$£¥₹]|\b(?:USD|EUR|GBP|CHF)\b")
_LARGEST: Final = Decimal(10) ** 18


def numbers_in(text: str) -> frozenset[Decimal]:
    """Every number of a text in each of its readings. Three digits after a separator are thousands: ``1.234``."""
    found: set[Decimal] = set()
    for match in _NUMBER.finditer(_CURRENCY.sub(" ", text)):
        power = _SCALES.get((match["scale"] or "").casefold(), 0)
        for reading in _readings(match["digits"]):
            value = reading.scaleb(power)
            found.add(-value if match["sign"] else value)
    return frozenset(found)


def number_of(value: object, quote: str) -> int | float | None:
    """The number that a model means (a number, or a text that is one), where the quote has it in digits; else None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        meant = numbers_in(value) if isinstance(value, str) else {Decimal(str(value))}
    except InvalidOperation:
        return None
    standing = [number for number in meant & numbers_in(quote) if abs(number) <= _LARGEST]
    if not standing:
        return None
    number = max(standing)
    return int(number) if number == number.to_integral_value() else float(number)


def date_of(value: object) -> str | None:
    """A date as ISO 8601 has it, as exact as it was given: ``2026``, ``2026-05``, ``2026-05-31``; None for no date."""
    match = _ISO.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        return None
    year, month, day = match[1], int(match[2] or 0), int(match[3] or 0)
    if not 1000 <= int(year) <= 2999 or (match[2] and not 1 <= month <= 12) or (match[3] and not 1 <= day <= 31):
        return None
    return year + (f"-{month:02}" if month else "") + (f"-{day:02}" if day else "")


def date_stands_in(date: str, text: str) -> bool:
    """Whether a text has every part of an ISO date: year and day in digits, the month as a number or a name."""
    tokens = [token.casefold() for token in _TOKEN.findall(text)]
    numbers = [int(token) for token in tokens if token.isdigit() and len(token) <= 4]
    year, *rest = (int(part) for part in date.split("-"))
    if year not in numbers:
        return False
    numbers.remove(year)
    named = bool(rest) and any(_months().get(token) == rest[0] for token in tokens)
    for part in rest[1:] if named else rest:
        if part not in numbers:
            return False
        numbers.remove(part)
    return True


@lru_cache(maxsize=1)
def _months() -> dict[str, int]:
    rows: dict[int, list[str]] = load_shipped("enrichment_assets.artifacts.questions", "data/months.yaml")
    return {name: month for month, names in rows.items() for name in names}


def _readings(digits: str) -> list[Decimal]:
    plain = _SEPARATORS.sub("", digits)
    if plain == digits or (digits[0] != "0" and _GROUPED.fullmatch(digits)):
        return [Decimal(plain)]
    found = []
    decimal = digits.replace(",", ".")
    if decimal.count(".") == 1:
        found.append(decimal)
    if "." in digits and "," in digits:  # 1,234.50 and 1.234,50
        last = max(digits.rfind("."), digits.rfind(","))
        found.append(f"{_SEPARATORS.sub('', digits[:last])}.{digits[last + 1 :]}")
    readings = []
    for text in found:
        try:
            readings.append(Decimal(text))
        except InvalidOperation:
            continue
    return readings
