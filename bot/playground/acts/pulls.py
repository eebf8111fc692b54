"""Pull requests: opening them, their base, drafts."""

from __future__ import annotations

from bot.playground.acts import issues as acts
from bot.playground.problems import invalid, refused, unprocessable
from bot.playground.state import Actor, Pull, Repository, World

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
    check_drafts(repo, draft=draft)
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


def check_drafts(repo: Repository, *, draft: bool) -> None:
    """Refuses a draft where the repository's plan has none. Raises a 422 ``Problem``."""
    if draft and not repo.drafts:
        raise unprocessable("Draft pull requests are not supported in this repository.")


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
    check_drafts(pull.repo, draft=draft)
    if pull.draft == draft:
        return
    pull.draft = draft
    pull.issue.updated_at = world.now()
    acts.log(world, pull.issue, "convert_to_draft" if draft else "ready_for_review", actor)
    await acts.emit(world, pull.issue, "converted_to_draft" if draft else "ready_for_review", actor)
    world.look(pull.repo)
