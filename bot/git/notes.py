"""The ledger in git: the notes of ``refs/notes/graftsman``, one line for each entry on the commit that it is about.

The commit of the notes says in a trailer up to which entry the ledger is in them, so whoever writes needs no memory.
Notes are named by the commit's oid below a folder of its first two digits; git's own other ways are read as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.contracts.tree import FILE, FOLDER, Edit, Entry, Remove, Tree, Write
from bot.errors import Refusal
from bot.git.messages import with_trailers
from bot.git.repository import Repository
from bot.git.trees import EMPTY_TREE
from bot.git.writer import Person

REF: Final = "refs/notes/graftsman"
TRAILER: Final = "Graftsman-Ledger"
MOST_BYTES: Final = 1 << 29
"""Of all notes together; whoever may push may push more than a machine's memory holds."""

_POSITION: Final = re.compile(r"(0|[1-9][0-9]{0,17}) ([0-9a-f]{64})")
_PART: Final = re.compile(r"[0-9a-f]{2}")
_OID: Final = re.compile(r"[0-9a-f]{40}")
_DEPTH: Final = 19
"""Folders that git's own fan-out may nest at most."""


@dataclass(frozen=True, slots=True)
class Position:
    """Up to which entry the ledger is in git: its number and hash."""

    number: int = 0
    hash: str = ""


def head_of(repository: Repository) -> str | None:
    """The commit of the notes, ``None`` when there are none."""
    return repository.refs(REF).get(REF)


def position_of(repository: Repository, head: str) -> Position | None:
    """What the trailer of the notes' commit says; ``None`` when somebody else wrote it."""
    try:
        found = _POSITION.fullmatch(repository.commit_info(head).trailers.get(TRAILER, ""))
    except KeyError:
        return None
    return None if found is None else Position(int(found[1]), found[2])


def lines(repository: Repository, head: str) -> Iterator[str]:
    """Every line of every note, whoever wrote it.

    Raises ``Refusal`` (``notes-unreadable``) where the ref is no commit, or when there is too much of them.
    """
    try:
        tree = repository.tree(repository.commit_info(head).tree)
    except KeyError:
        raise Refusal("notes-unreadable", values={"ref": REF, "reason": "it is no commit"}) from None
    size = 0
    for _, _, entry in _notes(tree, tree.oid, ""):
        size += tree.size(entry.oid)
        if size > MOST_BYTES:
            raise Refusal("notes-unreadable", values={"ref": REF, "reason": f"they have more than {MOST_BYTES} bytes"})
        yield from tree.read(entry.oid).decode("utf-8", "replace").splitlines()


def write(
    repository: Repository,
    parent: str | None,
    notes: Mapping[str, Sequence[str]],
    position: Position,
    author: Person,
    when: int,
) -> str:
    """Makes the commit that adds lines to the notes on commits (by oid). Moves no ref; gives the oid.

    ``parent`` is the notes' commit before; ``when`` in seconds since 1970, UTC. The same arguments, the same oid.
    Raises ``Refusal('path-clash')`` where people have put a file in the way.
    """
    base = EMPTY_TREE if parent is None else repository.commit_info(parent).tree
    tree = repository.tree(base) if parent is not None else None
    with repository.writer() as writer:
        edits = [edit for oid, more in sorted(notes.items()) for edit in _edits(tree, oid, more)]
        count = sum(len(more) for more in notes.values())
        subject = f"Ledger: {count} more, up to entry {position.number}"
        message = with_trailers(subject, {TRAILER: f"{position.number} {position.hash}"})
        parents = [] if parent is None else [parent]
        commit = writer.commit(writer.apply(base, edits), parents, message, author, when)
        writer.flush()
    return commit


def _edits(tree: Tree | None, oid: str, more: Sequence[str]) -> Iterator[Edit]:
    """Puts the note to where we put it, with what it says already, wherever that stands."""
    before = b""
    home = f"{oid[:2]}/{oid[2:]}"
    for path, entry in _found(tree, oid):
        text = b"" if tree is None else tree.read(entry.oid)
        before += text if not text or text.endswith(b"\n") else text + b"\n"
        if path != home:
            yield Remove(path)
    yield Write(home, FILE, before + "".join(f"{line}\n" for line in more).encode())


def _found(tree: Tree | None, oid: str) -> Iterator[tuple[str, Entry]]:
    """Where the note on a commit stands, in any of git's ways: ``abcd…``, ``ab/cd…``, ``ab/cd/…``."""
    folder, path, rest = (None if tree is None else tree.oid), "", oid
    while tree is not None and folder is not None and rest:
        names = {entry.name: entry for entry in tree.list(folder)}
        note, below = names.get(rest), names.get(rest[:2])
        if note is not None and note.mode == FILE:
            yield path + rest, note
        folder = below.oid if below is not None and below.mode == FOLDER else None
        path, rest = f"{path}{rest[:2]}/", rest[2:]


def _notes(tree: Tree, folder: str, prefix: str) -> Iterator[tuple[str, str, Entry]]:
    """Every note below a folder: the commit it is on, its path, its entry."""
    for entry in tree.list(folder):
        name = prefix.replace("/", "") + entry.name
        if entry.mode == FOLDER and _PART.fullmatch(entry.name) and prefix.count("/") < _DEPTH:
            yield from _notes(tree, entry.oid, f"{prefix}{entry.name}/")
        elif entry.mode == FILE and _OID.fullmatch(name):
            yield name, prefix + entry.name, entry
