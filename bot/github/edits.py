"""Who edited a text, and when: REST does not tell, GraphQL does."""

from __future__ import annotations

from typing import Any

from bot.contracts.github import BodyEdit, BodyHistory, Edited
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


def history(what: str, told: Any) -> BodyHistory:
    """The versions of a body as ``userContentEdits`` lists them. Raises ``NotFoundError`` for no object.

    GitHub lists the newest first. Each ``diff`` is the whole body after that edit (D); once a body was edited, its
    first version is listed, too. The order of the list decides, as times are whole seconds.
    """
    if not isinstance(told, dict):
        raise NotFoundError(f"no such {what}", status=200, method="POST", path="/graphql")
    listed = told.get("userContentEdits") or {}
    nodes = [node for node in listed.get("nodes") or () if isinstance(node, dict)]
    if len(nodes) > 1 and str(nodes[0].get("editedAt")) < str(nodes[-1].get("editedAt")):
        nodes.reverse()
    found = [
        read(
            BodyEdit,
            {
                "id": node.get("id"),
                "login": _actor(node.get("editor")),
                "at": node.get("editedAt"),
                "text": None if node.get("deletedAt") is not None else node.get("diff"),
            },
        )
        for node in reversed(nodes)
    ]
    complete = int(listed.get("totalCount") or 0) <= len(found)
    return BodyHistory(body=told.get("body") or "", edits=tuple(found), complete=complete)


def _actor(editor: Any) -> str:
    """A GraphQL actor's login as REST has it: an App's with ``[bot]``; a deleted account is ``ghost``."""
    if not isinstance(editor, dict):
        return "ghost"
    login = str(editor.get("login") or "ghost")
    return f"{login}[bot]" if editor.get("__typename") == "Bot" and not login.endswith("[bot]") else login
