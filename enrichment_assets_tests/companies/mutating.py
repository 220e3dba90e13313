"""Well-formed lists, and what happens to lists on their way: edits whose right reading is known.

Every list is written by Python's csv, so its rows are known. An edit changes characters in one or two places, or does
to the whole list what tools and people do to lists; what the rows are then is worked out here from the lines, without
the product's reader.
"""

import csv
import io
import random
from collections.abc import Callable
from dataclasses import dataclass, replace

_NAMES = ("Acme", "Beta Tools", "Gamma, Inc", 'Delta "D" Ops', "Müller & Söhne", "Ålesund Fisk", "L'Oréal", "Eps\nLabs")
_NOTES = ("", "ok", "5 stars", "makes arms, legs and more", "two\nlines", "three\nlines, with\ncommas", '6" pipes', "-")
_CITIES = ("Berlin", "Paris, TX", "", "São Paulo", "Łódź")


@dataclass(frozen=True)
class Made:
    """A list as text; its rows with the header; how it is written."""

    text: str
    rows: list[list[str]]
    separator: str
    newline: str
    quoting: int

    @property
    def below(self) -> int:
        """Where the first record below the header begins."""
        return len(written(self.rows[:1], self.separator, self.newline, self.quoting))


@dataclass(frozen=True)
class Mutated:
    """An edited list as bytes, and the domains of its rows, in order; None is a row that is no company."""

    data: bytes
    domains: list[str | None]
    edits: str


