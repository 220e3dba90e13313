"""Links that stand for another link: mail gateways, search engines' and networks' redirects, translators, archives.

Rows of ``data/wrappers.csv``; ``how`` the target stands in the link:

``param``  as the value of ``key``     ``proofpoint``  the same, with ``-3A`` for ``%3A`` and ``_`` for ``/``
``base64``  the same, as ``a1`` and base64url     ``between``  in the path between two ``key``
``last``  percent-encoded at the end of the path     ``after``  in the path, after a date
``dashes``  as the first label: ``-`` for ``.``, ``--`` for ``-``
"""

import base64
import binascii
import csv
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import unquote

from enrichment_assets.companies.platforms import everywhere

_DATA: Final = Path(__file__).parent / "data" / "wrappers.csv"


class Wrapper(NamedTuple):
    """Where a wrapper is found, and how its target is."""

    path: str
    how: str
    key: str


def target_of(host: str, rest: str) -> str | None:
    """The target of a link by its host and what follows it; "" where the link hides it, None where it wraps nothing."""
    found = False
    for wrapper in _on(host):
        if not rest.startswith(wrapper.path) and not (wrapper.path == "/" and rest[:1] in ("", "?")):
            continue
        found = True
        if target := _target(wrapper, host, rest):
            return target
    return "" if found else None


def hosts() -> frozenset[str]:
    """Every host that wraps links, or below which hosts do."""
    return frozenset(_wrappers())


@cache
def _wrappers() -> dict[str, list[Wrapper]]:
    found: dict[str, list[Wrapper]] = {}
    with _DATA.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            for host in everywhere(row["host"]):
                found.setdefault(host, []).append(Wrapper(row["path"], row["how"], row["key"]))
    return found


def _on(host: str) -> Iterator[Wrapper]:
    labels = host.split(".")
    for at in range(len(labels) - 1):
        yield from _wrappers().get(".".join(labels[at:]), ())


def _target(wrapper: Wrapper, host: str, rest: str) -> str | None:
    target = _IN_PATH[wrapper.how](wrapper, host, rest) if wrapper.how in _IN_PATH else _in_query(wrapper, rest)
    return target if target and "." in target else None


def _dashes(_: Wrapper, host: str, __: str) -> str:
    return host.partition(".")[0].replace("--", "\x00").replace("-", ".").replace("\x00", "-")


def _between(wrapper: Wrapper, _: str, rest: str) -> str:
    parts = rest.split(wrapper.key)
    return parts[1] if len(parts) > 2 else ""


def _last(_: Wrapper, __: str, rest: str) -> str:
    return unquote(rest.partition("?")[0].rpartition("/")[2])


def _after(_: Wrapper, __: str, rest: str) -> str:
    found = re.match(r"/web/[0-9a-z_*]+/(.+)", rest)
    return found[1] if found else ""


_IN_PATH: Final = {"dashes": _dashes, "between": _between, "last": _last, "after": _after}


def _in_query(wrapper: Wrapper, rest: str) -> str | None:
    value = _param(rest, wrapper.key)
    if value is None:
        return None
    if wrapper.how == "proofpoint":
        return unquote(re.sub(r"-(?=[0-9A-F]{2})", "%", value).replace("_", "/"))
    return _from_base64(value.removeprefix("a1")) if wrapper.how == "base64" else unquote(value)


def _param(rest: str, key: str) -> str | None:
    query = re.split(r"[?&;]", rest)
    return next((part.partition("=")[2] for part in query if part.partition("=")[0] == key), None)


def _from_base64(text: str) -> str | None:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
