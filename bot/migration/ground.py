"""Checks of one folder against the tree: what stands on the way to its source and at its destination."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.contracts.tree import FOLDER, SUBMODULE, SYMLINK
from bot.errors import Place, Refusal
from bot.migration.model import joined, show
from bot.migration.view import ancestors

if TYPE_CHECKING:
    from bot.migration.model import Expanded
    from bot.migration.view import Base


def source_oid(base: Base, folder: Expanded, place: Place) -> str | None:
    """The oid of the source's tree; ``None`` for a move that was done before (source gone, destination there).

    Raises ``source-missing``, ``source-not-folder``, ``symlink-on-the-way``, ``submodule``.
    """
    for path in reversed(list(ancestors(folder.source))):
        entry = base.at(path)
        if entry is None:
            if folder.moves and base.is_folder(folder.destination):
                return None
            raise Refusal("source-missing", place, {"folder": folder.id, "source": folder.source})
        _refuse_link(folder, path, entry.mode, place)
        if entry.mode != FOLDER:
            raise Refusal("source-not-folder", place, {"folder": folder.id, "source": folder.source, "file": path})
    source = base.at(folder.source)
    return source.oid if source is not None else None


def check_destination(base: Base, folder: Expanded, place: Place) -> None:
    """Raises ``destination-is-file``, ``destination-twin``, ``symlink-on-the-way``, ``submodule``."""
    for path in reversed(list(ancestors(folder.destination))):
        entry = base.at(path)
        if entry is None:
            around, _, name = path.rpartition("/")
            twin = base.twin(around, name)
            if twin is not None:
                values = {"folder": folder.id, "destination": folder.destination, "owner": None}
                raise Refusal("destination-twin", place, {**values, "existing": show(joined(around, twin))})
            return
        _refuse_link(folder, path, entry.mode, place)
        if entry.mode != FOLDER:
            values = {"folder": folder.id, "destination": folder.destination, "file": path}
            raise Refusal("destination-is-file", place, values)


def _refuse_link(folder: Expanded, path: str, mode: int, place: Place) -> None:
    if mode == SYMLINK:
        raise Refusal("symlink-on-the-way", place, {"folder": folder.id, "path": path})
    if mode == SUBMODULE:
        raise Refusal("submodule", place, {"folder": folder.id, "path": path})
