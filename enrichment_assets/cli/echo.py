"""What reaches a terminal, and a standard output that must not end a run because nobody reads on.

Names, reasons and pages are strangers' words: a terminal would carry out what it takes for its controls. Everything a
command prints goes through ``say``, or through ``plain`` where rich lays it out; a test looks that nothing else does.
With ``--json`` standard output holds the one document of ``tell`` alone, and what is said goes to standard error; with
``--quiet`` only errors are said.
"""

import logging
import os
import re
import sys
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.console import Console

JSON: Final = "enrichment_assets.json"
QUIET: Final = "enrichment_assets.quiet"
_CONTROLS = re.compile(
    r"[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    r"\ud800-\udfff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)
"""C0 and C1 controls, line and paragraph separators, direction marks, joiners, tags: what acts unseen."""


def plain(text: str) -> str:
    """Text from data as one line that a terminal only shows."""
    return text if text.isascii() and text.isprintable() else _CONTROLS.sub(" ", text)


def is_asked(mode: str) -> bool:
    """Whether the command that is running was called with ``--json`` (JSON) or ``--quiet`` (QUIET)."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.meta.get(mode))


def say(text: object = "", *, err: bool = False) -> None:
    """Print lines. Where the reader has gone away (``| head``) the rest goes nowhere: the run is being paid for."""
    if not err and is_asked(QUIET):
        return
    _print("\n".join(map(plain, str(text).split("\n"))), err=err or is_asked(JSON))


def tell(document: "BaseModel") -> None:
    """With ``--json``: print the document that answers the command. Otherwise nothing."""
    if is_asked(JSON):
        _print(document.model_dump_json(indent=2), err=False)


def confirm(question: str) -> None:
    """Ask, and end the command where the answer is no. With ``--json`` standard output stays free for the document."""
    click.confirm(plain(question), abort=True, err=is_asked(JSON))


def terminal() -> "Console":
    """Rich's terminal for what ``say`` would print; every text still goes through ``plain``."""
    from rich.console import Console  # noqa: PLC0415 - `enrich --help` stays quick

    context = click.get_current_context(silent=True)
    without_color = context is not None and context.color is False
    return Console(
        highlight=False, soft_wrap=True, stderr=is_asked(JSON), quiet=is_asked(QUIET), no_color=without_color or None
    )


def _print(text: str, *, err: bool) -> None:
    try:
        click.echo(text, err=err)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _PlainFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(map(plain, super().format(record).split("\n")))


def log_plainly() -> None:
    """Warnings reach the terminal as everything else does."""
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(_PlainFormatter())
