"""The certificate: the proof of a move. Every moved blob is byte-identical, or changed only by the listed rewrites."""

from __future__ import annotations

from typing import Literal

from bot.contracts.base import Contract


class Rewrite(Contract):
    """One replacement in one file."""

    line: int
    """Line in the file as it was, from 1."""
    rule: str
    """Which rule did it: ``imports[2]``, ``relative-import``, ``importer``, ``path-reference``."""
    before: str
    after: str


class MovedFile(Contract):
    """A file that came through byte for byte."""

    source: str
    destination: str
    oid: str
    mode: str


class ChangedFile(Contract):
    """A file whose bytes were changed, by the listed rewrites and nothing else."""

    source: str
    destination: str
    """Equal to ``source`` for a file outside the folder (an importer)."""
    before: str
    """Blob oid before."""
    after: str
    """Blob oid after."""
    mode: str
    rewrites: tuple[Rewrite, ...]


class LeftOut(Contract):
    """A file below the source that was not taken, and why."""

    source: str
    reason: Literal["not-included", "excluded"]
    glob: str | None = None


class Warning_(Contract):  # noqa: N801 - Warning is a builtin
    """Something a reviewer should look at; never a reason to stop."""

    code: str
    """``points-nowhere``, ``points-at-old-place``, ``path-reference``, ``binding-changed``, ``not-recomputed``, ..."""
    file: str
    line: int | None = None
    text: str = ""


class Certificate(Contract):
    """What one folder's branch does, exactly."""

    version: Literal[1] = 1
    migration: str
    folder: str
    mode: Literal["copy", "move"]
    source: str
    destination: str
    base_tree: str
    """Oid of the tree this was computed on."""
    result_tree: str | None = None
    """Oid of the whole tree after the folder's edits, filled in when it was written."""
    status: Literal["changes", "nothing-to-do"]
    moved: tuple[MovedFile, ...] = ()
    changed: tuple[ChangedFile, ...] = ()
    importers: tuple[ChangedFile, ...] = ()
    """Files outside the folder that were rewritten to follow a move."""
    left_out: tuple[LeftOut, ...] = ()
    present: int = 0
    """Files that were at the destination already, just as they should be."""
    warnings: tuple[Warning_, ...] = ()
