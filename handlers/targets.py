"""How handlers name the objects to look at again."""

from __future__ import annotations

from bot.contracts.webhooks import Payload
from bot.runs.queue import Target
from bot.workflows.names import (
    ACKNOWLEDGE,
    ACTION,
    COMMENT,
    MERGE_GROUP,
    PULL,
    TASK_GRAPH,
    action_key,
    comment_key,
    merge_group_key,
    pull_key,
)

REPOSITORY = "repository"
MIGRATION = "migration"


def repository(payload: Payload, full_name: str | None = None) -> tuple[Target, ...]:
    """The repository of a payload, or another one of the same installation."""
    name = full_name or (payload.repository.full_name if payload.repository is not None else None)
    if name is None or payload.installation is None:
        return ()
    return (Target(REPOSITORY, name, name, payload.installation),)


def migration(payload: Payload, issue: int) -> tuple[Target, ...]:
    """The migration on an issue of the payload's repository."""
    if payload.repository is None or payload.installation is None:
        return ()
    name = payload.repository.full_name
    return (Target(MIGRATION, f"{name}#{issue}", name, payload.installation),)


def tasks(payload: Payload) -> tuple[Target, ...]:
    """All tasks of the payload's repository."""
    if payload.repository is None or payload.installation is None:
        return ()
    name = payload.repository.full_name
    return (Target(TASK_GRAPH, name, name, payload.installation),)


def comment(payload: Payload, issue: int, comment_id: int, *, heard: bool = True) -> tuple[Target, ...]:
    """A comment of the payload's repository whose commands are to be carried out, and shown to have been ``heard``."""
    if payload.repository is None or payload.installation is None:
        return ()
    name = payload.repository.full_name
    key = comment_key(name, issue, comment_id)
    kinds = (ACKNOWLEDGE, COMMENT) if heard else (COMMENT,)
    return tuple(Target(kind, key, name, payload.installation) for kind in kinds)


def pull(payload: Payload, number: int) -> tuple[Target, ...]:
    """A pull request of the payload's repository, for the patches on it."""
    if payload.repository is None or payload.installation is None:
        return ()
    name = payload.repository.full_name
    return (Target(PULL, pull_key(name, number), name, payload.installation),)


def action(payload: Payload, check: int, identifier: str) -> tuple[Target, ...]:
    """A button of a check run that the event's sender pressed."""
    if payload.repository is None or payload.installation is None:
        return ()
    name = payload.repository.full_name
    return (Target(ACTION, action_key(name, check, identifier, payload.sender.login), name, payload.installation),)


def merge_group(payload: Payload, number: int, head: str) -> tuple[Target, ...]:
    """A merge queue's group, by the number of its last pull request and its head."""
    if payload.repository is None or payload.installation is None:
        return ()
    name = payload.repository.full_name
    return (Target(MERGE_GROUP, merge_group_key(name, number, head), name, payload.installation),)
