"""Refs: reading them, and moving several of them together or not at all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bot.errors import WorldError
from bot.git.command import GitCommand, GitError

ANY: Final = "any"
"""As ``expected``: whatever stands there now."""

_OID: Final = re.compile(r"[0-9a-f]{40}\Z")
_UNSAFE: Final = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|\.lock(/|\Z)|[/.]\Z")
_ZERO: Final = "0" * 40
_MOVED: Final = re.compile(
    r"cannot lock ref '(?P<ref>[^']+)': (is at|reference already exists|unable to resolve|reference is missing)"
)


@dataclass(frozen=True, slots=True)
class RefUpdate:
    """Move a ref, here or on the remote.

    ``name`` is full (``refs/heads/main``). ``new`` is a commit's oid, or ``None`` to delete the ref. ``expected`` is
    the oid it must have now; ``None``: it must not exist yet; ``ANY``: do not ask.
    """

    name: str
    new: str | None
    expected: str | None = None

    def __post_init__(self) -> None:
        """Raises ``ValueError`` for what could be read as something else on a command line."""
        if not self.name.startswith("refs/") or _UNSAFE.search(self.name):
            raise ValueError(f"not a full ref name: {self.name!r}")
        if any(not _OID.match(oid) for oid in (self.new, self.expected) if oid not in {None, ANY}) or self.new == ANY:
            raise ValueError(f"not a full oid: {self.new!r}, {self.expected!r}")


class RefMoved(WorldError):
    """A ref was not where it was expected; none of the refs was moved. ``name`` is the first one found so."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        super().__init__(f"{name} is not where it was expected: {text}")


def read(git: GitCommand, repository: Path, prefix: str = "refs/") -> dict[str, str]:
    """Refs by full name with the oid each points at, read afresh. ``prefix`` ends in ``/`` or is one whole name."""
    output = git.run(repository, "for-each-ref", "--format=%(objectname) %(refname)", prefix).output
    lines = output.decode("utf-8", "surrogateescape").splitlines()
    return {name: oid for oid, _, name in (line.partition(" ") for line in lines)}


def move(git: GitCommand, repository: Path, updates: Sequence[RefUpdate], *, keep: Iterable[int] = ()) -> None:
    """Move all refs, or none. Raises ``RefMoved`` where one is not as expected, ``GitError`` otherwise."""
    if not updates:
        return
    script = b"".join(_line(update) for update in updates)
    try:
        git.run(
            repository, "update-ref", "--stdin", "-z", "--no-deref", "-m", "graftsman", stdin=script, keep=tuple(keep)
        )
    except GitError as error:
        if match := _MOVED.search(error.text):
            raise RefMoved(match["ref"], error.text) from None
        raise


def _line(update: RefUpdate) -> bytes:
    name = update.name.encode("utf-8", "surrogateescape")
    expected = b"" if update.expected == ANY else (update.expected or _ZERO).encode()
    if update.new is None:
        return b"delete %s\0%s\0" % (name, expected)
    return b"update %s\0%s\0%s\0" % (name, update.new.encode(), expected)
