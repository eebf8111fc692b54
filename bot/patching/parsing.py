"""Whether a change breaks a source file's syntax: only what did not fail to parse before counts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Literal, NamedTuple

from bot.source.grammars import Language, language_of, syntax_errors
from bot.source.hunks import Hunk

MOST_BYTES: Final = 1 << 19
"""Larger files are not parsed."""
MOST_PARSED: Final = 64 << 20
"""Bytes that are parsed for one batch: some twenty seconds. What is left then is not checked, and said to be."""
_BROKEN_COST: Final = 64
"""Recovery from errors takes up to some 20 µs for each byte of a hostile file, whatever reads it (FACTS.md)."""


class Verdict(NamedTuple):
    """``broken`` at these lines of the new text; ``unchecked``: too large to parse, or broken before as well."""

    state: Literal["fine", "broken", "unchecked"]
    lines: tuple[int, ...] = ()


FINE: Final = Verdict("fine")


class Checker:
    """Judges the files of one batch, and takes care that this comes to an end."""

    def __init__(self, most: int = MOST_PARSED) -> None:
        self._left = most

    def judge(self, path: str, new: bytes, old: bytes | None, changes: Callable[[], Sequence[Hunk]]) -> Verdict:
        """What a change does to a file's syntax. ``old`` is what was there before, ``None`` for a new file."""
        language = language_of(path)
        if language is None:
            return FINE
        if len(new) > MOST_BYTES or self._left < 0:
            return Verdict("unchecked")
        after = self._errors(language, new)
        if not after:
            return FINE
        if old is None:
            return Verdict("broken", after)
        if len(old) > MOST_BYTES:
            return Verdict("unchecked")
        return _compared(after, self._errors(language, old), changes)

    def _errors(self, language: Language, data: bytes) -> tuple[int, ...]:
        found = syntax_errors(language, data)
        self._left -= len(data) * (_BROKEN_COST if found else 1)
        return found


def _compared(after: tuple[int, ...], was: tuple[int, ...], changes: Callable[[], Sequence[Hunk]]) -> Verdict:
    if not was:
        return Verdict("broken", after)
    carried = _carried(was, changes())
    fresh = tuple(line for line in after if line not in carried)
    if fresh and len(after) > len(was):
        return Verdict("broken", fresh)
    return Verdict("unchecked", after)


def _carried(lines: Sequence[int], changes: Sequence[Hunk]) -> set[int]:
    """Where lines of the old text are in the new one; those that were changed are left out."""
    found = set()
    at = shift = 0
    for line in lines:
        while at < len(changes) and changes[at].end < line:
            shift += len(changes[at].new) - (changes[at].end - changes[at].start)
            at += 1
        if at == len(changes) or line <= changes[at].start:
            found.add(line + shift)
    return found
