"""What a batch does, as a unified diff that ``git apply`` takes. Format: git's diff-format documentation."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from bot.contracts.tree import Tree
from bot.patching.apply import Applied, FileChange
from bot.patching.ground import file_mode
from bot.patching.text import blob_oid, is_text, split
from bot.source.hunks import Hunk

CONTEXT: Final = 3
_QUOTED: Final = re.compile(rb'["\\\x00-\x1f\x7f-\xff]')
_ESCAPES: Final = {7: b"a", 8: b"b", 9: b"t", 10: b"n", 11: b"v", 12: b"f", 13: b"r", 34: b'"', 92: b"\\"}


def unified(before: Tree, applied: Applied) -> bytes:
    """The whole change as one diff, files in order of their paths. Binary files are only named."""
    return b"".join(part for change in applied.files for part in _file(before, change))


def _file(before: Tree, change: FileChange) -> Iterator[bytes]:
    old, new = change.source or change.path, change.path
    yield b"diff --git %s %s\n" % (_name(b"a/", old), _name(b"b/", new))
    was = change.before
    old_mode = file_mode(was) if was is not None else None
    if old_mode is None:
        yield b"new file mode %o\n" % (change.mode or 0)
    elif change.mode is None:
        yield b"deleted file mode %o\n" % old_mode
    elif change.mode != old_mode:
        yield b"old mode %o\nnew mode %o\n" % (old_mode, change.mode)
    if old != new:
        yield b"rename from %s\nrename to %s\n" % (_name(b"", old), _name(b"", new))
    if change.data is None and change.mode is not None:
        return
    data = before.read(was.oid) if was is not None else b""
    after = change.data if change.data is not None else b""
    if data == after:
        return
    oids = [blob_oid(data) if was is not None else "0" * 40, blob_oid(after) if change.mode is not None else "0" * 40]
    mode = b" %o" % change.mode if change.mode is not None and change.mode == old_mode else b""
    yield b"index %s..%s%s\n" % (oids[0].encode(), oids[1].encode(), mode)
    names = (
        _name(b"a/", old) if was is not None else b"/dev/null",
        _name(b"b/", new) if change.mode is not None else b"/dev/null",
    )
    if not (is_text(data) and is_text(after)):
        yield b"Binary files %s and %s differ\n" % names
        return
    yield b"--- %s%s\n+++ %s%s\n" % (names[0], _tab(names[0]), names[1], _tab(names[1]))
    lines = change.text.lines if change.text is not None else split(data)
    hunks = change.hunks or (Hunk(0, len(lines), tuple(split(after))),)
    yield from _hunks(lines, hunks)


def _hunks(old: Sequence[bytes], changes: Sequence[Hunk]) -> Iterator[bytes]:
    group: list[Hunk] = []
    shift = 0
    for hunk in changes:
        if group and hunk.start - group[-1].end > 2 * CONTEXT:
            yield from _group(old, group, shift)
            shift += sum(len(each.new) - (each.end - each.start) for each in group)
            group = []
        group.append(hunk)
    if group:
        yield from _group(old, group, shift)


def _group(old: Sequence[bytes], group: Sequence[Hunk], shift: int) -> Iterator[bytes]:
    start = max(group[0].start - CONTEXT, 0)
    end = min(group[-1].end + CONTEXT, len(old))
    grown = sum(len(each.new) - (each.end - each.start) for each in group)
    yield b"@@ -%s +%s @@\n" % (_range(start, end - start), _range(start + shift, end - start + grown))
    at = start
    for begin, until, new in group:
        yield from (_line(b" ", line) for line in old[at:begin])
        yield from (_line(b"-", line) for line in old[begin:until])
        yield from (_line(b"+", line) for line in new)
        at = until
    yield from (_line(b" ", line) for line in old[at:end])


def _range(start: int, count: int) -> bytes:
    return b"%d,%d" % (start + 1 if count else start, count)


def _line(mark: bytes, line: bytes) -> bytes:
    return mark + line if line.endswith(b"\n") else mark + line + b"\n\\ No newline at end of file\n"


def _tab(name: bytes) -> bytes:
    """Git ends a name that holds a space with a tab, so that nobody takes its rest for a date."""
    return b"\t" if b" " in name and not name.startswith(b'"') else b""


def _name(prefix: bytes, path: str) -> bytes:
    raw = prefix + path.encode("utf-8", "surrogateescape")
    if not _QUOTED.search(raw):
        return raw
    return b'"%s"' % _QUOTED.sub(_escape, raw)


def _escape(found: re.Match[bytes]) -> bytes:
    byte = found[0][0]
    return b"\\" + (_ESCAPES[byte] if byte in _ESCAPES else b"%03o" % byte)
