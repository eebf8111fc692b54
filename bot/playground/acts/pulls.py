"""Pull requests: opening, editing, reviewing, merging."""

from __future__ import annotations

from typing import Any, Literal

from bot.playground.acts import issues as acts
from bot.playground.acts.refs import HEADS, merged, move_refs
from bot.playground.git_store import Signature
from bot.playground.problems import Problem, invalid, refused, unprocessable
from bot.playground.shapes import issues as shapes
from bot.playground.shapes import pulls as pull_shapes
from bot.playground.shapes.accounts import user as user_shape
from bot.playground.shapes.commits import noreply
from bot.playground.state import Actor, Pull, Repository, Review, User, World

Method = Literal["merge", "squash", "rebase"]
STATES: dict[str, Any] = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}
OPEN_ON_BASE = 1_000
"""The most open pull requests on one base branch. (D)"""


async def open_pull(
    world: World,
    repo: Repository,
    actor: Actor,
    *,
    title: str,
    head: str,
    base: str,
    body: str | None = None,
    draft: bool = False,
) -> Pull:
    """Opens a pull request. Raises a 422 ``Problem`` as GitHub does: ends missing, no difference, a twin."""
    acts.check_text("PullRequest", title, body)
    owner, _, branch = head.rpartition(":")
    fork = world.repositories.get(f"{owner}/{repo.name}".lower()) if owner else None
    fork = None if fork is repo else fork
    head_sha, base_sha = (fork or repo).branch(branch), repo.branch(base)
    if head_sha is None or (owner and fork is None and owner.lower() != repo.owner.login.lower()):
        raise invalid("PullRequest", "head")
    if fork is not None:  # as on GitHub, what a fork holds can be read by its oid
        await repo.store.run("fetch", "--quiet", "--no-tags", str(fork.store.path), head_sha)
    if base_sha is None:
        raise invalid("PullRequest", "base")
    if await repo.store.is_ancestor(head_sha, base_sha):
        raise refused("PullRequest", f"No commits between {base} and {branch}")
    opened = [pull for pull in repo.pulls if pull.issue.state == "open" and pull.base_ref == base]
    if any((pull.head_repo, pull.head_ref) == (fork, branch) for pull in opened):
        raise refused("PullRequest", f"A pull request already exists for {(fork or repo).owner.login}:{branch}.")
    if len(opened) >= OPEN_ON_BASE:
        raise refused("PullRequest", f"Too many open pull requests on {base}")
    if await repo.store.merge_base(base_sha, head_sha) is None:
        raise refused("PullRequest", f"The {branch} branch has no history in common with {base}")
    issue = acts.new_issue(world, repo, actor, title, body)
    pull = Pull(world.next_id(), issue, branch, head_sha, base, base_sha, draft)
    pull.fork, pull.head_repo = fork is not None, fork
    issue.pull = pull
    await repo.store.update_refs({f"refs/pull/{pull.number}/head": head_sha})
    await acts.emit(world, issue, "opened", actor)
    return pull


async def retarget(world: World, pull: Pull, actor: Actor, base: str) -> None:
    """Gives a pull request another base branch."""
    sha = pull.repo.branch(base)
    if sha is None:
        raise invalid("PullRequest", "base")
    if base == pull.base_ref:
        return
    changes = {"base": {"ref": {"from": pull.base_ref}, "sha": {"from": pull.base_sha}}}
    pull.base_ref, pull.base_sha = base, sha
    pull.issue.updated_at = world.now()
    acts.log(world, pull.issue, "base_ref_changed", actor)
    await acts.emit(world, pull.issue, "edited", actor, {"changes": changes})


async def set_draft(world: World, pull: Pull, actor: Actor, *, draft: bool) -> None:
    """Makes a pull request a draft, or ready for review."""
    if pull.draft == draft:
        return
    pull.draft = draft
    pull.issue.updated_at = world.now()
    acts.log(world, pull.issue, "convert_to_draft" if draft else "ready_for_review", actor)
    await acts.emit(world, pull.issue, "converted_to_draft" if draft else "ready_for_review", actor)


