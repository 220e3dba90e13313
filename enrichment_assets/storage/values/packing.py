"""Values in a database, gzipped where that saves something: a payload is a third of its size then.

Of an object store the name says what is gzipped (``.json.gz``), in a database the first bytes do (RFC 1952 §2.3.1).
"""

import gzip
import zlib
from typing import Final

LEVEL: Final = 1
"""Of zlib: the quickest; the best saves another tenth and takes several times as long."""
MEMORY_LEVEL: Final = 6
"""For the few kilobytes of most values and answers zlib's own window of 15 bits and memory of 8 find no more, and
clearing them takes 10 times as long as compressing."""
MAGIC: Final = b"\x1f\x8b"
LEAST: Final = 2_000
"""Bytes of a value worth a tenth of a millisecond. Nearly all bytes are in those above: payload, openings, news."""
WINDOW_BITS: Final = 14
GZIP: Final = 16
"""Added to the bits of the window: https://docs.python.org/3/library/zlib.html#zlib.compressobj"""


def deflated(content: bytes, window_bits: int) -> bytes:
    """The content by zlib."""
    compressor = zlib.compressobj(LEVEL, zlib.DEFLATED, window_bits, MEMORY_LEVEL)
    return compressor.compress(content) + compressor.flush()


def gzipped(content: bytes) -> bytes:
    """The content as a gzip member without a time, the same for the same content."""
    return deflated(content, GZIP + WINDOW_BITS)


def packed(content: bytes) -> bytes:
    """The content as it is written."""
    if len(content) < LEAST or content.startswith(MAGIC):
        return content
    return gzipped(content)


def unpacked(content: bytes) -> bytes:
    """What was packed, or is as it was. Raises OSError, EOFError and zlib.error for what is damaged."""
    return gzip.decompress(content) if content.startswith(MAGIC) else content
