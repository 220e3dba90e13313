"""Standard output of a command that must not end because nobody reads on."""

import os
import sys

import click


def say(text: str) -> None:
    """Print a line. Where the reader has gone away (``| head``) the rest goes nowhere: the run is being paid for."""
    try:
        click.echo(text)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
