"""What follows when refs have moved: push, create and delete events, and pull requests that feel it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.playground.acts import closing
from bot.playground.acts import issues as acts
from bot.playground.git_cat import CommitData, PersonData
from bot.playground.git_store import ZERO, GitError
from bot.playground.problems import unprocessable
from bot.playground.shapes.accounts import Json
from bot.playground.shapes.commits import noreply
from bot.playground.shapes.repositories import html_url
from bot.playground.state import Activity, Actor, Pull, Repository, World

HEADS, TAGS = "refs/heads/", "refs/tags/"
COMMITS = 2048
"""The most commits a push payload lists. (D)"""
TAGS_AT_ONCE = 3
"""More tags pushed at once send no events. (D)"""


async def move_refs(
    world: World,
    repo: Repository,
    actor: Actor,
    changes: Mapping[str, str | None],
    expected: Mapping[str, str] | None = None,
    *,
    merging: Pull | None = None,
    kind: str = "pr_merge",
) -> None:
    """Moves refs and does what follows (but for the pull request that is being merged).

    The caller holds ``repo.pushing``. Raises a 422 ``Problem`` on a clash.
    """
    before = dict(repo.store.refs)
    try:
        await repo.store.update_refs(changes, expected)
    except GitError as error:
        raise unprocessable("Reference update failed") from error
    await moved(world, repo, actor, before, dict(repo.store.refs), merging=merging, kind=kind)


async def moved(
    world: World,
    repo: Repository,
    actor: Actor,
    before: Mapping[str, str],
    after: Mapping[str, str],
    *,
    merging: Pull | None = None,
    kind: str = "pr_merge",
) -> None:
    """Finds what moved between two states of the refs, and sends what GitHub sends."""
    names = [name for name in sorted({*before, *after}) if before.get(name) != after.get(name)]
    names = [name for name in names if name.startswith((HEADS, TAGS))]
    if not names:
        return
    repo.pushed_at = repo.updated_at = world.now()
    silent = sum(name.startswith(TAGS) for name in names) > TAGS_AT_ONCE
    graph = await _new_commits(repo, [after[name] for name in names if name in after], set(before.values()))
    for name in names:
        old, new = before.get(name), after.get(name)
        forced = bool(old and new) and not await _follows(repo, graph, old or "", new or "")
        record_activity(world, repo, actor, name, old, new, "force_push" if forced else kind if merging else "")
        if not (silent and name.startswith(TAGS)):
            await _emit(world, repo, actor, name, (old, new), graph, forced=forced)
    branches = [name.removeprefix(HEADS) for name in names if name.startswith(HEADS)]
    await _follow_pulls(world, repo, actor, branches, before, merging)
    tip, old = repo.branch(repo.default_branch), before.get(HEADS + repo.default_branch)
    if repo.default_branch in branches and tip and old:
        commits = await repo.store.log(tip, old, limit=closing.COMMITS)
        await closing.close_by_commits(world, repo, actor, commits)
    if repo.parent is not None:
        await _follow_from_fork(world, repo, repo.parent, actor, branches)
    world.look(repo)


async def _new_commits(repo: Repository, tips: list[str], known: set[str]) -> dict[str, tuple[str, ...]]:
    """The commits that were not there before, with their parents, newest first."""
    if not tips or not set(tips) - known:
        return {}
    lines = [*tips, *(f"^{oid}" for oid in known)]
    _, out = await repo.store.run("rev-list", "--parents", "--topo-order", "--stdin", data="\n".join(lines).encode())
    rows = [line.split() for line in out.decode().splitlines()]
    return {row[0]: tuple(row[1:]) for row in rows}


async def _follows(repo: Repository, graph: Mapping[str, tuple[str, ...]], old: str, new: str) -> bool:
    if old in graph.get(new, ()):
        return True
    return await repo.store.is_ancestor(old, new)


def record_activity(
    world: World, repo: Repository, actor: Actor, name: str, old: str | None, new: str | None, kind: str = ""
) -> None:
    """Adds a line to the repository's activity: a ref went from ``old`` to ``new``."""
    kind = "branch_creation" if old is None else "branch_deletion" if new is None else kind or "push"
    line = Activity(world.next_id(), old or ZERO, new or ZERO, name, world.now(), kind, actor.user)
    repo.activity.append(line)


