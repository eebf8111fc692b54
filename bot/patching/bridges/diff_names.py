"""Which file a section of a diff is about: quoted names, prefixes or none, ``/dev/null``."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from bot.patching.bridges.diff_model import Section

NULL: Final = b"/dev/null"
_PREFIX = re.compile(rb"[abciow12]/(?=.)", re.DOTALL)
"""Git's prefixes: old and new, and the mnemonic ones for commit, index, object, work tree, and files outside."""
_ESCAPE = re.compile(rb'\\([0-3][0-7]{2}|[abtnvfr"\\])')
_ESCAPES: Final = {b"a": b"\a", b"b": b"\b", b"t": b"\t", b"n": b"\n", b"v": b"\v", b"f": b"\f", b"r": b"\r"}
_QUOTED = re.compile(rb'"((?:[^"\\]|\\.)*)"')

Exists = Callable[[bytes], bool]
IsBlob = Callable[[bytes, str], bool]


class Names(NamedTuple):
    """What a section does, and to which file. ``to`` differs from ``path`` for a rename or copy."""

    kind: Literal["edit", "new", "delete", "rename", "copy"]
    path: bytes
    to: bytes


class Differ(NamedTuple):
    """Names that do not go together."""

    old: bytes
    new: bytes


def name(raw: bytes) -> bytes:
    """A name as it stands after ``---``: quoted in C's way, or up to a tab (a time may follow)."""
    if found := _QUOTED.match(raw):
        return unquoted(found[1])
    head, tab, _ = raw.partition(b"\t")
    return head if tab else head.rstrip(b" \r")


def unquoted(inner: bytes) -> bytes:
    """What stands between quotes, without C's escapes."""

    def value(found: re.Match[bytes]) -> bytes:
        text = found[1]
        return bytes([int(text, 8)]) if len(text) == 3 else _ESCAPES.get(text, text)

    return _ESCAPE.sub(value, inner)


def resolve(section: Section, exists: Exists, is_blob: IsBlob) -> Names | Differ | None:
    """What a section is about; ``None`` when it names no file, or could mean ``x`` and ``a/x``, and both exist."""
    old, new = section.old, section.new
    pair = _pair(section.header) if section.header is not None else None
    if pair is not None:
        old, new = old or pair[0], new or pair[1]
    for kind in ("rename", "copy"):
        source, target = section.marks.get(f"{kind} from"), section.marks.get(f"{kind} to")
        if source is not None and target is not None:
            return _moved(section, "rename" if kind == "rename" else "copy", name(source), name(target))
    if "new file mode" in section.marks or (old == NULL and new != NULL):
        found = _single(section, new, pair, exists, gone=False)
        return found if found is None or isinstance(found, Differ) else Names("new", found, found)
    if "deleted file mode" in section.marks or new == NULL:
        found = _single(section, old, pair, exists, gone=True)
        return found if found is None or isinstance(found, Differ) else Names("delete", found, found)
    if old is None or new is None:
        return None
    same = _same(old, new, exists, lambda path: is_blob(path, section.oids[0]))
    if isinstance(same, bytes):
        return Names("edit", same, same) if _agrees(section, same, same) else _differ(section, same)
    return same


def _same(old: bytes, new: bytes, exists: Exists, is_blob: Exists) -> bytes | Differ | None:
    """The one file that two names mean: each with a prefix, or neither; what exists decides."""
    readings = [old] if old == new else []
    if stripped(old) != old and stripped(old) == stripped(new):
        readings.append(stripped(old))
    if not readings:  # one has a prefix, the other has none
        readings = [one for one, other in ((old, new), (new, old)) if stripped(other) == one and exists(one)]
        readings = [] if readings and exists(old if readings[0] == new else new) else readings
    if not readings:
        return Differ(old, new)
    there = [each for each in readings if exists(each)]
    if len(there) == 2:
        there = [each for each in there if is_blob(each)]
        return there[0] if len(there) == 1 else None
    return there[0] if there else readings[-1]


def _single(
    section: Section, raw: bytes | None, pair: tuple[bytes, bytes] | None, exists: Exists, *, gone: bool
) -> bytes | Differ | None:
    """The name of a file that is new, or gone. Without prefixes, git's header names it twice in the same way."""
    if raw is None or raw == NULL:
        return None
    if pair is not None:
        found = raw if pair[0] == pair[1] and raw in pair else stripped(raw)
    elif gone:
        found = stripped(raw) if exists(stripped(raw)) or not exists(raw) else raw
    else:
        found = raw[2:] if raw[:2] in {b"a/", b"b/"} and len(raw) > 2 else raw
    return found if _agrees(section, found, found) else _differ(section, found)


def _moved(section: Section, kind: Literal["rename", "copy"], source: bytes, target: bytes) -> Names | Differ:
    return Names(kind, source, target) if _agrees(section, source, target) else _differ(section, target)


def _agrees(section: Section, old: bytes, new: bytes) -> bool:
    """Whether every name in a section's headers is one of these."""
    for written, meant in ((section.old, old), (section.new, new)):
        if written not in {None, NULL} and meant not in {written, stripped(written or b"")}:
            return False
    if section.header is None:
        return True
    halves = _halves(section.header)
    if halves is not None:
        return all(meant in {half, stripped(half)} for half, meant in zip(halves, (old, new), strict=True))
    head = section.header.rstrip(b"\r")
    return any(
        head[skip_old:][: len(old) + 1] == old + b" "
        and head.endswith(new)
        and len(head) == skip_old + len(old) + 1 + skip_new + len(new)
        for skip_old in (0, 2)
        for skip_new in (0, 2)
    )


def _differ(section: Section, meant: bytes) -> Differ:
    for written in (section.old, section.new):
        if written not in {None, NULL} and meant not in {written, stripped(written or b"")}:
            return Differ(meant, written or b"")
    return Differ(meant, section.header or b"")


def stripped(raw: bytes) -> bytes:
    """A name without git's prefix."""
    return raw[2:] if _PREFIX.match(raw) else raw


def _halves(header: bytes) -> tuple[bytes, bytes] | None:
    """The two names after ``diff --git`` where quotes tell them apart."""
    header = header.rstrip(b"\r")
    if found := _QUOTED.match(header):
        rest = header[found.end() + 1 :]
        return unquoted(found[1]), name(rest)
    head, quote, _ = header.partition(b' "')
    if quote and (found := _QUOTED.match(header, len(head) + 1)):
        return head, unquoted(found[1])
    return None


def _pair(header: bytes) -> tuple[bytes, bytes] | None:
    """The two names after ``diff --git``, where they name one file. Without quotes, they part in the middle."""
    halves = _halves(header)
    if halves is None:
        header = header.rstrip(b"\r")
        middle = len(header) // 2
        halves = header[:middle], header[middle + 1 :]
        if header[middle : middle + 1] != b" ":
            return None
    return halves if stripped(halves[0]) == stripped(halves[1]) else None