def _emit_review(world: World, review: Review, action: str, actor: Actor) -> None:
    body = shapes.review(world, review) | {"state": review.state.lower()}
    extra = {"review": body, "pull_request": pull_shapes.pull(world, review.pull)}
    world.hooks.emit("pull_request_review", action, review.pull.repo, actor, extra)


async def review(
    world: World, pull: Pull, actor: Actor, event: str, body: str = "", *, commit: str | None = None
) -> Review:
    """Submits a review. Raises a 422 ``Problem`` where an author reviews their own, or a reason lacks."""
    acts.check_text("PullRequestReview", None, body)
    if event not in STATES:
        raise unprocessable("Unprocessable Entity: event")
    if actor.user is pull.issue.user and event != "COMMENT":
        words = {"APPROVE": "approve", "REQUEST_CHANGES": "request changes on"}[event]
        raise Problem(422, "Unprocessable Entity", errors=[f"Can not {words} your own pull request"])
    if event != "APPROVE" and not body.strip():
        raise Problem(422, "Unprocessable Entity", errors=["Body can't be blank"])
    now = world.now()
    one = Review(world.next_id(), pull, actor.user, actor.app, STATES[event], body, commit or pull.head_sha, now)
    pull.reviews.append(one)
    if actor.user in pull.reviewers:
        pull.reviewers.remove(actor.user)
    pull.issue.updated_at = now
    acts.log(world, pull.issue, "reviewed", actor).subject = one
    _emit_review(world, one, "submitted", actor)
    return one


async def dismiss(world: World, one: Review, actor: Actor, message: str) -> None:
    """Dismisses an approval or a request for changes."""
    if one.state not in {"APPROVED", "CHANGES_REQUESTED"}:
        raise unprocessable("Can not dismiss a commented pull request review")
    state, one.state = one.state, "DISMISSED"
    told = {"state": state.lower(), "review_id": one.id, "dismissal_message": message}
    acts.log(world, one.pull.issue, "review_dismissed", actor, dismissed_review=told)
    _emit_review(world, one, "dismissed", actor)


async def request_review(world: World, pull: Pull, actor: Actor, people: list[User]) -> None:
    """Asks people for a review."""
    for person in people:
        if person is pull.issue.user:
            raise unprocessable("Review cannot be requested from pull request author.")
        if person not in pull.reviewers:
            pull.reviewers.append(person)
            acts.log(
                world, pull.issue, "review_requested", actor, review_requester=actor.user, requested_reviewer=person
            )
            extra = {"requested_reviewer": user_shape(world, person)}
            await acts.emit(world, pull.issue, "review_requested", actor, extra)


async def unrequest_review(world: World, pull: Pull, actor: Actor, people: list[User]) -> None:
    """Takes the request back."""
    for person in people:
        if person in pull.reviewers:
            pull.reviewers.remove(person)
            extra = {"requested_reviewer": user_shape(world, person)}
            await acts.emit(world, pull.issue, "review_request_removed", actor, extra)


async def merge(
    world: World,
    pull: Pull,
    actor: Actor,
    method: Method = "merge",
    *,
    sha: str | None = None,
    title: str | None = None,
    message: str | None = None,
) -> str:
    """Merges a pull request and returns the new commit. Raises 405 (not mergeable) or 409 (head moved)."""
    repo = pull.repo
    async with repo.pushing:
        tip = repo.branch(pull.base_ref)
        if pull.issue.state != "open" or pull.draft or tip is None:
            raise Problem(405, "Pull Request is not mergeable")
        if sha is not None and sha != pull.head_sha:
            raise Problem(409, "Head branch was modified. Review and try the merge again.")
        new = await _merge_commit(world, pull, actor, tip, method, (title, message))
        if new is None:
            raise Problem(405, "Pull Request is not mergeable")
        name = HEADS + pull.base_ref
        await move_refs(world, repo, actor, {name: new}, {name: tip}, merging=pull)
        await merged(world, pull, actor, new)
    return new


async def _merge_commit(
    world: World, pull: Pull, actor: Actor, tip: str, method: Method, words: tuple[str | None, str | None]
) -> str | None:
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
