"""What a request is to GitHub's limits: a read, a write, or a write that makes content."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.planning.pacing import Kind

# POSTs that make no content: they change a set, ask for a token, or ask for a delivery anew. A reaction is in a set:
# its page lacks the note on secondary limits that GitHub's pages of content have.
_PLAIN_POST = re.compile(r"(/issues/[^/]+/(?:labels|assignees)|/reactions|/access_tokens|/attempts)\Z")
# A PUT that notifies people, which GitHub counts as making content. (D)
_MERGE = re.compile(r"/pulls/[^/]+/merge\Z")
_COMMENT = re.compile(r"#[^\n]*")


@dataclass(frozen=True, slots=True)
class Call:
    """One call: its kind, whether it may be sent twice, the primary limit that it counts against, its haste."""

    kind: Kind
    repeatable: bool
    resource: str = "core"
    urgent: bool = False
    """Goes before other writes, out of what is kept back for it."""


def kind_of(method: str, path: str) -> Kind:
    """The kind of a REST request. GitHub does not list which POSTs make content: all do here, but those above."""
    if method in {"GET", "HEAD", "OPTIONS"}:
        return "read"
    if method == "PUT" and _MERGE.search(path):
        return "create"
    if method == "POST" and not _PLAIN_POST.search(path.partition("?")[0]):
        return "create"
    return "write"


def mutates(query: str) -> bool:
    """Whether a GraphQL document holds a mutation. In doubt it does: then it is never repeated by itself."""
    return re.search(r"(?:\A|[\s}])mutation\b", _COMMENT.sub("", query)) is not None
