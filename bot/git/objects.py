"""Reading objects: one handle on a repository's object store, and trees as the contract wants them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, Protocol, TypeVar

import pygit2
from cachetools import LRUCache
from pygit2.enums import ConfigLevel

from bot.contracts.tree import Entry
from bot.errors import WorldError
from bot.git import trees
from bot.git.packs import BLOB, TREE
from bot.git.trees import EMPTY_TREE

TREE_CACHE: Final = 16 * 1024 * 1024
BLOB_CACHE: Final = 8 * 1024 * 1024
_ENTRY_COST: Final = 300
"""What one parsed entry takes in memory, in bytes, roughly."""

# Nothing of the machine's configuration is read, as on the command line.
for _level in (ConfigLevel.SYSTEM, ConfigLevel.XDG, ConfigLevel.GLOBAL, ConfigLevel.PROGRAMDATA):
    pygit2.settings.search_path[_level] = "/nonexistent"
# libgit2 would map packs by the gigabyte and cache 256 MiB of objects: mapped pages count as resident memory.
pygit2.settings.mwindow_size = 8 * 1024 * 1024
pygit2.settings.mwindow_mapped_limit = 64 * 1024 * 1024
pygit2.settings.cache_max_size(16 * 1024 * 1024)
# Objects are not hashed anew at each read, which costs more than the read itself: like git, we leave that to fetch and
# fsck; zlib's checksum still tells a damaged one.
pygit2.settings.enable_strict_hash_verification(False)

T = TypeVar("T")


class ObjectMissing(WorldError, KeyError):
    """An object is not here: unknown, or lost (a partial clone, a damaged store)."""

    __str__ = Exception.__str__


class Source(Protocol):
    """Where objects are read from by hexadecimal oid: a repository, or a writer that also holds unwritten ones."""

    def read(self, oid: str) -> tuple[int, bytes]:
        """Kind and bytes. Raises ``KeyError``."""
        ...

    def header(self, oid: str) -> tuple[int, int]:
        """Kind and size. Raises ``KeyError``."""
        ...


class Objects:
    """A repository's stored objects. Safe for several threads; one handle."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = threading.RLock()
        self.handle = self._open()

    def _open(self) -> pygit2.Repository:
        handle = pygit2.Repository(self._path, pygit2.enums.RepositoryOpenFlag.NO_SEARCH)
        self._odb = handle.odb
        self._backends = list(self._odb.backends)
        return handle

    def reopen(self) -> None:
        """Forget what the handle knows of packs: another process wrote or repacked."""
        with self._lock:
            self.handle = self._open()

    def refresh(self) -> None:
        """Take notice of packs that were written since."""
        with self._lock:
            for backend in self._backends:
                backend.refresh()

    def read(self, oid: str) -> tuple[int, bytes]:
        """An object's kind and bytes. Raises ``KeyError`` where there is none, ``WorldError`` where it is broken."""
        kind, data = self._ask(lambda: self._odb.read(oid))
        return int(kind), data

    def header(self, oid: str) -> tuple[int, int]:
        """An object's kind and size in bytes, without inflating it. Raises ``KeyError``."""
        kind, size = self._ask(lambda: self._odb.read_header(oid))
        return int(kind), size

    def has(self, oid: str) -> bool:
        """Whether the object is stored, as far as this handle knows.

        Asks the backends themselves: the store's own ``exists`` reads the folder of packs anew at each miss, 50 µs.
        A pack that somebody else has just written may be missed; writing an object twice does no harm.
        """
        return any(backend.exists(oid) for backend in self._backends)

    def _ask(self, question: Callable[[], T]) -> T:
        try:
            return question()
        except (KeyError, ValueError) as error:  # absent, or not an oid; libgit2's own are GitErrors, too
            raise ObjectMissing(f"the repository lacks an object: {error}") from None
        except pygit2.GitError as error:
            self.reopen()
            raise WorldError(f"an object cannot be read: {error}") from None


class Caches:
    """Parsed trees and blobs, least recently used ones dropped, bounded in bytes. Safe for several threads."""

    def __init__(self, tree_bytes: int = TREE_CACHE, blob_bytes: int = BLOB_CACHE) -> None:
        self._lock = threading.Lock()
        self._trees: LRUCache[str, tuple[Entry, ...]] = LRUCache(
            tree_bytes, lambda found: _ENTRY_COST * (len(found) + 1)
        )
        self._blobs: LRUCache[str, bytes] = LRUCache(blob_bytes, lambda data: len(data) + _ENTRY_COST)

    def tree(self, oid: str, load: Callable[[], tuple[Entry, ...]]) -> tuple[Entry, ...]:
        """The entries of a tree, loaded when they are not kept."""
        with self._lock:
            found = self._trees.get(oid)
        if found is None:
            found = load()
            if _ENTRY_COST * (len(found) + 1) <= self._trees.maxsize / 2:
                with self._lock:
                    self._trees[oid] = found
        return found

    def blob(self, oid: str, load: Callable[[], bytes]) -> bytes:
        """A blob's bytes, loaded when they are not kept. Large ones are never kept."""
        with self._lock:
            found = self._blobs.get(oid)
        if found is None:
            found = load()
            if len(found) <= self._blobs.maxsize / 16:
                with self._lock:
                    self._blobs[oid] = found
        return found


class GitTree:
    """A snapshot of a repository: implements :class:`bot.contracts.tree.Tree`."""

    def __init__(self, oid: str, source: Source, caches: Caches | None = None) -> None:
        self._oid = oid
        self._source = source
        self._caches = caches or Caches()

    @property
    def oid(self) -> str:
        """The root tree's oid."""
        return self._oid

    def list(self, oid: str) -> tuple[Entry, ...]:
        """The entries of a tree object, in git's order. Raises ``KeyError`` for an unknown oid, or another kind."""
        return self._caches.tree(oid, lambda: trees.entries(read_tree(self._source, oid)))

    def read(self, oid: str) -> bytes:
        """A blob's bytes. Raises ``KeyError`` for an unknown oid, or another kind."""
        return self._caches.blob(oid, lambda: _typed(self._source, oid, BLOB))

    def size(self, oid: str) -> int:
        """A blob's size in bytes. Raises ``KeyError`` for an unknown oid, or another kind."""
        kind, size = self._source.header(oid)
        if kind != BLOB:
            raise KeyError(oid)
        return size


def read_tree(source: Source, oid: str) -> bytes:
    """A raw tree. The empty one exists everywhere. Raises ``KeyError``."""
    return b"" if oid == EMPTY_TREE else _typed(source, oid, TREE)


def _typed(source: Source, oid: str, kind: int) -> bytes:
    found, data = source.read(oid)
    if found != kind:
        raise KeyError(oid)
    return data
