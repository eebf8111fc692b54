"""Whether a change breaks a source file's syntax: only what did not fail to parse before counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal, NamedTuple

from bot.patching.hunks import Hunk
from bot.source.grammars import language_of, syntax_errors

MOST_BYTES: Final = 1 << 20
"""Larger files are not parsed."""


class Verdict(NamedTuple):
    """``broken`` at these lines of the new text; ``unchecked``: too large to parse, or broken before as well."""

    state: Literal["fine", "broken", "unchecked"]
    lines: tuple[int, ...] = ()


FINE: Final = Verdict("fine")


def judge(path: str, new: bytes, old: Callable[[], bytes | None], changes: Sequence[Hunk]) -> Verdict:
    """What a change does to a file's syntax. ``old`` gives what was there before, ``None`` for a new file."""
    language = language_of(path)
    if language is None:
        return FINE
    if len(new) > MOST_BYTES:
        return Verdict("unchecked")
    after = syntax_errors(language, new)
    if not after:
        return FINE
    before = old()
    if before is None:
        return Verdict("broken", after)
    if len(before) > MOST_BYTES:
        return Verdict("unchecked")
    was = syntax_errors(language, before)
    if not was:
        return Verdict("broken", after)
    fresh = tuple(line for line in after if line not in _carried(was, changes))
    if fresh and len(after) > len(was):
        return Verdict("broken", fresh)
    return Verdict("unchecked", after)


def _carried(lines: Sequence[int], changes: Sequence[Hunk]) -> set[int]:
    """Where lines of the old text are in the new one; those that were changed are left out."""
    found = set()
    for line in lines:
        shift = 0
        for start, end, new in changes:
            if line <= start:
                break
            if line <= end:
                shift = -line
                break
            shift += len(new) - (end - start)
        found.add(line + shift)
    return found - {0}
