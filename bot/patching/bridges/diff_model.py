"""A unified diff as it was read: sections, one for each file, of hunks. Indexes are those of the payload's lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from bot.patching.text import BOM


class Line(NamedTuple):
    """A line of a hunk: ``b" "``, ``b"-"`` or ``b"+"``, and what follows, as given."""

    sign: bytes
    data: bytes
    ended: bool = True
    """No ``\\ No newline at end of file`` follows."""

    @property
    def whole(self) -> bytes:
        """With its end."""
        return self.data + b"\n" if self.ended else self.data

    @property
    def bare(self) -> bytes:
        """Without any end."""
        return self.data.removesuffix(b"\r") if self.ended else self.data


@dataclass
class DiffHunk:
    """One hunk. The numbers are those of its header, ``None`` when it has none."""

    at: int
    lines: list[Line]
    start: int | None = None
    counts: tuple[int, int] | None = None

    @cached_property
    def old(self) -> list[bytes]:
        """The old lines, with ends."""
        return [line.whole for line in self.lines if line.sign != b"+"]

    @cached_property
    def old_bare(self) -> list[bytes]:
        """The old lines without ends; one that starts with a byte order mark is the file's first, without it."""
        found = [line.bare for line in self.lines if line.sign != b"+"]
        if found:
            found[0] = found[0].removeprefix(BOM)
        return found

    @property
    def new(self) -> list[bytes]:
        """The new lines, with ends."""
        return [line.whole for line in self.lines if line.sign != b"-"]

    @property
    def ends_file(self) -> bool:
        """Whether the old text says that the file's last line, unended, is in it."""
        return any(not line.ended for line in self.lines if line.sign != b"+")

    @property
    def knows_end(self) -> bool:
        """Whether anything is said of the end of the file."""
        return any(not line.ended for line in self.lines)

    @property
    def only_adds(self) -> bool:
        """Whether it has no old line."""
        return all(line.sign == b"+" for line in self.lines)


@dataclass
class Section:
    """What is said of one file. Names are as written, without quotes; ``None`` where they are not."""

    at: int
    header: bytes | None = None
    """What follows ``diff --git``."""
    old: bytes | None = None
    new: bytes | None = None
    marks: dict[str, bytes] = field(default_factory=dict)
    """Git's extended header lines."""
    hunks: list[DiffHunk] = field(default_factory=list)
    binary: int | None = None
    """The index of the line that says that it is binary."""

    broken: bool = False
    """A hunk of it could not be read, which is noted."""

    @property
    def oids(self) -> tuple[str, str]:
        """The blobs before and after, as far as git's ``index`` line gives their names."""
        old, _, new = self.marks.get("index", b"").split(b" ")[0].decode("ascii", "replace").partition("..")
        return old, new