async def _emit(
    world: World,
    repo: Repository,
    actor: Actor,
    name: str,
    ends: tuple[str | None, str | None],
    graph: Mapping[str, tuple[str, ...]],
    *,
    forced: bool,
) -> None:
    old, new = ends
    short = name.removeprefix(HEADS).removeprefix(TAGS)
    about: Json = {"ref": short, "ref_type": "branch" if name.startswith(HEADS) else "tag", "pusher_type": "user"}
    if old is None:
        about |= {"master_branch": repo.default_branch, "description": repo.description}
        world.hooks.emit("create", None, repo, actor, about)
    elif new is None:
        world.hooks.emit("delete", None, repo, actor, about)
    commits = await _pushed(repo, old, new, graph)
    shown = await _commits(world, repo, commits)
    head = await repo.store.commit(new) if new else None
    heads = shown[-1:] if shown and new == commits[-1] else await _commits(world, repo, [new]) if head and new else []
    html = html_url(world, repo)
    ends_url = f"{old[:12]}...{new[:12]}" if old and new else (new or old or "")[:12]
    payload: Json = {
        "ref": name,
        "before": old or ZERO,
        "after": new or ZERO,
        "created": old is None,
        "deleted": new is None,
        "forced": forced,
        "base_ref": None,
        "compare": f"{html}/compare/{ends_url}",
        "commits": shown,
        "head_commit": heads[0] if heads else None,
        "pusher": {"name": actor.user.login, "email": noreply(world, actor.user)},
    }
    world.hooks.emit("push", None, repo, actor, payload)


async def _pushed(
    repo: Repository, old: str | None, new: str | None, graph: Mapping[str, tuple[str, ...]]
) -> list[str]:
    """The commits a push brought, oldest first."""
    if new is None:
        return []
    if old is not None and new not in graph:
        return (await repo.store.log(new, old, limit=COMMITS))[::-1]
    found: dict[str, None] = {}
    stack = [new]
    while stack:
        oid = stack.pop()
        if oid in graph and oid not in found:
            found[oid] = None
            stack.extend(graph[oid])
    return [oid for oid in graph if oid in found][:COMMITS][::-1]


def _person(world: World, one: PersonData) -> Json:
    body = {"name": one.name, "email": one.email, "date": f"{one.date:%Y-%m-%dT%H:%M:%SZ}"}
    login = one.email.partition("@")[0].rpartition("+")[2]
    return body | ({"username": world.users[login.lower()].login} if login.lower() in world.users else {})


async def _commits(world: World, repo: Repository, oids: list[str]) -> list[Json]:
    """Commits as a push payload has them, with the names of their files."""
    if not oids:
        return []
    _, out = await repo.store.run(
        "diff-tree",
        "--stdin",
        "-r",
        "--root",
        "--no-renames",
        "--name-status",
        "-z",
        data="\n".join(oids).encode() + b"\n",
    )
    files: dict[str, dict[str, list[str]]] = {oid: {"A": [], "D": [], "M": []} for oid in oids}
    parts = iter(out.decode(errors="replace").split("\0"))
    current = ""
    for part in parts:
        if len(part) == 40:
            current = part
        elif part:
            files[current]["M" if part == "T" else part].append(next(parts))
    found = [await repo.store.commit(oid) for oid in oids]
    return [_commit(world, repo, one, files[one.oid]) for one in found if one]


