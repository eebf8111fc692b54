"""The certificate: what a folder's plan does, file by file."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from bot.contracts.certificate import Certificate, ChangedFile, LeftOut, MovedFile, Rewrite
from bot.migration.model import show

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bot.contracts.certificate import Warning_
    from bot.contracts.tree import Entry
    from bot.migration.model import Change, Expanded, Selection


def blob_oid(data: bytes, like: str) -> str:
    """The oid git gives a blob, in the hash (SHA-1 or SHA-256) that another oid is written in."""
    hasher = hashlib.sha256 if len(like) == 64 else hashlib.sha1
    return hasher(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def mode_text(mode: int) -> str:
    """A mode as git prints it: ``100644``."""
    return f"{mode:06o}"


def changed_file(source: str, destination: str, entry: Entry, after: str, changes: Iterable[Change]) -> ChangedFile:
    """One changed file with its rewrites."""
    rewrites = tuple(
        Rewrite(line=change.line, rule=change.rule, before=show(change.before), after=show(change.after))
        for change in changes
    )
    return ChangedFile(
        source=show(source),
        destination=show(destination),
        before=entry.oid,
        after=after,
        mode=mode_text(entry.mode),
        rewrites=rewrites,
    )


def moved_file(source: str, destination: str, entry: Entry) -> MovedFile:
    """One file that came through byte for byte."""
    return MovedFile(source=show(source), destination=show(destination), oid=entry.oid, mode=mode_text(entry.mode))


def left_out(selection: Selection) -> tuple[LeftOut, ...]:
    """What a folder does not take, and why."""
    source = selection.folder.source
    return tuple(
        LeftOut(source=show(f"{source}/{left.rel}"), reason=left.reason, glob=left.glob) for left in selection.left
    )


def certificate(
    migration: str,
    folder: Expanded,
    base_tree: str,
    *,
    moved: list[MovedFile],
    changed: list[ChangedFile],
    importers: list[ChangedFile],
    left: tuple[LeftOut, ...],
    present: int,
    warnings: list[Warning_],
    edits: bool,
) -> Certificate:
    """All of it, sorted."""
    return Certificate(
        migration=migration,
        folder=folder.id,
        mode=folder.options.mode,
        source=show(folder.source),
        destination=show(folder.destination),
        base_tree=base_tree,
        status="changes" if edits else "nothing-to-do",
        moved=tuple(sorted(moved, key=lambda file: file.source)),
        changed=tuple(sorted(changed, key=lambda file: file.source)),
        importers=tuple(sorted(importers, key=lambda file: file.source)),
        left_out=tuple(sorted(left, key=lambda file: file.source)),
        present=present,
        warnings=tuple(sorted(warnings, key=lambda w: (w.file, w.line or 0, w.code, w.text))),
    )
