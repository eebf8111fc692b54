"""Merging pull requests in the three ways there are."""

from __future__ import annotations

from bot.playground.acts.refs import HEADS, merged, move_refs
from bot.playground.git_store import Signature
from bot.playground.problems import Problem
from bot.playground.rules import QUEUE, has_queue, lacking
from bot.playground.shapes.commits import noreply
from bot.playground.state import Actor, Method, Pull, World


async def merge(
    world: World,
    pull: Pull,
    actor: Actor,
    method: Method = "merge",
    *,
    sha: str | None = None,
    title: str | None = None,
    message: str | None = None,
    bypass: bool = False,
) -> str:
    """Merges a pull request and returns the new commit. Raises 405 (not mergeable) or 409 (head moved).

    With ``bypass`` the rules of the base are passed over.
    """
    repo = pull.repo
    async with repo.pushing:
        tip = repo.branch(pull.base_ref)
        if pull.issue.state != "open" or pull.draft or tip is None:
            raise Problem(405, "Pull Request is not mergeable")
        if sha is not None and sha != pull.head_sha:
            raise Problem(409, "Head branch was modified. Review and try the merge again.")
        if not bypass and (against := against_merging(pull)):
            raise Problem(405, against)
        new = await combined(world, pull, actor, tip, method, (title, message))
        if new is None:
            raise Problem(405, "Pull Request is not mergeable")
        name = HEADS + pull.base_ref
        await move_refs(world, repo, actor, {name: new}, {name: tip}, merging=pull)
        await merged(world, pull, actor, new, tip)
    return new


def against_merging(pull: Pull) -> str:
    """What the rules of the base have against merging it now, in GitHub's words; empty for nothing."""
    found = [*([QUEUE] if has_queue(pull) else []), *lacking(pull)]
    return "\n".join(found)


async def combined(
    world: World,
    pull: Pull,
    actor: Actor,
    tip: str,
    method: Method,
    words: tuple[str | None, str | None] = (None, None),
) -> str | None:
    """The commit that brings a pull request onto a tip, on no branch yet; ``None`` for a conflict."""
    store, issue = pull.repo.store, pull.issue
    when = int(world.clock.time())
    person = Signature(actor.user.name, noreply(world, actor.user), when)
    if method == "rebase":
        return await _rebase(pull, tip, person)
    tree = await store.merge_tree(tip, pull.head_sha)
    if tree is None:
        return None
    title, message = words
    if method == "squash":
        text = f"{title or f'{issue.title} (#{issue.number})'}\n\n{message or issue.body or ''}".rstrip() + "\n"
        author = Signature(issue.user.name, noreply(world, issue.user), when)
        return await store.write_commit(tree, [tip], text, author, person)
    first = title or f"Merge pull request #{issue.number} from {pull.repo.owner.login}/{pull.head_ref}"
    text = f"{first}\n\n{message or issue.title}".rstrip() + "\n"
    return await store.write_commit(tree, [tip, pull.head_sha], text, person)


async def _rebase(pull: Pull, tip: str, person: Signature) -> str | None:
    """Puts the commits of the head one by one on the tip."""
    store = pull.repo.store
    for oid in reversed(await store.log(pull.head_sha, tip)):
        commit = await store.commit(oid)
        if commit is None or len(commit.parents) != 1:
            return None
        there = await store.commit(tip)
        if there is None:
            return None
        # The merge of two commits whose only common parent is the old one: a cherry-pick.
        stand_in = await store.write_commit(there.tree, commit.parents, "stand-in", person)
        tree = await store.merge_tree(stand_in, oid)
        if tree is None:
            return None
        author = Signature(commit.author.name, commit.author.email, int(commit.author.date.timestamp()))
        tip = await store.write_commit(tree, [tip], commit.message + "\n", author, person)
    return tip
