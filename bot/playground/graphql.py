"""GraphQL, as far as it is needed: a small resolver over hand-made fields.

A field is a function of (parent, arguments) in ``FIELDS[type]``; to add a query or mutation, add one there.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bot.playground.access import Caller
from bot.playground.clock import stamp, stamp_or_none
from bot.playground.graphql_parse import Field, GraphQLSyntaxError, Operation, parse
from bot.playground.problems import Problem
from bot.playground.shapes.accounts import node_id
from bot.playground.state import Comment, Issue, Pull, Repository, User, World


@dataclass(frozen=True)
class Context:
    """Who asks, of what."""

    world: World
    caller: Caller


class GraphQLError(Exception):
    """An error beside the data; ``kind`` is GitHub's ``type``."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


Resolver = Callable[[Context, Any, Mapping[str, Any]], Any]


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


def _node(context: Context, _: Any, arguments: Mapping[str, Any]) -> Comment:
    """A comment by its opaque id; nothing else is asked for by it."""
    wanted = str(arguments.get("id"))
    for repo in context.world.repositories.values():
        found = next((one for one in repo.comments.values() if node_id("IC", one.id) == wanted), None)
        if found is not None:
            _repository(context, None, {"owner": repo.owner.login, "name": repo.name})
            return found
    raise GraphQLError("NOT_FOUND", f"Could not resolve to a node with the global id of '{wanted}'.")


def _text(of: Callable[[Any], Any]) -> Resolver:
    return lambda _context, parent, _arguments: of(parent)


def _login(user: User) -> str:
    return user.login.removesuffix("[bot]")


def _url(context: Context, issue: Issue, _: Any) -> str:
    return f"{context.world.web}/{issue.repo.full_name}/{'pull' if issue.pull else 'issues'}/{issue.number}"


ISSUE: dict[str, Resolver] = {
    "number": _text(lambda one: one.number),
    "title": _text(lambda one: one.title),
    "body": _text(lambda one: one.body or ""),
    "state": _text(lambda one: one.state.upper()),
    "author": _text(lambda one: one.user),
    "editor": _text(lambda one: one.edits[-1].editor if one.edits else None),
    "lastEditedAt": _text(lambda one: stamp_or_none(one.edits[-1].at if one.edits else None)),
    "createdAt": _text(lambda one: stamp(one.created_at)),
    "updatedAt": _text(lambda one: stamp(one.updated_at)),
    "url": _url,
}


def _of_issue(resolver: Resolver) -> Resolver:
    return lambda context, pull, arguments: resolver(context, pull.issue, arguments)


FIELDS: dict[type | str, dict[str, Resolver]] = {
    "query": {
        "repository": _repository,
        "node": _node,
        "viewer": lambda context, _parent, _arguments: context.caller.actor.user,
    },
    "mutation": {},
    Repository: {
        "id": _text(lambda repo: node_id("R", repo.id)),
        "name": _text(lambda repo: repo.name),
        "nameWithOwner": _text(lambda repo: repo.full_name),
        "owner": _text(lambda repo: repo.owner),
        "issue": _issue,
        "pullRequest": _pull,
    },
    User: {
        "__typename": _text(lambda user: user.type),
        "id": _text(lambda user: node_id("U", user.id)),
        "login": _text(_login),
        "name": _text(lambda user: user.name),
    },
    Comment: {
        "__typename": _text(lambda _: "IssueComment"),
        "id": _text(lambda one: node_id("IC", one.id)),
        "body": _text(lambda one: one.body),
        "author": _text(lambda one: one.user),
        "editor": ISSUE["editor"],
        "lastEditedAt": ISSUE["lastEditedAt"],
    },
    Issue: ISSUE | {"id": _text(lambda one: node_id("I", one.id)), "__typename": _text(lambda _: "Issue")},
    Pull: {name: _of_issue(resolver) for name, resolver in ISSUE.items()}
    | {
        "__typename": _text(lambda _: "PullRequest"),
        "id": _text(lambda pull: node_id("PR", pull.id)),
        "isDraft": _text(lambda pull: pull.draft),
        "merged": _text(lambda pull: pull.merged_at is not None),
        "headRefName": _text(lambda pull: pull.head_ref),
        "headRefOid": _text(lambda pull: pull.head_sha),
        "baseRefName": _text(lambda pull: pull.base_ref),
    },
}


async def execute(world: World, caller: Caller, body: Any) -> dict[str, Any]:
    """Answers one request: ``{"data": ...}``, with ``errors`` where there are any."""
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        return {"errors": [{"message": "A query attribute must be specified and must be a string."}]}
    try:
        operation = parse(body["query"], body.get("variables") or {}, body.get("operationName"))
    except GraphQLSyntaxError as error:
        return {"errors": [{"message": str(error)}]}
    errors: list[dict[str, Any]] = []
    context = Context(world, caller)
    data = await _select(context, operation.kind, None, operation.fields, (errors, []))
    answer: dict[str, Any] = {"data": data}
    if errors:
        answer["errors"] = errors
        if any("undefinedField" in error.get("extensions", {}).get("code", "") for error in errors):
            return {"errors": errors}
    return answer


async def _select(
    context: Context,
    kind: type | str,
    parent: Any,
    fields: list[Field],
    trouble: tuple[list[dict[str, Any]], list[str]],
) -> dict[str, Any]:
    errors, path = trouble
    result: dict[str, Any] = {}
    for field in fields:
        here = [*path, field.alias]
        resolver = FIELDS[kind].get(field.name)
        if resolver is None:
            shown = kind if isinstance(kind, str) else kind.__name__
            message = f"Field '{field.name}' doesn't exist on type '{shown}'"
            errors.append({"message": message, "path": here, "extensions": {"code": "undefinedField"}})
            continue
        try:
            value = resolver(context, parent, field.arguments)
            value = await value if inspect.isawaitable(value) else value
        except GraphQLError as error:
            errors.append({"type": error.kind, "path": here, "message": str(error)})
            result[field.alias] = None
            continue
        result[field.alias] = await _value(context, value, field, (errors, here))
    return result


async def _value(context: Context, value: Any, field: Field, trouble: tuple[list[dict[str, Any]], list[str]]) -> Any:
    if isinstance(value, list):
        return [await _value(context, item, field, trouble) for item in value]
    if type(value) in FIELDS:
        return await _select(context, type(value), value, field.fields, trouble)
    return value


def is_mutation(body: Any) -> bool:
    """Whether a request may change something."""
    try:
        return isinstance(body, dict) and _parsed(body).kind == "mutation"
    except GraphQLSyntaxError:
        return False


def _parsed(body: dict[str, Any]) -> Operation:
    return parse(str(body.get("query", "")), body.get("variables") or {}, body.get("operationName"))
