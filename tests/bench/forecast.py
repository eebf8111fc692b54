"""The measure of the merge forecast: many open branches held against each other, and what its cost grows with."""

from __future__ import annotations

import itertools
import random
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from bot.contracts.tree import FILE, Write
from bot.git.repository import Repository
from bot.git.writer import Person
from bot.patching.forecast import Change, Forecast, bring, meet
from bot.planning.merge_order import Branch, merge_order
from tests.bench import repositories
from tests.bench.measures import Row, Scale, Tick
from tests.bench.replays import WHEN

BRANCHES = 100
FILES = 10_000
TOUCHED = 10
"""So many files a branch changes; two of them are its neighbour's, too, and one is everybody's."""
FEWER = 5
"""So many of its own where the small repository has to hold them all."""
SAMPLE = 60
"""So many pairs git is asked about."""
SECONDS = 5.0
GROWTH = 1.5
OPENED = datetime.fromtimestamp(WHEN, UTC)
AUTHOR = Person("An Engineer", "engineer@example.com")
LINES = 60
LONG = 2_000
"""Lines of the file that everybody changes."""


def against_git(scale: Scale, folder: Path, tick: Tick) -> Iterator[Row]:
    """100 branches in 10,000 files, after a merge that changed all that they touch; git's verdicts on some pairs."""
    path, main, heads = _branches(folder / "forecast.git", FILES)
    tick()
    repository = Repository.open(repositories.fresh(path, folder / "ours.git"))
    start = time.perf_counter()
    found = looked(repository, main, heads)
    branches = [Branch(number, "in-review", OPENED) for number in range(len(heads))]
    order = merge_order(branches, {(each.one, each.other): each.weight for each in found.pairs})
    seconds = time.perf_counter() - start
    if len(order.steps) != BRANCHES or not found.pairs or found.behind:
        raise RuntimeError("the branches are not as they were made")
    tick()
    per_pair = _ask_git(path, main, heads, {(each.one, each.other) for each in found.pairs})
    tick()
    every = per_pair * BRANCHES * (BRANCHES - 1) / 2
    yield Row(
        f"Merge forecast of {BRANCHES} open pull requests in {FILES:,} files, with the order; `git merge-tree` for every "
        f"pair, from {SAMPLE} of them (same verdicts)",
        f"{seconds:.2f} s",
        f"{every:.0f} s",
        f"{every / seconds:.0f} times faster",
        f"under {SECONDS:g} s",
        seconds < SECONDS,
    )


def growth(scale: Scale, folder: Path, tick: Tick) -> Iterator[Row]:
    """The same branches, of fewer files each, in a small and in a large repository, taken in turns."""
    made = [_branches(folder / f"forecast-{size}.git", size, FEWER) for size in (1_000, scale.large)]
    tick()
    seconds: tuple[list[float], list[float]] = ([], [])
    for number in range(scale.repeats + 1):
        for (path, main, heads), taken in zip(made, seconds, strict=True):
            repository = Repository.open(repositories.fresh(path, folder / "grow.git"))
            start = time.perf_counter()
            looked(repository, main, heads)
            if number:  # the first turn warms up
                taken.append(time.perf_counter() - start)
    tick()
    small, large = map(statistics.median, seconds)
    yield Row(
        f"Cost of a forecast of {BRANCHES} pull requests of {FEWER + 3} files in a repository of {scale.large:,} files against 1,000",
        f"{large * 1000:.0f} ms",
        f"{small * 1000:.0f} ms",
        f"{large / small:.2f} times",
        f"within {GROWTH:g}",
        large / small <= GROWTH,
    )


def one_file(scale: Scale, folder: Path, tick: Tick) -> Iterator[Row]:
    """All branches change one long file: a third of them the same place."""
    noise = random.Random(7)
    text = repositories.text(noise, LONG)
    path = repositories.make(folder / "one.git", [("package.json", text), *repositories.others(1_000)])
    lines = text.splitlines(keepends=True)
    changes = []
    for number in range(BRANCHES):
        own = list(lines)
        for at in (number * 15 + 100, 50 if number % 3 == 0 else number * 3 + 1_650):
            own[at] = b"// by %d\n" % number
        changes.append([Write("package.json", FILE, b"".join(own))])
    main, heads = _commit(path, [Write("package.json", FILE, text + b"// moved\n")], changes)
    tick()
    repository = Repository.open(path)
    start = time.perf_counter()
    found = looked(repository, main, heads)
    seconds = time.perf_counter() - start
    third = len(range(0, BRANCHES, 3))
    if len(found.pairs) != third * (third - 1) // 2:
        raise RuntimeError(f"{len(found.pairs)} pairs collide")
    tick()
    yield Row(
        f"Merge forecast of {BRANCHES} pull requests that all change one file of {LONG:,} lines",
        f"{seconds:.2f} s",
        "",
        "",
        f"under {SECONDS:g} s",
        seconds < SECONDS,
    )


