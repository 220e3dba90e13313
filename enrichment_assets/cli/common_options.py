"""The options that every command has, and ``--json``, which says what its document looks like."""

import os
from collections.abc import Callable
from typing import Any, Final, TypeVar

import click

from enrichment_assets.cli.echo import JSON, QUIET

Command = TypeVar("Command", bound=Callable[..., Any])
_DOCUMENT: Final = "enrichment_document"


def _asked(mode: str) -> Callable[[click.Context, click.Parameter, bool], None]:
    def set_mode(context: click.Context, _option: click.Parameter, given: bool) -> None:
        context.meta[mode] = given or context.meta.get(mode, False)

    return set_mode


def _without_color(context: click.Context, _option: click.Parameter, given: bool) -> None:
    if given:
        context.color = False
        os.environ["NO_COLOR"] = "1"  # of the processes it starts


def common_options() -> tuple[click.Option, ...]:
    """``--quiet`` and ``--no-color``, made anew for a command."""
    return (
        click.Option(
            ["-q", "--quiet"],
            is_flag=True,
            expose_value=False,
            callback=_asked(QUIET),
            help="Say nothing but errors (and the document, with --json).",
        ),
        click.Option(
            ["--no-color"],
            is_flag=True,
            expose_value=False,
            callback=_without_color,
            help="No colours, as with NO_COLOR in the environment.",
        ),
    )


def answers(document: Any) -> Callable[[Command], Command]:
    """Give a command ``--json``: it then prints one document of this pydantic model (or union of models) by ``tell``.

    Stands directly below ``@click.command``. Its JSON schema is published in the reference.
    """

    def decorate(function: Command) -> Command:
        option = click.option(
            "--json",
            is_flag=True,
            expose_value=False,
            callback=_asked(JSON),
            help="Print one JSON document; everything else goes to standard error.",
        )
        command = option(function)
        setattr(command, _DOCUMENT, document)
        return command

    return decorate


def document_of(command: click.Command) -> Any:
    """The model of what a command prints with ``--json``; None where it has no such option."""
    return getattr(command.callback, _DOCUMENT, None)


def with_common_options(command: click.Command) -> click.Command:
    """The command, and those inside it, with the options that every command has."""
    if isinstance(command, click.Group):
        for inner in command.commands.values():
            with_common_options(inner)
    elif not any(option.name == "quiet" for option in command.params):
        command.params += common_options()
    return command
