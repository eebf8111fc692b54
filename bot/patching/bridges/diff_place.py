"""Finds the place of every hunk in the file as it is at the base, by its old lines; numbers decide between equals."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from bot.patching.bridges.desk import Desk
from bot.patching.bridges.diff_model import DiffHunk
from bot.patching.bridges.draft import File, end_at, fit
from bot.patching.bridges.find import HUNK, MOST_PLACES, already, places, stands
from bot.patching.text import BOM, bare
from bot.source.hunks import Hunk


@dataclass
class Placing:
    """A hunk and where it can stand: indexes of its first old line."""

    hunk: DiffHunk
    spots: list[int] = field(default_factory=list)

    @property
    def size(self) -> int:
        """How many old lines it has."""
        return len(self.hunk.old)


class _Run(NamedTuple):
    """Lines of a hunk that change, without context between them."""

    start: int
    removed: int
    new: list[tuple[bytes, bytes, bool]]
    """Each new line with its end, without, and whether it has one."""


def place(path: str, file: File, hunks: Sequence[DiffHunk], desk: Desk, *, as_given: bool = False) -> list[Hunk]:
    """What a file's hunks make of it, in order. Faults are noted; nothing is to be done with what comes back then.

    ``as_given``: lines of a hunk that only adds, too, are taken as they are, and not fitted to the file.
    """
    placings = [Placing(hunk) for hunk in hunks]
    for each in placings:
        each.spots = _spots(path, file, each.hunk, desk)
    if not all(each.spots for each in placings):
        return []
    _by_order(placings)
    unsure = [each for each in placings if len(each.spots) > 1]
    for each in unsure:
        lines = [str(spot + 1) for spot in each.spots]
        desk.faults.add("hunk-ambiguous", desk.payload.place(each.hunk.at), path=path, candidates=lines[:20])
    if unsure:
        return []
    placings.sort(key=lambda each: (each.spots[0], each.size))
    changes = [list(_changes(path, file, each, desk, as_given=as_given)) for each in placings]
    _check_apart(path, placings, changes, desk)
    found = [change for each in changes for change in each]
    return sorted(found, key=lambda change: (change.start, change.end))


# --- where


def _spots(path: str, file: File, hunk: DiffHunk, desk: Desk) -> list[int]:
    """Where a hunk can stand; none, and a fault, where it cannot."""
    place = desk.payload.place(hunk.at)
    desk.budget.spend(HUNK)
    if hunk.only_adds:
        if not file.lines:
            return [0]
        numbered = (
            file.text.data != BOM
            and hunk.counts == (0, len(hunk.lines))
            and hunk.start is not None
            and hunk.start <= len(file.lines)
        )
        if numbered and hunk.start is not None:
            return [hunk.start]
        desk.faults.add("hunk-without-context", place, path=path)
        return []
    at = None if hunk.start is None else hunk.start - 1
    if at is not None and stands(file.lines, hunk.old, at):
        return [at]
    exact = places(file.lines, hunk.old, desk.budget)
    if at is not None and stands(file.bare, hunk.old_bare, at) and _end_fits(file, hunk, at):
        return sorted({at, *exact})
    loose = exact or _loose(file, hunk, desk)
    if not loose:
        new = [line.bare for line in hunk.lines if line.sign != b"-"]
        nearest = already(file.bare, new, desk.budget) or desk.faults.nearest(file.lines, hunk.old_bare)
        desk.faults.add("hunk-not-found", place, path=path, nearest=nearest)
    return loose


def _loose(file: File, hunk: DiffHunk, desk: Desk) -> list[int]:
    """Where a hunk stands, whatever ends its lines."""
    if hunk.ends_file:
        at = len(file.lines) - len(hunk.old)
        return [at] if stands(file.bare, hunk.old_bare, at) and _end_fits(file, hunk, at) else []
    return places(file.bare, hunk.old_bare, desk.budget)


def _end_fits(file: File, hunk: DiffHunk, at: int) -> bool:
    """A hunk whose old text ends without a line end stands at the end of a file that does so."""
    return not hunk.ends_file or (file.unended and at + len(hunk.old) == len(file.lines))


def _by_order(placings: Sequence[Placing]) -> None:
    """Where hunks in their order, one after the other, have only one way to stand, they stand that way."""
    if all(len(each.spots) == 1 for each in placings) or any(len(each.spots) >= MOST_PLACES for each in placings):
        return  # of so many places, not all were looked for
    earliest = _chain(placings)
    latest = _chain(placings, backward=True)
    if earliest is None or earliest != latest:
        return
    for each, spot in zip(placings, earliest, strict=True):
        each.spots = [spot]


def _chain(placings: Sequence[Placing], *, backward: bool = False) -> list[int] | None:
    """The first (or last) place of each hunk after (before) the one before it; ``None`` when there is none."""
    found: list[int] = []
    limit: int | None = None
    for each in reversed(placings) if backward else placings:
        if backward:
            room = bisect_right(each.spots, limit - each.size) if limit is not None else len(each.spots)
            if not room:
                return None
            found.append(each.spots[room - 1])
            limit = found[-1]
        else:
            room = bisect_left(each.spots, limit) if limit is not None else 0
            if room == len(each.spots):
                return None
            found.append(each.spots[room])
            limit = found[-1] + each.size
    return found[::-1] if backward else found


# --- what


def _changes(path: str, file: File, placing: Placing, desk: Desk, *, as_given: bool) -> Iterator[Hunk]:
    """A placed hunk's changes. Context lines stay the file's own."""
    hunk, at = placing.hunk, placing.spots[0]
    exact = not hunk.only_adds and stands(file.lines, hunk.old, at)
    given = exact or as_given or (hunk.only_adds and any(line.data.endswith(b"\r") for line in hunk.lines))
    for run in _runs(hunk, at):
        made = _as_given(run) if given and not _goes_behind(file, run) else _fitted(file, hunk, run)
        if not _ends_well(file, hunk, run, made):
            reason = "a line without an end would not be the file's last one"
            desk.faults.add("bad-hunk", desk.payload.place(hunk.at), reason=reason, text=path)
        elif tuple(file.lines[made.start : made.end]) != made.new:
            yield made


def _runs(hunk: DiffHunk, at: int) -> Iterator[_Run]:
    run = _Run(at, 0, [])
    for line in hunk.lines:
        if line.sign == b"+":
            run.new.append((line.whole, line.bare, line.ended))
        elif line.sign == b"-":
            run = run._replace(removed=run.removed + 1)
        else:
            if run.removed or run.new:
                yield run
            run = _Run(run.start + run.removed + 1, 0, [])
    if run.removed or run.new:
        yield run


def _as_given(run: _Run) -> Hunk:
    return Hunk(run.start, run.start + run.removed, tuple(whole for whole, _, _ in run.new))


def _goes_behind(file: File, run: _Run) -> bool:
    """Whether lines are added behind a last line that has no end."""
    return file.unended and run.start == len(file.lines)


def _fitted(file: File, hunk: DiffHunk, run: _Run) -> Hunk:
    """With the line ends of the file, unless the hunk says how the file ends."""
    end = run.start + run.removed
    made = fit(file.lines, run.start, end, [text for _, text, _ in run.new])
    if not hunk.knows_end or end < len(file.lines) or not run.new:
        return made
    last = bare(made.new[-1]) + (end_at(file.lines, end - 1) if run.new[-1][2] else b"")
    return Hunk(made.start, made.end, (*made.new[:-1], last))


def _ends_well(file: File, hunk: DiffHunk, run: _Run, made: Hunk) -> bool:
    """Whether only the last line of the file comes to lack its end, and is not said to be unended in vain."""
    unended = [at for at, (_, _, ended) in enumerate(run.new) if not ended]
    if any(at < len(run.new) - 1 for at in unended) or (unended and run.start + run.removed < len(file.lines)):
        return False
    if _goes_behind(file, run) and hunk.ends_file:
        return False  # it says that the line before stays without an end
    return all(line.endswith(b"\n") for line in made.new[:-1])


def _check_apart(path: str, placings: Sequence[Placing], changes: Sequence[Iterable[Hunk]], desk: Desk) -> None:
    """No hunk may change what another one holds."""
    every = [change for each in changes for change in each]
    starts, ends = sorted(change.start for change in every), sorted(change.end for change in every)
    before: Placing | None = None
    crossing: list[int] = []
    for each, own in zip(placings, changes, strict=True):
        first, last = each.spots[0], each.spots[0] + each.size
        mine = _inside(sorted(change.start for change in own), sorted(change.end for change in own), first, last)
        same = before is not None and before.spots == each.spots and before.size == each.size
        if same or _inside(starts, ends, first, last) != mine:
            crossing += [each.hunk.at, *([before.hunk.at] if same and before is not None else [])]
        before = each
    if crossing:
        desk.conflict(path, max(crossing), min(crossing))


def _inside(starts: list[int], ends: list[int], first: int, last: int) -> int:
    """How many of some changes, which are apart, reach in between two lines."""
    return bisect_left(starts, last) - bisect_right(ends, first)
