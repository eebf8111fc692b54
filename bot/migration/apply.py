"""One folder's edits: subtrees that come through untouched are spliced by oid, all else goes file by file."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.contracts.certificate import Warning_
from bot.contracts.tree import FOLDER, SYMLINK, Edit, Entry, Put, Remove, Write
from bot.errors import Place, Refusal
from bot.migration import certificates
from bot.migration.model import Dir, Selection, file_mode, joined, show
from bot.migration.rewrite import Outcome, rewrite
from bot.migration.rules import compile_rules
from bot.migration.scene import Scene, Task
from bot.migration.view import ancestors
from bot.source.grammars import language_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.contracts.certificate import ChangedFile, MovedFile

RULE = re.compile(r"imports\[(\d+)\]")
MOST_NAMED = 50
"""So many edited files a refusal names."""


@dataclass(slots=True)
class Applied:
    """What one folder does."""

    edits: list[Edit] = field(default_factory=list)
    moved: list[MovedFile] = field(default_factory=list)
    changed: list[ChangedFile] = field(default_factory=list)
    warnings: list[Warning_] = field(default_factory=list)
    present: int = 0


def apply_folder(scene: Scene, selection: Selection, place: Callable[..., Place]) -> Applied:
    """A folder's edits on the scene's base. ``place`` tells where a member of its manifest entry stands.

    Raises ``destination-edited`` with the files named, ``destination-twin``, ``rule-breaks-syntax``.
    """
    work = _Work(scene, selection, place)
    if selection.root is None or selection.done:
        return work.applied
    work.rewrite_files()
    folder = selection.folder
    work.put(selection.root, scene.base.at(folder.destination))
    if work.edited:
        files = sorted(work.edited)
        values = {"folder": folder.id, "destination": show(folder.destination), "count": len(files)}
        raise Refusal(
            "destination-edited", work.place, {**values, "files": [show(name) for name in files[:MOST_NAMED]]}
        )
    if folder.moves:
        work.remove(selection.root)
    return work.applied


class _Work:
    def __init__(self, scene: Scene, selection: Selection, place: Callable[..., Place]) -> None:
        self.scene, self.selection = scene, selection
        self.place_of, self.place = place, place("destination")
        self.folder = selection.folder
        self.applied = Applied()
        self.edited: list[str] = []
        self.outcomes: dict[str, Outcome] = {}
        self.touched: set[str] = set()

    def rewrite_files(self) -> None:
        rules = compile_rules(self.folder.options)
        for rel, entry in self.selection.files.items():
            if entry.mode == SYMLINK:
                self._check_link(rel, entry)
                continue
            try:
                task = Task(
                    joined(self.folder.source, rel),
                    joined(self.folder.destination, rel),
                    entry,
                    self.selection,
                    rules.for_file(rel, language_of(rel)),
                    self.folder.options.recompute,
                )
                outcome = rewrite(self.scene, task)
            except Refusal as refusal:
                raise Refusal(
                    refusal.code, self._place(refusal), {"folder": self.folder.id, **refusal.values}
                ) from None
            self.applied.warnings += outcome.warnings
            if outcome.data is not None:
                self.outcomes[rel] = outcome
                self.touched.add("")
                self.touched.update(ancestors(rel.rpartition("/")[0]))

    def _place(self, refusal: Refusal) -> Place:
        """Where the rule that a refusal is about says what to write."""
        rule = RULE.fullmatch(str(refusal.values.get("rule")))
        return self.place_of("imports", int(rule[1]), "to") if rule else self.place

    def _check_link(self, rel: str, entry: Entry) -> None:
        """A symlink to something that is left out points nowhere afterwards."""
        target = self.scene.base.tree.read(entry.oid).decode("utf-8", "surrogateescape")
        parts = rel.split("/")[:-1]
        for part in target.split("/"):
            if part == "..":
                parts.pop()
            elif part not in {"", "."}:
                parts.append(part)
        path = "/".join(parts)
        if path not in self.selection.files and path not in self.selection.dirs:
            file = show(joined(self.folder.destination, rel))
            warning = Warning_(code="points-nowhere", file=file, line=1, text=show(target))
            self.applied.warnings.append(warning)

    def put(self, found: Dir, there: Entry | None) -> None:
        """Bring one folder over; ``there`` is what stands at its destination."""
        path = joined(self.folder.destination, found.rel)
        untouched = found.whole and found.rel not in self.touched
        if found.rel not in self.selection.dirs:
            return
        if untouched and there is None:
            self.applied.edits.append(Put(path, FOLDER, found.oid))
            self._record(found)
            return
        if untouched and there is not None and there.mode == FOLDER and there.oid == found.oid:
            self._record(found, present=True)
            return
        if there is not None and there.mode != FOLDER:
            self.edited.append(path)
            return
        children = (self.scene.base.children(path) or {}) if there is not None else {}
        self._refuse_twins(path, found, children)
        for entry in found.files:
            self._put_file(joined(found.rel, entry.name), entry, children.get(entry.name))
        for inner in found.dirs:
            self.put(inner, children.get(inner.rel.rpartition("/")[2]))

    def _put_file(self, rel: str, entry: Entry, there: Entry | None) -> None:
        path = joined(self.folder.destination, rel)
        outcome = self.outcomes.get(rel)
        mode = file_mode(entry.mode)
        data = outcome.data if outcome is not None else None
        oid = certificates.blob_oid(data, entry.oid) if data is not None else entry.oid
        if there is not None:
            if (file_mode(there.mode), there.oid) == (mode, oid):
                self.applied.present += 1
            else:
                self.edited.append(path)
            return
        source = joined(self.folder.source, rel)
        if outcome is None or data is None:
            self.applied.edits.append(Put(path, mode, oid))
            self.applied.moved.append(certificates.moved_file(source, path, entry))
        else:
            self.applied.edits.append(Write(path, mode, data))
            self.applied.changed.append(certificates.changed_file(source, path, entry, oid, outcome.changes))

    def _record(self, found: Dir, *, present: bool = False) -> None:
        """Every file of a subtree that is spliced whole."""
        if present:
            self.applied.present += len(found.files)
        else:
            for entry in found.files:
                rel = joined(found.rel, entry.name)
                source, path = joined(self.folder.source, rel), joined(self.folder.destination, rel)
                self.applied.moved.append(certificates.moved_file(source, path, entry))
        for inner in found.dirs:
            self._record(inner, present=present)

    def _refuse_twins(self, path: str, found: Dir, children: dict[str, Entry]) -> None:
        if not children:
            return
        names = [entry.name for entry in found.files]
        names += [d.rel.rpartition("/")[2] for d in found.dirs if d.rel in self.selection.dirs]
        for name in names:
            twin = self.scene.base.twin(path, name)
            if twin is not None:
                values = {"folder": self.folder.id, "destination": show(joined(path, name)), "owner": None}
                raise Refusal("destination-twin", self.place, {**values, "existing": show(joined(path, twin))})

    def remove(self, found: Dir) -> None:
        """Take away what a move took: whole folders where nothing stays behind."""
        if found.whole:
            self.applied.edits.append(Remove(joined(self.folder.source, found.rel)))
            return
        names = [joined(found.rel, entry.name) for entry in found.files]
        self.applied.edits += [Remove(joined(self.folder.source, name)) for name in names]
        for inner in found.dirs:
            if inner.rel in self.selection.dirs:
                self.remove(inner)
