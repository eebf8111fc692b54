"""The types and fields that are answered. To add a field, add a line; to add a type, a table and its name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.playground.acts.merge_queue import position
from bot.playground.clock import stamp, stamp_or_none
from bot.playground.graphql.declared import Context, GraphQLError, Made, Spec, given, member
from bot.playground.problems import Problem
from bot.playground.shapes.accounts import node_id
from bot.playground.state import (
    AutoMerge,
    Comment,
    Edit,
    Issue,
    Pull,
    QueueEntry,
    Repository,
    Review,
    User,
)

ACTORS = frozenset({"User", "Bot", "Organization"})
COMMENTS = frozenset({"Issue", "IssueComment", "PullRequest", "PullRequestReview"})
NODES = ACTORS | COMMENTS | {"Repository", "MergeQueueEntry", "Commit", "UserContentEdit"}


@dataclass(frozen=True)
class Interface:
    """What may stand for several types: a fragment may be on it, and these fields of it may be asked for."""

    types: frozenset[str]
    fields: frozenset[str]


INTERFACES: dict[str, Interface] = {
    "Actor": Interface(ACTORS, frozenset({"login"})),
    "RepositoryOwner": Interface(frozenset({"User", "Organization"}), frozenset({"id", "login"})),
    "Node": Interface(NODES, frozenset({"id"})),
    "Comment": Interface(COMMENTS, frozenset({"id", "body", "author", "editor", "lastEditedAt"})),
}
"""Of the types here, those that each interface stands for."""


def _repository(context: Context, _: Any, arguments: Mapping[str, Any]) -> Repository:
    name = f"{arguments.get('owner')}/{arguments.get('name')}"
    try:
        repo = context.world.repo(name)
        context.caller.check(repo, ["metadata:read"])
    except Problem:
        raise GraphQLError("NOT_FOUND", f"Could not resolve to a Repository with the name '{name}'.") from None
    return repo


def _issue(context: Context, repo: Repository, arguments: Mapping[str, Any]) -> Issue:
    _ = context
    one = repo.issues.get(int(arguments["number"]))
    if one is None or one.pull:
        raise GraphQLError("NOT_FOUND", f"Could not resolve to an Issue with the number of {arguments['number']}.")
    return one


def _pull(context: Context, repo: Repository, arguments: Mapping[str, Any]) -> Pull:
    _ = context
    one = repo.issues.get(int(arguments["number"]))
    if one is None or one.pull is None:
        raise GraphQLError("NOT_FOUND", f"Could not resolve to a PullRequest with the number of {arguments['number']}.")
    return one.pull


def _nodes(repo: Repository) -> Iterator[tuple[str, Any]]:
    yield from ((node_id("IC", one.id), one) for one in repo.comments.values())
    yield from ((node_id("I", one.id), one) for one in repo.issues.values() if one.pull is None)
    for pull in repo.pulls:
        yield node_id("PR", pull.id), pull
        yield from ((node_id("PRR", one.id), one) for one in pull.reviews)


def node(context: Context, _: Any, arguments: Mapping[str, Any]) -> Comment | Issue | Pull | Review:
    """What has this opaque id, where the caller may see it. Raises ``GraphQLError``."""
    wanted = str(arguments.get("id"))
    for repo in context.world.repositories.values():
        found = next((one for name, one in _nodes(repo) if name == wanted), None)
        if found is not None:
            _repository(context, None, {"owner": repo.owner.login, "name": repo.name})
            return found  # type: ignore[no-any-return]
    raise GraphQLError("NOT_FOUND", f"Could not resolve to a node with the global id of '{wanted}'.")


def _last(edits: list[Edit]) -> Edit | None:
    return edits[-1] if edits else None


def _url(context: Context, issue: Issue, _: Any) -> str:
    return f"{context.world.web}/{issue.repo.full_name}/{'pull' if issue.pull else 'issues'}/{issue.number}"


def _versions(_: Context, issue: Issue, arguments: Mapping[str, Any]) -> Made:
    """The versions of a body, newest first. One that was never edited has none; else its first one is there, too."""
    made = [_version(issue, 0, issue.user, issue.created_at)]
    made += [_version(issue, at, edit.editor, edit.at, edit.erased) for at, edit in enumerate(issue.edits, 1)]
    listed = list(reversed(made)) if issue.edits else []
    if (first := arguments.get("first")) is not None:
        shown = listed[:first]
    elif (last := arguments.get("last")) is not None:
        shown = listed[-last:] if last else []
    else:
        words = "You must provide a `first` or `last` value to properly paginate the `userContentEdits` connection."
        raise GraphQLError("MISSING_PAGINATION_BOUNDARIES", words)
    return Made("UserContentEditConnection", {"nodes": shown, "totalCount": len(listed)})


def _version(issue: Issue, at: int, editor: User, when: datetime, erased: bool = False) -> Made:
    text = issue.edits[at].before if at < len(issue.edits) else issue.body or ""
    members = {
        "id": node_id("UCE", f"{issue.id}-{at}"),
        "editor": editor,
        "editedAt": stamp(when),
        "deletedAt": stamp(when) if erased else None,
        "diff": None if erased else text,
    }
    return Made("UserContentEdit", members)


EDITED: dict[str, Spec] = {
    "editor": given("Actor", lambda one: last.editor if (last := _last(one.edits)) else None),
    "lastEditedAt": given("DateTime", lambda one: stamp_or_none(last.at if (last := _last(one.edits)) else None)),
}
ISSUE: dict[str, Spec] = EDITED | {
    "number": given("Int!", lambda one: one.number),
    "title": given("String!", lambda one: one.title),
    "body": given("String!", lambda one: one.body or ""),
    "author": given("Actor", lambda one: one.user),
    "createdAt": given("DateTime!", lambda one: stamp(one.created_at)),
    "updatedAt": given("DateTime!", lambda one: stamp(one.updated_at)),
    "url": Spec("URI!", _url),
}


def _of_issue(spec: Spec) -> Spec:
    return Spec(spec.type, lambda context, pull, arguments: spec.resolve(context, pull.issue, arguments))


def _pull_state(pull: Pull) -> str:
    return "MERGED" if pull.merged_at else pull.issue.state.upper()


def _commit(oid: str) -> Made | None:
    return Made("Commit", {"oid": oid, "id": node_id("C", oid)}) if oid else None


ACTOR: dict[str, Spec] = {"login": given("String!", lambda user: user.login.removesuffix("[bot]"))}
NAMED = {"id": given("ID!", lambda user: node_id("U", user.id)), "name": given("String", lambda user: user.name)}
NUMBER = {"number": "Int!"}
FIELDS: dict[str, dict[str, Spec]] = {
    "Query": {
        "repository": Spec("Repository", _repository, {"owner": "String!", "name": "String!"}),
        "node": Spec("Node", node, {"id": "ID!"}),
        "viewer": Spec("User!", lambda context, _parent, _arguments: context.caller.actor.user),
    },
    "Repository": {
        "id": given("ID!", lambda repo: node_id("R", repo.id)),
        "name": given("String!", lambda repo: repo.name),
        "nameWithOwner": given("String!", lambda repo: repo.full_name),
        "owner": given("RepositoryOwner!", lambda repo: repo.owner),
        "autoMergeAllowed": given("Boolean!", lambda repo: repo.allow_auto_merge),
        "issue": Spec("Issue", _issue, NUMBER),
        "pullRequest": Spec("PullRequest", _pull, NUMBER),
    },
    "User": ACTOR | NAMED,
    "Bot": ACTOR | {"id": given("ID!", lambda user: node_id("BOT", user.id))},
    "Organization": ACTOR | NAMED | {"id": given("ID!", lambda user: node_id("O", user.id))},
    "IssueComment": EDITED
    | {
        "id": given("ID!", lambda one: node_id("IC", one.id)),
        "body": given("String!", lambda one: one.body),
        "author": given("Actor", lambda one: one.user),
    },
    "PullRequestReview": EDITED
    | {
        "id": given("ID!", lambda one: node_id("PRR", one.id)),
        "body": given("String!", lambda one: one.body),
        "author": given("Actor", lambda one: one.user),
        "state": given("PullRequestReviewState!", lambda one: one.state),
        "submittedAt": given("DateTime", lambda one: stamp(one.submitted_at)),
        "pullRequest": given("PullRequest!", lambda one: one.pull),
    },
    "Issue": ISSUE
    | {
        "id": given("ID!", lambda one: node_id("I", one.id)),
        "state": given("IssueState!", lambda one: one.state.upper()),
        "userContentEdits": Spec("UserContentEditConnection", _versions, {"first": "Int", "last": "Int"}),
    },
    "UserContentEditConnection": {
        "nodes": member("[UserContentEdit]", "nodes"),
        "totalCount": member("Int!", "totalCount"),
    },
    "UserContentEdit": {
        "id": member("ID!", "id"),
        "editor": member("Actor", "editor"),
        "editedAt": member("DateTime!", "editedAt"),
        "deletedAt": member("DateTime", "deletedAt"),
        "diff": member("String", "diff"),
    },
    "PullRequest": {name: _of_issue(spec) for name, spec in ISSUE.items()}
    | {
        "id": given("ID!", lambda pull: node_id("PR", pull.id)),
        "state": given("PullRequestState!", _pull_state),
        "isDraft": given("Boolean!", lambda pull: pull.draft),
        "merged": given("Boolean!", lambda pull: pull.merged_at is not None),
        "headRefName": given("String!", lambda pull: pull.head_ref),
        "headRefOid": given("GitObjectID!", lambda pull: pull.head_sha),
        "baseRefName": given("String!", lambda pull: pull.base_ref),
        "autoMergeRequest": given("AutoMergeRequest", lambda pull: pull.auto_merge),
        "isInMergeQueue": given("Boolean!", lambda pull: pull.queued is not None),
        "mergeQueueEntry": given("MergeQueueEntry", lambda pull: pull.queued),
    },
    "AutoMergeRequest": {
        "enabledAt": given("DateTime", lambda one: stamp(one.at)),
        "enabledBy": given("Actor", lambda one: one.user),
        "mergeMethod": given("PullRequestMergeMethod!", lambda one: one.method.upper()),
        "commitHeadline": given("String", lambda one: one.title or None),
        "commitBody": given("String", lambda one: one.message or None),
    },
    "MergeQueueEntry": {
        "id": given("ID!", lambda one: node_id("MQE", one.id)),
        "state": given("MergeQueueEntryState!", lambda one: one.state),
        "position": given("Int!", position),
        "enqueuedAt": given("DateTime!", lambda one: stamp(one.at)),
        "enqueuer": given("Actor!", lambda one: one.user),
        "pullRequest": given("PullRequest", lambda one: one.pull),
        "headCommit": given("Commit", lambda one: _commit(one.head_sha)),
        "baseCommit": given("Commit", lambda one: _commit(one.base_sha)),
    },
    "Commit": {"oid": member("GitObjectID!", "oid"), "id": member("ID!", "id")},
}
RECORDS: dict[type, str] = {
    Repository: "Repository",
    Comment: "IssueComment",
    Review: "PullRequestReview",
    Issue: "Issue",
    Pull: "PullRequest",
    AutoMerge: "AutoMergeRequest",
    QueueEntry: "MergeQueueEntry",
}


def type_of(value: Any) -> str | None:
    """The GraphQL type of a value; ``None`` for a leaf."""
    if isinstance(value, User):
        return value.type
    return value.type if isinstance(value, Made) else RECORDS.get(type(value))


def applies(kind: str, on: str) -> bool:
    """Whether a fragment on one type is of this type."""
    return kind == on or (on in INTERFACES and kind in INTERFACES[on].types)
