"""What the rooms of the engine hand each other: expanded folders, selections, rewrites as byte spans."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from bot.contracts.tree import EXECUTABLE, FILE

if TYPE_CHECKING:
    from bot.contracts.migration import Options
    from bot.contracts.tree import Entry


@dataclass(frozen=True, slots=True)
class Expanded:
    """One folder of the migration, after ``each`` was expanded. ``index`` is its entry in the manifest, from 0."""

    id: str
    source: str
    destination: str
    options: Options
    index: int
    depends_on: tuple[str, ...]
    each: bool = False

    @property
    def moves(self) -> bool:
        """Whether the source goes away."""
        return self.options.mode == "move"


@dataclass(slots=True)
class Dir:
    """One folder below a source, with what was selected in it. ``rel`` is relative to the source, '' for the source."""

    rel: str
    oid: str
    files: list[Entry] = field(default_factory=list)
    dirs: list[Dir] = field(default_factory=list)
    whole: bool = True
    """Whether everything below was selected."""


@dataclass(frozen=True, slots=True)
class Left:
    """A file below the source that was not taken."""

    rel: str
    entry: Entry
    reason: Literal["not-included", "excluded"]
    glob: str | None


@dataclass(frozen=True, slots=True)
class Selection:
    """What one folder takes. ``files`` maps paths relative to the source to entries, in order."""

    folder: Expanded
    root: Dir | None
    """``None`` where the source is gone: a move that was done before."""
    files: dict[str, Entry]
    left: tuple[Left, ...]
    dirs: frozenset[str]
    """Every folder (relative to the source) that holds a selected file."""

    @property
    def done(self) -> bool:
        """Whether this is a move that has happened already."""
        return not self.files


@dataclass(frozen=True, slots=True)
class Change:
    """One replacement in one file: a byte span of the text it was applied to."""

    start: int
    end: int
    after: bytes
    before: bytes
    line: int
    """Line in the file as it was in the base, from 1."""
    rule: str


def show(text: str | bytes) -> str:
    """Text that every JSON writer and terminal can take: bytes that are not UTF-8 become ``\\xNN``."""
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
    return data.decode("utf-8", "backslashreplace")


def joined(folder: str, name: str) -> str:
    """A path below a folder; '' is the root on either side."""
    return f"{folder}/{name}" if folder and name else folder or name


def file_mode(mode: int) -> int:
    """The modes git writes today: old repositories hold 100664."""
    return EXECUTABLE if mode & 0o111 and mode & 0o100000 == 0o100000 and mode & 0o777 == 0o755 else _plain(mode)


def _plain(mode: int) -> int:
    return FILE if mode & 0o170000 == 0o100000 else mode
