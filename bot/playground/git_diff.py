"""What ``git diff-tree`` says, as records."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = {"A": "added", "D": "removed", "M": "modified", "R": "renamed", "C": "copied", "T": "changed"}


@dataclass(frozen=True)
class FileChange:
    """One changed file. ``previous`` is its old name where it was renamed; counts are lines."""

    path: str
    status: str
    oid: str
    mode: str
    previous: str | None
    additions: int
    deletions: int


def parse_diff(out: bytes) -> tuple[FileChange, ...]:
    """Reads ``--raw --numstat -z``: all the raw records, then all the counts, in one order."""
    parts = out.decode(errors="surrogateescape").split("\0")
    raw: list[tuple[str, str, str, str, str | None]] = []
    at = 0
    while at < len(parts) and parts[at].startswith(":"):
        _, mode, old, new, letter = parts[at][1:].split(" ")
        kind = KINDS.get(letter[0], "changed")
        names = parts[at + 1 : at + 3] if letter[0] in "RC" else [parts[at + 1]]
        raw.append((names[-1], kind, old if kind == "removed" else new, mode, names[0] if len(names) == 2 else None))
        at += 1 + len(names)
    counts = []
    while at < len(parts) and parts[at]:
        plus, minus, name = parts[at].split("\t", 2)
        counts.append((0 if plus == "-" else int(plus), 0 if minus == "-" else int(minus)))
        at += 1 if name else 3
    return tuple(
        FileChange(path, kind, oid, mode, previous, plus, minus)
        for (path, kind, oid, mode, previous), (plus, minus) in zip(raw, counts, strict=True)
    )


def split_patch(out: bytes) -> list[str | None]:
    """Cuts a patch of many files; of each the hunks, without the header, or ``None`` where it has none."""
    patches: list[str | None] = []
    for part in ("\n" + out.decode(errors="replace")).split("\ndiff --git ")[1:]:
        at = part.find("\n@@ ")
        patches.append(part[at + 1 :].removesuffix("\n") if at >= 0 else None)
    return patches
