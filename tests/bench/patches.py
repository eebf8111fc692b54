"""The measures of patch batches: against ``git apply`` with a private index, by size of the repository, and alone."""

from __future__ import annotations

import itertools
import json
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import unified_diff
from pathlib import Path

from bot.contracts.patch import PatchBatch
from bot.git.repository import Repository
from bot.git.writer import Person
from bot.patching import gate
from bot.patching.apply import apply
from bot.patching.batch import load_batch
from bot.patching.policy import Policy
from tests.bench import repositories
from tests.bench.measures import Row, Scale, Tick
from tests.migration.conftest import make_tree

ONE = 80.0
HUNDRED = 10.0
GROWTH = 1.7
INSERTS = 1.0
"""Seconds for 10,000 insertions into 300,000 lines."""
VALIDATION = 20.0
"""Milliseconds for 1,000 operations."""
MEMORY = 200
"""Megabytes (2**20 bytes)."""
FOLDERS, FILES, LINES = 5, 200, 60
AUTHOR = Person("An Engineer", "engineer@example.com")
WHEN = 1_700_000_000
PLAIN = Policy(check_syntax=False)
"""git does not parse what it applies: both do the same work."""

Change = tuple[str, bytes, bytes]


def changes(files: Sequence[tuple[str, bytes]], count: int, turn: int) -> list[Change]:
    """``count`` files with a line replaced and one inserted: other files, or others of their lines, in every turn."""
    found = []
    for number in range(count):
        path, old = files[(turn * count + number) % len(files)]
        lines = old.splitlines(keepends=True)
        lines[10 + turn] = b"export const turn_%d = replaced(%d);\n" % (turn, number)
        lines.insert(50 - turn, b"export const more_%d = inserted();\n" % turn)
        found.append((path, old, b"".join(lines)))
    return found


def batch_of(made: Iterable[Change], turn: int) -> bytes:
    """The batch that makes these changes, as JSON."""
    operations: list[dict[str, object]] = []
    for path, old, new in made:
        old_lines, new_lines = (data.decode().splitlines(keepends=True) for data in (old, new))
        first, second = 11 + turn, 51 - turn
        operations.append(
            {"op": "replace-block", "path": path, "at": {"line": first}, "expect": old_lines[first - 1],
             "text": new_lines[first - 1]}
        )  # fmt: skip
        operations.append({"op": "insert-before", "path": path, "at": {"line": second}, "text": new_lines[second - 1]})
    return json.dumps({"version": 1, "operations": operations}).encode()


def diff_of(made: Iterable[Change]) -> bytes:
    """The same as a unified diff."""
    parts: list[str] = []
    for path, old, new in made:
        lines = (data.decode().splitlines(keepends=True) for data in (old, new))
        parts += [f"diff --git a/{path} b/{path}\n", *unified_diff(*lines, f"a/{path}", f"b/{path}")]
    return "".join(parts).encode()


def ours(repository: Repository, head: str, data: bytes, policy: Policy = PLAIN) -> str:
    """Reads, applies and commits a batch, durably. Gives the tree's oid."""
    tree = repository.tree(head)
    applied = apply(tree, load_batch(data, "json"), policy)
    with repository.writer() as writer:
        made = writer.apply(tree.oid, applied.edits)
        writer.commit(made, [head], "Land a batch\n", AUTHOR, WHEN)
        writer.flush()
    return made


def theirs(repository: Path, head: str, diff: bytes, index: Path) -> str:
    """The same by git itself, with a fresh private index. Gives the tree's oid."""
    environment = {**repositories.ENVIRONMENT, "GIT_INDEX_FILE": str(index)}

    def git(*arguments: str, stdin: bytes = b"") -> str:
        command = ["git", f"--git-dir={repository}", *arguments]
        done = subprocess.run(command, input=stdin, stdout=subprocess.PIPE, env=environment, check=True)
        return done.stdout.decode().strip()

    git("read-tree", head)
    git("apply", "--cached", stdin=diff)
    tree = git("write-tree")
    git("commit-tree", tree, "-p", head, "-m", "Land a batch")
    index.unlink()
    return tree


def repository_of(folder: Path, size: int) -> tuple[Path, list[tuple[str, bytes]]]:
    """A repository of ``size`` files, and those that are changed."""
    changed = list(repositories.folders(FOLDERS, FILES, LINES))
    rest = repositories.others(max(size - len(changed), 0))
    return repositories.make(folder / f"patch-{size}.git", itertools.chain(changed, rest)), changed[1:]


def against_git(scale: Scale, folder: Path, tick: Tick) -> Iterator[Row]:
    """A batch of one file, and of a hundred: against git, and in a small repository against a large one."""
    costs: dict[tuple[int, int], float] = {}
    rows = []
    for size in (1_000, scale.large):
        origin, files = repository_of(folder, size)
        tick()
        head = repositories.git(origin, "rev-parse", "main").decode().strip()
        for count, bound in ((1, ONE), (100, HUNDRED)):
            mine, git = _in_turns(origin, folder, head, files, count, scale.repeats)
            costs[size, count] = mine
            if size == scale.large:
                rows.append(
                    Row(
                        f"Apply and commit a batch over {count} file{'s' * (count > 1)} among {size:,}, "
                        "against `git apply --cached` with a private index (same trees)",
                        f"{mine * 1000:.1f} ms",
                        f"{git * 1000:.0f} ms",
                        f"{git / mine:.0f} times faster",
                        f"at least {bound:g}",
                        git / mine >= bound,
                    )
                )
            tick()
    yield from rows
    for count in (1, 100):
        small, large = costs[1_000, count] * 1000, costs[scale.large, count] * 1000
        yield Row(
            f"Cost of a batch over {count} file{'s' * (count > 1)}, among {scale.large:,} files against 1,000",
            f"{large:.1f} ms",
            f"{small:.1f} ms",
            f"{large / small:.2f} times",
            f"within {GROWTH:g}",
            large / small <= GROWTH,
        )


