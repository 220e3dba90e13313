"""Well-formed lists, and what happens to lists on their way: edits whose right reading is known.

Every list is written by Python's csv, so its rows are known. An edit changes bytes in one or two places; what the
rows are then is worked out here from the lines, without the product's reader.
"""

import csv
import io
import random
from dataclasses import dataclass

_NAMES = ("Acme", "Beta Tools", "Gamma, Inc", 'Delta "D" Ops', "Müller & Söhne", "Ålesund Fisk", "L'Oréal", "Eps\nLabs")
_NOTES = ("", "ok", "5 stars", "makes arms, legs and more", "two\nlines", "three\nlines, with\ncommas", '6" pipes', "-")
_CITIES = ("Berlin", "Paris, TX", "", "São Paulo", "Łódź")


@dataclass(frozen=True)
class Made:
    """A list as bytes, the domains of its rows in order, and how many records stand below the header."""

    data: bytes
    domains: list[str]
    edits: tuple[str, ...]


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


def mutated(seed: int) -> tuple[bytes, list[str], str]:
    """Bytes of an edited list, the domains that a reader must find in order, and the edits' names."""
    rng = random.Random(seed)
    rows, separator, newline, quoting = well_formed(rng)
    text = written(rows, separator, newline, quoting)
    domains = [row[1] for row in rows[1:]]
    names = []
    lead, encoding = b"", "utf-8"
    if rng.random() < 0.1:  # within the last record, which is then still one
        last = len(written(rows[:-1], separator, newline, quoting))
        text = text[: rng.randrange(last + 1, len(text) + 1)]
        names.append("truncate")
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3))):
        kind = rng.choice(EDITS)
        names.append(kind)
        if kind == "bom":
            lead = b"\xef\xbb\xbf"
        elif kind == "utf16":
            encoding = "utf-16"
        else:
            text = _edit(kind, text, separator, newline, rng)
    data = text.encode(encoding)
    data = data if encoding == "utf-16" else lead + data
    if "byte" in names and encoding == "utf-8":
        at = rng.randrange(len(data))
        at -= data[at - 1 : at + 1] == b"\r\n"
        data = data[:at] + bytes([rng.randrange(128, 256)]) + data[at:]
    return data, domains, "+".join(names)


EDITS = (
    "quote", "quote", "quote", "quotes", "drop_separator", "add_separator", "blank_line", "spaces", "bom", "utf16",
    "byte",     "line_ends", "no_last_end", "trailing_separators", "nul", "backslash", "swap_end",
)  # fmt: skip


def _edit(kind: str, text: str, separator: str, newline: str, rng: random.Random) -> str:
    header_end = text.find(newline) + len(newline)
    at = rng.randrange(min(header_end, len(text) - 1), len(text))
    at -= text[at - 1 : at + 1] == "\r\n"  # what stands between the two is a line of its own
    places = [place for place in range(header_end, len(text)) if text[place] == separator]
    ends = [place + 1 for place in range(len(text)) if text[place] == "\n"]
    match kind:
        case "quote":
            return text[:at] + '"' + text[at:]
        case "quotes":
            place = rng.choice(places or [at])
            other = rng.choice(places or [at])
            first, last = sorted((place, other))
            return text[: first + 1] + '"' + text[first + 1 : last] + '"' + text[last:]
        case "drop_separator" if places:
            place = rng.choice(places)
            return text[:place] + text[place + 1 :]
        case "add_separator":
            return text[:at] + separator + text[at:]
        case "blank_line":
            place = rng.choice(ends or [len(text)])
            return text[:place] + newline + text[place:]
        case "spaces":
            place = rng.choice(places or [at])
            return text[: place + 1] + " " + text[place + 1 :]
        case "line_ends":
            return text.replace("\r\n", "\n") if newline == "\r\n" else text.replace("\n", "\r\n")
        case "no_last_end":
            return text.rstrip("\r\n")
        case "trailing_separators":
            return text.rstrip("\r\n") + separator * 2 + newline
        case "nul":
            return text[:at] + "\x00" + text[at:]
        case "backslash":
            return text.replace('""', '\\"')
        case "swap_end":
            place = rng.choice(ends or [len(text)])
            return text[: place - 1].rstrip("\r") + "\r" + text[place:]
    return text
