"""Python: what must become of a module name when files change places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.migration import imports
from bot.migration.model import joined
from bot.migration.scene import Scene, Step, Task, inside
from bot.migration.view import below

if TYPE_CHECKING:
    from bot.migration.imports import Hit
    from bot.migration.model import Selection
    from bot.source.grammars import Specifier


def follow(scene: Scene, task: Task, spec: Specifier) -> Step:
    """Where a module name points now, and how it must read to point there afterwards."""
    if spec.text.startswith("."):
        if spec.kind != "dynamic":
            return _relative(scene, task, spec)
        # It counts from a package that the call names in some way or other: nobody can tell for sure.
        return Step(warnings=[("not-recomputed", spec.text)] if _names_mover(scene, spec.text) else [])
    return _absolute(scene, task, spec)


def judge(scene: Scene, task: Task, text: str, names: tuple[str, ...], kind: str) -> list[tuple[str, str]]:
    """Warnings about a module name as it stands in the finished file."""
    if text.startswith("."):
        if kind == "dynamic":
            return []
        stem, hit = imports.find_relative(scene.after, task.new, text)
        if hit is None or stem is None:
            return [("points-nowhere", text)]
        if task.own is not None and inside(hit.file, task.own):
            return [("points-at-old-place", text)]
        return [("points-nowhere", f"{text.rstrip('.')}.{name}") for name in _lost(scene, task, stem, text, names)]
    if task.own is None or not _names_old(scene, task, text, names):
        return []
    hit = imports.find_absolute(scene.base, task.old, text)
    found: list[Hit | None] = [hit]
    if hit is not None:
        found += [imports.find_module(scene.base, joined(hit.stem, name)) for name in names]
    for moved in scene.old_places(task.own, (*text.split("."), *names)):
        source = moved.selection.folder.source
        for each in found:
            if each is not None and inside(each.file, moved.selection) and (not hit or below(hit.root, source) is None):
                return [("points-at-old-place", text)]
    return []


def _names_mover(scene: Scene, text: str) -> bool:
    return any(moved in scene.movers for moved in scene.old_places(None, text.split(".")))


def _names_old(scene: Scene, task: Task, text: str, names: tuple[str, ...]) -> bool:
    """Literal first: the last part of a source must be among the parts of the name."""
    return bool(scene.old_places(task.own, (*text.split("."), *names)))


def _lost(scene: Scene, task: Task, stem: str, text: str, names: tuple[str, ...]) -> list[str]:
    """Imported names that were submodules and will not be there."""
    before, hit = imports.find_relative(scene.base, task.old, text)
    if hit is None or before is None:
        return []
    return [
        name
        for name in names
        if imports.find_module(scene.base, joined(before, name))
        and not imports.find_module(scene.after, joined(stem, name))
    ]


def _relative(scene: Scene, task: Task, spec: Specifier) -> Step:
    stem, hit = imports.find_relative(scene.base, task.old, spec.text)
    if stem is None:
        return Step(warnings=[("not-recomputed", spec.text)])
    internal = hit is not None and task.own is not None and _taken(hit, task.own)
    if not task.recompute and task.own is not None and (internal or inside(stem, task.own)):
        return Step()
    own = task.own if task.recompute else None
    if hit is None:
        target: str | None = scene.after.place_text(stem, own)
    else:
        target = _target(scene, hit, spec.names, own)
    anchor = task.new if task.recompute else task.old
    name = spec.text.lstrip(".")
    if target is not None:
        folder = imports.package_folder(anchor, len(spec.text) - len(name))
        if folder is not None and "/".join(p for p in (folder, name.replace(".", "/")) if p) == target:
            return Step()
    text = imports.respell_relative(anchor, target) if target is not None else None
    if text is None:
        return Step(warnings=[("not-recomputed", spec.text)])
    return Step(text, "importer" if task.own is None or not task.recompute else "relative-import")


def _absolute(scene: Scene, task: Task, spec: Specifier) -> Step:
    if not scene.movers or not _names_old(scene, task, spec.text, spec.names):
        return Step()
    hit = imports.find_absolute(scene.base, task.old, spec.text)
    if hit is None:
        return Step()
    own = task.own
    if own is not None and inside(hit.file, own):
        beside = below(hit.root, own.folder.source) is not None
        if beside or not task.recompute or not own.folder.moves:
            return Step()  # found beside the file, as before; or it stays, and is judged later
    target = _target(scene, hit, spec.names, None)
    if target == hit.stem:
        return Step()
    text = imports.respell_absolute(scene.after, task.new, hit, target) if target is not None else None
    if text is None:
        return Step(warnings=[("points-at-old-place", spec.text)])
    return Step(text, "importer")


def _taken(hit: Hit, own: Selection) -> bool:
    rel = below(hit.file, own.folder.source)
    return rel is not None and (rel in own.dirs if hit.folder else rel in own.files)


def _place(scene: Scene, hit: Hit, own: Selection | None) -> str | None:
    """The stem that finds the same module afterwards; ``None`` when a package is torn apart."""
    if hit.folder:
        return scene.after.place_folder(hit.file, own)
    return hit.stem_at(scene.after.place(hit.file, own))


def _target(scene: Scene, hit: Hit, names: tuple[str, ...], own: Selection | None) -> str | None:
    """Where the module part must point so that every imported name is found; ``None`` when no one place serves."""
    module = _place(scene, hit, own)
    inner = {name: imports.find_module(scene.base, joined(hit.stem, name)) for name in names}
    places = {name: _place(scene, found, own) for name, found in inner.items() if found is not None}
    if module is not None and all(place == joined(module, name) for name, place in places.items()):
        return module
    if len(places) == len(names) and places:
        parents = {place[: -len(name) - 1] for name, place in places.items() if place and place.endswith("/" + name)}
        if len(parents) == 1 and all(p and p.endswith("/" + n) for n, p in places.items()):
            return parents.pop()
    return None
