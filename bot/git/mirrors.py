"""Bare mirrors in a cache directory: each follows one remote's branches, is shared by processes, and may be dropped."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self
from urllib.parse import quote, unquote, urlsplit

from bot.errors import UsageError, WorldError
from bot.git import transfer
from bot.git.command import GitCommand
from bot.git.locks import FileLock, heal, lock_path, try_flock
from bot.git.refs import ANY, RefUpdate
from bot.git.repository import Repository
from bot.git.transfer import Outcome

MAX_BYTES: Final = 20 * 1024**3
MAX_PACKS: Final = 30
"""More packs than this make every read slower: then they are put together."""
_NAME_LIMIT: Final = 200


class Mirror:
    """One remote's branches and their objects. All methods block: call them by ``asyncio.to_thread``.

    It holds a mark of being used until ``close`` (or the end of its ``with`` block): so it is not dropped meanwhile.
    """

    def __init__(self, path: Path, url: str, git: GitCommand, in_use: int, lock_timeout: float) -> None:
        self.path = path
        self.url = url
        self._git = git
        self._in_use = in_use
        self._lock = FileLock(lock_path(path), lock_timeout)
        self.healed = heal(path, self._lock)
        """What a killed process had left here, cleared when this was opened."""
        self.repository = Repository(path, git, self._hold)

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Keep every other thread and process from fetching, pushing and moving refs here. Re-entrant in one thread.

        What a killed holder left is cleared first. ``fetch``, ``push`` and the rest take it themselves.
        """
        with self._lock:
            if self._lock.abandoned:
                self._lock.abandoned = False
                heal(self.path, self._lock)
            yield

    def fetch(self, credential: str | None = None, refspecs: Sequence[str] = transfer.FOLLOWED) -> dict[str, str]:
        """Bring the mirror up to date, our notes too; refs that are gone go here as well. Gives all branches by name.

        ``credential`` is an installation token. Raises ``RepositoryGone``, ``AccessDenied``, ``GitTimeout``,
        ``GitError``: all of them ``WorldError``, none with the credential in it.
        """
        with self.lock():
            transfer.fetch(self._git, self.path, self.url, credential, refspecs=refspecs, keep=self._lock.held)
            self.repository.reopen()
            return self.repository.refs("refs/heads/")

    def push(self, updates: Sequence[RefUpdate], credential: str | None = None) -> dict[str, Outcome]:
        """Push commits by oid to the remote's refs, all or none, and follow in the mirror. Gives each ref's outcome.

        Each ref must be where the update expects it, else ``stale``; a ref that is already where it should be is
        ``up-to-date``, so that a push can be made again. Raises as ``fetch`` does where no ref got an answer.
        """
        if not updates:
            return {}
        with self.lock():
            outcomes = transfer.push(self._git, self.path, self.url, updates, credential, keep=self._lock.held)
            landed = [RefUpdate(update.name, update.new, ANY) for update in updates if outcomes[update.name].ok]
            with contextlib.suppress(
                WorldError
            ):  # the push stands; what does not fit here (a/b where a is) the next fetch mends
                self.repository.update_refs(landed)
            return outcomes

    def maintain(self, max_packs: int = MAX_PACKS) -> bool:
        """Put packs together when there are more than ``max_packs``. Gives whether it did."""
        if len(list(self.path.glob("objects/pack/*.pack"))) <= max_packs:
            return False
        with self.lock():
            self._git.run(self.path, "repack", "-d", "-q", "--geometric=2", keep=self._lock.held)
            self._git.run(self.path, "pack-refs", "--all", keep=self._lock.held)
            self.repository.reopen()
        return True

    def close(self) -> None:
        """End the use of this mirror: it may be dropped from now on."""
        if self._in_use >= 0:
            os.close(self._in_use)
            self._in_use = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    @contextlib.contextmanager
    def _hold(self) -> Iterator[tuple[int, ...]]:
        with self.lock():
            yield self._lock.held


