"""Sandbox and reality, kept apart: a home belongs to one of them, and both look before they touch it.

The file ``side`` in a home says ``sandbox`` or ``real``. A new home becomes the side of whoever opens it first. One
that was made before there was such a file is real, unless it is the ``sandbox`` folder.
"""

import os
from pathlib import Path
from typing import Literal

from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from enrichment_assets.core.errors import MisconfiguredError
from enrichment_assets.core.private import keep_private
from enrichment_assets.core.settings import Settings

Side = Literal["real", "sandbox"]

FILE = "side"
SANDBOX_FOLDER = "sandbox"
USED = ("dagster.yaml", "enrichment.db", "artifacts")
"""A home with any of these has been used."""


def check_side(settings: Settings, home: Path | None = None) -> None:
    """Look only. ``home``: Dagster's, where it is not the settings'.

    Raises MisconfiguredError for sandbox settings at a real home and for real settings at a sandbox's.
    """
    own: Side = "sandbox" if settings.enrichment_sandbox else "real"
    place = home or settings.dagster_home
    if side_of(place) not in {own, None}:
        raise MisconfiguredError("settings", f"DAGSTER_HOME is {place}: {_REFUSALS[own]}")
    if own == "real":
        for name, path in _named(settings).items():
            if any(side_of(folder) == "sandbox" for folder in (path, *path.parents)):
                raise MisconfiguredError("settings", f"{name} is in {path}: {_REFUSALS[own]}")


def keep_apart(settings: Settings, home: Path | None = None) -> None:
    """The same, and a home that nobody has used becomes this side's. Raises MisconfiguredError."""
    place = home or settings.dagster_home
    check_side(settings, home)
    if _said(place) is None:
        own: Side = "sandbox" if settings.enrichment_sandbox else "real"
        try:
            keep_private(place)
            place.mkdir(parents=True, exist_ok=True)
            _write(place / FILE, own)
        except OSError as error:
            message = f"DAGSTER_HOME is {place}, which is unusable: {error.strerror}"
            raise MisconfiguredError("settings", message) from error
        check_side(settings, home)  # somebody else may have been quicker


def side_of(home: Path) -> Side | None:
    """Whose home it is; None for one that nobody has used."""
    said = _said(home)
    if said is None and any((home / name).exists() for name in USED):
        return "sandbox" if home.name == SANDBOX_FOLDER else "real"
    return said


def _said(home: Path) -> Side | None:
    try:
        text = (home / FILE).read_text(encoding="utf-8").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        message = f"DAGSTER_HOME is {home}, which is unusable: {error.strerror}"
        raise MisconfiguredError("settings", message) from error
    if text in _REFUSALS:
        return "sandbox" if text == "sandbox" else "real"
    raise MisconfiguredError("settings", f"{home / FILE} says neither sandbox nor real: whose home is this?")


def _write(path: Path, side: Side) -> None:
    """Complete or not at all, and never over what is there."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(f"{side}\n", encoding="utf-8")
    try:
        os.link(beside, path)
    except FileExistsError:
        pass
    finally:
        beside.unlink()


def _named(settings: Settings) -> dict[str, Path]:
    """Settings that place state elsewhere on this machine's disk."""
    named: dict[str, Path] = {}
    for name in ("enrichment_store", "enrichment_answers", "enrichment_state_db"):
        given = getattr(settings, name)
        if not given or given == "off":
            continue
        if "://" not in given.removeprefix("file://"):
            named[name.upper()] = Path(given.removeprefix("file://")).expanduser().absolute()
            continue
        try:
            url = make_url(given)
        except ArgumentError:
            continue  # whoever opens it says what is wrong
        if url.get_backend_name() == "sqlite" and url.database:
            named[name.upper()] = Path(url.database).expanduser().absolute()
    return named


_REFUSALS: dict[Side, str] = {
    "real": "it belongs to the sandbox, and what that says is made up. Set DAGSTER_HOME to the real one, or add "
    "--sandbox to the command with DAGSTER_HOME unset",
    "sandbox": "it is a real one, and ENRICHMENT_SANDBOX is set. The sandbox never touches real state: use "
    "--sandbox, which has a home of its own, or set DAGSTER_HOME to a new folder",
}