def looked(repository: Repository, main: str, heads: list[str]) -> Forecast:
    """The forecast as the workflow makes it, each branch by its number."""
    tip = repository.tree(repository.commit_info(main).tree)
    brought = []
    for number, head in enumerate(heads):
        fork = repository.merge_base(main, head)
        if fork is None:
            raise RuntimeError(f"{number} has left the base")
        base, now = (repository.tree(repository.commit_info(oid).tree) for oid in (fork, head))
        brought.append(bring(tip, Change(number, base, now)))
    return meet(tip, brought)


def _branches(path: Path, size: int, touched: int = TOUCHED) -> tuple[Path, str, list[str]]:
    """Each branch changes files of its own, two of its neighbour's (one at the same line) and, elsewhere, one of all's.

    ``main`` has by then changed the first line of all of them.
    """
    noise = random.Random(6)
    count = BRANCHES * touched
    if count >= size:
        raise ValueError(f"{size} files are too few")
    files = [(f"src/area{at // 50}/file{at}.ts", repositories.text(noise, LINES)) for at in range(count)]
    files.append(("CHANGELOG.md", repositories.text(noise, BRANCHES * 15)))
    repositories.make(path, [*files, *repositories.others(size - len(files))])

    def edited(at: int, line: int, by: int) -> Write:
        name, data = files[at]
        lines = data.splitlines(keepends=True)
        lines[line] = b"// by %d\n" % by
        return Write(name, FILE, b"".join(lines))

    changes = []
    for number in range(BRANCHES):
        own = [edited(number * touched + at, 20, number) for at in range(touched)]
        beside = (number + 1) % BRANCHES * touched
        own += [edited(beside, 20, number), edited(beside + 1, 40, number), edited(count, number * 15 + 5, number)]
        changes.append(own)
    main, heads = _commit(path, [Write(name, FILE, b"// moved\n" + data) for name, data in files], changes)
    return path, main, heads


def _commit(path: Path, moved: list[Write], changes: list[list[Write]]) -> tuple[str, list[str]]:
    """A commit for each branch on the first one, and ``main`` moved on."""
    repository = Repository.open(path)
    first = repository.commit_info(repository.resolve("main"))
    with repository.writer() as writer:
        heads = [
            writer.commit(writer.apply(first.tree, edits), [first.oid], "Change", AUTHOR, WHEN) for edits in changes
        ]
        main = writer.commit(writer.apply(first.tree, moved), [first.oid], "Merge one", AUTHOR, WHEN)
        writer.flush()
    return main, heads


def _ask_git(path: Path, main: str, heads: list[str], found: set[tuple[int, int]]) -> float:
    """Merges some pairs one after the other with git, which must say of each what we say; seconds for one."""
    noise = random.Random(8)
    pairs = list(itertools.combinations(range(len(heads)), 2))
    apart = [pair for pair in pairs if pair not in found]
    chosen = noise.sample(sorted(found), SAMPLE // 2) + noise.sample(apart, SAMPLE // 2)
    taken = 0.0
    for one, other in chosen:
        tree = repositories.git(path, "merge-tree", "--write-tree", main, heads[one]).decode().strip()
        parents = ("-p", main, "-p", heads[one])
        merged = repositories.git(path, "commit-tree", tree, *parents, "-m", "Merge").decode().strip()
        command = ["git", f"--git-dir={path}", "merge-tree", "--write-tree", merged, heads[other]]
        start = time.perf_counter()
        done = subprocess.run(command, capture_output=True, env=repositories.ENVIRONMENT, check=False)
        taken += time.perf_counter() - start
        if done.returncode != ((one, other) in found):
            raise RuntimeError(f"{one} and {other}: git says {done.returncode}")
    return taken / SAMPLE


MEASURES: tuple[tuple[Callable[[Scale, Path, Tick], Iterator[Row]], int], ...] = (
    (against_git, 3),
    (growth, 2),
    (one_file, 2),
)
"""Each with the number of its steps."""
