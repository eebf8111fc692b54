"""How handlers name the objects to look at again."""

from __future__ import annotations

from bot.contracts.webhooks import Payload
from bot.runs.queue import Target
from bot.workflows.names import ACKNOWLEDGE, COMMENT, PULL, comment_key, pull_key

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


def comment(payload: Payload, issue: int, comment_id: int) -> tuple[Target, ...]:
    """A comment of the payload's repository whose commands are to be carried out, and shown to have been heard."""
    if payload.repository is None or payload.installation is None:
        return ()
    name = payload.repository.full_name
    key = comment_key(name, issue, comment_id)
    return tuple(Target(kind, key, name, payload.installation) for kind in (ACKNOWLEDGE, COMMENT))


def pull(payload: Payload, number: int) -> tuple[Target, ...]:
    """A pull request of the payload's repository, for the patches on it."""
    if payload.repository is None or payload.installation is None:
        return ()
    name = payload.repository.full_name
    return (Target(PULL, pull_key(name, number), name, payload.installation),)
