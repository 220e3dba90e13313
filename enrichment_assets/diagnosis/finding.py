"""What one look has found."""

from dataclasses import dataclass
from enum import StrEnum


class Grade(StrEnum):
    """OK; a run works but not as well as it could; a run fails."""

    OK = "OK"
    WARN = "WARN"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of ``enrich doctor``. ``remedy`` says what to do, wherever the grade is not OK."""

    subject: str
    grade: Grade
    said: str
    remedy: str = ""


def ok(subject: str, said: str) -> Finding:
    """All is well."""
    return Finding(subject, Grade.OK, said)


def warn(subject: str, said: str, remedy: str) -> Finding:
    """A run works, with less than there could be."""
    return Finding(subject, Grade.WARN, said, remedy)


def fail(subject: str, said: str, remedy: str) -> Finding:
    """A run cannot work."""
    return Finding(subject, Grade.FAIL, said, remedy)
