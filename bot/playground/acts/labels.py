"""A repository's labels."""

from __future__ import annotations

import re

from bot.playground.problems import invalid
from bot.playground.shapes import issues as shapes
from bot.playground.state import Actor, Label, Repository, World

COLOR = re.compile(r"[0-9a-fA-F]{6}")
NAME, DESCRIPTION = 50, 100
"""The most characters of a label's name and description. (D)"""


def _check(name: str | None, color: str | None, description: str | None) -> None:
    if name is not None and not name.strip():
        raise invalid("Label", "name", "missing_field")
    if name is not None and len(name) > NAME:
        raise invalid("Label", "name", "custom", f"name is too long (maximum is {NAME} characters)")
    if color is not None and not COLOR.fullmatch(color):
        raise invalid("Label", "color")
    if description is not None and len(description) > DESCRIPTION:
        raise invalid(
            "Label", "description", "custom", f"description is too long (maximum is {DESCRIPTION} characters)"
        )


def create_label(
    world: World, repo: Repository, actor: Actor, name: str, color: str | None = None, description: str | None = None
) -> Label:
    """Makes a label. Raises a 422 ``Problem`` when there is one of this name."""
    _check(name, color, description)
    if name.lower() in repo.labels:
        raise invalid("Label", "name", "already_exists")
    label = Label(world.next_id(), name, (color or "ededed").lower(), description)
    repo.labels[name.lower()] = label
    world.hooks.emit("label", "created", repo, actor, {"label": shapes.label(world, repo, label)})
    return label


def ensure_label(world: World, repo: Repository, actor: Actor, name: str) -> Label:
    """The label of this name, made when there is none: what GitHub does when it is put on an issue."""
    return repo.labels.get(name.lower()) or create_label(world, repo, actor, name)


def edit_label(
    world: World,
    repo: Repository,
    actor: Actor,
    label: Label,
    *,
    name: str | None = None,
    color: str | None = None,
    description: str | None = None,
) -> None:
    """Changes a label; ``None`` leaves as it is. Raises a 422 ``Problem`` when the new name is taken."""
    _check(name, color, description)
    changes = {}
    if name is not None and name != label.name:
        if repo.labels.get(name.lower(), label) is not label:
            raise invalid("Label", "name", "already_exists")
        changes["name"] = {"from": label.name}
        del repo.labels[label.name.lower()]
        label.name = name
        repo.labels[name.lower()] = label
    if color is not None and color.lower() != label.color:
        changes["color"] = {"from": label.color}
        label.color = color.lower()
    if description is not None and description != label.description:
        changes["description"] = {"from": label.description or ""}
        label.description = description
    if changes:
        body = {"label": shapes.label(world, repo, label), "changes": changes}
        world.hooks.emit("label", "edited", repo, actor, body)


def delete_label(world: World, repo: Repository, actor: Actor, label: Label) -> None:
    """Deletes a label, from all issues as well."""
    del repo.labels[label.name.lower()]
    for issue in repo.issues.values():
        if label in issue.labels:
            issue.labels.remove(label)
    world.hooks.emit("label", "deleted", repo, actor, {"label": shapes.label(world, repo, label)})
