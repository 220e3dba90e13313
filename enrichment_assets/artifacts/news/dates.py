"""Dates of news results, which are text relative to the request ("4 hours ago", "vor 3 Tagen", "Jan 5, 2026"). Pure."""

import re
import unicodedata
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Final

_AGO: Final = re.compile(
    r"^(?P<count>\d+(?=\+?)|an?|one)\+?\s*(?P<unit>s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|d(?:ays?)?|w(?:eeks?)?"
    r"|mo(?:nths?)?|y(?:(?:ea)?rs?)?)\.?\s*(?:ago)?$",
    re.IGNORECASE,
)
LANGUAGES: Final = {
    "latin": ["en", "de", "fr", "es", "it", "pt", "nl", "sv", "da", "nb", "fi", "pl", "cs", "tr", "sk", "hu", "ro",
              "hr", "ca", "vi", "id"],
    "cyrillic": ["ru", "uk", "bg"], "greek": ["el"], "arabic": ["ar"], "hebrew": ["he"], "devanagari": ["hi"],
    "cjk": ["ja", "zh", "ko"], "hangul": ["ko"], "hiragana": ["ja"], "katakana": ["ja"],
}  # fmt: skip
"""Languages of dates by the script they are written in: dateparser's 200 would cost seconds at a strange date."""
_DAYS_AGO: Final = {
    "now": 0,
    "just now": 0,
    "today": 0,
    "yesterday": 1,
    "dün": 1,
    "昨日": 1,
    "昨天": 1,
    "今日": 0,
    "今天": 0,
}
_MONTHS: Final = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_ENGLISH: Final = (
    re.compile(r"^(?P<month>[A-Za-z]{3,9})\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})$"),
    re.compile(r"^(?P<day>\d{1,2})(?:st|nd|rd|th)? (?P<month>[A-Za-z]{3,9})\.?,? (?P<year>\d{4})$"),
)
_ISO: Final = re.compile(r"^(\d{4})-(\d{2})-(\d{2})(?:[T ].*)?$")
_YEAR_FIRST: Final = re.compile(r"^(\d{4})[./] ?(\d{1,2})[./] ?(\d{1,2})\.?$")
_YEAR_LAST: Final = re.compile(r"^(\d{1,2})([./-]) ?(\d{1,2})[./-] ?(\d{4})$")
_LABEL: Final = re.compile(r"^[^\W\d]{4,14}(?: on)?:? (?=.*\d)")
_MINUTES: Final = re.compile(r"^\d+ ?min[a-z]{0,5}\.?$", re.IGNORECASE)
_OTHER_LANGUAGE: Final = re.compile(
    r"\b(?:der|das|und|für|mit|von|les|des|une|dans|pour|los|las|del|una|para|gli|della|per|dos|das|uma|het|een|van|voor"
    r"|och|för|med|til|jest|oraz|için|ile)\b|[^\x00-\x7f’‘“”–—…€£¥]",
    re.IGNORECASE,
)
_MAX_TEXT: Final = 60
_TOLD: Final = 500
"""Characters of a result from which its language is told."""


def published_on(text: str | None, asked_at: datetime, told: str = "") -> date | None:
    """The day in UTC that the text means, seen from the time of the request; None when it means none.

    ``told`` is the result's title and text: ``3/4/2026`` is in March beside English alone, where months come first.
    A day in the future (another time zone, a misread text) is never returned: a result is at most from today.
    """
    cleaned = " ".join((text or "").replace("\u200e", "").split()).strip(" ·•-")
    if not cleaned or len(cleaned) > _MAX_TEXT:
        return None
    moment = asked_at.astimezone(UTC)
    month_first = not _OTHER_LANGUAGE.search(told[:_TOLD])
    found = (
        _fast(cleaned, moment, month_first=month_first)
        or _labelled(cleaned, moment)
        or _any_language(cleaned, moment.replace(minute=0, second=0, microsecond=0))
    )
    return found if found is None or found <= moment.date() else None


def _labelled(text: str, asked_at: datetime) -> date | None:
    """``Updated 3 hours ago``: behind a label only what is a date beyond doubt; minutes may be those of reading."""
    rest = _LABEL.sub("", text)
    return _fast(rest, asked_at, month_first=True) if rest != text and not _MINUTES.match(rest) else None


def _fast(text: str, asked_at: datetime, *, month_first: bool) -> date | None:
    lower = text.lower()
    if lower in _DAYS_AGO:
        return (asked_at - timedelta(days=_DAYS_AGO[lower])).date()
    ago = _AGO.match(lower)
    try:
        if ago:
            count = int(ago["count"]) if ago["count"].isdecimal() else 1
            return (asked_at - _span(count, ago["unit"])).date()
        return _calendar_day(text, month_first=month_first)
    except (ValueError, OverflowError):
        return None


def _calendar_day(text: str, *, month_first: bool) -> date | None:
    """Raises ValueError for a day that no calendar has. Months come first only between slashes, and not everywhere."""
    iso = _ISO.match(text) or _YEAR_FIRST.match(text)
    if iso:
        return date(int(iso[1]), int(iso[2]), int(iso[3]))
    numeric = _YEAR_LAST.match(text)
    if numeric:
        one, other = int(numeric[1]), int(numeric[3])
        month_leads = other > 12 or (month_first and numeric[2] == "/" and one <= 12)
        return date(int(numeric[4]), one if month_leads else other, other if month_leads else one)
    for pattern in _ENGLISH:
        match = pattern.match(text)
        if match and (month := match["month"][:3].lower()) in _MONTHS:
            return date(int(match["year"]), _MONTHS.index(month) + 1, int(match["day"]))
    return None


def _span(count: int, unit: str) -> timedelta:
    if unit.startswith("mo"):
        return timedelta(days=round(30.44 * count))
    days = {"s": 1 / 86_400, "m": 1 / 1_440, "h": 1 / 24, "d": 1.0, "w": 7.0, "y": 365.25}[unit[0]]
    return timedelta(days=days * count)


@lru_cache(maxsize=4_096)
def _any_language(text: str, asked_at: datetime) -> date | None:
    # dateparser takes milliseconds per text: only what the patterns above do not know gets here, once an hour.
    if not any(char.isdigit() for char in text) and len(text) < 4:
        return None
    import dateparser  # noqa: PLC0415 - 0.15 s that most runs never need

    found = dateparser.parse(
        text,
        languages=LANGUAGES[_script(text)],
        settings={
            "RELATIVE_BASE": asked_at.replace(tzinfo=None), "PREFER_DATES_FROM": "past", "TIMEZONE": "UTC",
            "REQUIRE_PARTS": ["month"],
        },
    )  # fmt: skip
    return found.date() if found is not None else None


def _script(text: str) -> str:
    """The first script in the text that is not Latin."""
    for sign in text:
        if sign.isalpha() and sign > "\u02ff":
            script = unicodedata.name(sign, "").partition(" ")[0].lower()
            if script in LANGUAGES:
                return script
    return "latin"
