"""What the tasks of a Markdown list are called: ids that no line says, and which task a dependency means."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import islice
from typing import Final

from bot.planning.tasks.plan_files.entries import Entry
from bot.planning.tasks.plan_files.markdown_heads import number_of, slug

_LONGEST: Final = 200
"""Characters of an id."""
MOST_MEANT: Final = 5
"""So many of those that may be meant are told."""


def name_all(found: Sequence[tuple[Entry, Entry | None]]) -> None:
    """Gives ids to those that name none: from the title, and where another task has that one, too, below its epic's.

    ``found`` are the tasks with their epics, an epic before its parts.
    """
    said = [entry.id or slug(entry.title) for entry, _ in found]
    counts = Counter(name.casefold() for name in said)
    for (entry, parent), name in zip(found, said, strict=True):
        entry.parent = parent.id if parent is not None else None
        if not entry.id:
            entry.id = _below(parent.id, name) if parent is not None and counts[name.casefold()] > 1 else name


def _below(parent: str, name: str) -> str:
    whole = f"{parent}/{name}"
    return whole if len(whole) <= _LONGEST else f"{name}-{hashlib.sha256(whole.encode()).hexdigest()[:8]}"


class Names:
    """Which task a word means: an id, else a title or what would be its id, else the number that it begins with."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._ids = {entry.id.casefold(): entry.id for entry in reversed(entries)}
        self._said = {entry.id.casefold() for entry in entries if entry.id != slug(entry.title)}
        """Ids that are no title, too."""
        self._titled: defaultdict[str, dict[str, None]] = defaultdict(dict)
        self._beside: defaultdict[tuple[str | None, str], dict[str, None]] = defaultdict(dict)
        for entry in entries:
            for word in {entry.title.casefold(), slug(entry.title).casefold()}:
                self._titled[word][entry.id] = None
                self._beside[entry.parent, word][entry.id] = None
        numbers = [(number_of(entry.title).casefold(), entry.id) for entry in entries]
        counts = Counter(number for number, _ in numbers)
        self._numbers = {number: name for number, name in numbers if number and counts[number] == 1}

    def __contains__(self, word: str) -> bool:
        word = word.casefold()
        return word in self._ids or word in self._titled or word in self._numbers

    def of(self, word: str, asker: Entry) -> tuple[str, ...]:
        """The ids that a word may mean where ``asker`` says it: one when that is clear, none when nobody is called so.

        Of several with one title the one beside the asker, in the same epic, is meant, also where another one's id is
        what the title would make.
        """
        word = word.casefold()
        beside = self._beside.get((asker.parent, word), {})
        if len(beside) == 1 and word not in self._said:
            return tuple(beside)
        if word in self._ids:
            return (self._ids[word],)
        if word in self._titled:
            return tuple(islice(self._titled[word], MOST_MEANT))
        return (self._numbers[word],) if word in self._numbers else ()