def _commit(world: World, repo: Repository, one: CommitData, files: Mapping[str, list[str]]) -> Json:
    return {
        "id": one.oid,
        "tree_id": one.tree,
        "distinct": True,
        "message": one.message,
        "timestamp": f"{one.committer.date:%Y-%m-%dT%H:%M:%SZ}",
        "url": f"{html_url(world, repo)}/commit/{one.oid}",
        "author": _person(world, one.author),
        "committer": _person(world, one.committer),
        "added": files["A"],
        "removed": files["D"],
        "modified": files["M"],
    }


async def _follow_pulls(
    world: World,
    repo: Repository,
    actor: Actor,
    branches: list[str],
    before: Mapping[str, str],
    merging: Pull | None,
) -> None:
    opened = [pull for pull in repo.pulls if pull.issue.state == "open" and pull is not merging]
    heads: dict[str, str | None] = {}
    for pull in opened:
        if pull.head_ref in branches and not pull.fork:
            await _head_moved(world, pull, actor, repo.branch(pull.head_ref))
            heads[f"refs/pull/{pull.number}/head"] = pull.head_sha
        if pull.base_ref in branches and repo.branch(pull.base_ref) is None:
            acts.log(world, pull.issue, "base_ref_deleted", actor)
            await acts.close(world, pull.issue, actor)
    if heads:
        await repo.store.update_refs(heads)
    for base in branches:
        waiting = [pull for pull in opened if pull.base_ref == base and pull.issue.state == "open"]
        tip, old = repo.branch(base), before.get(HEADS + base)
        if waiting and tip and old:
            reached = set(await repo.store.log(tip, old, limit=100_000))
            for pull in waiting:
                if pull.head_sha in reached and pull.head_sha != pull.base_sha:
                    await merged(world, pull, actor, pull.head_sha, old)


async def _follow_from_fork(
    world: World, fork: Repository, origin: Repository, actor: Actor, branches: list[str]
) -> None:
    """The pull requests of a fork's branches feel it where they are open: at the origin."""
    for pull in [one for one in origin.pulls if one.issue.state == "open" and one.head_repo is fork]:
        if pull.head_ref in branches:
            if sha := fork.branch(pull.head_ref):
                await origin.store.run("fetch", "--quiet", "--no-tags", str(fork.store.path), sha)
            await _head_moved(world, pull, actor, sha)
            await origin.store.update_refs({f"refs/pull/{pull.number}/head": pull.head_sha})
            world.look(origin)


async def head_commit(world: World, repo: Repository, oid: str) -> Json:
    """A commit as the payload of a merge group has it."""
    (shown,) = await _commits(world, repo, [oid])
    return {name: shown[name] for name in ("id", "tree_id", "message", "timestamp", "author", "committer")}


async def _head_moved(world: World, pull: Pull, actor: Actor, sha: str | None) -> None:
    issue = pull.issue
    if sha is None:
        acts.log(world, issue, "head_ref_deleted", actor)
        await acts.close(world, issue, actor)
        return
    if sha == pull.head_sha:
        return
    old, pull.head_sha = pull.head_sha, sha
    if tip := pull.repo.branch(pull.base_ref):
        pull.base_sha = tip
    issue.updated_at = world.now()
    if not await pull.repo.store.is_ancestor(old, sha):
        acts.log(world, issue, "head_ref_force_pushed", actor).commit_id = sha
    extra: dict[str, Any] = {"before": old, "after": sha}
    await acts.emit(world, issue, "synchronize", actor, extra)
    if await pull.repo.store.is_ancestor(sha, pull.base_sha):
        await acts.close(world, issue, actor)


async def merged(world: World, pull: Pull, actor: Actor, commit: str, onto: str) -> None:
    """Marks a pull request merged onto a tip of its base, and closes it."""
    pull.merged_onto = onto
    pull.merged_at, pull.merged_by, pull.merge_commit_sha = world.now(), actor.user, commit
    acts.log(world, pull.issue, "merged", actor).commit_id = commit
    await acts.close(world, pull.issue, actor, commit=commit)
    await closing.close_by_pull(world, pull, actor, commit)
