"""Which open branches collide with each other: what merging them one after the other would meet, found beforehand.

Each branch is brought onto the tip first, as a merge would do it (``merge``). From then on only paths that two branches
touch are looked at, each text is compared with the tip's once, and two branches are held against each other by these
hunks: the cost follows what the branches touch, never the size of the repository, nor the number of pairs alone.
The rules are those of ``merge``: two branches that meet nowhere here merge one after the other, and no others do.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Final, Literal, NamedTuple

from bot.contracts.tree import FOLDER, Entry, Put, Remove, Tree
from bot.patching.ground import KINDS, Ground, file_mode, kind_of
from bot.patching.merge import MOST_BYTES, Conflict, merge
from bot.patching.merge_text import clashing
from bot.patching.text import blob_oid, is_text, split
from bot.patching.trees import differences
from bot.source.hunks import Hunk, hunks
from bot.source.paths import parent

Kind = Literal["both-changed", "both-added", "deleted", "not-text", "in-the-way", "behind", "not-compared"]
_Unsaid = Literal["not-text", "not-compared"]
MOST_SPOTS: Final = 50
"""With so many paths at which they collide, two branches are not compared any further."""
MOST_PLACES: Final = 50
"""So many places in one path are found at most."""
MOST_TEXT: Final = 200_000_000
"""Bytes of text that one forecast compares with the tip's. What is beyond counts as colliding: the careful side."""
MOST_HUNKS: Final = 4_000_000
"""So many hunks are held against those of others, over all pairs; beyond, the same."""


@dataclass(frozen=True, slots=True)
class Change:
    """An open branch: its number, the tree where it left the base branch, and the tree of its head."""

    key: int
    base: Tree
    head: Tree


class Version(NamedTuple):
    """What a branch makes of a path: a mode and a blob."""

    mode: int
    oid: str


@dataclass(frozen=True, slots=True)
class Brought:
    """A branch on the tip: every path at which it then differs from it; ``None`` where it deletes.

    With ``behind`` it collides with the tip itself, and ``versions`` holds all that it touched, as it touched it.
    """

    key: int
    head: Tree
    versions: Mapping[str, Version | None]
    behind: tuple[Conflict, ...] = ()
    made: Mapping[str, bytes] = field(default_factory=dict)
    """The texts that were merged with the tip's, by oid: these are in no repository."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A path at which two branches collide.

    ``lines``: where the places in it begin, in the tip's text, from 1. ``by``: who deletes it, or who makes a file of
    what the other one has as a folder.
    """

    path: str
    kind: Kind
    lines: tuple[int, ...] = ()
    by: int | None = None

    @property
    def weight(self) -> int:
        """How many places are to be mended in it."""
        return max(1, len(self.lines))


@dataclass(frozen=True, slots=True)
class Pair:
    """Two branches that collide, the lower number first, and the paths, sorted: ``MOST_SPOTS`` of them at most."""

    one: int
    other: int
    spots: tuple[Spot, ...]

    @property
    def weight(self) -> int:
        """How many places are to be mended."""
        return sum(spot.weight for spot in self.spots)


@dataclass(frozen=True, slots=True)
class Forecast:
    """All pairs that collide, sorted, and the branches that collide with the base branch by now."""

    pairs: tuple[Pair, ...]
    behind: Mapping[int, tuple[Conflict, ...]]


def forecast(tip: Tree, branches: Sequence[Change]) -> Forecast:
    """Which of these branches collide. ``tip`` is the base branch's head; each key stands once."""
    return meet(tip, [bring(tip, each) for each in branches])


