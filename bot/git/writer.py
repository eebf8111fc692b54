"""Writing objects: everything waits in one spool, readable all the while, and becomes one durable pack at ``flush``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from bot.contracts.tree import FOLDER, SUBMODULE, Edit, Put
from bot.git import trees
from bot.git.objects import GitTree, Objects, read_tree
from bot.git.packs import BLOB, COMMIT, SPILL, TREE, PackSpool, object_id
from bot.git.trees import EMPTY_TREE


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a commit names."""

    name: str
    email: str


class ObjectWriter:
    """Makes blobs, trees and commits. Nothing is in the repository before ``flush``; leaving a ``with`` block without
    it leaves the repository as it was. For one thread at a time.
    """

    def __init__(self, objects: Objects, folder: Path, spill: int = SPILL) -> None:
        """``folder`` is the repository's ``objects`` directory; ``spill``: bytes that wait in memory at most."""
        self._objects = objects
        self._spool = PackSpool(folder / "pack", spill)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.discard()

    def apply(self, base: str, edits: Iterable[Edit]) -> str:
        """The tree that the tree ``base`` becomes by ``edits``, in order, the later one winning. Gives its oid.

        Only folders on the way to a change are read and written. A whole tree may be put and then edited below;
        folders left empty vanish; a ``Remove`` of what is absent is done already. Raises ``Refusal('path-clash')``
        where a file and a folder would stand at one path, ``KeyError`` for a put object that does not exist.
        """
        return trees.apply(base, (self._known(edit) for edit in edits), self._tree, self._store_tree, self.blob)

    def blob(self, data: bytes) -> str:
        """Store a file's bytes. Gives the oid."""
        return self._store(BLOB, data)

    def commit(
        self,
        tree: str,
        parents: Sequence[str],
        message: str,
        author: Person,
        when: int,
        *,
        committer: Person | None = None,
    ) -> str:
        """Store a commit. Gives its oid: the same arguments, the same oid. ``when`` is in seconds since 1970, UTC."""
        lines = [f"tree {tree}", *(f"parent {parent}" for parent in parents)]
        lines += [f"author {_ident(author)} {when} +0000", f"committer {_ident(committer or author)} {when} +0000"]
        text = message.replace("\0", "").rstrip("\n")
        return self._store(COMMIT, "\n".join([*lines, "", text, ""]).encode("utf-8", "replace"))

    def recommit(
        self, commit: str, tree: str, parent: str, reword: Callable[[str], str], committer: Person, when: int
    ) -> str:
        """Store a commit anew on another parent: its author and their date stay, to the byte. Gives the oid.

        ``reword`` is given the message (what is not UTF-8 as lone surrogates) and gives the new one. A signature does
        not hold for the new commit and is left out. ``when`` is in seconds since 1970, UTC. Raises ``KeyError``.
        """
        kind, data = self.read(commit)
        if kind != COMMIT:
            raise KeyError(commit)
        head, _, text = data.partition(b"\n\n")
        found = [line for line in head.split(b"\n") if line.startswith((b"author ", b"encoding "))]
        kept = {line.partition(b" ")[0]: line for line in found}
        lines = [b"tree %s" % tree.encode(), b"parent %s" % parent.encode(), kept[b"author"]]
        lines += [f"committer {_ident(committer)} {when} +0000".encode("utf-8", "replace")]
        lines += [kept[b"encoding"]] if b"encoding" in kept else []
        message = reword(text.decode("utf-8", "surrogateescape")).replace("\0", "").rstrip("\n")
        body = message.encode("utf-8", "surrogateescape")
        return self._store(COMMIT, b"\n".join([*lines, b"", body, b""]))

    def flush(self) -> Path | None:
        """Write all that is new as one pack, durably. Gives the pack's path, ``None`` when nothing was new."""
        pack = self._spool.write()
        if pack is not None:
            self._objects.refresh()
        return pack

    def discard(self) -> None:
        """Forget what was not flushed."""
        self._spool.discard()

    def tree(self, oid: str) -> GitTree:
        """A tree that may not be flushed yet, to read."""
        return GitTree(oid, self)

    def read(self, oid: str) -> tuple[int, bytes]:
        """An object's kind and bytes, flushed or not. Raises ``KeyError``."""
        return self._spool.read(oid) if oid in self._spool else self._objects.read(oid)

    def header(self, oid: str) -> tuple[int, int]:
        """An object's kind and size, flushed or not. Raises ``KeyError``."""
        return self._spool.header(oid) if oid in self._spool else self._objects.header(oid)

    def _known(self, edit: Edit) -> Edit:
        """A put object must exist and be of the kind its mode says: a wrong tree is the worst outcome."""
        if isinstance(edit, Put) and edit.mode != SUBMODULE and edit.oid != EMPTY_TREE:
            kind, _ = self.header(edit.oid)
            if kind != (TREE if edit.mode == FOLDER else BLOB):
                raise KeyError(edit.oid)
        return edit

    def _tree(self, oid: str) -> bytes:
        return read_tree(self, oid)

    def _store_tree(self, raw: bytes) -> str:
        return self._store(TREE, raw)

    def _store(self, kind: int, data: bytes) -> str:
        oid = object_id(kind, data)
        if oid not in self._spool and not self._objects.has(oid):
            self._spool.add(oid, kind, data)
        return oid


def _ident(person: Person) -> str:
    """``Name <email>`` without the characters that would end it early."""
    name, email = (
        "".join(c for c in text if c not in "<>" and c.isprintable()).strip() for text in (person.name, person.email)
    )
    return f"{name or email or 'nobody'} <{email}>"
