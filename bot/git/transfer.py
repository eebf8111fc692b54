"""Fetch and push through git's command line: what is said to it, and what its answers mean."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal, TypeAlias

from bot.git.command import GitCommand, GitError
from bot.git.refs import ANY, RefUpdate

FOLLOWED: Final = ("+refs/heads/*:refs/heads/*", "+refs/notes/graftsman*:refs/notes/graftsman*")
"""What a mirror follows: all branches, and our own notes. The star lets a remote be without them: a ref that is
named must be there.
"""

Reason: TypeAlias = Literal["ok", "up-to-date", "stale", "denied", "rejected", "together"]

_STALE: Final = re.compile(
    r"stale info|incorrect old value|cannot lock ref|failed to update ref|fetch first|non-fast-forward"
)
_TOGETHER: Final = re.compile(r"atomic push fail|atomic transaction failed|transaction aborted|atomic", re.IGNORECASE)
_DENIED: Final = re.compile(r"hook declined|refusing to|protected|permission|denied|deny|prohibited", re.IGNORECASE)
_REMOTE: Final = re.compile(r"^remote:[ \t]*(\S.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one ref of a push. ``detail`` is the remote's own words: not to be trusted, nor shown unescaped.

    ``ok`` and ``up-to-date`` are good. ``stale``: the remote's ref was not as expected. ``denied``: a rule of the
    remote forbids it. ``together``: nothing wrong with this one, another ref failed. ``rejected``: everything else.
    """

    ok: bool
    reason: Reason
    detail: str = ""


def fetch(
    git: GitCommand,
    repository: Path,
    url: str,
    credential: str | None,
    *,
    refspecs: Sequence[str] = FOLLOWED,
    keep: tuple[int, ...] = (),
) -> None:
    """Fetch what is new, and drop refs that are gone. Raises ``GitError`` and its subclasses."""
    git.run(
        repository,
        "fetch",
        "--quiet",
        "--prune",
        "--no-tags",
        "--no-write-fetch-head",
        "--no-auto-gc",
        "--no-recurse-submodules",
        "--",
        url,
        *refspecs,
        credential=credential,
        keep=keep,
    )


def push(
    git: GitCommand,
    repository: Path,
    url: str,
    updates: Sequence[RefUpdate],
    credential: str | None,
    *,
    keep: tuple[int, ...] = (),
) -> dict[str, Outcome]:
    """Push all updates, or none, in one go. Gives each ref's outcome.

    Raises ``GitError`` and its subclasses where there is no answer for the refs (network, credential, nobody there).
    """
    found, text = _push(git, repository, url, updates, credential, keep=keep)
    failed = [
        update for update in updates if update.new is None and not (update.name in found and found[update.name].ok)
    ]
    if failed:  # a ref that is gone already is what was asked for: without those, once more
        there = _listed(git, repository, url, [update.name for update in failed], credential)
        gone = {update.name: Outcome(True, "up-to-date") for update in failed if update.name not in there}
        rest = [update for update in updates if update.name not in gone]
        if gone:
            found, text = _push(git, repository, url, rest, credential, keep=keep) if rest else ({}, "")
            found |= gone
    if set(found) != {update.name for update in updates}:
        raise GitError("push", text or "no answer for some refs")
    return found


def _push(
    git: GitCommand,
    repository: Path,
    url: str,
    updates: Sequence[RefUpdate],
    credential: str | None,
    *,
    keep: tuple[int, ...],
) -> tuple[dict[str, Outcome], str]:
    """One push: its answers, and git's words."""
    arguments = _push_arguments(url, updates)
    done = git.run(repository, *arguments, credential=credential, keep=keep, allow=(0, 1))
    said = " ".join(line.strip() for line in _REMOTE.findall(done.text))
    found = parse_porcelain(done.output)
    if said:  # why a rule of the remote forbids it stands there only
        found = {
            name: replace(one, detail=f"{one.detail}: {said}"[:1000]) if one.reason == "denied" else one
            for name, one in found.items()
        }
    return found, done.text


def _listed(git: GitCommand, repository: Path, url: str, names: Sequence[str], credential: str | None) -> set[str]:
    """Which of these refs the remote has."""
    output = git.run(repository, "ls-remote", "--", url, *names, credential=credential).output
    return {line.partition("\t")[2] for line in output.decode("utf-8", "surrogateescape").splitlines()}


def _push_arguments(url: str, updates: Sequence[RefUpdate]) -> list[str]:
    leases = [
        f"--force-with-lease={update.name}:{update.expected or ''}" for update in updates if update.expected != ANY
    ]
    specs = [f"{'+' if update.expected == ANY else ''}{update.new or ''}:{update.name}" for update in updates]
    fixed = [
        "push",
        "--atomic",
        "--porcelain",
        "--no-verify",
        "--no-signed",
        "--no-follow-tags",
        "--recurse-submodules=no",
    ]
    return [*fixed, *leases, "--", url, *specs]


def parse_porcelain(output: bytes) -> dict[str, Outcome]:
    """Each ref's outcome from ``git push --porcelain``: flag, ``from:to``, summary and reason, divided by tabs."""
    found = {}
    for line in output.decode("utf-8", "surrogateescape").splitlines():
        flag, _, rest = line.partition("\t")
        spec, tab, summary = rest.partition("\t")
        name = spec.rpartition(":")[2]
        if not tab or not name.startswith("refs/"):
            continue
        if flag == "!":
            found[name] = Outcome(False, _reason(summary), summary)
        else:
            found[name] = Outcome(True, "up-to-date" if flag == "=" else "ok", summary)
    return found


def _reason(summary: str) -> Reason:
    if _TOGETHER.search(summary):
        return "together"
    if _STALE.search(summary):
        return "stale"
    return "denied" if _DENIED.search(summary) else "rejected"
