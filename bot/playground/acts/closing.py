"""Keywords that close issues: ``Closes #12`` in a pull request's body or a commit, once it is on the default branch.

They work in any case, with a colon or without, for an issue of the repository or of another one that is named. (D)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.playground.acts.issues import close
from bot.playground.boxes import unfenced
from bot.playground.state import Actor, Issue, Pull, Repository, World

_KEYWORD = re.compile(
    r"(?<![\w-])(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s+"
    r"(?:(?P<web>https?://[^\s/]+)/(?P<path>[\w.-]+/[\w.-]+)/issues/|(?P<repo>[\w.-]+/[\w.-]+)?#)(?P<number>\d+)\b",
    re.IGNORECASE,
)
_SILENT = re.compile(r"(?<!`)(?P<ticks>`+)(?!`).*?(?<!`)(?P=ticks)(?!`)|<!--(?:(?!<!--).)*?-->", re.DOTALL)
"""Where words are no keywords, beside fenced code: in code and in comments."""
COMMITS = 250
"""The most commits of one push that are looked at."""


def named(world: World, repo: Repository, text: str) -> Iterator[Issue]:
    """The issues that a text closes, in the order of the text, each once."""
    seen: set[Issue] = set()
    spoken = "\n".join(line for _, line in unfenced(text))
    for found in _KEYWORD.finditer(_SILENT.sub(" ", spoken)):
        if found["web"] and found["web"] != world.web:
            continue
        where = found["path"] or found["repo"]
        home = world.repositories.get(where.lower()) if where else repo
        issue = home.issues.get(int(found["number"])) if home else None
        if issue and not issue.pull and issue not in seen:
            seen.add(issue)
            yield issue


async def close_named(world: World, repo: Repository, actor: Actor, text: str, commit: str) -> None:
    """Closes what a text names as completed: issues of the repository, and others that the actor may close."""
    for issue in named(world, repo, text):
        if issue.repo is repo or _may(world, actor, issue.repo):
            await close(world, issue, actor, "completed", commit=commit)


def _may(world: World, actor: Actor, repo: Repository) -> bool:
    if actor.app is not None:
        return any(one.app is actor.app for one in world.installed_on(repo))
    return repo.may(actor.user, "triage")


async def close_by_pull(world: World, pull: Pull, actor: Actor, commit: str) -> None:
    """What a pull request's body closes when it was merged into the default branch."""
    if pull.base_ref == pull.repo.default_branch:
        await close_named(world, pull.repo, actor, pull.issue.body or "", commit)


async def close_by_commits(world: World, repo: Repository, actor: Actor, oids: Sequence[str]) -> None:
    """What the messages of commits close that are now on the default branch."""
    if not any(issue.state == "open" and not issue.pull for issue in repo.issues.values()):
        return
    for oid in reversed(oids):
        commit = await repo.store.commit(oid)
        if commit is not None:
            await close_named(world, repo, actor, commit.message, oid)
