"""Commits put back on a newer base, one by one, in memory: author, date and message stay, the bot is the committer.

Deterministic: the same commits on the same base give the same oids, so that a kill at any instant is no loss.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.errors import Refusal
from bot.git.messages import with_trailers, without_trailers
from bot.git.repository import CommitInfo, Repository
from bot.git.writer import ObjectWriter, Person
from bot.patching.merge import Conflict, Side, merge
from bot.workflows import names
from bot.workflows.base_merges import brings_base_onto
from templates import render

MOST: Final = 250
"""So many commits on top of each other are put back; a longer branch is left alone."""


@dataclass(frozen=True, slots=True)
class Collision:
    """Where it stopped: the commit that could not be put back, and why. A merge of people's has no conflicts."""

    commit: CommitInfo
    conflicts: tuple[Conflict, ...] = ()

    @property
    def is_merge(self) -> bool:
        """Whether it is a merge that did more than bring the base in: that cannot be put back."""
        return not self.conflicts


@dataclass(frozen=True, slots=True)
class Stack:
    """What became of the commits: the new tip, or the first collision, and nothing is worth keeping then."""

    tip: str
    tree: str
    kept: tuple[tuple[CommitInfo, str], ...] = ()
    """Each commit with its new oid, oldest first."""
    dropped: tuple[CommitInfo, ...] = ()
    """Commits whose change is there already."""
    merges: tuple[CommitInfo, ...] = ()
    """Merges that only brought the base in: the new base does that."""
    favoured: tuple[str, ...] = ()
    """Paths at which a side was favoured."""
    collision: Collision | None = None


def above(
    repository: Repository, head: str, stop: Callable[[CommitInfo], bool]
) -> tuple[CommitInfo, tuple[CommitInfo, ...]] | None:
    """The first commit along the first parents at which to stop, and those above it, oldest first.

    ``None`` where it is not met within ``MOST`` commits.
    """
    found: list[CommitInfo] = []
    at = head
    while len(found) <= MOST:
        commit = repository.commit_info(at)
        if stop(commit):
            return commit, tuple(reversed(found))
        if not commit.parents:
            return None
        found.append(commit)
        at = commit.parents[0]
    return None


def put_back(
    repository: Repository,
    writer: ObjectWriter,
    commits: Sequence[CommitInfo],
    onto: Stack,
    *,
    when: int,
    base: str,
    bot: Person,
    told: Container[str],
    favour: Side | None = None,
) -> Stack:
    """Puts ``commits`` (oldest first) on a tip; nothing is flushed.

    ``onto`` is the new tip with its tree and ``when`` its time, ``base`` the new base, ``told`` the patch commits of
    the bot's own that the ledger tells of: only these go on speaking for it by their trailers.
    """

    def begin(side: Side | None) -> _Work:
        return _Work(repository, writer, base, bot, told, side, onto.tip, onto.tree, when)

    work = begin(favour)
    for commit in commits:
        collision = work.put(commit)
        if collision is not None:
            mended = _mended(commits, begin, told) if favour is None else None
            return mended or Stack(onto.tip, onto.tree, collision=collision)
    return work.done()


def _mended(commits: Sequence[CommitInfo], begin: Callable[[Side], _Work], told: Container[str]) -> Stack | None:
    """Where one commit collides, and a later one of the same branch mends that: what all of them bring merges cleanly.

    Those before the last then hold their own version where they collide; the last one leads to the clean merge.
    """
    work = begin("theirs")
    if any(len(each.parents) != 1 or (each.oid in told and not work.is_empty(each)) for each in commits):
        return None
    tree = work.merged(commits[0].parents[0], commits[-1].oid)
    if tree is None:
        return None
    for commit in commits[:-1]:
        work.put(commit)
    if tree == work.tree:
        return None
    work.keep(commits[-1], tree)
    work.favoured.clear()
    return work.done()


@dataclass
class _Work:
    repository: Repository
    writer: ObjectWriter
    base: str
    bot: Person
    told: Container[str]
    favour: Side | None
    tip: str
    tree: str
    when: int
    kept: list[tuple[CommitInfo, str]] = field(default_factory=list)
    dropped: list[CommitInfo] = field(default_factory=list)
    merges: list[CommitInfo] = field(default_factory=list)
    favoured: list[str] = field(default_factory=list)

    def put(self, commit: CommitInfo) -> Collision | None:
        """Puts one commit on the tip, or says what is in its way."""
        if len(commit.parents) != 1:
            if brings_base_onto(self.repository, self.writer, commit, self.base) is None:
                return Collision(commit)
            self.merges.append(commit)
            return None
        before = self.repository.commit_info(commit.parents[0]).tree
        read = self.writer.tree
        merged = merge(read(before), read(self.tree), read(commit.tree), favour=self.favour)
        if merged.conflicts:
            return Collision(commit, merged.conflicts)
        try:
            tree = self.writer.apply(self.tree, merged.edits)
        except Refusal as refusal:  # a file and a folder at one path
            return Collision(commit, (Conflict(str(refusal.values.get("path", "")), "in-the-way"),))
        self.favoured += merged.favoured
        if tree == self.tree and before != commit.tree:
            self.dropped.append(commit)
            return None
        self.keep(commit, tree)
        return None

    def is_empty(self, commit: CommitInfo) -> bool:
        """Whether a commit with one parent changes nothing: the start of a task's branch."""
        return self.repository.commit_info(commit.parents[0]).tree == commit.tree

    def keep(self, commit: CommitInfo, tree: str) -> None:
        """Puts a commit with this tree on the tip."""
        self.when = max(self.when, commit.time)
        oid = self.writer.recommit(
            commit.oid, tree, self.tip, lambda message: self._reworded(commit, message), self.bot, self.when
        )
        self.kept.append((commit, oid))
        self.tip, self.tree = oid, tree

    def merged(self, before: str, after: str) -> str | None:
        """The tree that all changes between two commits make of the tip's, where nothing collides."""
        trees = [self.repository.commit_info(before).tree, self.tree, self.repository.commit_info(after).tree]
        merged = merge(*map(self.writer.tree, trees))
        try:
            return None if merged.conflicts else self.writer.apply(self.tree, merged.edits)
        except Refusal:
            return None

    def done(self) -> Stack:
        """What became of the commits that were put."""
        favoured = tuple(dict.fromkeys(self.favoured))
        return Stack(self.tip, self.tree, tuple(self.kept), tuple(self.dropped), tuple(self.merges), favoured)

    def _reworded(self, commit: CommitInfo, message: str) -> str:
        """The message with where it was replayed from. What imitates the bot's own trailers no longer does."""
        trailers = {}
        if commit.oid in self.told:
            source = commit.trailers[names.SOURCE_TRAILER]
            kind, _, undone = source.partition("#")
            new = next((oid for old, oid in self.kept if old.oid == undone), undone)
            trailers[names.SOURCE_TRAILER] = f"{kind}#{new}" if kind == "rollback" else source
            trailers[names.BASE_TRAILER] = self.tip
        else:
            message = without_trailers(message, "Graftsman-")
        if not message.strip():
            message = render("commits/unnamed.txt")
        return with_trailers(message, {**trailers, names.REPLAYED_TRAILER: commit.oid})
