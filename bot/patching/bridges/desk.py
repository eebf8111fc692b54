"""The files that a payload touches: what they were, what is done to them, and the operations that come of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from bot.contracts.patch import Chmod, Delete, Mode, Move, Operation
from bot.contracts.tree import EXECUTABLE, FILE
from bot.errors import Refusal
from bot.patching.bridges.draft import Draft, File
from bot.patching.bridges.faults import Faults
from bot.patching.bridges.find import Budget
from bot.patching.bridges.payload import Payload
from bot.patching.hunks import create, operations
from bot.patching.text import split
from bot.source.hunks import Hunk, hunks
from bot.source.paths import check_path

Read = Callable[[str], bytes | None]
Executable = Callable[[str], bool]
Near = Callable[[str], str]
SHORTEST_OID: Final = 7
MOST_OPERATIONS: Final = 1_000_000


@dataclass(slots=True)
class Change:
    """What is done to one file; a new one has no ``file``. ``at`` is the index of the payload's line that began it."""

    at: int
    path: str
    """Where it is afterwards."""
    file: File | None
    mode: Mode | None = None
    deleted: bool = False
    hunks: list[Hunk] = field(default_factory=list)
    """Changes of the base, in order; they may touch, and do not overlap."""
    draft: Draft | None = None
    """What edits in order made of it so far."""

    @property
    def moved(self) -> bool:
        """Whether it is somewhere else afterwards."""
        return self.file is not None and self.path != self.file.path


