"""The measure of replay: many open branches put on a base that moved under all of them, against ``git rebase``."""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from bot.contracts.tree import FILE, Write
from bot.git.repository import Repository
from bot.git.writer import Person
from bot.patching.ground import Ground
from bot.patching.trees import differences
from bot.workflows.replay.stack import Stack, above, put_back
from tests.bench import repositories
from tests.bench.measures import Row, Scale, Tick

BRANCHES = 100
COMMITS, FILES = 2, 5
"""So many commits a branch has, and so many files each of them changes."""
REBASE = 20.0
AUTHOR = Person("An Engineer", "engineer@example.com")
BOT = Person("Graftsman", "graftsman@localhost")
WHEN = 1_700_000_000


def against_rebase(scale: Scale, folder: Path, tick: Tick) -> Iterator[Row]:
    """Two commits on each of 100 branches; the merged change touched every file of theirs. The trees must be the same."""
    origin, main, branches = _branches(folder / "origin.git", scale.searched)
    tick()
    ours = repositories.fresh(origin, folder / "ours.git")
    start = time.perf_counter()
    made = replayed(Repository.open(ours), main, branches)
    seconds = time.perf_counter() - start
    tick()
    theirs = repositories.fresh(origin, folder / "theirs.git")
    work = folder / "work"
    repositories.git(theirs, "worktree", "add", "-q", "--detach", str(work), "main")
    start = time.perf_counter()
    for name in branches:
        subprocess.run(["git", "rebase", "-q", "main", name], cwd=work, env=repositories.ENVIRONMENT, check=True)
    rebase = time.perf_counter() - start
    for name, tree in made.items():
        found = repositories.git(theirs, "rev-parse", f"{name}^{{tree}}").decode().strip()
        if found != tree:
            raise RuntimeError(f"{name}: git's tree is {found}, ours is {tree}")
    tick()
    yield Row(
        f"Replay of {BRANCHES} open pull requests after one merge, among {scale.searched:,} files, against `git rebase` in "
        "a work tree (same trees)",
        f"{seconds:.2f} s",
        f"{rebase:.1f} s",
        f"{rebase / seconds:.0f} times faster",
        f"at least {REBASE:g}",
        rebase / seconds >= REBASE,
    )


def replayed(repository: Repository, main: str, branches: dict[str, str]) -> dict[str, str]:
    """Looks at each branch, finds that the base touched what it touches, and puts its commits back; the new trees."""
    base = repository.commit_info(main)
    now = Ground(repository.tree(base.tree))
    made = {}
    with repository.writer() as writer:
        for name, head in branches.items():
            found = above(repository, head, lambda commit: repository.is_ancestor(commit.oid, main))
            if found is None:
                raise RuntimeError(f"{name} has left the base")
            fork, commits = found
            then = repository.tree(fork.tree)
            touched = differences(then, repository.tree(repository.commit_info(head).tree))
            ground = Ground(then)
            if all(ground.find(each.path) == now.find(each.path) for each in touched):
                raise RuntimeError(f"{name} is not touched")
            onto = Stack(base.oid, base.tree)
            stack = put_back(repository, writer, commits, onto, when=base.time, base=main, bot=BOT, told=())
            if stack.collision is not None or len(stack.kept) != COMMITS:
                raise RuntimeError(f"{name} collides")
            made[name] = stack.tree
        writer.flush()
    return made


def _branches(path: Path, size: int) -> tuple[Path, str, dict[str, str]]:
    """A repository with its branches, and a ``main`` that changed the first line of all that they change."""
    noise = random.Random(5)
    count = BRANCHES * COMMITS * FILES
    files = [(f"src/area{at // 50}/file{at}.ts", repositories.text(noise, 60)) for at in range(count)]
    repositories.make(path, [*files, *repositories.others(size - count)])
    opened = Repository.open(path)
    first = opened.commit_info(opened.resolve("main"))
    heads = {}
    with opened.writer() as writer:
        edits = [Write(name, FILE, b"// moved\n" + data) for name, data in files]
        main = writer.commit(writer.apply(first.tree, edits), [first.oid], "Merge one", AUTHOR, WHEN)
        for number in range(BRANCHES):
            tree, head = first.tree, first.oid
            for turn in range(COMMITS):
                at = (number * COMMITS + turn) * FILES
                edits = [Write(name, FILE, data + b"// ours\n") for name, data in files[at : at + FILES]]
                tree = writer.apply(tree, edits)
                head = writer.commit(tree, [head], f"Change {turn}", AUTHOR, WHEN + turn)
            heads[f"topic-{number:03}"] = head
        writer.flush()
    lines = [f"update refs/heads/main {main}", *(f"create refs/heads/{name} {oid}" for name, oid in heads.items())]
    repositories.git(path, "update-ref", "--stdin", stdin="\n".join([*lines, ""]).encode())
    return path, main, heads


MEASURES: tuple[tuple[Callable[[Scale, Path, Tick], Iterator[Row]], int], ...] = ((against_rebase, 3),)
"""Each with the number of its steps."""
