"""Raw tree objects: parsing, writing, and a change of some paths that touches only the folders it goes through."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final, NamedTuple

from bot.contracts.tree import EXECUTABLE, FILE, FOLDER, SUBMODULE, SYMLINK, Edit, Entry, Put, Remove, Write
from bot.errors import Refusal, WorldError

EMPTY_TREE: Final = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"

_ENTRY: Final = re.compile(rb"([0-7]{5,6}) ([^\0]+)\0(.{20})", re.DOTALL)
_MODES: Final = {FILE: b"100644", EXECUTABLE: b"100755", SYMLINK: b"120000", SUBMODULE: b"160000", FOLDER: b"40000"}
_KINDS: Final = {FOLDER: "folder", SYMLINK: "symlink", SUBMODULE: "submodule"}


class RawEntry(NamedTuple):
    """A mode as its bytes stand in the tree, and an oid of 20 bytes: what is not changed is copied as it is."""

    mode: bytes
    oid: bytes

    @property
    def number(self) -> int:
        """The mode as a number, by which a folder is told from a file."""
        return int(self.mode, 8)


Read = Callable[[str], bytes]
"""Reads a raw tree by oid; ``KeyError`` when there is none."""
Store = Callable[[bytes], str]
"""Stores a raw tree (if it is new) and gives its oid."""
Blob = Callable[[bytes], str]


def parse(raw: bytes) -> dict[bytes, RawEntry]:
    """The entries of a raw tree by name, in its order. Raises ``WorldError`` when it is not a sound tree."""
    found = _ENTRY.findall(raw)
    entries = {name: RawEntry(mode, oid) for mode, name, oid in found}
    length = sum(len(mode) + len(name) + 22 for mode, name, _ in found)
    if length != len(raw) or len(entries) != len(found):
        raise WorldError("the repository holds a malformed tree object: run `git fsck` on it")
    return entries


def entries(raw: bytes) -> tuple[Entry, ...]:
    """The entries of a raw tree as the contract has them: text names, numbers, hexadecimal oids."""
    return tuple(
        Entry(name.decode("utf-8", "surrogateescape"), int(entry.mode, 8), entry.oid.hex())
        for name, entry in parse(raw).items()
    )


def serialise(items: dict[bytes, RawEntry]) -> bytes:
    """A raw tree in git's order: by bytes, a folder as if its name ended in ``/``."""
    ordered = sorted(items.items(), key=lambda item: item[0] + b"/" if item[1].number == FOLDER else item[0])
    return b"".join(b"%s %s\0%s" % (entry.mode, name, entry.oid) for name, entry in ordered)


class _Folder:
    """A folder that is being changed: the tree it was, and what differs. ``None`` in ``changes`` is a removal."""

    __slots__ = ("_read", "_was", "base", "changes")

    def __init__(self, read: Read, base: str | None) -> None:
        self._read = read
        self.base = base
        self._was: dict[bytes, RawEntry] | None = None
        self.changes: dict[bytes, _Folder | RawEntry | None] = {}

    @property
    def was(self) -> dict[bytes, RawEntry]:
        if self._was is None:
            self._was = {} if self.base in {None, EMPTY_TREE} else parse(self._read(str(self.base)))
        return self._was

    def at(self, name: bytes) -> _Folder | RawEntry | None:
        """What stands at ``name`` now. A folder may have become empty: then git has none, but one may go on in it."""
        return self.changes[name] if name in self.changes else self.was.get(name)

    def enter(self, name: bytes) -> _Folder | RawEntry:
        """The folder at ``name``, new where there is nothing. A file there is given back as it is."""
        found = self.at(name)
        if isinstance(found, RawEntry) and found.number != FOLDER:
            return found
        if not isinstance(found, _Folder):
            found = self.changes[name] = _Folder(self._read, None if found is None else found.oid.hex())
        return found

    @property
    def empty(self) -> bool:
        for change in self.changes.values():
            if isinstance(change, RawEntry) or (change is not None and not change.empty):
                return False
        return all(name in self.changes for name in self.was)

    def store(self, store: Store) -> str | None:
        """Write this folder and the changed ones below it. Gives the tree's oid, ``None`` when it is empty."""
        after = dict(self.was)
        for name, change in self.changes.items():
            found: RawEntry | None
            if isinstance(change, _Folder):
                oid = change.store(store)
                found = None if oid is None else RawEntry(_MODES[FOLDER], bytes.fromhex(oid))
            else:
                found = change
            before = after.get(name)
            if found is None:
                after.pop(name, None)
            elif before is None or (before.number, before.oid) != (found.number, found.oid):
                after[name] = found
        if not after:
            return None
        return self.base if self.base is not None and after == self.was else store(serialise(after))


