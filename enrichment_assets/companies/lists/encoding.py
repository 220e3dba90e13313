"""From bytes to text: what is declared or proven is taken, what is guessed is said.

UTF-8, UTF-16 and UTF-32 prove themselves. Older encodings do not: the guess weighs how ordinary the letters are that
each candidate gives (its languages' letters, where capitals stand, common characters of CJK sets). On lists of 2 to
50 names it is right more often than charset-normalizer and chardet, which know no lists (figures: docs/lists.md).
"""

import codecs
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Final

_SAMPLE_LINES: Final = 500
_LATIN: Final = "áàâäãåæçéèêëíïîñóòôöõøœúùûüßìÿ"
# Each candidate with the letters its languages use, the likelier one first.
_LETTERS: Final[dict[str, str]] = {
    "cp1252": _LATIN,
    "mac_roman": _LATIN,
    "cp1250": "ąćęłńóśźżáčďéěíňřšťúůýžäôĺľŕöőüűâăîşţđëß",
    "cp1254": "çğıöşüâîûäéİ",
    "cp1255": "אבגדהוזחטיךכלםמןנסעףפץצקרשת",
    "cp1251": "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґў",
    "koi8_r": "абвгдежзийклмнопрстуфхцчшщъыьэюяё",
    "cp1253": "αβγδεζηθικλμνξοπρστυφχψωάέήίόύώϊϋΐΰς",
    "cp1256": "ءآأؤإئابةتثجحخدذرزسشصضطظعغفقكلمنهويىپچگژ",
    "cp850": _LATIN,
    "cp866": "абвгдежзийклмнопрстуфхцчшщъыьэюяё",
}
_RARE: Final = "ðþýìòÿ"
_MARKS: Final = "’‘“”„‚–—…•«»®™©€£°§\xa0"
_LATIN_SETS: Final = ("cp1252", "mac_roman", "cp1250", "cp1254", "cp850")


def _rows(first: int, last: int) -> Callable[[bytes], bool]:
    return lambda code: len(code) == 2 and first <= code[0] <= last and code[1] >= 0xA1


# Multi-byte sets with the part of the code that holds everyday characters (level 1 of the national standard).
_COMMON: Final[dict[str, Callable[[bytes], bool]]] = {
    "cp932": lambda code: len(code) == 2 and 0x82 <= code[0] <= 0x97,
    "cp949": _rows(0xB0, 0xC8),
    "euc_jp": lambda code: len(code) == 2 and (code[0] in (0xA4, 0xA5) or 0xB0 <= code[0] <= 0xCF),
    "gb18030": _rows(0xB0, 0xD7),
    "big5": lambda code: len(code) == 2 and 0xA4 <= code[0] <= 0xC6,
}
_CANDIDATES: Final = (*_LETTERS, *_COMMON)


@dataclass(frozen=True)
class Decoded:
    """Text, the encoding it was read as, and the physical lines (from 1) whose bytes were not what that says.

    ``guessed``: nothing but the look of the letters speaks for ``encoding``. The lines in ``odd`` were read as
    ``odd_encoding``, a guess too, or hold U+FFFD where that is None.
    """

    text: str
    encoding: str
    guessed: bool = False
    odd: frozenset[int] = field(default_factory=frozenset)
    odd_encoding: str | None = None

    @property
    def said(self) -> str:
        """What was assumed, as a sentence; empty for plain UTF-8."""
        said = "" if self.encoding == "utf-8" else f"Encoding: {self.encoding}."
        if self.guessed:
            said = f"Encoding: {self.encoding}, a guess; --encoding NAME sets another."
        if self.odd:
            lines = ", ".join(map(str, sorted(self.odd)[:5])) + (" …" if len(self.odd) > 5 else "")
            how = f"read as {self.odd_encoding}, a guess" if self.odd_encoding else "with � for what cannot be read"
            said += f" Not {self.encoding}: line{'s' * (len(self.odd) > 1)} {lines}, {how}."
        return said.strip()


def decode(data: bytes, asked: str | None = None) -> Decoded:
    """Text of a list, whatever its bytes. ``asked`` is taken at its word; raises LookupError where no codec has it."""
    if asked is not None:
        return _as_asked(data, asked)
    if (marked := marked_encoding(data)) is not None:
        return _replaced(data, marked)
    try:
        return Decoded(data.decode("utf-8-sig"), "utf-8")
    except UnicodeDecodeError:
        return _not_utf8(data)


def marked_encoding(data: bytes) -> str | None:
    """UTF-16 or UTF-32 by byte order mark, or by the zero bytes of Latin text in it."""
    for mark, name in ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32")):
        if data.startswith(mark):
            return name
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    sample = data[:1024]
    if len(sample) < 8:
        return None
    zeros = [sample[at::4].count(0) / (len(sample) / 4) for at in range(4)]
    few, many = 0.1, 0.6
    for name, pattern in (("utf-32-le", "0111"), ("utf-32-be", "1110"), ("utf-16-le", "0101"), ("utf-16-be", "1010")):
        if all(share > many if zero == "1" else share < few for share, zero in zip(zeros, pattern, strict=True)):
            return name
    return None