def bring(tip: Tree, branch: Change) -> Brought:
    """A branch on the tip. The result holds for this tip, base and head, whatever else is open."""
    merged = merge(branch.base, tip, branch.head)
    if merged.conflicts:
        raw = {each.path: _version(each.after) for each in differences(branch.base, branch.head)}
        return Brought(branch.key, branch.head, raw, merged.conflicts)
    ground = Ground(tip)
    versions: dict[str, Version | None] = {}
    made: dict[str, bytes] = {}
    for edit in merged.edits:
        if isinstance(edit, Remove):
            versions.setdefault(edit.path, None)
        elif isinstance(edit, Put):
            versions[edit.path] = Version(edit.mode, edit.oid)
        else:
            new = Version(edit.mode, blob_oid(edit.data))
            if new != _version(ground.find(edit.path).entry):  # else the tip holds all of it by now
                versions[edit.path] = new
                made[new.oid] = edit.data
    return Brought(branch.key, branch.head, versions, made=made)


def meet(tip: Tree, branches: Sequence[Brought]) -> Forecast:
    """Which of the branches that were brought onto this tip collide."""
    work = _Meeting(Ground(tip), branches)
    work.same_paths()
    work.files_and_folders()
    pairs = tuple(
        Pair(*keys, tuple(spots[path] for path in sorted(spots))) for keys, spots in sorted(work.found.items())
    )
    return Forecast(pairs, {each.key: each.behind for each in branches if each.behind})


class _Group(NamedTuple):
    """The branches that make the same of a path: the first of them, and all their keys."""

    first: Brought
    version: Version | None
    keys: list[int]


