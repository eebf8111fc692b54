"""Turns a manifest's entries into folders: ``each`` becomes one for each folder of the tree that it matches."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.contracts.migration import Each, Options
from bot.contracts.tree import FOLDER
from bot.errors import Refusal
from bot.migration.model import Expanded, joined, show
from bot.migration.names import is_identifier, sanitized
from bot.migration.places import place_of
from bot.source.faults import Faults
from bot.source.globs import compile_glob

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.contracts.migration import Manifest
    from bot.migration.view import Base

MOST_FOLDERS = 5000
"""As many as a manifest may name one by one."""
MAGIC = re.compile(r"[*?\[{]")


def explicit(manifest: Manifest) -> list[Expanded]:
    """The folders that the manifest names one by one."""
    return [
        Expanded(f.id, f.source, f.destination, f, index, f.depends_on)
        for index, f in enumerate(manifest.folders)
        if not isinstance(f, Each)
    ]


def expand(manifest: Manifest, base: Base) -> tuple[list[Expanded], dict[str, tuple[str, str]]]:
    """Every folder of the migration, sorted by id; and those of ``each`` that have, it seems, been moved already.

    The latter by id: their source ('' where the glob does not tell) and destination.

    Raises ``each-selects-nothing``, ``bad-id``, ``too-many-folders``.
    """
    faults = Faults()
    folders = explicit(manifest)
    done: dict[str, tuple[str, str]] = {}
    for index, entry in enumerate(manifest.folders):
        if not isinstance(entry, Each):
            continue
        found = sorted(_matches(entry.each, base))
        moved = _moved_already(entry, base) if entry.mode == "move" else {}
        done |= moved
        if not found and not moved:
            faults.add("each-selects-nothing", place_of(manifest, ("folders", index, "each")), glob=entry.each)
        options = _options(entry)
        for source in found:
            with faults.noting():
                folders.append(_one(manifest, entry, options, index, source))
    if len(folders) > MOST_FOLDERS:
        values = {"count": len(folders), "most": MOST_FOLDERS}
        faults.add("too-many-folders", place_of(manifest, ("folders",)), **values)
    faults.stop()
    for folder in folders:
        done.pop(folder.id, None)
    return sorted(folders, key=lambda folder: folder.id), done


def _options(entry: Each) -> Options:
    """The members that a folder and ``each`` share, as one object: rules are compiled once for it."""
    return Options(**{name: getattr(entry, name) for name in Options.model_fields})


def _one(manifest: Manifest, entry: Each, options: Options, index: int, source: str) -> Expanded:
    name = source.rpartition("/")[2]
    identifier = sanitized(entry.id.replace("{name}", show(name)))
    if not is_identifier(identifier):
        raise Refusal("bad-id", place_of(manifest, ("folders", index, "id")), {"id": identifier or show(name)})
    destination = entry.destination.replace("{name}", name)
    return Expanded(identifier, source, destination, options, index, entry.depends_on, each=True)


def _matches(glob: str, base: Base) -> Iterator[str]:
    """Folders whose path the glob matches. Walks only below the part of the glob that holds no magic."""
    compiled = compile_glob(glob)
    parts = glob.split("/")
    fixed = next((n for n, part in enumerate(parts) if MAGIC.search(part)), len(parts) - 1)
    deepest = None if "**" in glob or "{" in glob else len(parts)
    stack = ["/".join(parts[:fixed])]
    while stack:
        folder = stack.pop()
        depth = folder.count("/") + 1 if folder else 0
        for entry in (base.children(folder) or {}).values():
            if entry.mode != FOLDER:
                continue
            path = joined(folder, entry.name)
            if compiled.matches(path):
                yield path
            if deepest is None or depth + 1 < deepest:
                stack.append(path)


def _moved_already(entry: Each, base: Base) -> dict[str, tuple[str, str]]:
    """Folders standing where this entry's moves go: they may have come from it, so others may wait for them."""
    around, _, last = entry.each.rpartition("/")
    known = not MAGIC.search(around) and last == "*"
    before, _, after = entry.destination.partition("{name}")
    folder, _, prefix = before.rpartition("/")
    suffix = after.partition("/")[0]
    found: dict[str, tuple[str, str]] = {}
    for child in (base.children(folder) or {}).values():
        name = child.name
        if child.mode != FOLDER or not (name.startswith(prefix) and name.endswith(suffix)):
            continue
        name = name[len(prefix) : len(name) - len(suffix)]
        destination = entry.destination.replace("{name}", name)
        if name and base.is_folder(destination):
            source = joined(around, name) if known else ""
            found[sanitized(entry.id.replace("{name}", show(name)))] = (source, destination)
    return found
