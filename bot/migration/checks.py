"""Checks on the folders of a migration against each other: ids, destinations, dependencies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.errors import Place, Refusal
from bot.migration.places import place_of
from bot.migration.view import ancestors, below
from bot.source.paths import check_path, twin_key

if TYPE_CHECKING:
    from collections.abc import Sequence
    from collections.abc import Set as AbstractSet

    from bot.contracts.migration import Manifest
    from bot.migration.model import Expanded, Selection
    from bot.source.faults import Faults

WORKFLOWS = ".github/workflows"


def check_path_here(path: str, place: Place) -> str:
    """The path gate, and: nothing at, inside or around ``.github/workflows`` (GitHub refuses such a push)."""
    check_path(path, place)
    key, workflows = twin_key(path), twin_key(WORKFLOWS)
    if below(key, workflows) is not None or below(workflows, key) is not None:
        raise Refusal("workflows-path", place, {"path": path})
    return path


def at(manifest: Manifest, folder: Expanded, field: str) -> Place:
    """Where a folder's member stands in the manifest; of an ``each`` entry, the member that gave it."""
    if folder.each and field == "source":
        field = "each"
    return place_of(manifest, ("folders", folder.index, field))


def check_ids(manifest: Manifest, folders: Sequence[Expanded], faults: Faults) -> None:
    """No id twice, not even in another case: ids become branch names, and those may be files."""
    seen: dict[str, Expanded] = {}
    for folder in folders:
        first = seen.setdefault(twin_key(folder.id), folder)
        if first is not folder:
            faults.add("repeated-id", at(manifest, folder, "id"), id=folder.id, first=first.id)


def check_destinations(manifest: Manifest, folders: Sequence[Expanded], faults: Faults) -> None:
    """No destination equal to, inside, or a twin of another; none inside a source, and no source inside one."""
    taken: dict[str, Expanded] = {}
    spelled: dict[str, tuple[str, Expanded]] = {}
    for folder in folders:
        key = twin_key(folder.destination)
        other = taken.setdefault(key, folder)
        if other is not folder:
            _overlap(manifest, folder, other, faults)
            continue
        for around in ancestors(folder.destination):
            exact, owner = spelled.setdefault(twin_key(around), (around, folder))
            if exact != around:
                values = {"folder": folder.id, "destination": folder.destination, "existing": exact}
                faults.add("destination-twin", at(manifest, folder, "destination"), **values, owner=owner.id)
                break
    sources: dict[str, Expanded] = {}
    for folder in folders:
        sources.setdefault(twin_key(folder.source), folder)
    for folder in folders:
        for around in list(ancestors(twin_key(folder.destination)))[1:]:
            if around in taken:
                _overlap(manifest, folder, taken[around], faults)
                break
        _against_sources(manifest, folder, sources, faults)
        for around in list(ancestors(twin_key(folder.source)))[1:]:
            if around in taken:
                _inside(manifest, taken[around], folder, faults)
                break


def _against_sources(manifest: Manifest, folder: Expanded, sources: dict[str, Expanded], faults: Faults) -> None:
    for around in ancestors(twin_key(folder.destination)):
        if around in sources:
            _inside(manifest, folder, sources[around], faults)
            return


def _overlap(manifest: Manifest, folder: Expanded, other: Expanded, faults: Faults) -> None:
    values = {"folder": folder.id, "destination": folder.destination, "other": other.id}
    exact = below(folder.destination, other.destination) is not None
    code = "destination-overlap" if exact else "destination-twin"
    more = {"other_destination": other.destination} if exact else {"existing": other.destination, "owner": other.id}
    if not exact:
        del values["other"]
    faults.add(code, at(manifest, folder, "destination"), **values, **more)


def _inside(manifest: Manifest, folder: Expanded, source: Expanded, faults: Faults) -> None:
    values = {"folder": folder.id, "destination": folder.destination, "source": source.source, "other": source.id}
    faults.add("destination-in-source", at(manifest, folder, "destination"), **values)


def check_dependencies(manifest: Manifest, folders: Sequence[Expanded], done: AbstractSet[str], faults: Faults) -> None:
    """Every id in ``depends_on`` exists (or is one of ``done``), and no folder waits for itself."""
    known = {folder.id: folder for folder in folders}
    for folder in folders:
        for number, needed in enumerate(folder.options.depends_on):
            if needed not in known and needed not in done:
                place = place_of(manifest, ("folders", folder.index, "depends_on", number))
                faults.add("unknown-dependency", place, folder=folder.id, dependency=needed)
    cycle = _cycle({folder.id: sorted(n for n in folder.depends_on if n in known) for folder in folders})
    if cycle:
        faults.add("dependency-cycle", at(manifest, known[cycle[0]], "depends_on"), cycle=cycle)


def _cycle(graph: dict[str, list[str]]) -> list[str]:
    """One cycle, from an id back to itself, or nothing. Iterative: 5,000 folders may form one chain."""
    state: dict[str, int] = {}
    for start in sorted(graph):
        if start in state:
            continue
        state[start] = 1
        stack = [(start, iter(graph[start]))]
        while stack:
            name, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                state[name] = 2
                stack.pop()
            elif state.get(following) == 1:
                path = [entry[0] for entry in stack]
                return [*path[path.index(following) :], following]
            elif following not in state:
                state[following] = 1
                stack.append((following, iter(graph[following])))
    return []


def check_takers(manifest: Manifest, selections: Sequence[Selection], faults: Faults) -> None:
    """A file that a move takes is taken by no other folder."""
    by_source: dict[str, list[Selection]] = {}
    for selection in selections:
        by_source.setdefault(selection.folder.source, []).append(selection)
    for selection in selections:
        folder = selection.folder
        for around in ancestors(folder.source):
            for other in by_source.get(around, ()):
                if other is selection or not (folder.moves or other.folder.moves):
                    continue
                if around == folder.source and other.folder.id < folder.id:
                    continue
                prefix = below(folder.source, around)
                files = sorted(rel for rel in selection.files if (f"{prefix}/{rel}" if prefix else rel) in other.files)
                if files:
                    shown = [f"{folder.source}/{rel}" for rel in files[:20]]
                    values = {"folder": folder.id, "other": other.folder.id, "files": shown, "count": len(files)}
                    faults.add("source-overlap", at(manifest, folder, "source"), **values)