def _in_turns(
    origin: Path, folder: Path, head: str, files: list[tuple[str, bytes]], count: int, repeats: int
) -> tuple[float, float]:
    """Seconds of the fastest turn of ours and of git's, each with a batch of its own; the trees must be the same.

    The fastest, since a busy disk makes a sync of three files take anything: git syncs nothing here, and we do.
    """
    mine = Repository.open(repositories.fresh(origin, folder / "mine.git"))
    git = repositories.fresh(origin, folder / "git.git")
    seconds: tuple[list[float], list[float]] = ([], [])
    for turn in range(2 * repeats + 1):
        made = changes(files, count, turn)
        data, diff = batch_of(made, turn), diff_of(made)
        ways: tuple[Callable[[], str], ...] = (
            lambda data=data: ours(mine, head, data),  # type: ignore[misc]
            lambda diff=diff: theirs(git, head, diff, folder / "index"),  # type: ignore[misc]
        )
        trees = []
        for way, found in zip(ways, seconds, strict=True):
            start = time.perf_counter()
            trees.append(way())
            if turn:  # the first turn warms up
                found.append(time.perf_counter() - start)
        if trees[0] != trees[1]:
            raise RuntimeError(f"git's tree is {trees[1]}, ours is {trees[0]}")
    return min(seconds[0]), min(seconds[1])


def one_large_file(scale: Scale, folder: Path, tick: Tick) -> Iterator[Row]:
    """Very many insertions into one file, against an applier that rewrites the file for each."""
    del scale, folder
    noise = random.Random(3)
    lines = 300_000
    data = repositories.text(noise, lines)
    tree = make_tree({"large.txt": data})
    wanted = [
        {"op": "insert-before", "path": "large.txt", "at": {"line": 30 * n + 1}, "text": "new\n"} for n in range(10_000)
    ]
    batch = PatchBatch.model_validate_json(json.dumps({"version": 1, "operations": wanted}))
    start = time.perf_counter()
    (edit,) = apply(tree, batch).edits
    seconds = time.perf_counter() - start
    tick()
    few = 100
    start = time.perf_counter()
    text = data
    for n in reversed(range(few)):
        rows = text.splitlines(keepends=True)
        rows.insert(30 * n, b"new\n")
        text = b"".join(rows)
    naive = (time.perf_counter() - start) / few * len(wanted)
    if getattr(edit, "data", b"").count(b"new\n") != len(wanted) or not edit.data.startswith(text[:1000]):  # type: ignore[union-attr]
        raise RuntimeError("the insertions are not where they should be")
    tick()
    yield Row(
        f"10,000 insertions into one file of {lines:,} lines, against an applier that rewrites it for each (100 of them, "
        "times 100)",
        f"{seconds:.2f} s",
        f"{naive:.0f} s",
        f"{naive / seconds:.0f} times faster",
        f"under {INSERTS:g} s",
        seconds < INSERTS,
    )


def validation(scale: Scale, folder: Path, tick: Tick) -> Iterator[Row]:
    """Reading a batch of 1,000 operations from JSON and passing it through the gate."""
    del folder
    kinds = itertools.cycle(
        (
            {"op": "replace-block", "at": {"lines": [3, 5]}, "expect": "old\n" * 3, "text": "new\n"},
            {"op": "insert-after", "at": {"marker": "export class"}, "text": "    new\n", "indent": "preserve"},
            {"op": "append", "text": "more\n"},
            {"op": "create", "content": "text\n"},
        )
    )
    operations = [
        {"path": f"src/area{n % 40}/file-{n}.ts", **kind} for n, kind in zip(range(1000), kinds, strict=False)
    ]
    data = json.dumps({"version": 1, "operations": operations}).encode()
    seconds = []
    for _ in range(scale.repeats + 1):
        start = time.perf_counter()
        gate.check(load_batch(data, "json"), Policy())
        seconds.append(time.perf_counter() - start)
    tick()
    found = statistics.median(seconds[1:]) * 1000
    yield Row(
        "Validate a batch of 1,000 operations",
        f"{found:.1f} ms",
        "",
        "",
        f"under {VALIDATION:g} ms",
        found < VALIDATION,
    )


def memory(scale: Scale, folder: Path, tick: Tick) -> Iterator[Row]:
    """The peak of a process of its own that applies and commits a batch over 1,000 files, their syntax checked."""
    origin, files = repository_of(folder, scale.large)
    made = changes(files, 1000, 0)
    (folder / "batch.json").write_bytes(batch_of(made, 0))
    tick()
    command = [sys.executable, "-m", "tests.bench.patcher", str(origin), str(folder / "batch.json")]
    environment = {**os.environ}
    done = json.loads(subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout)
    head = repositories.git(origin, "rev-parse", "main").decode().strip()
    if theirs(origin, head, diff_of(made), folder / "index") != done["tree"]:
        raise RuntimeError("git's tree is another one")
    tick()
    peak = done["peak"] / 2**20
    yield Row(
        f"Peak of resident memory, a batch over 1,000 files among {scale.large:,}, syntax checked "
        f"({done['seconds']:.1f} s)",
        f"{peak:.0f} MB",
        "",
        "",
        f"under {MEMORY} MB",
        peak < MEMORY,
    )


MEASURES: tuple[tuple[Callable[[Scale, Path, Tick], Iterator[Row]], int], ...] = (
    (validation, 1),
    (one_large_file, 2),
    (against_git, 6),
    (memory, 2),
)
"""Each with the number of its steps."""
