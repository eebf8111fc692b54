"""The mutations that REST has no way for: auto-merge, the merge queue, drafts.

An App needs ``pull_requests: write`` and ``contents: write`` for each, a person write access; whose pull request it is
may say whether it is a draft.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from bot.playground.acts import auto_merge, merge_queue
from bot.playground.acts.pulls import set_draft
from bot.playground.graphql.declared import Context, GraphQLError, Made, Spec, as_error, member
from bot.playground.graphql.fields import FIELDS, node
from bot.playground.problems import Problem, forbidden
from bot.playground.state import Method, Pull, QueueEntry

Input = Mapping[str, Any]
METHODS: dict[str, Method] = {"MERGE": "merge", "SQUASH": "squash", "REBASE": "rebase"}
INPUTS: dict[str, dict[str, str]] = {
    "EnablePullRequestAutoMergeInput": {
        "pullRequestId": "ID!",
        "expectedHeadOid": "GitObjectID",
        "mergeMethod": "PullRequestMergeMethod",
        "commitHeadline": "String",
        "commitBody": "String",
    },
    "DisablePullRequestAutoMergeInput": {"pullRequestId": "ID!"},
    "EnqueuePullRequestInput": {"pullRequestId": "ID!", "expectedHeadOid": "GitObjectID", "jump": "Boolean"},
    "DequeuePullRequestInput": {"id": "ID!"},
    "MarkPullRequestReadyForReviewInput": {"pullRequestId": "ID!"},
    "ConvertPullRequestToDraftInput": {"pullRequestId": "ID!"},
}
"""What each input takes, beside ``clientMutationId``, which all do."""


def _found(context: Context, told: Input, *, own: bool = False) -> Pull:
    """The pull request, for who may change how it lands; with ``own`` for its author too."""
    pull = node(context, None, {"id": told.get("pullRequestId", told.get("id"))})
    if not isinstance(pull, Pull):
        raise GraphQLError("NOT_FOUND", "Could not resolve to a PullRequest node.")
    caller, repo = context.caller, pull.repo
    if own and caller.user is not None and caller.user is pull.issue.user:
        return pull
    for needed in ("pull_requests:write", "contents:write"):
        caller.check(repo, [needed])
    if repo.archived:
        raise forbidden("Repository was archived so is read-only.")
    return pull


async def _enable(context: Context, told: Input) -> Pull:
    pull = _found(context, told)
    auto_merge.check_head(pull, told.get("expectedHeadOid"))
    method = METHODS[told.get("mergeMethod") or "MERGE"]
    words = {"title": told.get("commitHeadline") or "", "message": told.get("commitBody") or ""}
    await auto_merge.enable(context.world, pull, context.caller.actor, method, **words)
    return pull


async def _disable(context: Context, told: Input) -> Pull:
    pull = _found(context, told)
    await auto_merge.disable(context.world, pull, context.caller.actor)
    return pull


async def _enqueue(context: Context, told: Input) -> QueueEntry:
    pull = _found(context, told)
    auto_merge.check_head(pull, told.get("expectedHeadOid"))
    return await merge_queue.enqueue(context.world, pull, context.caller.actor, jump=bool(told.get("jump")))


async def _dequeue(context: Context, told: Input) -> QueueEntry | None:
    pull = _found(context, told)
    await merge_queue.dequeue(context.world, pull, context.caller.actor)
    return None


async def _ready(context: Context, told: Input) -> Pull:
    pull = _found(context, told, own=True)
    if not pull.draft or pull.issue.state != "open":
        raise GraphQLError("UNPROCESSABLE", "Pull request is not a draft, or not open")
    await set_draft(context.world, pull, context.caller.actor, draft=False)
    return pull


async def _convert(context: Context, told: Input) -> Pull:
    pull = _found(context, told, own=True)
    if pull.draft or pull.issue.state != "open":
        raise GraphQLError("UNPROCESSABLE", "Pull request is a draft, or not open")
    await set_draft(context.world, pull, context.caller.actor, draft=True)
    return pull


Act = Callable[[Context, Input], Awaitable[Any]]


def _checked(kind: str, told: Any) -> Input:
    takes = INPUTS[kind]
    if not isinstance(told, dict):
        raise GraphQLError("UNPROCESSABLE", f"Argument 'input' of type '{kind}!' is required")
    for name in told.keys() - takes.keys() - {"clientMutationId"}:
        raise GraphQLError("UNPROCESSABLE", f"InputObject '{kind}' doesn't accept argument '{name}'")
    for name, type_ in takes.items():
        if type_.endswith("!") and told.get(name) is None:
            raise GraphQLError("UNPROCESSABLE", f"Argument '{name}' on InputObject '{kind}' is required")
    method = told.get("mergeMethod")
    if method is not None and method not in METHODS:
        raise GraphQLError("UNPROCESSABLE", f"Argument 'mergeMethod' on InputObject '{kind}' has an invalid value")
    return told


MUTATIONS: tuple[tuple[str, str, str, Act], ...] = (
    ("enablePullRequestAutoMerge", "pullRequest", "PullRequest", _enable),
    ("disablePullRequestAutoMerge", "pullRequest", "PullRequest", _disable),
    ("enqueuePullRequest", "mergeQueueEntry", "MergeQueueEntry", _enqueue),
    ("dequeuePullRequest", "mergeQueueEntry", "MergeQueueEntry", _dequeue),
    ("markPullRequestReadyForReview", "pullRequest", "PullRequest", _ready),
    ("convertPullRequestToDraft", "pullRequest", "PullRequest", _convert),
)


def _declared(name: str, answers: str, kind: str, act: Act) -> tuple[str, Spec, dict[str, Spec]]:
    """A mutation's stem, its field and the fields of its payload, named as GitHub names them."""
    stem = name[0].upper() + name[1:]

    async def resolve(context: Context, _: Any, arguments: Mapping[str, Any]) -> Made:
        told = _checked(f"{stem}Input", arguments.get("input"))
        try:
            value = await act(context, told)
        except Problem as problem:
            raise as_error(problem) from None
        members = {answers: value, "clientMutationId": told.get("clientMutationId")}
        return Made(f"{stem}Payload", members)

    payload = {answers: member(kind, answers), "clientMutationId": member("String", "clientMutationId")}
    return stem, Spec(f"{stem}Payload", resolve, {"input": f"{stem}Input!"}), payload


def _types() -> dict[str, dict[str, Spec]]:
    made: dict[str, dict[str, Spec]] = {"Mutation": {}}
    for name, answers, kind, act in MUTATIONS:
        stem, made["Mutation"][name], payload = _declared(name, answers, kind, act)
        made[f"{stem}Payload"] = payload
    return made


TYPES: dict[str, dict[str, Spec]] = FIELDS | _types()
"""All that is answered: every type, with its fields."""
