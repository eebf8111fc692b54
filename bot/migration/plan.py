"""Plans a migration on one tree: pure, the same for the same tree and manifest, whatever the order of the folders.

Each folder's plan is made on the base alone; :meth:`Plan.together` plans all of them jointly on it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.contracts.certificate import Certificate, ChangedFile, Warning_
from bot.contracts.tree import SYMLINK, Edit, Write
from bot.errors import Refusal
from bot.migration import certificates
from bot.migration.apply import Applied, apply_folder
from bot.migration.checks import at, check_dependencies, check_destinations, check_ids, check_path_here, check_takers
from bot.migration.expand import expand
from bot.migration.ground import check_destination, source_oid
from bot.migration.importers import Candidate, Importers
from bot.migration.imports import climb
from bot.migration.model import file_mode, joined, show
from bot.migration.places import place_of
from bot.migration.references import is_page, is_workflow
from bot.migration.rewrite import rewrite
from bot.migration.rules import Rules
from bot.migration.scene import Memory, Scene, Task
from bot.migration.select import MOST_TARGET, select
from bot.migration.view import Base, below
from bot.source.faults import Faults
from bot.source.grammars import language_of

if TYPE_CHECKING:
    from collections.abc import Iterable, MutableMapping, Sequence

    from bot.contracts.migration import Manifest, Mode
    from bot.contracts.tree import Tree
    from bot.migration.model import Expanded, Selection

NO_RULES = Rules((), ())


@dataclass(frozen=True, slots=True)
class FolderHead:
    """What is known of a folder before its files are looked into."""

    id: str
    source: str
    destination: str
    mode: Mode
    depends_on: tuple[str, ...]
    digest: str
    """Of all that the folder's change is computed from, beside the base: it changes when the manifest's entry does."""


@dataclass(frozen=True, slots=True)
class FolderPlan:
    """One folder's edits on the base, sorted by path, and their proof."""

    id: str
    edits: tuple[Edit, ...]
    certificate: Certificate


def digest(folder: Expanded) -> str:
    """The digest of a folder's entry, after ``each`` was expanded: 32 hexadecimal digits."""
    options = folder.options
    entry = {
        "id": folder.id,
        "source": folder.source,
        "destination": folder.destination,
        "include": options.include,
        "exclude": options.exclude,
        "imports": [rule.model_dump(by_alias=True) for rule in options.imports],
        "mode": options.mode,
        "recompute": options.recompute,
    }
    return hashlib.sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()[:32]


def plan(tree: Tree, manifest: Manifest, *, cache: MutableMapping[str, list[str]] | None = None) -> Plan:
    """Plan a checked manifest on a tree. ``cache`` remembers, by blob, who holds which names (for ``mode: move``).

    Raises :class:`Refusal`, with every fault found in ``also``: ``source-missing``, ``source-not-folder``,
    ``source-selects-nothing``, ``source-overlap``, ``destination-overlap``, ``destination-twin``,
    ``destination-in-source``, ``destination-is-file``, ``symlink-on-the-way``, ``symlink-leaves-folder``,
    ``submodule``, ``workflows-path``, ``unsafe-path``, ``each-selects-nothing``, ``too-many-folders``, ``bad-id``,
    ``repeated-id``, ``unknown-dependency``, ``dependency-cycle``, ``not-yet-supported``.
    """
    return Plan(tree, manifest, {} if cache is None else cache)


