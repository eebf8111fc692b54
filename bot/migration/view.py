"""Two views of a repository: as it is (``Base``), and as it will be when some folders have moved (``After``)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from bot.contracts.tree import FOLDER, SUBMODULE, Entry
from bot.migration.model import joined
from bot.source.paths import twin_key

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from bot.contracts.tree import Tree
    from bot.migration.model import Selection


class View(Protocol):
    """Answers what stands at a path."""

    def is_file(self, path: str) -> bool:
        """Whether a file (or symlink) is there."""
        ...

    def is_folder(self, path: str) -> bool:
        """Whether a folder is there."""
        ...


class Base:
    """The tree, by path. Every folder that was looked into is remembered."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self._folders: dict[str, dict[str, Entry] | None] = {}
        self._twins: dict[str, dict[str, str]] = {}

    def children(self, path: str) -> dict[str, Entry] | None:
        """The entries of a folder by name, or ``None`` when no folder is there."""
        try:
            return self._folders[path]
        except KeyError:
            pass
        entry = self.at(path)
        found = {e.name: e for e in self.tree.list(entry.oid)} if entry is not None and entry.mode == FOLDER else None
        self._folders[path] = found
        return found

    def at(self, path: str) -> Entry | None:
        """The entry at a path; '' is the root."""
        if not path:
            return Entry("", FOLDER, self.tree.oid)
        folder, _, name = path.rpartition("/")
        children = self.children(folder)
        return None if children is None else children.get(name)

    def twin(self, path: str, name: str) -> str | None:
        """An entry of a folder that differs from a name only in case or form; ``None`` when the name is there."""
        children = self.children(path)
        if not children or name in children:
            return None
        if path not in self._twins:
            self._twins[path] = {twin_key(child): child for child in children}
        return self._twins[path].get(twin_key(name))

    def is_file(self, path: str) -> bool:
        """Whether a file or symlink is there."""
        folder, _, name = path.rpartition("/")
        children = self.children(folder)
        entry = None if children is None else children.get(name)
        return entry is not None and entry.mode not in {FOLDER, SUBMODULE}

    def is_folder(self, path: str) -> bool:
        """Whether a folder is there."""
        return self.children(path) is not None


class After:
    """The tree after some folders of the migration were applied to it together."""

    def __init__(self, base: Base, selections: Iterable[Selection]) -> None:
        self.base = base
        self.sources: dict[str, list[Selection]] = {}
        self.destinations: dict[str, list[Selection]] = {}
        for selection in selections:
            if selection.done:
                continue
            self.destinations.setdefault(selection.folder.destination, []).append(selection)
            if selection.folder.moves:
                self.sources.setdefault(selection.folder.source, []).append(selection)

    def place(self, path: str, own: Selection | None = None) -> str:
        """Where a file of the base will be, seen by a file of the folder ``own`` (which takes its own copies along)."""
        if own is not None:
            rel = below(path, own.folder.source)
            if rel and rel in own.files:
                return joined(own.folder.destination, rel)
        moved = self._mover(path)
        return path if moved is None else joined(moved[0].folder.destination, moved[1])

    def place_folder(self, path: str, own: Selection | None = None) -> str | None:
        """The same for a folder; ``None`` when a part of it stays behind."""
        if own is not None:
            rel = below(path, own.folder.source)
            if rel is not None and rel in own.dirs:
                return joined(own.folder.destination, rel)
        for source, selections in _around(path, self.sources):
            rel = below(path, source) or ""
            takers = [s for s in selections if rel in s.dirs]
            if takers:
                stays = any(_under(left.rel, rel) for left in takers[0].left)
                return None if stays or len(takers) > 1 else joined(takers[0].folder.destination, rel)
        return path

    def place_text(self, path: str, own: Selection | None = None) -> str:
        """Where a path that nothing stands at would go: with the folder it lies in."""
        if own is not None:
            rel = below(path, own.folder.source)
            if rel is not None:
                return joined(own.folder.destination, rel)
        for source, selections in _around(path, self.sources):
            return joined(selections[0].folder.destination, below(path, source) or "")
        return path

    def writes(self, path: str) -> bool:
        """Whether a folder brings a file to this path."""
        for destination, selections in _around(path, self.destinations):
            rel = below(path, destination)
            if rel and any(rel in s.files for s in selections):
                return True
        return False

    def is_file(self, path: str) -> bool:
        """Whether a file or symlink will be there."""
        return self.writes(path) or (self.base.is_file(path) and self._mover(path) is None)

    def is_folder(self, path: str) -> bool:
        """Whether a folder will be there."""
        for destination, selections in _around(path, self.destinations):
            rel = below(path, destination)
            if any(rel in s.dirs for s in selections):
                return True
        if any(below(destination, path) for destination in self.destinations):
            return True
        if not self.base.is_folder(path):
            return False
        for source, selections in _around(path, self.sources):
            rel = below(path, source) or ""
            if any(rel in s.dirs for s in selections):
                return any(_under(left.rel, rel) for s in selections for left in s.left)
        return True

    def _mover(self, path: str) -> tuple[Selection, str] | None:
        for source, selections in _around(path, self.sources):
            rel = below(path, source)
            for selection in selections:
                if rel and rel in selection.files:
                    return selection, rel
        return None


def below(path: str, folder: str) -> str | None:
    """The path relative to a folder ('' for the folder itself), or ``None`` when it is not inside."""
    if path == folder:
        return ""
    return path[len(folder) + 1 :] if path.startswith(folder + "/") else None


def ancestors(path: str) -> Iterator[str]:
    """The path itself and every folder around it, innermost first, without the root."""
    while path:
        yield path
        path = path.rpartition("/")[0]


def _around(path: str, table: dict[str, list[Selection]]) -> Iterator[tuple[str, list[Selection]]]:
    if not table:
        return
    for folder in ancestors(path):
        if folder in table:
            yield folder, table[folder]


def _under(rel: str, folder: str) -> bool:
    return not folder or rel == folder or rel.startswith(folder + "/")
