"""A pack of our own: new objects, deflated one by one, written as one durable file with its index.

Formats: git's gitformat-pack (pack version 2, index version 2). No deltas: the objects are new, few and small, and
writing them so is faster than any way through libgit2 or the command line, durable or not.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from isal import isal_zlib

COMMIT: Final = 1
TREE: Final = 2
BLOB: Final = 3
KINDS: Final = {COMMIT: b"commit", TREE: b"tree", BLOB: b"blob", 4: b"tag"}

TEMPORARY: Final = "tmp_graftsman_"
"""What the names of unfinished packs start with. Their writer holds a file lock on them."""
SPILL: Final = 32 * 1024 * 1024
"""Deflated bytes kept in memory; what is more waits in the temporary file."""
_HEADER: Final = 12
_LEVEL: Final = 1
_LARGE: Final = 1 << 31


def object_id(kind: int, data: bytes) -> str:
    """The object's oid: SHA-1 over its loose header and its bytes."""
    return hashlib.sha1(b"%s %d\0%s" % (KINDS[kind], len(data), data), usedforsecurity=False).hexdigest()


class PackSpool:
    """Objects that wait to become one pack, readable all the while. Not for several threads at once."""

    def __init__(self, folder: Path, spill: int = SPILL) -> None:
        """``folder`` is the repository's ``objects/pack``; nothing is written before there are ``spill`` bytes."""
        self._folder = folder
        self._spill_at = spill
        self._reset()

    def _reset(self) -> None:
        self._fresh: dict[str, bytes] = {}
        self._fresh_bytes = 0
        self._places: dict[str, tuple[int, int, int]] = {}  # oid: offset, length, crc
        self._end = _HEADER
        self._file = -1
        self._name = ""

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, oid: str) -> bool:
        return oid in self._places

    def add(self, oid: str, kind: int, data: bytes) -> None:
        """Take one object that is not in here yet."""
        entry = _entry_header(kind, len(data)) + isal_zlib.compress(data, _LEVEL)
        self._places[oid] = (self._end, len(entry), isal_zlib.crc32(entry))
        self._end += len(entry)
        self._fresh[oid] = entry
        self._fresh_bytes += len(entry)
        if self._fresh_bytes > self._spill_at:
            self._spill()

    def read(self, oid: str) -> tuple[int, bytes]:
        """An object's kind and bytes. Raises ``KeyError``."""
        entry = self._fresh.get(oid)
        if entry is None:
            offset, length, _ = self._places[oid]
            entry = os.pread(self._file, length, offset)
        kind, _, start = _read_entry_header(entry)
        return kind, isal_zlib.decompress(entry[start:])

    def header(self, oid: str) -> tuple[int, int]:
        """An object's kind and size in bytes, without inflating it. Raises ``KeyError``."""
        entry = self._fresh.get(oid)
        if entry is None:
            offset, length, _ = self._places[oid]
            entry = os.pread(self._file, min(length, 16), offset)
        kind, size, _ = _read_entry_header(entry)
        return kind, size

    def write(self) -> Path | None:
        """Make all of it one pack, on the disk when this returns. Gives the pack's path, ``None`` without objects.

        Pack first, index second: a pack without index is invisible, so a kill at any instant leaves all or nothing.
        """
        if not self._places:
            return None
        self._spill()
        os.pwrite(self._file, struct.pack(">4sII", b"PACK", 2, len(self._places)), 0)
        checksum = self._checksum()
        os.pwrite(self._file, checksum, self._end)
        os.fsync(self._file)
        pack = self._folder / f"pack-{checksum.hex()}.pack"
        index = pack.with_suffix(".idx")
        index_name = _write_file(self._folder, b"".join(_index(self._places, checksum)))
        for name, target in ((self._name, pack), (index_name, index)):
            Path(name).chmod(0o444)
            Path(name).rename(target)
        _sync_folder(self._folder)
        os.close(self._file)
        self._reset()
        return pack

    def discard(self) -> None:
        """Forget everything that was not written."""
        if self._file >= 0:
            os.close(self._file)
            Path(self._name).unlink(missing_ok=True)
        self._reset()

    def __del__(self) -> None:
        self.discard()

    def _spill(self) -> None:
        if self._file < 0:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._file, self._name = tempfile.mkstemp(prefix=TEMPORARY, dir=self._folder)
            fcntl.flock(self._file, fcntl.LOCK_EX)
        chunk = b"".join(self._fresh.values())
        offset = self._end - len(chunk)
        view = memoryview(chunk)
        while view:
            written = os.pwrite(self._file, view, offset)
            view, offset = view[written:], offset + written
        self._fresh.clear()
        self._fresh_bytes = 0

    def _checksum(self) -> bytes:
        digest = hashlib.sha1(usedforsecurity=False)
        offset = 0
        while chunk := os.pread(self._file, min(1 << 20, self._end - offset), offset):
            digest.update(chunk)
            offset += len(chunk)
        return digest.digest()


def _entry_header(kind: int, size: int) -> bytes:
    """Three bits of kind, then the size: four bits, and seven in each byte that follows."""
    byte = kind << 4 | size & 15
    size >>= 4
    header = bytearray()
    while size:
        header.append(byte | 128)
        byte = size & 127
        size >>= 7
    header.append(byte)
    return bytes(header)


def _read_entry_header(entry: bytes) -> tuple[int, int, int]:
    """Kind, size, and where the deflated bytes start."""
    byte = entry[0]
    kind, size, shift, start = byte >> 4 & 7, byte & 15, 4, 1
    while byte & 128:
        byte = entry[start]
        size |= (byte & 127) << shift
        shift += 7
        start += 1
    return kind, size, start


def _index(places: dict[str, tuple[int, int, int]], checksum: bytes) -> Iterator[bytes]:
    """An index of version 2: fan-out, oids, checksums, offsets, large offsets, the pack's and its own checksum."""
    oids = sorted(places)
    counts = [0] * 256
    for oid in oids:
        counts[int(oid[:2], 16)] += 1
    total = 0
    for number, count in enumerate(counts):
        total += count
        counts[number] = total
    large: list[int] = []
    offsets: list[int] = []
    for oid in oids:
        offset = places[oid][0]
        offsets.append(offset if offset < _LARGE else _LARGE | len(large))
        if offset >= _LARGE:
            large.append(offset)
    parts = [
        b"\xfftOc\x00\x00\x00\x02",
        struct.pack(">256I", *counts),
        bytes.fromhex("".join(oids)),
        struct.pack(f">{len(oids)}I", *(places[oid][2] for oid in oids)),
        struct.pack(f">{len(oids)}I", *offsets),
        struct.pack(f">{len(large)}Q", *large),
        checksum,
    ]
    yield from parts
    yield hashlib.sha1(b"".join(parts), usedforsecurity=False).digest()


def _write_file(folder: Path, data: bytes) -> str:
    descriptor, name = tempfile.mkstemp(prefix=TEMPORARY, dir=folder)
    with os.fdopen(descriptor, "wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(data)
        file.flush()
        os.fsync(descriptor)
    return name


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
