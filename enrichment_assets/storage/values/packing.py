"""Values in a database, gzipped where that saves something: a payload is a third of its size then.

Of an object store the name says what is gzipped (``.json.gz``), in a database the first bytes do (RFC 1952 §2.3.1).
"""

import gzip
from typing import Final

LEVEL: Final = 1
MAGIC: Final = b"\x1f\x8b"
LEAST: Final = 2_000
"""Bytes of a value worth a tenth of a millisecond. Nearly all bytes are in those above: payload, openings, news."""


def packed(content: bytes) -> bytes:
    """The content as it is written."""
    if len(content) < LEAST or content.startswith(MAGIC):
        return content
    return gzip.compress(content, LEVEL, mtime=0)


def unpacked(content: bytes) -> bytes:
    """What was packed, or is as it was. Raises OSError, EOFError and zlib.error for what is damaged."""
    return gzip.decompress(content) if content.startswith(MAGIC) else content
