"""Tasks that may be the same one: suggestions by title and paths, for people to look at. Nothing is closed by it.

Words count by how rare they are among the titles. A pair is only looked at when it shares a word that is not common, so
that ten thousand tasks are not compared with each other.
"""

from __future__ import annotations

import itertools
import math
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Final

from bot.planning.tasks.model import Task

LEAST: Final = 0.6
"""From this score on, a pair is suggested; 1.0 is the same title and the same paths."""
MOST: Final = 20
"""So many pairs are suggested at most: the best ones."""
COMMON: Final = 50
"""A word of more titles than this brings no pair together, though it counts for those that are."""
TITLE: Final = 0.8
"""What the title weighs where both name paths; where one names none, the title alone counts."""
_WORD = re.compile(r"\w+")

Words = frozenset[str]


def duplicates(tasks: Iterable[Task]) -> tuple[tuple[int, int, float], ...]:
    """Pairs of open tasks with their score, best first: smaller number, larger number, score from 0 to 1.

    Not suggested: an epic with its child, two of which one waits for the other, and titles that differ in a number
    ("Part 1", "Part 2"). Of parts of different epics the epics' titles count as well: each may have its own "Tests".
    """
    some = sorted((task for task in tasks if not task.closed and not task.outside), key=lambda task: task.number)
    words = {task.number: _words(task.title) for task in some}
    by_number = {task.number: task for task in some}
    groups: defaultdict[Words, list[int]] = defaultdict(list)
    for number, each in words.items():
        if each:
            groups[each].append(number)
    spread = Counter(word for each in groups for word in each)
    weights = {word: math.log(1 + len(groups) / count) for word, count in spread.items()}
    epics = {task.number: words.get(task.parent or 0, frozenset()) for task in some}

    def within(one: int, other: int, title: float) -> float:
        mine, theirs = epics[one], epics[other]
        if mine == theirs or not (mine and theirs):
            return title
        return _alike(words[one] | mine, words[other] | theirs, weights)

    found: dict[tuple[int, int], float] = {}
    for numbers in groups.values():
        # Of many with one title, each is told once, beside the first.
        for other in numbers[1:]:
            found[numbers[0], other] = _score(by_number[numbers[0]], by_number[other], within(numbers[0], other, 1.0))
    for mine, theirs in _pairs(groups, spread):
        title = _alike(mine, theirs, weights)
        if title * TITLE + (1 - TITLE) < LEAST:
            continue
        for pair in itertools.product(groups[mine][:MOST], groups[theirs][:MOST]):
            first, second = sorted(pair)
            found[first, second] = _score(by_number[first], by_number[second], within(first, second, title))
    ranked = sorted((-score, pair) for pair, score in found.items() if score >= LEAST)
    apart = (pair for _, pair in ranked if not _linked(by_number[pair[0]], by_number[pair[1]]))
    return tuple((one, other, round(found[one, other], 3)) for one, other in itertools.islice(apart, MOST))


def _words(title: str) -> Words:
    return frozenset(_WORD.findall(unicodedata.normalize("NFKC", title).casefold()))


def _pairs(groups: Mapping[Words, list[int]], spread: Mapping[str, int]) -> Iterable[tuple[Words, Words]]:
    """Different titles that share a word that is not common, and all their numbers; each pair once."""
    holders: defaultdict[str, list[int]] = defaultdict(list)
    titles = list(groups)
    for index, each in enumerate(titles):
        for word in each:
            if spread[word] <= COMMON:
                holders[word].append(index)
    seen: set[tuple[int, int]] = set()
    for indexes in holders.values():
        for pair in itertools.combinations(indexes, 2):
            if pair not in seen:
                seen.add(pair)
                one, other = titles[pair[0]], titles[pair[1]]
                if not any(word.isdecimal() for word in one ^ other):
                    yield one, other


def _alike(one: Words, other: Words, weights: Mapping[str, float]) -> float:
    shared = math.fsum(weights[word] for word in one & other)
    return shared / math.fsum(weights[word] for word in one | other)


def _score(one: Task, other: Task, title: float) -> float:
    if not one.paths or not other.paths:
        return title
    mine, theirs = set(one.paths), set(other.paths)
    return TITLE * title + (1 - TITLE) * len(mine & theirs) / len(mine | theirs)


def _linked(one: Task, other: Task) -> bool:
    """Whether somebody has told them apart already."""
    return (
        one.parent == other.number
        or other.parent == one.number
        or one.number in other.blocked_by
        or other.number in one.blocked_by
    )
