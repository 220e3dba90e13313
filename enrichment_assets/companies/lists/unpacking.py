"""Bytes of a list, bounded: what is packed may not grow without end."""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, Protocol

from enrichment_assets.companies.lists.errors import UnreadableListError

MOST_BYTES: Final = 512 * 1024 * 1024
"""Of a list as text. Beyond it, split the list or give it as Parquet."""
_CHUNK: Final = 1024 * 1024
# Lists shrink to a fifth or a twentieth; what grows beyond these two is a bomb.
_FREE_BYTES: Final = 64 * 1024 * 1024
_MOST_GROWTH: Final = 100


class _Unpacker(Protocol):
    """What the standard library's decompressors have in common, zlib's through ``_Gzip``."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = -1) -> bytes: ...


class _Gzip:
    """zlib's decompressor with the interface of the other two."""

    def __init__(self) -> None:
        self._inner = zlib.decompressobj(wbits=31)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int = -1) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max(max_length, 0))


_PACKED: Final[tuple[tuple[bytes, str, Callable[[], _Unpacker]], ...]] = (
    (b"\x1f\x8b", "gzip", _Gzip),
    (b"BZh", "bzip2", bz2.BZ2Decompressor),
    (b"\xfd7zXZ", "xz", lzma.LZMADecompressor),
)


def is_packed(start: bytes) -> bool:
    """Whether bytes that begin so are packed."""
    return any(start.startswith(magic) for magic, _, _ in _PACKED)


def read_bytes(path: Path, most: int | None = None) -> bytes:
    """A file's bytes, unpacked; no more than the first ``most``.

    Raises UnreadableListError for one that is damaged or grows beyond all measure, OSError where it cannot be read.
    """
    limit = MOST_BYTES if most is None else most
    with path.open("rb") as file:
        head = file.read(_CHUNK if most is None else min(most, _CHUNK))
        if is_packed(head):
            return unpacked(head + file.read(MOST_BYTES), most)
        if most is None:
            file.seek(0)
            return _bounded(file.read(limit + 1), None)  # in one piece: a list may be large
        data = head + file.read(limit + 1 - len(head))
    return _bounded(data, most)


def unpacked(data: bytes, most: int | None = None) -> bytes:
    """The bytes, unpacked where they are packed; bounded like ``read_bytes``."""
    for magic, kind, make in _PACKED:
        if data.startswith(magic):
            parts, total, limit = [], 0, min(MOST_BYTES, max(_FREE_BYTES, len(data) * _MOST_GROWTH))
            try:
                for part in _parts(data, make):
                    parts.append(part)
                    total += len(part)
                    if most is not None and total >= most:
                        break
                    if total > limit:
                        raise UnreadableListError(
                            f"it grows from {len(data):,} to more than {limit:,} bytes; not read."
                        )
            except (zlib.error, OSError, EOFError, lzma.LZMAError) as error:
                raise UnreadableListError(f"it is a damaged {kind} file.") from error
            return _bounded(b"".join(parts), most)
    return _bounded(data, most)


def _parts(data: bytes, make: Callable[[], _Unpacker]) -> Iterator[bytes]:
    """Piece by piece, over all members; what follows the last one is padding."""
    magic = data[:2]
    while data.startswith(magic):
        unpacker = make()
        yield unpacker.decompress(data, _CHUNK)
        while not unpacker.eof:
            part = unpacker.decompress(b"", _CHUNK)
            if not part and not unpacker.eof:
                raise EOFError
            yield part
        data = unpacker.unused_data


def _bounded(data: bytes, most: int | None) -> bytes:
    if most is not None:
        return data[:most]
    if len(data) > MOST_BYTES:
        raise UnreadableListError(f"it has more than {MOST_BYTES // 1024**2} MB; split it, or give it as Parquet.")
    return data
