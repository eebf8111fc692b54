"""Takes back what one commit did, on top of all that came after it, or refuses with the files that collide.

Subtrees are compared by oid, so the cost follows what the commit changed, never the size of the repository.
"""

from __future__ import annotations

from bot.contracts.tree import EXECUTABLE, FILE, FOLDER, Edit, Entry, Put, Remove, Tree, Write
from bot.errors import Place, Refusal
from bot.migration.model import joined, show
from bot.source.hunks import Hunk, hunks, join

MOST_BYTES = 1024 * 1024
MOST_LINES = 20_000
"""Larger files are not merged by lines."""
MOST_NAMED = 50


def inverse(before: Tree, after: Tree, now: Tree) -> tuple[Edit, ...]:
    """The edits that undo ``before`` -> ``after`` on ``now``, sorted by path.

    Raises ``rollback-collides`` with the files that were changed since in the same places, and
    ``nothing-to-roll-back`` when ``now`` holds nothing of the change any more.
    """
    work = _Inverse(before, after, now)
    work.undo("", _root(before), _root(after), _root(now))
    if work.collisions:
        files = sorted(work.collisions)
        values = {"files": [show(path) for path in files[:MOST_NAMED]], "count": len(files)}
        raise Refusal("rollback-collides", Place(), values)
    if not work.edits:
        raise Refusal("nothing-to-roll-back", Place(), {})
    return tuple(sorted(work.edits, key=lambda edit: edit.path))


def _root(tree: Tree) -> Entry:
    return Entry("", FOLDER, tree.oid)


def _same(one: Entry | None, other: Entry | None) -> bool:
    if one is None or other is None:
        return one is other
    return (one.mode, one.oid) == (other.mode, other.oid)


class _Inverse:
    def __init__(self, before: Tree, after: Tree, now: Tree) -> None:
        self.before, self.after, self.now = before, after, now
        self.edits: list[Edit] = []
        self.collisions: list[str] = []

    def undo(self, path: str, before: Entry | None, after: Entry | None, now: Entry | None) -> None:
        """Undo what happened to one path."""
        if _same(before, after) or _same(now, before):
            return
        if _same(now, after) and path:
            self.edits.append(Put(path, before.mode, before.oid) if before is not None else Remove(path))
        elif all(entry is None or entry.mode == FOLDER for entry in (before, after, now)):
            self._inside(path, before, after, now)
        elif before is not None and after is not None and now is not None:
            self._merge(path, before, after, now)
        else:
            self.collisions.append(path)

    def _inside(self, path: str, before: Entry | None, after: Entry | None, now: Entry | None) -> None:
        old, new, present = (
            {entry.name: entry for entry in tree.list(folder.oid)} if folder is not None else {}
            for tree, folder in ((self.before, before), (self.after, after), (self.now, now))
        )
        for name in sorted(old.keys() | new.keys()):
            self.undo(joined(path, name), old.get(name), new.get(name), present.get(name))

    def _merge(self, path: str, before: Entry, after: Entry, now: Entry) -> None:
        entries = (before, after, now)
        if any(entry.mode not in {FILE, EXECUTABLE} for entry in entries):
            self.collisions.append(path)
            return
        mode = before.mode if now.mode == after.mode else now.mode
        if len({before.oid, after.oid, now.oid}) < 3:
            self.edits.append(Put(path, mode, before.oid if now.oid == after.oid else now.oid))
            return
        merged = None
        trees = (self.before, self.after, self.now)
        if all(tree.size(entry.oid) <= MOST_BYTES for tree, entry in zip(trees, entries, strict=True)):
            merged = merge(self.after.read(after.oid), self.now.read(now.oid), self.before.read(before.oid))
        if merged is None:
            self.collisions.append(path)
        elif merged != self.now.read(now.oid) or mode != now.mode:
            self.edits.append(Write(path, mode, merged))


def merge(base: bytes, ours: bytes, theirs: bytes) -> bytes | None:
    """Three-way merge by lines; ``None`` when changes overlap or touch, or the data is not text."""
    if b"\0" in base + ours + theirs:
        return None
    lines = [_split(data) for data in (base, ours, theirs)]
    if max(map(len, lines)) > MOST_LINES:
        return None
    mine, other = hunks(lines[0], lines[1]), hunks(lines[0], lines[2])
    if any(_touch(one, two) and one != two for one in mine for two in other):
        return None
    return join(lines[0], sorted({*mine, *other}))


def _split(data: bytes) -> list[bytes]:
    """Lines that end in \\n alone: a lone \\r, \\v or \\f is part of its line."""
    parts = data.split(b"\n")
    return [part + b"\n" for part in parts[:-1]] + ([parts[-1]] if parts[-1] else [])


def _touch(one: Hunk, two: Hunk) -> bool:
    return one[0] <= two[1] and two[0] <= one[1]