@dataclass(frozen=True, slots=True)
class Kept:
    """A mirror that is here: where, of which repository (in small letters; a digest where the name was too long)."""

    path: Path
    name: str
    used_at: float
    """When it was last opened, in seconds since the epoch."""


class Mirrors:
    """The mirrors of one cache directory, which any number of processes on this machine share."""

    def __init__(
        self, cache_dir: Path, *, max_bytes: int = MAX_BYTES, git: GitCommand | None = None, lock_timeout: float = 900.0
    ) -> None:
        """``max_bytes``: above this, mirrors that nobody uses are dropped, the least recently used ones first."""
        self.cache_dir = cache_dir
        self._max_bytes = max_bytes
        self._git = git or GitCommand()
        self._lock_timeout = lock_timeout
        self._opening = threading.Lock()
        cache_dir.mkdir(parents=True, exist_ok=True)

    def open(self, url: str, name: str) -> Mirror:
        """The mirror called ``name`` (``owner/repository``), made when it is not there; nothing is fetched yet.

        ``url`` is kept in memory only. Raises ``UsageError`` when it carries a user or a password.
        """
        if urlsplit(url).username is not None:
            raise UsageError("a repository's address must not hold a user name or a password")
        path = self._path(name)
        with self._opening:
            in_use = self._use(path)
            try:
                new = not (path / "HEAD").exists()
                if new:
                    self._create(path)
                mirror = Mirror(path, url, self._git, in_use, self._lock_timeout)
            except BaseException:
                os.close(in_use)
                raise
        if new:
            self.evict()
        return mirror

    def kept(self) -> tuple[Kept, ...]:
        """The mirrors that are here, by name."""
        found = [path for path in self.cache_dir.glob("*.git") if (path / "HEAD").exists()]
        return tuple(Kept(path, unquote(path.name.removesuffix(".git")), _used_at(path)) for path in sorted(found))

    def evict(self) -> tuple[str, ...]:
        """Drop mirrors, least recently used first, until all together are below the bound. Gives their folders' names.

        One that is in use, here or in another process, stays.
        """
        found = sorted(self.cache_dir.glob("*.git"), key=_used_at)
        sizes = {path: _size(path) for path in found}
        total = sum(sizes.values())
        dropped = []
        for path in found:
            if total <= self._max_bytes:
                break
            if self._drop(path):
                total -= sizes[path]
                dropped.append(path.name)
        return tuple(dropped)

    def _path(self, name: str) -> Path:
        quoted = quote(name.lower(), safe="")
        if len(quoted) > _NAME_LIMIT:
            quoted = hashlib.sha256(quoted.encode()).hexdigest()
        return self.cache_dir / f"{quoted}.git"

    def _use(self, path: Path) -> int:
        file = os.open(_use_path(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        fcntl.flock(file, fcntl.LOCK_SH)
        os.utime(file)
        return file

    def _create(self, path: Path) -> None:
        with tempfile.TemporaryDirectory(dir=self.cache_dir, prefix="new-") as folder:
            fresh = Path(folder) / "mirror.git"
            self._git.run(None, "init", "--quiet", "--bare", "--template=", "--initial-branch=main", str(fresh))
            for key, value in (("gc.auto", "0"), ("maintenance.auto", "false")):
                self._git.run(fresh, "config", key, value)
            (fresh / "objects" / "pack").mkdir(exist_ok=True)
            with contextlib.suppress(OSError):  # another process was faster
                fresh.rename(path)

    def _drop(self, path: Path) -> bool:
        file = os.open(_use_path(path), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if not try_flock(file, fcntl.LOCK_EX):
                return False
            with tempfile.TemporaryDirectory(dir=self.cache_dir, prefix="old-") as folder:
                path.rename(Path(folder) / path.name)
        finally:
            os.close(file)
        return True


def _use_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.use")


def _used_at(path: Path) -> float:
    try:
        return _use_path(path).stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _size(path: Path) -> int:
    total = 0
    for file in path.rglob("*"):
        with contextlib.suppress(FileNotFoundError):
            total += file.stat().st_size
    return total
