"""A lock between processes on one mirror, and the healing of what a killed one left."""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
import time
from pathlib import Path
from typing import Final, Self

from bot.errors import WorldError
from bot.git.packs import TEMPORARY

_POLL: Final = 0.02
_FRESH: Final = 60.0
"""Seconds for which an unfinished file without a holder is taken for one that is just being made."""
_OLD: Final = 3600.0
"""Seconds after which a pack without its index is one whose writer was killed between the two."""
_LEFT: Final = (
    "*.lock",
    "refs/**/*.lock",
    "objects/**/*.lock",
    "objects/pack/.tmp-*",
    "objects/incoming-*",
    "objects/tmp_objdir-*",
)
"""What git leaves when it is killed. git runs in a mirror under the mirror's lock only."""


class LockTimeout(WorldError):
    """Another process held the mirror for too long."""


class FileLock:
    """An exclusive lock on a file, between threads and processes, re-entrant in one thread.

    ``flock`` ends with its last holder, and git children inherit the descriptor: the lock outlives a killed parent for
    as long as its child still works. The file holds our process id while it is held: found filled by the next holder,
    it says that the last one was killed (``abandoned``).
    """

    def __init__(self, path: Path, timeout: float = 900.0) -> None:
        """``timeout`` in seconds."""
        self.path = path
        self.abandoned = False
        self._timeout = timeout
        self._thread = threading.RLock()
        self._depth = 0
        self._file = -1

    @property
    def held(self) -> tuple[int, ...]:
        """The descriptor to hand to children, when it is held."""
        return (self._file,) if self._depth else ()

    def acquire(self, *, wait: bool = True) -> bool:
        """Take the lock; ``False`` when it is taken and ``wait`` is not. Raises ``LockTimeout``."""
        if not self._thread.acquire(timeout=self._timeout if wait else 0):
            return self._late(wait=wait)
        if self._depth == 0 and not self._lock_file(wait=wait):
            self._thread.release()
            return self._late(wait=wait)
        self._depth += 1
        return True

    def release(self) -> None:
        """Give the lock back."""
        self._depth -= 1
        if self._depth == 0:
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = -1
        self._thread.release()

    def __enter__(self) -> Self:
        self.acquire()
        return self

    def __exit__(self, *exception: object) -> None:
        self.release()

    def _lock_file(self, *, wait: bool) -> bool:
        file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + self._timeout
        while not try_flock(file, fcntl.LOCK_EX):
            if not wait or time.monotonic() > deadline:
                os.close(file)
                return False
            time.sleep(_POLL)
        self.abandoned = bool(os.pread(file, 1, 0))
        os.pwrite(file, b"%-12d" % os.getpid(), 0)
        self._file = file
        return True

    def _late(self, *, wait: bool) -> bool:
        if wait:
            raise LockTimeout(f"the mirror {self.path.name} was locked for more than {self._timeout:g} s")
        return False


def try_flock(file: int, kind: int) -> bool:
    """Take a lock of this kind on an open file without waiting."""
    try:
        fcntl.flock(file, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def lock_path(mirror: Path) -> Path:
    """Where a mirror's lock stands: beside it, so that the mirror can be removed while it is held."""
    return mirror.with_name(f"{mirror.name}.lock")


def heal(mirror: Path, lock: FileLock | None = None) -> tuple[str, ...]:
    """Clear what killed processes left in a mirror: lock files, unfinished packs, quarantines. Gives their names.

    Takes the mirror's lock for it; while a live process (or its git child) holds that, nothing is touched. Only for
    mirrors of our own: every ref lock there is made under that lock.
    """
    lock = lock or FileLock(lock_path(mirror))
    if not mirror.is_dir() or not lock.acquire(wait=False):
        return ()
    try:
        stale = [path for pattern in _LEFT for path in mirror.glob(pattern)]
        stale += [path for path in mirror.glob("objects/pack/tmp_*") if _orphan(path)]
        stale += [path for path in mirror.glob("objects/pack/pack-*.pack") if _unindexed(path)]
        for path in stale:
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
    finally:
        lock.release()
    return tuple(sorted(str(path.relative_to(mirror)) for path in stale))


def _orphan(path: Path) -> bool:
    """An unfinished pack of git's own is one (we hold the lock); one of ours when its writer lives no more."""
    if not path.name.startswith(TEMPORARY):
        return True
    try:
        file = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        return try_flock(file, fcntl.LOCK_EX) and time.time() - os.fstat(file).st_mtime > _FRESH
    finally:
        os.close(file)


def _unindexed(pack: Path) -> bool:
    return not pack.with_suffix(".idx").exists() and time.time() - pack.stat().st_mtime > _OLD
