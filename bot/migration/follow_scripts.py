"""JavaScript and TypeScript: what must become of a specifier when files change places."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.migration import imports
from bot.migration.scene import Scene, Step, Task, inside
from bot.migration.view import ancestors, below

if TYPE_CHECKING:
    from bot.migration.model import Selection
    from bot.source.grammars import Specifier


def follow(scene: Scene, task: Task, spec: Specifier) -> Step:
    """Where a specifier points now, and how it must read to point there afterwards."""
    return _relative(scene, task, spec.text) if imports.is_relative(spec.text) else Step()


def judge(scene: Scene, task: Task, text: str) -> list[tuple[str, str]]:
    """Warnings about a specifier as it stands in the finished file."""
    if imports.is_relative(text):
        _, hit = imports.find_script(scene.after, task.new_folder, text)
        if hit is None:
            return [("points-nowhere", text)]
        return [("points-at-old-place", text)] if task.own is not None and inside(hit.file, task.own) else []
    places = scene.old_places(task.own, imports.split_query(text)[0].split("/"))
    raw = text.encode("utf-8", "surrogateescape")
    if any(moved.mentions.search(raw) or _alias(scene, moved.selection, text) for moved in places):
        return [("points-at-old-place", text)]
    return []


def _relative(scene: Scene, task: Task, text: str) -> Step:
    stem, hit = imports.find_script(scene.base, task.old_folder, text)
    if stem is None:
        return Step()
    named = imports.split_query(text)[0]
    if task.own is not None and hit is not None and below(hit.file, task.own.folder.source) in task.own.files:
        settled = imports.climb(task.new_folder, named) == hit.stem_at(scene.after.place(hit.file, task.own))
        if settled or not task.recompute:
            return Step(settled=settled)
    own = task.own if task.recompute else None
    if hit is not None:
        target = hit.stem_at(scene.after.place(hit.file, own))
    elif not task.recompute and task.own is not None and inside(stem, task.own):
        return Step()
    else:
        target = scene.after.place_text(stem, own)
    anchor = task.new_folder if task.recompute else task.old_folder
    if imports.climb(anchor, named) == target:
        return Step()
    # Kept imports still follow what another folder moves, as they do in the file that they are copied from.
    return Step(imports.respell_script(anchor, text, target), _rule(task))


def _rule(task: Task) -> str:
    return "importer" if task.own is None or not task.recompute else "relative-import"


def _alias(scene: Scene, selection: Selection, text: str) -> bool:
    """Whether an aliased specifier (``@/old/x``, ``~app/old``) seems to name something in a folder's source."""
    if text.startswith(("/", "#", "node:")) or "://" in text:
        return False
    source = selection.folder.source
    parts = imports.split_query(text)[0].split("/")
    for skipped in range(min(3, len(parts))):
        rest = "/".join(parts[skipped:])
        for around in [*[*ancestors(source)][1:], ""]:
            tail = below(source, around) if around else source
            if tail is None or below(rest, tail) is None or (skipped == 0 and "/" not in rest):
                continue
            hit = imports.find_stem(scene.base, f"{around}/{rest}" if around else rest)
            if hit is not None and (below(hit.file, source) or "") in selection.files:
                return True
    return False