def well_formed(rng: random.Random) -> tuple[list[list[str]], str, str, int]:
    """Rows with their header, the separator, the line end, and csv's quoting."""
    rows = [["Company", "Website", "Note", "City"][: rng.choice((2, 3, 4))]]
    width = len(rows[0])
    multiline = rng.random() < 0.4
    for number in range(rng.randint(1, 12)):
        names = _NAMES if multiline else _NAMES[:-1]
        notes = _NOTES if multiline else [note for note in _NOTES if "\n" not in note]
        rows.append(
            [
                rng.choice(names),
                f"firm-{number}.{rng.choice(('com', 'de', 'io'))}",
                rng.choice(notes),
                rng.choice(_CITIES),
            ][:width]
        )
    quoting = rng.choice((csv.QUOTE_MINIMAL, csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    return rows, rng.choice((",", ",", ";", "\t", "|")), rng.choice(("\n", "\n", "\r\n")), quoting


def written(rows: list[list[str]], separator: str, newline: str, quoting: int) -> str:
    buffer = io.StringIO(newline="")
    csv.writer(buffer, delimiter=separator, lineterminator=newline, quoting=quoting).writerows(rows)
    return buffer.getvalue()


def mutated(seed: int) -> Mutated:
    rng = random.Random(seed)
    rows, separator, newline, quoting = well_formed(rng)
    made = Made(written(rows, separator, newline, quoting), rows, separator, newline, quoting)
    domains: list[str | None] = [row[1] for row in rows[1:]]
    names = []
    if rng.random() < 0.1:  # within the last record, of which something is left
        last = len(written(rows[:-1], separator, newline, quoting))
        made = replace(made, text=made.text[: rng.randrange(last + 3, len(made.text) + 1)])
        names.append("truncate")
    if rng.random() < 0.15:
        kind = rng.choice(tuple(_WHOLES))
        names.append(kind)
        made, domains = _WHOLES[kind](made, domains, rng)
    kinds = [rng.choice(tuple(_EDITS)) for _ in range(rng.choice((1, 1, 1, 2, 2, 3)))]
    if (
        "drop_quote" in kinds and sum(kind in _QUOTING for kind in (*kinds, *names)) > 1
    ):  # a cell's two quotes moved: two other rows
        kinds = [kind for kind in kinds if kind != "drop_quote"]
    # What lands in a blank line makes it a row: blank lines come last.
    for kind in sorted(kinds, key=lambda kind: kind in _LATE):
        names.append(kind)
        made = replace(made, text=_EDITS[kind](made, rng))
    encoding = rng.choice(("utf-8",) * 12 + ("utf-8-sig", "utf-16", "cp1252"))
    data = made.text.encode(encoding, "ignore")
    if encoding == "utf-8" and "byte" in kinds:
        data = _with_byte(data, len(made.text[: made.below].encode()), rng)
    return Mutated(data, domains, "+".join([*names, *[encoding] * (encoding != "utf-8")]))


def _with_byte(data: bytes, below: int, rng: random.Random) -> bytes:
    """One byte more, not of UTF-8, behind a letter below the header."""
    letters = [at for at in range(below, len(data) + 1) if data[at - 1 : at].isalnum()] or [len(data)]
    at = rng.choice(letters)
    return data[:at] + bytes([rng.randrange(128, 256)]) + data[at:]


def _place(made: Made, rng: random.Random) -> int:
    """Anywhere below the header but between CR and LF: what stands there is a line of its own."""
    at = rng.randrange(min(made.below, len(made.text) - 1), len(made.text))
    return at - (made.text[at - 1 : at + 1] == "\r\n")


def _separators(made: Made) -> list[int]:
    return [at for at in range(made.below, len(made.text)) if made.text[at] == made.separator]


def _line_begins(made: Made) -> list[int]:
    return [at + 1 for at in range(len(made.text)) if made.text[at] == "\n"] or [len(made.text)]


def _inserted(*what: str) -> Callable[[Made, random.Random], str]:
    def edit(made: Made, rng: random.Random) -> str:
        at = _place(made, rng)
        return made.text[:at] + (rng.choice(what) or made.separator) + made.text[at:]

    return edit


def _quotes(made: Made, rng: random.Random) -> str:
    places = _separators(made) or [_place(made, rng)]
    first, last = sorted((rng.choice(places), rng.choice(places)))
    return made.text[: first + 1] + '"' + made.text[first + 1 : last] + '"' + made.text[last:]


def _drop_quote(made: Made, rng: random.Random) -> str:
    places = [at for at, character in enumerate(made.text) if character == '"' and at >= made.below]
    at = rng.choice(places) if places else len(made.text)
    return made.text[:at] + made.text[at + 1 :]


def _drop_separator(made: Made, rng: random.Random) -> str:
    at = rng.choice(_separators(made) or [len(made.text)])
    return made.text[:at] + made.text[at + 1 :]


def _spaces(made: Made, rng: random.Random) -> str:
    at = rng.choice(_separators(made) or [_place(made, rng)])
    return made.text[: at + 1] + rng.choice((" ", "  ", "\xa0")) + made.text[at + 1 :]


def _blank_line(made: Made, rng: random.Random) -> str:
    at = rng.choice(_line_begins(made))
    blank = rng.choice(("", " ", '""', "" if made.separator == "\t" else "\t"))
    return made.text[:at] + blank + made.newline + made.text[at:]


def _bom_within(made: Made, rng: random.Random) -> str:
    at = rng.choice(_line_begins(made))
    return made.text[:at] + "\ufeff" + made.text[at:]


def _other_ends(made: Made, _: random.Random) -> str:
    return made.text.replace("\r\n", "\n") if made.newline == "\r\n" else made.text.replace("\n", "\r\n")


def _mixed_ends(made: Made, rng: random.Random) -> str:
    lines = made.text.replace("\r\n", "\n").split("\n")
    return "".join(line + rng.choice(("\n", "\r\n")) for line in lines[:-1]) + lines[-1]


def _swap_end(made: Made, rng: random.Random) -> str:
    at = rng.choice(_line_begins(made))
    return made.text[: at - 1].rstrip("\r") + "\r" + made.text[at:]


def _trailing_separators(made: Made, _: random.Random) -> str:
    return made.text.rstrip("\r\n") + made.separator * 2 + made.newline


_EDITS: dict[str, Callable[[Made, random.Random], str]] = {
    "quote": _inserted('"'),
    "quote_again": _inserted('"'),
    "two_quotes": _inserted('""'),
    "typographic": _inserted("“", "”", "'", "`"),
    "quotes": _quotes,
    "drop_quote": _drop_quote,
    "drop_separator": _drop_separator,
    "add_separator": _inserted(""),
    "other_separator": _inserted(",", ";", "\t", "|"),
    "spaces": _spaces,
    "escape": _inserted("\\"),
    "escaped_quotes": lambda made, _: made.text.replace('""', '\\"'),
    "nul": _inserted("\x00"),
    "no_line_end": _inserted("\x85", "\u2028", "\u2029", "\x0b", "\x0c", "\x1c", "\x1e", "\xa0"),
    "byte": lambda made, _: made.text,
    "trailing_separators": _trailing_separators,
    "no_last_end": lambda made, _: made.text.rstrip("\r\n"),
    "other_ends": _other_ends,
    "mixed_ends": _mixed_ends,
    "swap_end": _swap_end,
    "blank_line": _blank_line,
    "bom_within": _bom_within,
}
_QUOTING = frozenset(("drop_quote", "quote", "quote_again", "two_quotes", "quotes", "truncate"))
_LATE = frozenset(("other_ends", "mixed_ends", "swap_end", "blank_line", "bom_within"))

_Domains = list[str | None]
_Whole = Callable[[Made, _Domains, random.Random], tuple[Made, _Domains]]


def _glued(made: Made, domains: _Domains, rng: random.Random) -> tuple[Made, _Domains]:
    """The same export once more, header included."""
    part = rng.randint(1, len(made.rows) - 1)
    again = made.rows[: part + 1]
    end = "" if made.text.endswith("\n") else made.newline
    text = made.text + end + rng.choice(("", "\ufeff")) + _as_written(made, again)
    return replace(made, text=text), [*domains, None, *(row[1] for row in again[1:])]


def _glued_other(made: Made, domains: _Domains, rng: random.Random) -> tuple[Made, _Domains]:
    """Another export below, with its columns in another order."""
    order = list(range(len(made.rows[0])))
    order = order[1:] + order[:1] if rng.random() < 0.5 else order[::-1]
    if order[:2] == [0, 1]:
        order = order[::-1]
    end = "" if made.text.endswith("\n") else made.newline
    text = made.text + end + _as_written(made, [[row[at] for at in order] for row in made.rows])
    return replace(made, text=text), [*domains, None, *domains]


def _header_twice(made: Made, domains: _Domains, _: random.Random) -> tuple[Made, _Domains]:
    return replace(made, text=made.text[: made.below] + made.text), [None, *domains]


def _preamble(made: Made, domains: _Domains, rng: random.Random) -> tuple[Made, _Domains]:
    """Remarks above the header, with separators and quotes in them."""
    remarks = ("Report: accounts, all; 2024", "Filter|status|open,closed", 'Made by "Ada"', "", ",,,", "As of\t3 May")
    above = "".join(remark + made.newline for remark in rng.sample(remarks, rng.randint(1, 3)))
    return replace(made, text=above + made.text), domains


def _padded(made: Made, domains: _Domains, _: random.Random) -> tuple[Made, _Domains]:
    """Every record with separators behind, as spreadsheets write empty columns."""
    rows = [[*row, "", ""] for row in made.rows]
    return replace(made, text=_as_written(made, rows), rows=rows), domains


def _quoted_lines(made: Made, domains: _Domains, _: random.Random) -> tuple[Made, _Domains]:
    """Every record a single quoted cell."""
    if any("\n" in cell for row in made.rows for cell in row):
        return made, domains
    lines = [_as_written(replace(made, newline=""), [row]) for row in made.rows]
    quoted = ['"' + line.replace('"', '""') + '"' + made.newline for line in lines]
    return replace(made, text="".join(quoted), rows=[[quoted[0]], *made.rows[1:]]), domains


def _carriage_returns(made: Made, domains: _Domains, _: random.Random) -> tuple[Made, _Domains]:
    """Line ends of the old Macintosh, between records and within cells."""
    return replace(made, text=made.text.replace("\r\n", "\n").replace("\n", "\r"), newline="\r"), domains


def _as_written(made: Made, rows: list[list[str]]) -> str:
    return written(rows, made.separator, made.newline, made.quoting)


_WHOLES: dict[str, _Whole] = {
    "glued": _glued,
    "glued_other": _glued_other,
    "header_twice": _header_twice,
    "preamble": _preamble,
    "padded": _padded,
    "quoted_lines": _quoted_lines,
    "carriage_returns": _carriage_returns,
}