class _Meeting:
    """All branches by the paths that they touch."""

    def __init__(self, tip: Ground, branches: Sequence[Brought]) -> None:
        self.found: dict[tuple[int, int], dict[str, Spot]] = {}
        self._tip = tip
        self._touched: dict[str, list[Brought]] = {}
        for branch in branches:
            for path in branch.versions:
                self._touched.setdefault(path, []).append(branch)
        self._texts = _Texts(tip.tree)

    def same_paths(self) -> None:
        """Compares what the branches make of one path: those that make the same of it as one."""
        for path in sorted(path for path, branches in self._touched.items() if len(branches) > 1):
            groups: dict[tuple[Version | None, bool], _Group] = {}
            for branch in self._touched[path]:
                key = branch.versions[path], bool(branch.behind)
                groups.setdefault(key, _Group(branch, key[0], [])).keys.append(branch.key)
            for one, other in combinations(groups.values(), 2):
                pairs = self._pairs(one.keys, other.keys)
                spot = self._spot(path, one, other) if pairs and one.version != other.version else None
                if spot is not None:
                    gone = next((group.keys for group in (one, other) if group.version is None), None)
                    self._note(spot, pairs, None if spot.kind == "behind" else gone)

    def files_and_folders(self) -> None:
        """Finds where one branch makes a file of a path below which another one has something."""
        above: dict[str, tuple[str, ...]] = {"": ()}
        for path, branches in sorted(self._touched.items()):
            files = self._above(parent(path), above)
            below = [branch.key for branch in branches if branch.versions[path] is not None] if files else []
            for file in files:
                makers = [branch.key for branch in self._touched[file] if branch.versions[file] is not None]
                pairs = self._pairs(makers, below)
                if pairs:
                    self._note(Spot(file, "in-the-way"), pairs, makers)

    def _above(self, folder: str, known: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
        """Of a folder and those that it stands in, those of which some branch makes a file."""
        found = known.get(folder)
        if found is None:
            found = self._above(parent(folder), known)
            if any(branch.versions[folder] is not None for branch in self._touched.get(folder, ())):
                found = (*found, folder)
            known[folder] = found
        return found

    def _spot(self, path: str, one: _Group, other: _Group) -> Spot | None:
        """Where two different versions of a path collide; the rules are those of ``merge``."""
        if one.first.behind or other.first.behind:
            return Spot(path, "behind")
        if one.version is None or other.version is None:
            return Spot(path, "deleted")
        was = _version(self._tip.find(path).entry)
        if was is None:
            return Spot(path, "both-added")
        if any(version.mode in KINDS for version in (was, one.version, other.version)):
            return Spot(path, "not-text")
        if was.oid in {one.version.oid, other.version.oid} or one.version.oid == other.version.oid:
            return None  # one side changed the mode alone
        met = self._texts.clashes(was.oid, (one.first, one.version.oid), (other.first, other.version.oid))
        if isinstance(met, str):
            return Spot(path, met)
        return Spot(path, "both-changed", met) if met else None

    def _pairs(self, ones: list[int], others: list[int]) -> list[tuple[int, int]]:
        """All pairs of keys, the lower one first, that do not collide in enough places by now."""
        pairs = ((min(one, other), max(one, other)) for one in ones for other in others if one != other)
        return [pair for pair in pairs if len(self.found.get(pair, ())) < MOST_SPOTS]

    def _note(self, spot: Spot, pairs: list[tuple[int, int]], by: Sequence[int] | None) -> None:
        for pair in pairs:
            whose = None if by is None else pair[0] if pair[0] in by else pair[1]
            self.found.setdefault(pair, {}).setdefault(spot.path, replace(spot, by=whose))


class _Texts:
    """Texts held against each other: each is compared with the tip's once, and each two of them once."""

    def __init__(self, tip: Tree) -> None:
        self._tip = tip
        self._of, self._is_text = "", False
        self._lines: list[bytes] = []
        self._hunks: dict[tuple[str, str], list[Hunk] | _Unsaid] = {}
        self._met: dict[tuple[str, str, str], tuple[int, ...] | _Unsaid] = {}
        self._text = self._looked = 0

    def clashes(self, was: str, one: tuple[Brought, str], other: tuple[Brought, str]) -> tuple[int, ...] | _Unsaid:
        """The lines of the tip's text at which two others clash, or why that cannot be said; all by oid."""
        key = was, min(one[1], other[1]), max(one[1], other[1])
        found = self._met.get(key)
        if found is None:
            found = self._met[key] = self._clash(was, self._changes(was, *one), self._changes(was, *other))
        return found

    def _clash(self, was: str, ours: list[Hunk] | _Unsaid, theirs: list[Hunk] | _Unsaid) -> tuple[int, ...] | _Unsaid:
        if isinstance(ours, str):
            return ours
        if isinstance(theirs, str):
            return theirs
        self._looked += len(ours) + len(theirs)
        if self._looked > MOST_HUNKS:
            return "not-compared"
        return clashing(self._before(was), ours, theirs, MOST_PLACES)

    def _changes(self, was: str, branch: Brought, oid: str) -> list[Hunk] | _Unsaid:
        """What a branch changed in a text of the tip."""
        found = self._hunks.get((was, oid))
        if found is None:
            found = self._hunks[was, oid] = self._compared(was, branch, oid)
        return found

    def _compared(self, was: str, branch: Brought, oid: str) -> list[Hunk] | _Unsaid:
        size = len(branch.made[oid]) if oid in branch.made else branch.head.size(oid)
        if max(size, self._tip.size(was)) > MOST_BYTES:
            return "not-text"
        self._text += size
        if self._text > MOST_TEXT:
            return "not-compared"
        data = branch.made[oid] if oid in branch.made else branch.head.read(oid)
        lines = self._before(was)
        if not is_text(data) or not self._is_text:
            return "not-text"
        return hunks(lines, split(data))

    def _before(self, was: str) -> list[bytes]:
        """The lines of one text of the tip; paths come one after the other, so that one is kept."""
        if self._of != was:
            data = self._tip.read(was)
            self._of, self._lines, self._is_text = was, split(data), is_text(data)
        return self._lines


def _version(entry: Entry | None) -> Version | None:
    """What stands at a path; a folder is nothing. Modes that git no longer writes count as those that it does."""
    if entry is None or entry.mode == FOLDER:
        return None
    return Version(file_mode(entry) if kind_of(entry) == "file" else entry.mode, entry.oid)