def _as_asked(data: bytes, asked: str) -> Decoded:
    name = codecs.lookup(asked).name
    if not codecs.lookup(asked)._is_text_encoding:
        raise LookupError(asked)
    return _replaced(data, "utf-8-sig" if name == "utf-8" else name)


def _replaced(data: bytes, name: str) -> Decoded:
    said = name.removesuffix("-sig")
    text = data.decode(name, "replace").removeprefix("\ufeff")
    try:
        data.decode(name)
    except UnicodeDecodeError:
        return Decoded(text, said, odd=frozenset(at for at, line in enumerate(lines_of(text), 1) if "\ufffd" in line))
    return Decoded(text, said)


def lines_of(text: str) -> list[str]:
    """Physical lines with their ends: LF, CRLF or CR, as spreadsheets understand them, and no other character."""
    return re.findall(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$", text)


def _not_utf8(data: bytes) -> Decoded:
    lines = re.findall(rb"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+$", data)
    wide = [at for at, line in enumerate(lines) if not line.isascii()]
    bad = [at for at in wide if not _is_utf8(lines[at])]
    sample = [lines[at] for at in bad[:_SAMPLE_LINES]]
    if data.startswith(codecs.BOM_UTF8) or len(wide) - len(bad) > len(bad) * 0.3:  # a UTF-8 file with other lines in it
        guess = _guess(sample)
        parts = [line.decode("utf-8", "replace") if line.isascii() else "" for line in lines]
        for at in wide:
            parts[at] = _mended(lines[at], guess)
        return Decoded("".join(parts).removeprefix("\ufeff"), "utf-8", False, frozenset(at + 1 for at in bad), guess)
    guess = _guess(sample)
    return Decoded(data.decode(guess, "replace"), guess, guessed=True)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _mended(line: bytes, guess: str) -> str:
    """A line in which UTF-8 stays what it is, and the rest is read as ``guess``."""
    if not re.search(rb"[\xc3-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}", line):
        return line.decode(guess, "replace") if not _is_utf8(line) else line.decode("utf-8")
    parts = line.decode("utf-8", "surrogateescape")
    return re.sub(
        "[\udc80-\udcff]+",
        lambda found: found[0].encode("utf-8", "surrogateescape").decode(guess, "replace"),
        parts,
    )


def _guess(lines: list[bytes]) -> str:
    best, best_score = "cp1252", -99.0
    for name in _CANDIDATES:
        score = _score(lines, name)
        if score > best_score + 0.01:
            best, best_score = name, score
    return best


def _score(lines: list[bytes], name: str) -> float:
    """How ordinary the letters are that ``name`` makes of the bytes: 1 for nothing but everyday ones."""
    letters = 0
    weight = 0.0
    for line in lines:
        text = line.decode(name, "replace")
        for before, character, after in _neighbours(text):
            letters += 1
            weight += _weight(before, character, after, name)
    return weight / letters if letters else -99.0


def _neighbours(text: str) -> Iterator[tuple[str, str, str]]:
    for at, character in enumerate(text):
        if character > "\x7f":
            yield text[at - 1] if at else " ", character, text[at + 1] if at + 1 < len(text) else " "


def _weight(before: str, character: str, after: str, name: str) -> float:
    kind = unicodedata.category(character)
    if character == "\ufffd" or kind in {"Cc", "Co", "Cn"}:
        return -5
    if name in _COMMON:
        return _weight_in_set(character, name)
    if kind[0] != "L":
        within = before.isalpha() and after.isalpha()
        return (0.9 if character in "’–" else -2) if within else (0.9 if character in _MARKS else -0.2)
    weight = 1.0 if character.lower() in _LETTERS[name] or character in _LETTERS[name] else -1.0
    if character in _RARE:
        weight = 0.3
    if character.isupper() and before.islower():
        weight -= 2
    if character.islower() and before.isupper() and after.isupper():
        weight -= 2
    if name in _LATIN_SETS and before > "\x7f" and after > "\x7f" and before.isalpha() and after.isalpha():
        weight -= 1.5
    if name not in _LATIN_SETS and before.isascii() and before.isalpha():
        weight -= 1
    if name not in _LATIN_SETS and character.islower() and not before.isalpha():
        weight -= 0.3  # names begin with a capital where the script has them
    return weight


@cache
def _weight_in_set(character: str, name: str) -> float:
    try:
        code = character.encode(name)
    except UnicodeEncodeError:
        return -5
    if name in {"gb18030", "cp949", "big5"} and "\u3040" <= character <= "\u30ff":
        return -0.3
    if unicodedata.category(character)[0] in "PSNZ":
        return 0.2
    return 0.95 if _COMMON[name](code) else -1.0
