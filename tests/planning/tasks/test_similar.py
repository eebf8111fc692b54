"""Which tasks may be the same: by title and paths."""

import random
from dataclasses import replace

import pytest

from bot.planning.tasks.model import Task
from bot.planning.tasks.similar import MOST, duplicates
from tests.effort import effort

OTHERS = [
    Task(100 + at, title=title)
    for at, title in enumerate(
        [
            "Add a health endpoint", "Write the billing report", "Move the login page", "Add retries to the mailer",
            "Remove the old cache", "Add tests for the parser", "Speed up the search", "Document the API",
        ]
    )
]  # fmt: skip


def pairs(*titles, tasks=None):
    some = tasks or [Task(at, title=title) for at, title in enumerate(titles, 1)]
    return [(one, other) for one, other, _ in duplicates([*some, *OTHERS]) if other < 100]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("Cache the user profile", "Cache the user profile", True),
        ("Cache the user profile", "cache: the USER profile!", True),
        ("Cache user profile", "Cache the user profile", True),
        ("Ｃache the user profile", "Cache the user profile", True),
        ("Cache the user profile", "Delete the user profile picture", False),
        ("Add the endpoint", "Add the report", False),
        ("Profile, part 1", "Profile, part 2", False),
        (
            "Give each page of the profile its own title, part 1",
            "Give each page of the profile its own title, part 2",
            False,
        ),
        (
            "Give each page of the profile its own title, part A",
            "Give each page of the profile its own title, part B",
            True,
        ),
        ("Profile, part 1", "Part 1: profile", True),
        ("", "", False),
        ("!!!", "???", False),
        ("Größe prüfen", "grösse prüfen", True),
    ],
)
def test_titles(one, other, expected):
    assert pairs(one, other) == ([(1, 2)] if expected else [])


def test_scores_run_to_one():
    tasks = [Task(2, title="Cache profiles", paths=("a/**",)), Task(1, title="Cache profiles", paths=("a/**",))]
    assert duplicates(tasks) == ((1, 2, 1.0),)
    assert duplicates([tasks[0], replace(tasks[1], paths=("b/**",))]) == ((1, 2, 0.8),)
    assert duplicates([tasks[0], replace(tasks[1], paths=())]) == ((1, 2, 1.0),)


def test_parts_of_different_epics_are_told_apart_by_their_epics():
    epics = [Task(1, title="Billing"), Task(2, title="Greeting")]

    def suggested(title, parents):
        parts = [Task(3, title=title, parent=parents[0]), Task(4, title=title, parent=parents[1])]
        return (3, 4) in pairs(tasks=[*epics, *parts])

    assert not suggested("Write tests", (1, 2))
    assert suggested("Write tests", (1, 1)) and suggested("Write tests", (1, None)) and suggested("Write tests", (1, 9))
    assert suggested("Keep the profile of each user in the cache of the page", (1, 2))


def test_paths_tip_the_scale():
    one, other = Task(1, title="Keep user profiles now"), Task(2, title="Keep user profiles soon")
    same, different = ("src/a/**",), ("src/b/**",)

    def suggested(mine, theirs):
        return pairs(tasks=[replace(one, paths=mine), replace(other, paths=theirs)]) == [(1, 2)]

    assert not suggested((), ())
    assert suggested(same, same)
    assert not suggested(same, different)
    assert not suggested(same, ())


@pytest.mark.parametrize(
    "other",
    [
        Task(2, title="Cache it", parent=1),
        Task(2, title="Cache it", blocked_by=(1,)),
        Task(2, title="Cache it", closed="completed"),
        Task(2, title="Cache it", closed="not-planned"),
        Task(2, title="Cache it", outside=True),
    ],
)
def test_what_was_told_apart_or_is_closed_is_not_suggested(other):
    assert pairs(tasks=[Task(1, title="Cache it"), Task(2, title="Cache it")]) == [(1, 2)]
    assert pairs(tasks=[Task(1, title="Cache it"), other]) == []


def test_of_many_with_one_title_each_is_told_beside_the_first():
    assert pairs("Same", "Same", "Same") == [(1, 2), (1, 3)]


def many(chance, count):
    words = [f"word{number}" for number in range(count * 3 // 10)] + ["add", "the", "test"] * (count * 3 // 100)
    tasks = [Task(n, title=" ".join(chance.sample(words, 5)), paths=("src/**",)) for n in range(count)]
    tasks += [Task(20_000 + n, title="add the test") for n in range(count // 10)]
    named = [f"add the test {chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(count // 20)]
    return tasks + [Task(30_000 + n, title=title) for n, title in enumerate(named)]


def test_tasks_are_not_compared_each_with_each():
    few, twice = (many(random.Random(1), count) for count in (1_500, 3_000))
    assert effort(duplicates, twice) < 3 * effort(duplicates, few)


def test_ten_thousand_come_to_the_same_in_any_order():
    chance = random.Random(1)
    tasks = many(chance, 10_000)
    found = duplicates(tasks)
    assert len(found) == MOST
    chance.shuffle(tasks)
    assert duplicates(tasks) == found
