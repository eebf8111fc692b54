"""Go: import paths follow the module's name and the folder in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.migration.model import joined
from bot.migration.scene import Scene, Step, Task
from bot.migration.view import below

if TYPE_CHECKING:
    from bot.migration.scene import Moved
    from bot.source.grammars import Specifier


def follow(scene: Scene, task: Task, spec: Specifier) -> Step:
    """The import path of a package that moves, at its new place in the same module."""
    if task.own is not None and not task.recompute:
        return Step()
    for moved in scene.old_places(None, spec.text.split("/")):
        rel = _package(moved, spec.text)
        if rel is None or moved.go is None:
            continue
        here = [name for name in moved.selection.files if _in_package(name, rel)]
        if not here:
            continue
        stays = any(_in_package(left.rel, rel) for left in moved.selection.left)
        if moved.go[1] is None or stays:
            return Step(warnings=[("points-at-old-place", spec.text)])
        return Step(joined(moved.go[1], rel), "importer")
    return Step()


def judge(scene: Scene, task: Task, text: str) -> list[tuple[str, str]]:
    """Warnings about an import path as it stands in the finished file."""
    if task.own is None:
        return []
    old = any(_package(moved, text) is not None for moved in scene.old_places(task.own, text.split("/")))
    return [("points-at-old-place", text)] if old else []


def _package(moved: Moved, text: str) -> str | None:
    return below(text, moved.go[0]) if moved.go is not None else None


def _in_package(name: str, rel: str) -> bool:
    return name.endswith(".go") and not name.endswith("_test.go") and name.rpartition("/")[0] == rel
