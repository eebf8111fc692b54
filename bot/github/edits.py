"""Who last edited a text, and when: REST does not tell, GraphQL does."""

from __future__ import annotations

from typing import Any

from bot.contracts.github import Edited
from bot.github.errors import NotFoundError
from bot.github.room import read


def edited(what: str, told: Any) -> Edited | None:
    """The last edit that an object's ``lastEditedAt`` and ``editor`` tell of; ``None`` when it was never edited.

    Raises ``NotFoundError`` for no object.
    """
    if not isinstance(told, dict):
        raise NotFoundError(f"no such {what}", status=200, method="POST", path="/graphql")
    if told.get("lastEditedAt") is None:
        return None
    return read(Edited, {"login": _actor(told.get("editor")), "at": told["lastEditedAt"]})


def _actor(editor: Any) -> str:
    """A GraphQL actor's login as REST has it: an App's with ``[bot]``; a deleted account is ``ghost``."""
    if not isinstance(editor, dict):
        return "ghost"
    login = str(editor.get("login") or "ghost")
    return f"{login}[bot]" if editor.get("__typename") == "Bot" and not login.endswith("[bot]") else login
