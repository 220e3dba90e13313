"""What reaches a terminal, and a standard output that must not end a run because nobody reads on.

Names, reasons and pages are strangers' words: a terminal would carry out what it takes for its controls. Everything a
command prints goes through ``say``, or through ``plain`` where rich lays it out; a test looks that nothing else does.
"""

import logging
import os
import re
import sys

import click

_CONTROLS = re.compile(
    r"[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    r"\ud800-\udfff\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)
"""C0 and C1 controls, line and paragraph separators, direction marks, joiners, tags: what acts unseen."""


def plain(text: str) -> str:
    """Text from data as one line that a terminal only shows."""
    return text if text.isascii() and text.isprintable() else _CONTROLS.sub(" ", text)


def say(text: object = "", *, err: bool = False) -> None:
    """Print lines. Where the reader has gone away (``| head``) the rest goes nowhere: the run is being paid for."""
    try:
        click.echo("\n".join(map(plain, str(text).split("\n"))), err=err)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class _PlainFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return "\n".join(map(plain, super().format(record).split("\n")))


def log_plainly() -> None:
    """Warnings reach the terminal as everything else does."""
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(_PlainFormatter())
