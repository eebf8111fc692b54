"""Puts what one commit did on another tree: a three-way merge of trees that reads only what the commit changed (law 5).

``base`` is the commit's parent, ``theirs`` the commit, ``ours`` the tree that it is put on. Nothing is guessed: a file
that one side deleted and the other changed, two files added at one path, two modes, two binaries collide, and no
rename is looked for. Where the two sides did the same, it is there already.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from bot.contracts.tree import FOLDER, Edit, Entry, Put, Remove, Tree, Write
from bot.patching.ground import Ground, file_mode, kind_of
from bot.patching.merge_text import Clash, Side, merge_text
from bot.patching.text import is_text, shown
from bot.patching.trees import Difference, differences
from bot.source.paths import join

__all__ = ["Clash", "Conflict", "Merged", "Side", "merge"]

Kind = Literal["both-changed", "both-added", "deleted-by-us", "deleted-by-them", "not-text", "in-the-way"]
MOST_BYTES: Final = 10 * 1024 * 1024
"""A larger file is not merged by lines."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """One path at which the two sides collide, and the places in it, as far as it is text."""

    path: str
    kind: Kind
    clashes: tuple[Clash, ...] = ()


@dataclass(frozen=True, slots=True)
class Merged:
    """The edits that put the commit on ``ours``, and what collides. With conflicts the edits are worth nothing."""

    edits: tuple[Edit, ...]
    conflicts: tuple[Conflict, ...]
    favoured: tuple[str, ...] = ()
    """Paths at which the favoured side won."""


def merge(base: Tree, ours: Tree, theirs: Tree, *, favour: Side | None = None) -> Merged:
    """What ``theirs`` did to ``base``, as edits of ``ours``. ``favour``: whose version stands where they collide."""
    work = _Merge(base, Ground(ours), theirs, favour)
    found = differences(base, theirs)
    for each in found:  # what goes away first: it is no obstacle to what comes
        if each.after is None:
            work.gone(each)
    for each in found:
        if each.after is not None:
            work.come(each, each.after)
    return Merged((*work.removed.values(), *work.made), tuple(work.conflicts), tuple(work.favoured))


@dataclass
class _Merge:
    base: Tree
    ours: Ground
    theirs: Tree
    favour: Side | None
    removed: dict[str, Remove] = field(default_factory=dict)
    made: list[Edit] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    favoured: list[str] = field(default_factory=list)

    def gone(self, each: Difference) -> None:
        """What the commit deleted, or made a folder of."""
        now = self.ours.find(each.path).entry
        if now is None or now.mode == FOLDER:
            return  # it is gone here, too
        if _same(now, each.before) or self._wins(Conflict(each.path, "deleted-by-them", self._whole(now, None))):
            self.removed[each.path] = Remove(each.path)

    def come(self, each: Difference, after: Entry) -> None:
        """What the commit added or changed."""
        there = self.ours.find(each.path)
        now = there.entry
        if _same(now, after):
            return
        blocker = there.blocker if there.blocker is not None else each.path if self._is_folder(now) else None
        if blocker is not None and not self._clears(blocker):
            if self._wins(Conflict(each.path, "in-the-way")):
                self.removed[blocker] = Remove(blocker)
                self.made.append(Put(each.path, _mode(after), after.oid))
            return
        if self._is_folder(now):
            now = None
        if _same(now, each.before):
            self.made.append(Put(each.path, _mode(after), after.oid))
        elif now is None:
            self._put(each.path, after, Conflict(each.path, "deleted-by-us", self._whole(None, after)))
        elif each.before is None:
            self._put(each.path, after, Conflict(each.path, "both-added", self._whole(now, after)))
        else:
            self._both(each.path, each.before, now, after)

    def _both(self, path: str, before: Entry, now: Entry, after: Entry) -> None:
        if {kind_of(entry) for entry in (before, now, after)} != {"file"}:
            self._put(path, after, Conflict(path, "not-text"))
            return
        modes = [file_mode(entry) for entry in (before, now, after)]
        mode = modes[2] if modes[0] == modes[1] else modes[1]
        if after.oid in {before.oid, now.oid} or now.oid == before.oid:
            oid = after.oid if now.oid == before.oid else now.oid
            if (mode, oid) != (modes[1], now.oid):
                self.made.append(Put(path, mode, oid))
            return
        sizes = (self.base.size(before.oid), self.ours.tree.size(now.oid), self.theirs.size(after.oid))
        if max(sizes) > MOST_BYTES:
            self._put(path, after, Conflict(path, "not-text"))
            return
        texts = self.base.read(before.oid), self.ours.tree.read(now.oid), self.theirs.read(after.oid)
        if not all(map(is_text, texts)):
            self._put(path, after, Conflict(path, "not-text"))
            return
        merged = merge_text(*texts, favour=self.favour)
        if merged.clashes:
            conflict = Conflict(path, "both-changed", merged.clashes)
            if self.favour is None:
                self.conflicts.append(conflict)
                return
            self.favoured.append(path)
        self.made.append(Write(path, mode, merged.data))

    def _put(self, path: str, after: Entry, conflict: Conflict) -> None:
        """Their version whole, where theirs wins a conflict."""
        if self._wins(conflict):
            self.made.append(Put(path, _mode(after), after.oid))

    def _wins(self, conflict: Conflict) -> bool:
        """Whether their side is taken in a conflict; it is noted where no side is favoured."""
        if self.favour is None:
            self.conflicts.append(conflict)
        else:
            self.favoured.append(conflict.path)
        return self.favour == "theirs"

    def _is_folder(self, entry: Entry | None) -> bool:
        return entry is not None and entry.mode == FOLDER

    def _clears(self, path: str) -> bool:
        """Whether the commit itself takes away all that stands at a path."""
        entry = self.ours.find(path).entry
        if entry is None or entry.mode != FOLDER:
            return path in self.removed
        return all(each in self.removed for each in self._below(path, entry.oid))

    def _below(self, folder: str, oid: str) -> Iterator[str]:
        for entry in self.ours.folder(oid).values():
            path = join(folder, entry.name)
            if entry.mode == FOLDER:
                yield from self._below(path, entry.oid)
            else:
                yield path

    def _whole(self, now: Entry | None, after: Entry | None) -> tuple[Clash, ...]:
        """Both versions of a whole file, as far as they are text; one that is deleted is empty."""
        sides = []
        for tree, entry in ((self.ours.tree, now), (self.theirs, after)):
            if entry is None:
                sides.append("")
                continue
            if kind_of(entry) != "file" or tree.size(entry.oid) > MOST_BYTES:
                return ()
            data = tree.read(entry.oid)
            if not is_text(data):
                return ()
            sides.append(shown(data, 2_000))
        return (Clash(1, "", *sides),)


def _same(one: Entry | None, other: Entry | None) -> bool:
    """Whether two entries are the same thing; modes that git no longer writes count as those that it does."""
    if one is None or other is None:
        return one is other
    return (_mode(one), one.oid) == (_mode(other), other.oid)


def _mode(entry: Entry) -> int:
    return file_mode(entry) if kind_of(entry) == "file" else entry.mode
