"""One repository, a mirror or a person's own: revisions, trees, commits, refs. Never a work tree."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import pygit2
from pygit2.enums import SortMode

from bot.errors import Refusal
from bot.git import refs
from bot.git.command import GitCommand
from bot.git.messages import trailers
from bot.git.objects import Caches, GitTree, Objects
from bot.git.refs import RefUpdate
from bot.git.writer import ObjectWriter

Holder = Callable[[], AbstractContextManager[tuple[int, ...]]]
"""Makes what is held while refs move: a mirror's lock, giving the descriptors that git's child inherits."""


@dataclass(frozen=True, slots=True)
class CommitInfo:
    """A commit, read. ``time`` is the committer's, in seconds since 1970, UTC."""

    oid: str
    tree: str
    parents: tuple[str, ...]
    author: str
    email: str
    """The author's."""
    committer: str
    """The committer's email: an amended commit keeps its author, and tells by this."""
    time: int
    message: str
    trailers: Mapping[str, str]


class Repository:
    """A bare or ordinary repository with SHA-1 oids. Safe for several threads; each takes its own ``writer()``."""

    def __init__(self, path: Path, git: GitCommand | None = None, hold: Holder | None = None) -> None:
        """``path`` is the git directory itself: see ``open`` for everything else."""
        self.path = path
        self._git = git or GitCommand()
        self._hold = hold or (lambda: contextlib.nullcontext(()))
        self._objects = Objects(str(path))
        self._caches = Caches()
        common = path / "commondir"
        self._common = (path / common.read_text().strip()).resolve() if common.exists() else path

    @classmethod
    def open(cls, path: str | Path, git: GitCommand | None = None) -> Repository:
        """Open a bare repository, or one with a work tree, by its top folder or its git directory.

        Raises ``Refusal``: ``not-a-repository``, ``sha256-repository``.
        """
        try:
            found = pygit2.Repository(str(path), pygit2.enums.RepositoryOpenFlag.NO_SEARCH)
        except pygit2.GitError as error:
            if _uses_sha256(Path(path)):
                raise Refusal("sha256-repository", values={"path": str(path)}) from None
            raise Refusal("not-a-repository", values={"path": str(path), "reason": str(error)}) from None
        return cls(Path(found.path), git)

    def resolve(self, revision: str) -> str:
        """The commit's oid that a branch, tag, oid or expression such as ``main~2`` names.

        Raises ``Refusal('unknown-revision')``.
        """
        try:
            return str(self._objects.handle.revparse_single(revision).peel(pygit2.Commit).id)
        except (KeyError, ValueError, pygit2.GitError):
            raise Refusal("unknown-revision", values={"revision": revision}) from None

    def tree(self, revision: str) -> GitTree:
        """The tree that a revision names: a commit's, or a tree's own oid. Raises ``Refusal('unknown-revision')``."""
        try:
            oid = str(self._objects.handle.revparse_single(revision).peel(pygit2.Tree).id)
        except (KeyError, ValueError, pygit2.GitError):
            raise Refusal("unknown-revision", values={"revision": revision}) from None
        return GitTree(oid, self._objects, self._caches)

    def has(self, oid: str) -> bool:
        """Whether the object is here."""
        try:
            self._objects.header(oid)
        except KeyError:
            return False
        return True

    def commit_info(self, oid: str) -> CommitInfo:
        """What a commit says. Raises ``KeyError`` for an oid that is no commit."""
        commit = self._objects.handle.get(oid)
        if not isinstance(commit, pygit2.Commit):
            raise KeyError(oid)
        return _info(commit)

    def log(self, revisions: str, limit: int | None = None) -> Iterator[CommitInfo]:
        """Commits of ``a``, or of ``a..b`` (in b, not in a), newest first, children before parents."""
        hidden, dots, shown = revisions.rpartition("..")
        walker = self._objects.handle.walk(self.resolve(shown or "HEAD"), SortMode.TOPOLOGICAL | SortMode.TIME)
        if dots:
            walker.hide(self.resolve(hidden or "HEAD"))
        for number, commit in enumerate(walker):
            if number == limit:
                return
            yield _info(commit)

    def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor of two commits, by oid; ``None`` for unrelated ones."""
        found = self._objects.handle.merge_base(one, other)
        return None if found is None else str(found)

    def is_ancestor(self, ancestor: str, commit: str) -> bool:
        """Whether ``commit`` has ``ancestor`` in its history, or is it."""
        return ancestor == commit or self._objects.handle.descendant_of(commit, ancestor)

    def refs(self, prefix: str = "refs/") -> dict[str, str]:
        """Refs by full name with their oids, read afresh. ``prefix`` ends in ``/`` or is one whole name."""
        return refs.read(self._git, self.path, prefix)

    def update_refs(self, updates: Sequence[RefUpdate]) -> None:
        """Move all these refs, or none. Raises ``RefMoved`` where one is not where it was expected."""
        with self._hold() as keep:
            refs.move(self._git, self.path, updates, keep=keep)

    def checked_out(self) -> frozenset[str]:
        """The branches that work trees show: moving one of these would make its work tree look changed."""
        heads = [self._common / "HEAD", *self._common.glob("worktrees/*/HEAD")]
        if self._objects.handle.is_bare:
            heads = heads[1:]
        names = (head.read_text("utf-8", "surrogateescape").strip() for head in heads)
        return frozenset(name.removeprefix("ref: ") for name in names if name.startswith("ref: "))

    def writer(self, folder: Path | None = None) -> ObjectWriter:
        """A writer of new objects, for one thread. ``folder``: where they wait instead of in here (a dry run)."""
        self._objects.refresh()
        return ObjectWriter(self._objects, folder or self._common / "objects")

    def refresh(self) -> None:
        """Take notice of packs that were written since, by whomever; cheap."""
        self._objects.refresh()

    def reopen(self) -> None:
        """Read the handle anew after git itself wrote, fetched or repacked."""
        self._objects.reopen()

    def missing(self, oids: Iterable[str]) -> tuple[str, ...]:
        """Those objects that are not here."""
        return tuple(oid for oid in oids if not self.has(oid))


def _info(commit: pygit2.Commit) -> CommitInfo:
    message = commit.raw_message.decode("utf-8", "replace")
    return CommitInfo(
        oid=str(commit.id),
        tree=str(commit.tree_id),
        parents=tuple(str(parent) for parent in commit.parent_ids),
        author=commit.author.raw_name.decode("utf-8", "replace"),
        email=(commit.author.raw_email or b"").decode("utf-8", "replace"),
        committer=(commit.committer.raw_email or b"").decode("utf-8", "replace"),
        time=commit.commit_time,
        message=message,
        trailers=trailers(message),
    )


def _uses_sha256(path: Path) -> bool:
    for folder in (path, path / ".git"):
        with contextlib.suppress(OSError, KeyError, pygit2.GitError):
            name = pygit2.Config(str(folder / "config"))["extensions.objectformat"]
            if name is not None and name.lower() != "sha1":
                return True
    return False
