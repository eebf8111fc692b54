"""What rewriting a file needs to know about the migration around it, and the bare bones of a file's own task."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from bot.migration import imports
from bot.migration.headers import Interest, alternation, find_specifiers
from bot.migration.view import After, below

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bot.contracts.tree import Entry
    from bot.migration.model import Selection
    from bot.migration.rules import Rules
    from bot.migration.view import Base
    from bot.source.grammars import Language, Specifier

REMEMBERED = 50_000


@dataclass(frozen=True, slots=True)
class Task:
    """One file to look at: where it is, where it will be, whose it is."""

    old: str
    new: str
    entry: Entry
    own: Selection | None
    """The folder that takes it; ``None`` for a file elsewhere that may import what moves."""
    rules: Rules
    recompute: bool = True

    @property
    def old_folder(self) -> str:
        """The folder it is in."""
        return self.old.rpartition("/")[0]

    @property
    def new_folder(self) -> str:
        """The folder it will be in."""
        return self.new.rpartition("/")[0]


@dataclass(slots=True)
class Step:
    """What becomes of one specifier: ``text`` is what it must read afterwards (``None``: as it is)."""

    text: str | None = None
    rule: str = ""
    warnings: list[tuple[str, str]] = field(default_factory=list)
    settled: bool = False
    """Known to find its target afterwards: nothing to judge."""


@dataclass(frozen=True)
class Moved:
    """A folder whose old place matters: it moves, or it is the one that is looked at."""

    selection: Selection
    literals: tuple[bytes, ...]
    """The source's path, and for Python its dotted names."""
    mentions: re.Pattern[bytes]
    dotted: re.Pattern[bytes] | None
    """Finds those dotted names: entry points, ``mock.patch`` and the like name modules in plain text."""
    go: tuple[str, str | None] | None
    """Go's import path of the source, and of the destination when that is in the same module."""


class _Places(dict[str, list[Moved]]):
    """Old places by the last part of their path."""

    def __init__(self, places: Iterable[Moved]) -> None:
        super().__init__()
        for moved in places:
            self.setdefault(moved.selection.folder.source.rpartition("/")[2], []).append(moved)
        self.raw = tuple(sorted(name.encode("utf-8", "surrogateescape") for name in self))


class Memory:
    """Specifiers of files that may import what moves, by blob: many folders look at the same files."""

    def __init__(self, names: tuple[bytes, ...]) -> None:
        self.names = names
        """The last parts of all sources that move."""
        self._known: dict[tuple[str, str], tuple[Specifier, ...]] = {}

    def specifiers(self, language: Language, oid: str, data: bytes) -> tuple[Specifier, ...]:
        """Those that may matter to any of the folders that move."""
        key = (language, oid)
        if key not in self._known:
            if len(self._known) > REMEMBERED:
                self._known.clear()
            self._known[key] = find_specifiers(language, data, Interest(names=self.names))
        return self._known[key]


class Scene:
    """The base, the state after, and what was learned on the way. One for each set of folders planned together."""

    def __init__(
        self,
        base: Base,
        selections: Sequence[Selection],
        done: Sequence[tuple[str, str]] = (),
        memory: Memory | None = None,
    ) -> None:
        self.base = base
        self.done = tuple(done)
        """Source and destination of moves of this migration that were made before."""
        self.selections = tuple(selections)
        self.after = After(base, selections)
        self._moved: dict[str, Moved] = {}
        self._places: dict[str, _Places] = {}
        self._memory = memory if memory is not None else Memory(self.names(None))

    @cached_property
    def movers(self) -> tuple[Moved, ...]:
        """The folders that go away from their old place."""
        return tuple(self.moved(s) for s in self.selections if s.folder.moves and not s.done)

    def moved(self, selection: Selection) -> Moved:
        """What is worth knowing about a folder's old place."""
        folder = selection.folder
        if folder.id not in self._moved:
            dotted = self._dotted(selection)
            self._moved[folder.id] = Moved(
                selection,
                (folder.source.encode("utf-8", "surrogateescape"), *dotted),
                mentions(folder.source),
                re.compile(rb"(?<![\w./-])" + alternation(dotted).pattern + rb"(?![\w-])") if dotted else None,
                self._go(selection),
            )
        return self._moved[folder.id]

    def old_places(self, own: Selection | None, parts: Iterable[str]) -> list[Moved]:
        """The old places that a file should not point at, whose last part is among ``parts`` of what it names."""
        table = self._by_name(own)
        return [moved for part in dict.fromkeys(parts) for moved in table.get(part, ())]

    def names(self, own: Selection | None) -> tuple[bytes, ...]:
        """The last parts of the old places: what does not hold one of them cannot point there."""
        return self._by_name(own).raw

    def mentioned(self, data: bytes) -> list[Moved]:
        """The folders that move whose path stands somewhere in the data."""
        if not self.movers:
            return []
        found = {*self._sources.findall(data)}
        return [moved for moved in self.movers if not found.isdisjoint(moved.literals)] if found else []

    @cached_property
    def _sources(self) -> re.Pattern[bytes]:
        return alternation(tuple(literal for moved in self.movers for literal in moved.literals))

    def _by_name(self, own: Selection | None) -> _Places:
        key = "" if own is None or own.folder.moves else own.folder.id
        if key not in self._places:
            self._places[key] = _Places([*self.movers, *([self.moved(own)] if own is not None and key else [])])
        return self._places[key]

    def specifiers(
        self, language: Language, task: Task, data: bytes, interest: Interest | None
    ) -> tuple[Specifier, ...]:
        """The import specifiers of a file that may matter; of a file elsewhere, remembered by blob for all folders."""
        if task.own is not None:
            return find_specifiers(language, data, interest)
        return self._memory.specifiers(language, task.entry.oid, data)

    def _dotted(self, selection: Selection) -> tuple[bytes, ...]:
        """The names of a source as a Python package, of more than one part: a plain word may be anything."""
        source = selection.folder.source
        if not any(rel.endswith(".py") for rel in selection.files):
            return ()
        roots = imports.python_roots(self.base, f"{source}/x.py")
        rests = {below(source, root) if root else source for root in roots}
        names = {rest.replace("/", ".") for rest in rests if rest and "/" in rest and "." not in rest}
        return tuple(sorted(name.encode("utf-8", "surrogateescape") for name in names))

    def _go(self, selection: Selection) -> tuple[str, str | None] | None:
        folder = selection.folder
        if not any(rel.endswith(".go") for rel in selection.files):
            return None
        module = imports.go_module(self.base, folder.source)
        if module is None or module[0] == folder.source:
            return None  # a folder that is a module of its own keeps its import paths
        there = imports.go_module(self.base, folder.destination)
        new = imports.go_path(module, folder.destination) if there == module else None
        return imports.go_path(module, folder.source), new


def mentions(source: str) -> re.Pattern[bytes]:
    """Finds a folder's path in any text. A path of one part must look like a path: a plain word is no mention."""
    name = re.escape(source.encode("utf-8", "surrogateescape"))
    if "/" in source:
        return re.compile(rb"(?<![\w-])" + name + rb"(?![\w-]|\.\w)")
    start, stop = rb"(?<![\w./-])", rb"(?![\w-]|\.\w)"
    return re.compile(start + rb"(?:\./)?" + name + rb"(?=/[\w.*@-])|" + start + rb"\./" + name + stop)


def inside(path: str, selection: Selection) -> bool:
    """Whether a path lies in a folder's source."""
    return below(path, selection.folder.source) is not None