class Desk:
    """Everything that one payload does. Faults are collected here."""

    def __init__(self, payload: Payload, read: Read, executable: Executable, near: Near) -> None:
        self.payload = payload
        self.executable = executable
        self.faults = Faults()
        self.budget = Budget(payload.name)
        self._read = read
        self._near = near
        self._files: dict[str, File | None] = {}
        self._changes: dict[str, Change] = {}
        """By the path at the base."""
        self._created: list[Change] = []
        self._now: dict[str, Change] = {}
        """By the path as the payload left it so far."""

    # --- what is there

    def path(self, raw: bytes, at: int) -> str | None:
        """A name out of the payload as a safe path; ``None``, and a fault, where it is none."""
        text = raw.decode("utf-8", "surrogateescape").removeprefix("./")
        with self.faults.noting():
            return check_path(text, self.payload.place(at))
        return None

    def base(self, path: str) -> File | None:
        """The file at a path at the base; ``None`` when there is no ordinary one, or the path is unsafe."""
        if path not in self._files:
            try:
                data = self._read(check_path(path))
            except Refusal:
                data = None
            self._files[path] = None if data is None else File(path, data)
        return self._files[path]

    def exists(self, raw: bytes) -> bool:
        """Whether a name is that of a file at the base, or of one that the payload made."""
        path = raw.decode("utf-8", "surrogateescape")
        return path in self._now or self.base(path) is not None

    def is_blob(self, raw: bytes, oid: str) -> bool:
        """Whether the file of a name is at the base, and is the blob that this (cut) oid names."""
        file = self.base(raw.decode("utf-8", "surrogateescape"))
        return file is not None and len(oid) >= SHORTEST_OID and file.oid.startswith(oid)

    # --- what is done

    def edit(self, path: str, at: int, *, of_base: bool = False) -> Change | None:
        """The change of a file that is there now (``of_base``: at the base, if it is there); ``None`` with a fault."""
        file = self.base(path)
        change = self._changes.get(path) if of_base and file is not None else self._now.get(path)
        if change is None and file is not None and (of_base or path not in self._changes):
            change = self._changes[path] = self._now[path] = Change(at, path, file)
        if change is None and path not in self._changes:
            self.missing(path, at)
        elif change is None or change.deleted:
            self.conflict(path, at, (change or self._changes[path]).at)
            return None
        return change

    def drafted(self, change: Change) -> Draft:
        """A change's draft, for edits in order."""
        if change.draft is None:
            change.draft = Draft(change.file, self.budget)
        return change.draft

    def create(self, path: str, data: bytes, at: int, mode: Mode = "100644") -> None:
        """Make a new file. One that the payload deleted before gets a new text."""
        before = self._now.get(path)
        if before is not None and before.deleted and before.file is not None and not before.moved:
            before.deleted = False
            before.mode = mode if mode == "100755" else None
            before.hunks = hunks(before.file.lines, split(data))
            return
        if before is not None and not before.deleted and (before.file is None or before.moved):
            self.conflict(path, at, before.at)
            return
        change = Change(at, path, None, mode)
        change.draft = Draft(None, self.budget, data)
        self._created.append(change)
        self._now[path] = change

    def delete(self, change: Change, at: int) -> None:
        """Remove a file that nothing else was done to."""
        if change.file is None or change.hunks or change.draft or change.moved or change.mode or change.deleted:
            self.conflict(change.path, at, change.at)
        change.deleted = True

    def move(self, change: Change, to: str, at: int) -> None:
        """Move a file. Whether anything is in the way is seen at the end."""
        there = self._now.get(to)
        if there is change:
            return
        if change.moved or (there is not None and not there.deleted and (there.file is None or there.moved)):
            self.conflict(to, at, (there or change).at)
            return
        if self._now.get(change.path) is change:
            del self._now[change.path]
        change.path = to
        self._now[to] = change

    def missing(self, path: str, at: int) -> None:
        """There is no ordinary file at a path; one that is near is named."""
        self.faults.add("patch-file-missing", self.payload.place(at), path=path, nearest=self._near(path))

    def conflict(self, path: str, at: int, first: int) -> None:
        """Two things are done to one file that do not go together."""
        self.faults.add("patch-conflict", self.payload.place(at), path=path, first=str(first + 1))

    # --- what comes of it

    def operations(self) -> tuple[Operation, ...]:
        """All operations. Raises ``Refusal`` with all faults, or ``patch-empty``."""
        for change in (*self._changes.values(), *self._created):
            if change.file is None or change.moved:
                self._check_free(change)
            if change.draft is not None and change.file is not None:
                change.hunks = change.draft.hunks()
        self.faults.check()
        ordered = sorted((*self._changes.values(), *self._created), key=lambda change: change.at)
        found = tuple(each for change in ordered for each in _operations(change))
        if not found:
            raise Refusal("patch-empty", self.payload.place(0))
        if len(found) > MOST_OPERATIONS:
            raise Refusal("patch-too-costly", self.payload.place(0))
        return found

    def _check_free(self, change: Change) -> None:
        """A new path must be free at the base, or be made so by the payload."""
        there = self._changes.get(change.path)
        leaves = there is not None and (there.deleted or there.moved)
        if not leaves and self.base(change.path) is not None:
            self.faults.add("patch-file-exists", self.payload.place(change.at), path=change.path)


def merged(changes: Iterable[Hunk]) -> list[Hunk]:
    """Hunks that are in order, apart: those that touch become one."""
    found: list[Hunk] = []
    for hunk in changes:
        if found and hunk.start == found[-1].end:
            found[-1] = Hunk(found[-1].start, hunk.end, (*found[-1].new, *hunk.new))
        else:
            found.append(hunk)
    return found


def _operations(change: Change) -> Iterator[Operation]:
    """One file's operations, each pinned to the blob that was read."""
    file = change.file
    if file is None:
        data = change.draft.data if change.draft else b""
        yield create(change.path, data, EXECUTABLE if change.mode == "100755" else FILE)
        return
    pin = {"expect_blob": file.oid}
    if change.deleted:
        yield Delete(op="delete", path=file.path, **pin)
        return
    if change.moved:
        yield Move(op="move", path=file.path, to=change.path, **pin)
    if change.mode is not None:
        yield Chmod(op="chmod", path=change.path, mode=change.mode, **pin)
    for each in operations(change.path, file.text, merged(change.hunks)):
        yield each.model_copy(update=pin)
