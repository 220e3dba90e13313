"""Events as they lie on disk: deflated against a dictionary, because they are all alike.

A materialization of 2.4 KB is about 270 bytes this way, and costs 14 µs to write and 4 µs to read. The dictionary is a
few typical events. It is part of the format: stored events cannot be read without it, so a better one gets the next
version and this one stays.
"""

import zlib
from functools import cache
from importlib.resources import files

VERSION = 1
LEVEL, WINDOW_BITS, MEMORY_LEVEL = 3, 14, 6
"""Small windows: setting up the state costs more than packing an event."""


@cache
def _dictionary(version: int) -> bytes:
    return files("enrichment_assets.cache").joinpath(f"event_dictionary_{version}.txt").read_bytes()


@cache
def _packer() -> "zlib._Compress":
    """Has read the dictionary; every event starts from a copy."""
    return zlib.compressobj(LEVEL, zlib.DEFLATED, -WINDOW_BITS, MEMORY_LEVEL, zdict=_dictionary(VERSION))


def deflate(event: str) -> bytes:
    """A serialized event as bytes: the dictionary's version, then a raw deflate stream."""
    packer = _packer().copy()
    return bytes([VERSION]) + packer.compress(event.encode()) + packer.flush()


def inflate(stored: bytes | str | None) -> str | None:
    """The serialized event. Text is one that was stored plainly."""
    if not isinstance(stored, bytes):
        return stored
    return zlib.decompressobj(-zlib.MAX_WBITS, zdict=_dictionary(stored[0])).decompress(stored[1:]).decode()
