"""What a database's error means and what to do about it, in a sentence for a person."""

from typing import Final

from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

_SIGNS: Final = (
    (("disk is full", "no space left", "could not extend file", "disk quota"),
     "The disk is full. Make room, or `enrich prune`; what was paid for is stored, and the next run goes on there"),
    (("malformed", "not a database", "file is encrypted", "invalid page", "disk i/o error"),
     "The file is damaged. Restore it from its back-up (docs/upgrading.md), or try `sqlite3 FILE .recover`; what was "
     "bought lies in the values and answers"),
    (("readonly", "read-only", "permission denied for", "unable to open database"),
     "It cannot be written or opened by this user. Look at the rights of the file and its folder"),
    (("password authentication failed", "no password supplied"),
     "User or password is wrong"),
    (("does not exist",), "Create it, or correct the name in the URL"),
    (("locked",), "Another process has kept it for a minute. Is one stuck? For more than a few runs take Postgres"),
    (("too many clients", "remaining connection slots"),
     "Postgres has no connection left. Raise max_connections, or start fewer runs at once"),
    (("could not connect", "connection refused", "connection to server", "server closed the connection",
      "could not translate host", "timeout expired", "terminating connection", "starting up", "shutting down"),
     "Postgres does not answer. Is it running, and can this machine reach it? A run waits half a minute for it and "
     "then ends; `--resume` goes on and pays nothing twice"),
)  # fmt: skip
"""Parts of messages, in lower case, and what to do; the first that is found counts."""
DRIVER: Final = "Its driver is not installed: pip install 'enrichment-assets[postgres]' (in a checkout: '.[postgres]')"


def remedy(error: BaseException) -> str:
    """The error's first line, and what to do; no address with a password in it."""
    if isinstance(error, NoSuchModuleError | ModuleNotFoundError):
        return f"{_first_line(error)}. {DRIVER}"
    if isinstance(error, ArgumentError):
        return "it is no database URL. Write postgresql://USER:PASSWORD@HOST/NAME"
    said, what = explained(error)
    return f"{said}. {what}" if what else said


def explained(error: BaseException) -> tuple[str, str]:
    """What the database said, and what to do; nothing where that is not known."""
    said = _first_line(getattr(error, "orig", None) or error)
    return said, next((what for signs, what in _SIGNS if any(sign in said.lower() for sign in signs)), "")


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0].rstrip(".")


def database_error(error: BaseException | None) -> DBAPIError | None:
    """The database's error that another was raised from, or the error itself."""
    while error is not None and not isinstance(error, DBAPIError):
        error = error.__cause__
    return error
