"""The edits of one file: fitted to it, put in order, and spliced in, so that every other byte stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bot.contracts.patch import Append, InsertAfter, Placed, Prepend, ReplaceBlock, TextOperation
from bot.errors import Refusal
from bot.patching import gate
from bot.patching.coordinates import Budget, Lines, Misplaced, Resolver
from bot.patching.faults import Faults, fault
from bot.patching.nearest import nearest_block
from bot.patching.text import BOM, Text, bare, ending, plain, shown, split
from bot.source.hunks import Hunk


class Edit(NamedTuple):
    """One operation on one file: its number in the batch (from 0), itself, and its text as bytes."""

    number: int
    operation: TextOperation
    text: bytes


class Spot(NamedTuple):
    """Where an operation works: for ``lines`` or, without them, at ``gap``."""

    edit: Edit
    gap: int
    """How many lines stand before it."""
    lines: Lines | None
    start: int
    end: int
    """Byte offsets of what it replaces; equal for an insertion."""
    anchor: int | None = None
    """The line whose indentation its text may take."""

    @property
    def exact(self) -> bool:
        """Whether its text is taken as given."""
        return self.edit.operation.exact or self.edit.operation.encoding == "base64"

    @property
    def order(self) -> tuple[int, int, int]:
        """Where it comes: an insertion before the lines that follow it, several in the order they were given."""
        return self.gap, int(self.lines is not None), self.edit.number


class Piece(NamedTuple):
    """A spot with the bytes that come there, fitted to the file."""

    spot: Spot
    text: bytes


def pieces(path: str, text: Text, edits: Sequence[Edit], budget: Budget, faults: Faults) -> list[Piece]:
    """The edits of one file in the order of their places. Adds what is wrong with them to ``faults``.

    Text is fitted only for places that are apart, so that the work is bounded by the file and the batch together.
    """
    wanted = [edit.operation.at for edit in edits if isinstance(edit.operation, Placed)]
    spots: list[Spot] = []
    found: list[Piece] = []
    try:
        resolver = Resolver(text, budget, wanted)
    except Misplaced as misplaced:
        faults.take(fault(misplaced.code, path, edits[0].number, **misplaced.values))
        return found
    for edit in edits:
        try:
            spots.append(_spot(text, edit, resolver))
        except Misplaced as misplaced:
            faults.take(fault(misplaced.code, path, edit.number, line=misplaced.line, **misplaced.values))
        except Refusal as refusal:  # a regex that is none
            faults.take(fault(refusal.code, path, edit.number, **refusal.values))
    for spot in _apart(path, sorted(spots, key=lambda spot: spot.order), faults):
        try:
            found.append(Piece(spot, _fitted(text, spot, budget)))
        except Misplaced as misplaced:
            faults.take(fault(misplaced.code, path, spot.edit.number, line=misplaced.line, **misplaced.values))
        except Refusal as refusal:  # what is expected is no text
            faults.take(refusal)
    return found


def _spot(text: Text, edit: Edit, resolver: Resolver) -> Spot:
    operation = edit.operation
    if isinstance(operation, Append):
        return _gap(text, edit, text.count, None)
    if isinstance(operation, Prepend):
        return _gap(text, edit, 0, None)
    lines = resolver.lines(operation.at)
    if isinstance(operation, InsertAfter):
        return _gap(text, edit, lines.last, lines.last)
    if not isinstance(operation, ReplaceBlock):
        return _gap(text, edit, lines.first - 1, lines.first)
    spot = Spot(edit, lines.first - 1, lines, text.starts[lines.first - 1], text.starts[lines.last], lines.first)
    return spot._replace(start=text.bom) if lines.first == 1 and not spot.exact else spot


def _gap(text: Text, edit: Edit, gap: int, anchor: int | None) -> Spot:
    at = text.starts[gap]
    spot = Spot(edit, gap, None, at, at, anchor)
    return spot._replace(start=text.bom, end=text.bom) if gap == 0 and not spot.exact else spot


def _fitted(text: Text, spot: Spot, budget: Budget) -> bytes:
    """What comes to a spot. Raises ``Misplaced``: ``expect-differs``, ``file-too-large``."""
    operation = spot.edit.operation
    if isinstance(operation, ReplaceBlock) and spot.lines is not None and operation.expect is not None:
        _check_expected(text, spot, operation, spot.lines, operation.expect, budget)
    if spot.exact:
        return spot.edit.text
    fresh = _lines(text, spot, budget)
    return _insertion(text, spot, fresh) if spot.lines is None else _replacement(text, spot, spot.lines, fresh)


def _insertion(text: Text, spot: Spot, fresh: list[bytes]) -> bytes:
    near = text.end_near(spot.gap or 1)
    new = b"".join(_with_end(line, near) for line in fresh)
    return new + near if spot.start < len(text.data) and new and not ending(new) else new


def _replacement(text: Text, spot: Spot, lines: Lines, fresh: list[bytes]) -> bytes:
    """The new text with the line ends of the old lines: of each its own where they differ, else of all the same."""
    old = [ending(line) for line in text.lines[lines.first - 1 : lines.last]]
    known = {end for end in old if end}
    common = known.pop() if len(known) == 1 else b""
    near = common or text.end_near(lines.last)
    ends = [near] * len(fresh)
    if not common and known:
        ends = [(old[at] if at < len(old) else b"") or near for at in range(len(fresh))]
    if fresh and spot.end < len(text.data) and not ending(fresh[-1]):
        fresh[-1] += b"\n"
    return b"".join(_with_end(line, end) for line, end in zip(fresh, ends, strict=True))


def _lines(text: Text, spot: Spot, budget: Budget) -> list[bytes]:
    """New text as lines that end in ``\\n``, with the anchor line's indentation where that is wanted.

    What comes first in a file that has a byte order mark brings no second one.
    """
    operation, new = spot.edit.operation, spot.edit.text
    if spot.gap == 0 and text.bom:
        new = new.removeprefix(BOM)
    lines = split(plain(new))
    if spot.anchor is None or not isinstance(operation, Placed) or operation.indent != "preserve":
        return lines
    line = text.line(spot.anchor)
    indent = line[: len(line) - len(line.lstrip(b" \t"))]
    budget.indent(len(indent) * len(lines), spot.anchor)
    return [indent + line if line.strip() else line for line in lines]


def _with_end(line: bytes, end: bytes) -> bytes:
    return line[:-1] + end if line.endswith(b"\n") else line


def _check_expected(text: Text, spot: Spot, operation: ReplaceBlock, lines: Lines, expect: str, budget: Budget) -> None:
    coded = gate.decoded if operation.encoding == "base64" else gate.encoded
    expected = coded(spot.edit.number, operation.path, expect)
    found = text.data[spot.start : spot.end]
    if found == expected or (not spot.exact and plain(found) == plain(expected)):
        return
    near = None
    if plain(found).split() == plain(expected).split():
        near = f"line {lines.first} differs in white space or line ends only"
    elif budget.may_suggest(text):
        near = str(nearest_block(text.lines, [bare(line) for line in split(plain(expected))]) or "")
    raise Misplaced(
        "expect-differs",
        lines.first,
        first=lines.first,
        last=lines.last,
        expected=shown(expected, 1000),
        found=shown(found, 1000),
        nearest=near or "",
    )


def _apart(path: str, spots: Sequence[Spot], faults: Faults) -> list[Spot]:
    """Those of the spots, which are in order, that no earlier one touches: nothing goes into replaced lines."""
    found: list[Spot] = []
    last: Spot | None = None
    for spot in spots:
        before = found[-1] if found else None
        inside = last is not None and last.lines is not None and spot.gap < last.lines.last
        if inside or (before is not None and spot.start < before.end):
            other = last if inside and last is not None else before
            line = spot.lines.first if spot.lines is not None else max(spot.gap, 1)
            first, second = sorted((other.edit.number if other is not None else 0, spot.edit.number))
            faults.take(fault("operations-overlap", path, second, line=line, other=first))
            continue
        found.append(spot)
        last = spot if spot.lines is not None else last
    return found


def splice(text: Text, found: Sequence[Piece]) -> list[tuple[int, int, bytes]]:
    """The pieces as byte spans with what comes in their place, in order and apart.

    An insertion at the end of the file first ends a last line that is not ended, be it old or new.
    """
    data = text.data
    spans: list[tuple[int, int, bytes]] = []
    before = b""
    at = 0
    for spot, new in found:
        between = data[at : spot.start]
        before = before + between if between in {b"", BOM} else between
        at_end = spot.lines is None and spot.start == len(data)
        if at_end and not spot.exact and before not in {b"", BOM} and not before.endswith(b"\n"):
            new = text.end_near(text.count) + new
        spans.append((spot.start, spot.end, new))
        before = new or before
        at = spot.end
    return spans


def spliced(data: bytes, spans: Sequence[tuple[int, int, bytes]]) -> bytes:
    """The data with what comes in the place of each span."""
    parts: list[bytes] = []
    at = 0
    for start, end, new in spans:
        parts += (data[at:start], new)
        at = end
    return b"".join([*parts, data[at:]])


def whole_lines(text: Text, spans: Sequence[tuple[int, int, bytes]]) -> list[Hunk]:
    """The same change as hunks of whole lines of the old and of the new text, in order and apart."""
    found: list[_Group] = []
    for span in spans:
        first, last = _line_span(text, span)
        if not found or (first >= found[-1].last and found[-1].is_whole):
            found.append(_Group(text, first, last))
        found[-1].add(span, last)
    return [group.hunk() for group in found]


def _line_span(text: Text, span: tuple[int, int, bytes]) -> tuple[int, int]:
    """The lines, by index, that a span touches: none for an insertion between two."""
    start, end, _ = span
    if start == len(text.data) and (not text.count or text.data.endswith(b"\n")):
        return text.count, text.count
    first = text.number(start) - 1
    if start == end == text.starts[first]:
        return first, first
    return first, first + 1 if end <= start else text.number(end - 1)


class _Group:
    """Spans that share lines, as one hunk in the making."""

    def __init__(self, text: Text, first: int, last: int) -> None:
        self._text = text
        self._parts: list[bytes] = []
        self._at = text.starts[first]
        self.first = first
        self.last = last

    def add(self, span: tuple[int, int, bytes], last: int) -> None:
        """Takes a span. Where what it makes does not end a line, the next line belongs to it, too."""
        start, end, new = span
        self._parts += [part for part in (self._text.data[self._at : start], new) if part]
        self._at = end
        self.last = max(self.last, last)
        while self.last < self._text.count and not self.is_whole:
            self.last += 1

    @property
    def is_whole(self) -> bool:
        """Whether what it makes ends with a line end, or is nothing."""
        if self._at < self._text.starts[self.last]:
            return True  # it ends with old lines, which are whole
        return not self._parts or self._parts[-1].endswith(b"\n")

    def hunk(self) -> Hunk:
        """The lines that were, and those that are."""
        rest = self._text.data[self._at : self._text.starts[self.last]]
        return Hunk(self.first, self.last, tuple(split(b"".join([*self._parts, rest]))))