class Plan:
    """A migration on one base. Folders are planned when asked for, and not kept."""

    def __init__(self, tree: Tree, manifest: Manifest, cache: MutableMapping[str, list[str]]) -> None:
        self.tree, self.manifest = tree, manifest
        self._base = Base(tree)
        expanded, done = expand(manifest, self._base)
        _check_folders(manifest, expanded, frozenset(done))
        self._selections = _select_all(manifest, self._base, expanded)
        self._done = [pair for pair in done.values() if pair[0] and self._base.at(pair[0]) is None]
        self._done += [(s.folder.source, s.folder.destination) for s in self._selections.values() if s.done]
        self._done.sort()
        movers = [s.folder.source for s in self._selections.values() if s.folder.moves and not s.done]
        names = [source.rpartition("/")[2] for source in movers]
        self._importers = Importers(tree, names, cache) if names else None
        self._memory = Memory(tuple(sorted(name.encode("utf-8", "surrogateescape") for name in names)))
        self.folders = tuple(
            FolderHead(
                f.id, f.source, f.destination, f.options.mode, tuple(sorted(set(f.depends_on) - done.keys())), digest(f)
            )
            for f in expanded
        )

    def folder(self, id: str) -> FolderPlan:  # noqa: A002 - the contract's word
        """Plan one folder as if it were the only one. Raises ``KeyError``; :class:`Refusal` ``destination-edited``."""
        selection = self._selections[id]
        scene = Scene(self._base, [selection], self._done, self._memory)
        applied = self._apply(scene, selection)
        edits, importers, warnings = self._follow(scene, [selection])
        whole = _sorted([*applied.edits, *edits])
        proof = certificates.certificate(
            self.name,
            selection.folder,
            self.tree.oid,
            moved=applied.moved,
            changed=applied.changed,
            importers=importers,
            left=certificates.left_out(selection),
            present=applied.present,
            warnings=[*applied.warnings, *warnings],
            edits=bool(whole),
        )
        return FolderPlan(id, whole, proof)

    @property
    def name(self) -> str:
        """The migration's name."""
        return self.manifest.name or "migration"

    @property
    def independent(self) -> bool:
        """Whether no folder's bytes depend on where another one goes: then all at once are each one's edits, sorted.

        So with copies that keep their relative imports: their rules look at the base alone, and nothing follows them.
        """
        selections = self._selections.values()
        return not self._done and not any(s.folder.moves or s.folder.options.recompute for s in selections)

    def together(self, ids: Iterable[str] | None = None) -> tuple[Edit, ...]:
        """The edits of all folders (or of these) at once: importers and imports among the folders follow every move."""
        selections = list(self._selections.values()) if ids is None else [self._selections[one] for one in ids]
        scene = Scene(self._base, selections, self._done, self._memory)
        edits: list[Edit] = []
        for selection in selections:
            edits += self._apply(scene, selection).edits
        return _sorted([*edits, *self._follow(scene, selections)[0]])

    def _apply(self, scene: Scene, selection: Selection) -> Applied:
        entry = ("folders", selection.folder.index)
        return apply_folder(scene, selection, lambda *path: place_of(self.manifest, (*entry, *path)))

    def _follow(
        self, scene: Scene, selections: Sequence[Selection]
    ) -> tuple[list[Edit], list[ChangedFile], list[Warning_]]:
        """Files elsewhere that name what moves."""
        edits: list[Edit] = []
        changed: list[ChangedFile] = []
        warnings: list[Warning_] = []
        for candidate in self._candidates(selections):
            path, entry = candidate
            if scene.after.place(path) != path or scene.after.writes(path):
                continue  # it moves itself, and was rewritten on the way
            if entry.mode == SYMLINK:
                warnings += self._link(scene, candidate)
                continue
            outcome = rewrite(scene, Task(path, path, entry, None, NO_RULES))
            warnings += outcome.warnings
            if outcome.data is not None and not is_workflow(path):
                edits.append(Write(path, file_mode(entry.mode), outcome.data))
                oid = certificates.blob_oid(outcome.data, entry.oid)
                changed.append(certificates.changed_file(path, path, entry, oid, outcome.changes))
        return edits, changed, warnings

    def _candidates(self, selections: Iterable[Selection]) -> list[Candidate]:
        found: dict[str, Candidate] = {}
        for selection in selections:
            if self._importers is None or not selection.folder.moves or selection.done:
                continue
            source = selection.folder.source
            for candidate in self._importers.of(source.rpartition("/")[2]):
                found[candidate.path] = candidate
            for left in selection.left:  # what stays behind reaches what goes by ./ alone
                if left.entry.mode == SYMLINK or language_of(left.rel) is not None or is_page(left.rel):
                    path = joined(source, left.rel)
                    found[path] = Candidate(path, left.entry)
        return [found[path] for path in sorted(found)]

    def _link(self, scene: Scene, candidate: Candidate) -> list[Warning_]:
        if self.tree.size(candidate.entry.oid) > MOST_TARGET:
            return []
        target = self.tree.read(candidate.entry.oid).decode("utf-8", "surrogateescape")
        path = climb(candidate.path.rpartition("/")[0], target) if not target.startswith("/") else None
        if path is None:
            return []
        for moved in scene.movers:
            rel = below(path, moved.selection.folder.source)
            if rel is not None and (rel in moved.selection.files or rel in moved.selection.dirs):
                return [Warning_(code="path-reference", file=show(candidate.path), line=1, text=show(target))]
        return []


def _check_folders(manifest: Manifest, folders: list[Expanded], done: frozenset[str]) -> None:
    """What ``load_manifest`` checked for folders named one by one, now for those that ``each`` gave as well."""
    faults = Faults()
    check_ids(manifest, folders, faults)
    for folder in folders:
        for field in ("source", "destination"):
            with faults.noting():
                check_path_here(getattr(folder, field), at(manifest, folder, field))
        for field in ("refactor", "verify"):
            if getattr(folder.options, field):
                place = place_of(manifest, ("folders", folder.index, field), key=True)
                faults.add("not-yet-supported", place, key=field)
    check_destinations(manifest, folders, faults)
    check_dependencies(manifest, folders, done, faults)
    faults.stop()


def _select_all(manifest: Manifest, base: Base, folders: list[Expanded]) -> dict[str, Selection]:
    faults = Faults()
    selections: dict[str, Selection] = {}
    for folder in folders:
        place = at(manifest, folder, "source")
        with faults.noting():
            check_destination(base, folder, at(manifest, folder, "destination"))
            selection = select(base.tree, folder, source_oid(base, folder, place), place)
            if selection.done and not (folder.moves and base.is_folder(folder.destination)):
                raise Refusal("source-selects-nothing", place, {"folder": folder.id, "source": folder.source})
            selections[folder.id] = selection
    check_takers(manifest, list(selections.values()), faults)
    faults.stop()
    return selections


def _sorted(edits: list[Edit]) -> tuple[Edit, ...]:
    return tuple(sorted(edits, key=lambda edit: edit.path))
