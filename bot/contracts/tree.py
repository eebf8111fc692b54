"""What pure code is handed (a ``Tree``) and what it returns (edits). Nothing here knows git's storage.

Paths and names are ``str`` with ``/`` between parts; bytes that are not UTF-8 appear as lone surrogates
(``surrogateescape``), so that every name git can hold survives. Oids are lower-case hexadecimal.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol, TypeAlias

FILE: Final = 0o100644
EXECUTABLE: Final = 0o100755
SYMLINK: Final = 0o120000
SUBMODULE: Final = 0o160000
FOLDER: Final = 0o040000


class Entry(NamedTuple):
    """One entry of one tree object."""

    name: str
    mode: int
    oid: str


class Tree(Protocol):
    """A snapshot of a repository: reads tree and blob objects by oid, from one root."""

    @property
    def oid(self) -> str:
        """The root tree's oid."""
        ...

    def list(self, oid: str) -> tuple[Entry, ...]:
        """The entries of a tree object, in git's order. Raises ``KeyError`` for an unknown oid."""
        ...

    def read(self, oid: str) -> bytes:
        """A blob's bytes. Raises ``KeyError`` for an unknown oid."""
        ...

    def size(self, oid: str) -> int:
        """A blob's size in bytes, without reading it. Raises ``KeyError`` for an unknown oid."""
        ...


@dataclass(frozen=True, slots=True)
class Put:
    """Make ``path`` an existing object: a blob (mode 100644, 100755, 120000) or a whole tree (mode 040000)."""

    path: str
    mode: int
    oid: str


@dataclass(frozen=True, slots=True)
class Write:
    """Make ``path`` a file with these bytes (mode 100644 or 100755)."""

    path: str
    mode: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove ``path`` (a file or a whole folder). Folders left empty vanish, as git knows no empty folder."""

    path: str


Edit: TypeAlias = Put | Write | Remove