def apply(base: str, edits: Iterable[Edit], read: Read, store: Store, blob: Blob) -> str:
    """The tree that ``base`` becomes by ``edits``, one after the other: the later one wins.

    A ``Remove`` of what is not there is done already. Raises ``Refusal('path-clash')`` where a file and a folder
    would stand at one path, and ``ValueError`` for a path or mode that no checked input can bring.
    """
    root = _Folder(read, base)
    for edit in edits:
        if isinstance(edit, Put) and edit.path == "" and edit.mode == FOLDER:
            root = _Folder(read, edit.oid)
        elif isinstance(edit, Remove):
            _remove(root, edit)
        else:
            _place(root, edit, blob)
    return root.store(store) or store(b"")


def _place(root: _Folder, edit: Put | Write, blob: Blob) -> None:
    parts = _parts(edit.path)
    if edit.mode not in _MODES or (isinstance(edit, Write) and edit.mode not in {FILE, EXECUTABLE}):
        raise ValueError(f"not a mode of {type(edit).__name__}: {edit.mode:o}")
    folder = root
    for depth, part in enumerate(parts[:-1], 1):
        entered = folder.enter(part)
        if isinstance(entered, RawEntry):
            raise _clash(edit.path, parts[:depth], entered)
        folder = entered
    found = folder.at(parts[-1])
    if isinstance(found, _Folder) and edit.mode != FOLDER and found.empty:
        found = None
    if found is not None and _is_folder(found) != (edit.mode == FOLDER):
        raise _clash(edit.path, parts, found)
    oid = edit.oid if isinstance(edit, Put) else blob(edit.data)
    if oid == EMPTY_TREE and edit.mode == FOLDER:
        folder.changes[parts[-1]] = None
    else:
        folder.changes[parts[-1]] = RawEntry(_MODES[edit.mode], bytes.fromhex(oid))


def _remove(root: _Folder, edit: Remove) -> None:
    parts = _parts(edit.path)
    folder = root
    for part in parts[:-1]:
        found = folder.at(part)
        if found is None or not _is_folder(found):
            return
        entered = folder.enter(part)
        if isinstance(entered, RawEntry):
            return
        folder = entered
    folder.changes[parts[-1]] = None


def _is_folder(found: _Folder | RawEntry) -> bool:
    return isinstance(found, _Folder) or found.number == FOLDER


def _parts(path: str) -> list[bytes]:
    """The last line of defence: ``bot.source.paths`` has refused these with better words long before."""
    parts = path.encode("utf-8", "surrogateescape").split(b"/")
    if any(part in {b"", b".", b".."} or b"\0" in part or part.lower() == b".git" for part in parts):
        raise ValueError(f"not a path for a tree: {path!r}")
    return parts


def _clash(path: str, blocker: list[bytes], found: _Folder | RawEntry) -> Refusal:
    kind = "folder" if isinstance(found, _Folder) else _KINDS.get(found.number, "file")
    values = {"path": shown(path), "blocker": b"/".join(blocker).decode("utf-8", "replace"), "kind": kind}
    return Refusal("path-clash", values=values)


def shown(path: str) -> str:
    """A path as plain text for people: bytes that are not UTF-8 become replacement characters."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
