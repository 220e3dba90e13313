"""Values in a database, gzipped where that saves something: a payload is a third of its size then.

Of an object store the name says what is gzipped (``.json.gz``), in a database the first bytes do (RFC 1952 §2.3.1).
"""

import gzip
import zlib
from typing import Final

LEVEL: Final = 1
MAGIC: Final = b"\x1f\x8b"
LEAST: Final = 2_000
"""Bytes of a value worth a tenth of a millisecond. Nearly all bytes are in those above: payload, openings, news."""


WINDOW_BITS: Final = 14
MEMORY_LEVEL: Final = 6
"""As large as most values need: clearing zlib's usual memory takes longer than compressing them."""


def gzipped(content: bytes) -> bytes:
    """The content as a gzip member without a time, the same for the same content."""
    compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, 16 + WINDOW_BITS, MEMORY_LEVEL)
    return compressor.compress(content) + compressor.flush()


def packed(content: bytes) -> bytes:
    """The content as it is written."""
    if len(content) < LEAST or content.startswith(MAGIC):
        return content
    return gzipped(content)


def unpacked(content: bytes) -> bytes:
    """What was packed, or is as it was. Raises OSError, EOFError and zlib.error for what is damaged."""
    return gzip.decompress(content) if content.startswith(MAGIC) else content
