"""Replays a batch onto a newer tree, three-way: where the touched places are as they were, else a refusal (law 5).

A place is as it was when no later change overlaps or touches it. Both versions are shown where one does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bot.contracts.patch import Chmod, Delete, Move, Operation, PatchBatch
from bot.contracts.tree import FOLDER, Entry, Remove, Tree
from bot.patching.apply import DEFAULT, Applied, FileChange, apply
from bot.patching.faults import Faults, fault
from bot.patching.ground import Found, Ground, file_mode, kind_of
from bot.patching.hunks import create, operations
from bot.patching.inverse import mode_name
from bot.patching.policy import Policy
from bot.patching.text import Text, blob_oid, is_text, shown
from bot.source.hunks import Hunk, hunks

AROUND = 2
"""So many lines before and after a collision are shown."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """A batch on a newer base. ``batch`` is ``None`` when all of it is there already."""

    batch: PatchBatch | None
    shifted: tuple[str, ...] = ()
    """Files that were changed since, in other places."""
    already: tuple[str, ...] = ()
    """Files that are as the batch would make them already."""


def replay(before: Tree, onto: Tree, batch: PatchBatch, onto_commit: str, policy: Policy = DEFAULT) -> Replayed:
    """The batch that does on ``onto`` what ``batch`` does on ``before``, its base; ``onto_commit`` becomes its base.

    Raises ``Refusal``: ``replay-collides`` with both versions, and all that ``apply`` refuses on the old base.
    """
    return replayed(apply(before, batch, policy), onto, onto_commit)


def replayed(applied: Applied, onto: Tree, onto_commit: str) -> Replayed:
    """The same for a batch that was applied to its own base already."""
    gone = {edit.path for edit in applied.edits if isinstance(edit, Remove)}
    work = _Replay(Ground(onto), gone)
    made = [operation for change in applied.files for operation in work.operations(change)]
    work.faults.check()
    if not made:
        return Replayed(None, (), tuple(work.already))
    if not work.shifted and not work.already:  # all is as it was: the author's own words stay
        return Replayed(applied.batch.model_copy(update={"base": onto_commit}))
    batch = applied.batch.model_copy(update={"base": onto_commit, "operations": tuple(made)})
    return Replayed(batch, tuple(work.shifted), tuple(work.already))


@dataclass
class _Replay:
    ground: Ground
    gone: set[str]
    """Paths that the batch itself clears: what stands there is no obstacle."""
    faults: Faults = field(default_factory=Faults)
    shifted: list[str] = field(default_factory=list)
    already: list[str] = field(default_factory=list)

    def operations(self, change: FileChange) -> list[Operation]:
        """What is left to do for one file."""
        if change.before is None:
            return self._created(change)
        now = self.ground.find(change.source or change.path).entry
        if change.mode is None:
            return self._deleted(change, now)
        if now is None or kind_of(now) != "file":
            if now is None and change.source != change.path and self._is_done(change):
                self.already.append(change.path)
                return []
            self._collides(change, now, "")
            return []
        return list(self._changed(change, change.before, now))

    def _is_done(self, change: FileChange) -> bool:
        there = self.ground.file(change.path)
        wanted = _result(change)
        return there is not None and (file_mode(there), there.oid) == (change.mode, wanted)

    def _created(self, change: FileChange) -> list[Operation]:
        if change.data is None or change.mode is None:
            return []
        there = self.ground.find(change.path)
        if self._is_free(change.path, there):
            return [create(change.path, change.data, change.mode)]
        if self._is_done(change):
            self.already.append(change.path)
        else:
            self._collides(change, there.entry, shown(change.data, 1000))
        return []

    def _is_free(self, path: str, there: Found) -> bool:
        """Whether a path is free, or will be; where it is not, after all, the landing of the new batch says so."""
        if there.blocker is not None:
            return there.blocker in self.gone
        if there.entry is None or path in self.gone:
            return True
        return there.entry.mode == FOLDER and any(gone.startswith(f"{path}/") for gone in self.gone)

    def _deleted(self, change: FileChange, now: Entry | None) -> list[Operation]:
        if now is None:
            self.already.append(change.path)
            return []
        if change.before is not None and now.oid != change.before.oid:
            self._collides(change, now, "")
            return []
        return [Delete(op="delete", path=change.path, expect_blob=now.oid)]

    def _changed(self, change: FileChange, before: Entry, now: Entry) -> Iterator[Operation]:
        moves = change.source != change.path
        text_left = list(self._text(change, before, now))
        mode_left = change.mode not in {file_mode(before), file_mode(now)}
        if moves:
            yield Move(op="move", path=change.source or change.path, to=change.path, expect_blob=now.oid)
        if mode_left:
            yield Chmod(op="chmod", path=change.path, mode=mode_name(change.mode or 0), expect_blob=now.oid)
        for operation in text_left:
            yield operation.model_copy(update={"expect_blob": now.oid})
        if not (moves or mode_left or text_left) and change.path not in self.already:
            self.already.append(change.path)

    def _text(self, change: FileChange, before: Entry, now: Entry) -> Sequence[Operation]:
        if change.data is None or change.text is None:
            if now.oid != before.oid:
                self.shifted.append(change.path)
            return ()
        if now.oid == before.oid:
            return operations(change.path, change.text, change.hunks)
        if now.oid == _result(change):
            self.already.append(change.path)
            return ()
        text = Text(self.ground.tree.read(now.oid))
        if not is_text(text.data):
            self._collides(change, now, "")
            return ()
        left = self._moved(change, change.text, text)
        if not self.faults:
            (self.shifted if left else self.already).append(change.path)
        return operations(change.path, text, left)

    def _moved(self, change: FileChange, old: Text, text: Text) -> list[Hunk]:
        """Our hunks at their places in the newer text."""
        theirs = hunks(old.lines, text.lines)
        left: list[Hunk] = []
        at = shift = 0
        for ours in change.hunks:
            while at < len(theirs) and theirs[at].end < ours.start:
                shift += _growth(theirs[at])
                at += 1
            near = at
            while near < len(theirs) and theirs[near].start <= ours.end:
                if theirs[near] != ours:
                    self._overlaps(change, ours, theirs[near], old)
                near += 1
            if near == at:
                left.append(Hunk(ours.start + shift, ours.end + shift, ours.new))
        return left

    def _overlaps(self, change: FileChange, ours: Hunk, theirs: Hunk, old: Text) -> None:
        first, last = min(ours.start, theirs.start), max(ours.end, theirs.end)
        start, end = max(first - AROUND, 0), min(last + AROUND, old.count)
        lines = old.lines
        was = b"".join(lines[start:end])
        now = b"".join([*lines[start : theirs.start], *theirs.new, *lines[theirs.end : end]])
        self.faults.take(
            fault(
                "replay-collides",
                change.source or change.path,
                _operation_at(change, ours),
                line=ours.start + 1,
                before=shown(was, 2000),
                now=shown(now, 2000),
            )
        )

    def _collides(self, change: FileChange, now: Entry | None, before: str) -> None:
        path = change.source or change.path
        text = "" if now is None or kind_of(now) != "file" else shown(self.ground.tree.read(now.oid)[:4000], 1000)
        if not before and change.text is not None:
            before = shown(change.text.data[:4000], 1000)
        self.faults.take(fault("replay-collides", path, change.operations[0], before=before, now=text))


def _result(change: FileChange) -> str:
    if change.data is not None:
        return blob_oid(change.data)
    return change.before.oid if change.before is not None else ""


def _growth(hunk: Hunk) -> int:
    return len(hunk.new) - (hunk.end - hunk.start)


def _operation_at(change: FileChange, hunk: Hunk) -> int:
    """The operation that made a hunk."""
    for first, last, index in change.spans:
        if first <= hunk.end + 1 and last >= hunk.start:
            return index
    return change.operations[0]
