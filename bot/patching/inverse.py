"""The batch that undoes a batch: computed from what it did, byte for byte."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from bot.contracts.patch import Chmod, Delete, Move, Operation, PatchBatch
from bot.contracts.tree import EXECUTABLE, Tree
from bot.patching.apply import Applied, FileChange
from bot.patching.ground import file_mode
from bot.patching.hunks import create, operations
from bot.patching.text import Text, blob_oid
from bot.source.hunks import Hunk


def inverse(before: Tree, applied: Applied, base: str = "") -> PatchBatch | None:
    """The batch that makes ``before`` again of what ``applied`` makes of it; ``None`` when that was nothing.

    ``base`` is the commit that holds the applied batch. Later work stays when it is replayed on top of it.
    """
    undo = [operation for change in applied.files for operation in _undo(before, change)]
    if not undo:
        return None
    batch = applied.batch
    return batch.model_copy(update={"base": base, "reason": None, "operations": tuple(undo)})


def _undo(before: Tree, change: FileChange) -> Iterable[Operation]:
    if change.before is None or change.source is None:
        assert change.data is not None  # noqa: S101 - a new file has bytes
        yield Delete(op="delete", path=change.path, expect_blob=blob_oid(change.data))
        return
    if change.mode is None:
        yield create(change.source, before.read(change.before.oid), file_mode(change.before))
        return
    now = change.before.oid if change.data is None else blob_oid(change.data)
    if change.source != change.path:
        yield Move(op="move", path=change.path, to=change.source, expect_blob=now)
    if change.mode != file_mode(change.before):
        yield Chmod(op="chmod", path=change.source, mode=mode_name(file_mode(change.before)), expect_blob=now)
    if change.data is not None and change.text is not None:
        new = Text(change.data)
        for operation in operations(change.source, new, reversed_hunks(change.text.lines, change.hunks)):
            yield operation.model_copy(update={"expect_blob": now})


def reversed_hunks(old: Sequence[bytes], changes: Iterable[Hunk]) -> list[Hunk]:
    """The hunks that make ``old`` again of what ``changes`` make of it."""
    found = []
    shift = 0
    for start, end, new in changes:
        found.append(Hunk(start + shift, start + shift + len(new), tuple(old[start:end])))
        shift += len(new) - (end - start)
    return found


def mode_name(mode: int) -> Any:
    """A mode as a batch names it."""
    return "100755" if mode == EXECUTABLE else "100644"
