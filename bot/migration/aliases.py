"""What a specifier read before another folder of the same migration was moved.

A rule is written against the files as they were. When a folder has moved already, the imports of it elsewhere were
rewritten, also in the files that a copy is still made from: there the rule must match what the import read before.
So the folders of a migration can be merged one by one, in any order, and a second run finds nothing to do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.migration import imports
from bot.migration.model import joined
from bot.migration.view import below

if TYPE_CHECKING:
    from bot.migration.scene import Scene, Task
    from bot.source.grammars import Language, Specifier


def needed(scene: Scene, task: Task) -> bool:
    """Whether this file's imports may have been rewritten by a move that was made before."""
    return bool(scene.done) and task.own is not None and not task.own.folder.moves


def before_moves(scene: Scene, task: Task, language: Language, spec: Specifier) -> str | None:
    """The specifier as it read before the move that brought its target where it is, if there was one."""
    if language == "python":
        return _python(scene, task, spec)
    if language == "go":
        return _go(scene, spec)
    if not imports.is_relative(spec.text):
        return None
    stem, _ = imports.find_script(scene.base, task.old_folder, spec.text)
    old = _old(scene, stem)
    return imports.respell_script(task.old_folder, spec.text, old) if old is not None else None


def _old(scene: Scene, path: str | None) -> str | None:
    for source, destination in scene.done:
        rel = below(path, destination) if path is not None else None
        if rel is not None:
            return joined(source, rel)
    return None


def _python(scene: Scene, task: Task, spec: Specifier) -> str | None:
    if spec.text.startswith("."):
        old = _old(scene, imports.find_relative(scene.base, task.old, spec.text)[0])
        return imports.respell_relative(task.old, old) if old is not None else None
    hit = imports.find_absolute(scene.base, task.old, spec.text)
    old = _old(scene, hit.stem) if hit is not None else None
    return imports.respell_absolute(scene.base, task.old, hit, old) if hit is not None and old is not None else None


def _go(scene: Scene, spec: Specifier) -> str | None:
    for source, destination in scene.done:
        module = imports.go_module(scene.base, destination)
        rel = below(spec.text, imports.go_path(module, destination)) if module is not None else None
        if module is not None and rel is not None:
            return joined(imports.go_path(module, source), rel)
    return None
