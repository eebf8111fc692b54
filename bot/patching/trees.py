"""The batch between two trees: what a commit did, read from its objects. Cost follows what differs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from bot.contracts.patch import Chmod, Delete, Move, Operation
from bot.contracts.tree import FOLDER, Entry, Tree
from bot.errors import Refusal
from bot.patching.faults import at
from bot.patching.ground import file_mode, kind_of
from bot.patching.hunks import between, create
from bot.patching.inverse import mode_name
from bot.patching.text import is_text
from bot.source.paths import join


class Difference(NamedTuple):
    """One path at which two trees differ; ``None`` where there is nothing. Never a folder."""

    path: str
    before: Entry | None
    after: Entry | None


def differences(before: Tree, after: Tree) -> list[Difference]:
    """Every file, symlink and submodule in which two trees differ, sorted by path."""
    return sorted(_differences(before, after, "", before.oid, after.oid))


def _differences(before: Tree, after: Tree, folder: str, old: str | None, new: str | None) -> Iterator[Difference]:
    if old == new:
        return
    one = {entry.name: entry for entry in before.list(old)} if old is not None else {}
    two = {entry.name: entry for entry in after.list(new)} if new is not None else {}
    for name in one.keys() | two.keys():
        was, now = one.get(name), two.get(name)
        if was is not None and now is not None and (was.mode, was.oid) == (now.mode, now.oid):
            continue
        path = join(folder, name)
        inner = [entry.oid if entry is not None and entry.mode == FOLDER else None for entry in (was, now)]
        if inner != [None, None]:
            yield from _differences(before, after, path, *inner)
        files = [entry if entry is not None and entry.mode != FOLDER else None for entry in (was, now)]
        if files != [None, None]:
            yield Difference(path, *files)


def between_trees(before: Tree, after: Tree) -> tuple[Operation, ...]:
    """The operations that make the one tree of the other; a file that only changed its path is moved.

    Raises ``Refusal('not-a-batch')`` for a difference that no batch can make: symlinks, submodules, binary edits.
    """
    found = differences(before, after)
    moved = _moved(found)
    made: list[Operation] = []
    for each in found:
        if each.path in moved.values():
            continue
        if each.path in moved and each.before is not None:
            made.append(Move(op="move", path=each.path, to=moved[each.path], expect_blob=each.before.oid))
        else:
            made += _operations(before, after, each)
    return tuple(made)


def _moved(found: list[Difference]) -> dict[str, str]:
    """Old paths to new ones, where a blob went away in one place and came in one other, with the same mode."""
    gone: dict[tuple[int, str], list[str]] = {}
    come: dict[tuple[int, str], list[str]] = {}
    for path, was, now in found:
        if now is None and was is not None:
            gone.setdefault((file_mode(was), was.oid), []).append(path)
        elif was is None and now is not None:
            come.setdefault((file_mode(now), now.oid), []).append(path)
    return {paths[0]: come[key][0] for key, paths in gone.items() if len(paths) == len(come.get(key, ())) == 1}


def _operations(before: Tree, after: Tree, each: Difference) -> Iterator[Operation]:
    path, was, now = each
    for entry in (was, now):
        if entry is not None and kind_of(entry) != "file":
            raise _beyond(path, f"a {kind_of(entry)}")
    if now is None:
        assert was is not None  # noqa: S101 - one of both is there
        yield Delete(op="delete", path=path, expect_blob=was.oid)
        return
    data = after.read(now.oid)
    if was is None:
        yield create(path, data, file_mode(now))
        return
    if file_mode(was) != file_mode(now):
        yield Chmod(op="chmod", path=path, mode=mode_name(file_mode(now)), expect_blob=was.oid)
    if was.oid != now.oid:
        old = before.read(was.oid)
        if not (is_text(old) and is_text(data)):
            raise _beyond(path, "a binary file")
        for operation in between(path, old, data):
            yield operation.model_copy(update={"expect_blob": was.oid})


def _beyond(path: str, what: str) -> Refusal:
    place = at(path, 0)
    return Refusal("not-a-batch", place, {"path": place.file or "", "what": what})
