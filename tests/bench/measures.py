"""The measures. Each gives rows: a figure, what it stands against, their ratio and the bound it must keep."""

from __future__ import annotations

import itertools
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.git.mirrors import Mirror, Mirrors
from bot.git.refs import RefUpdate
from bot.git.repository import Repository
from bot.migration.manifest import load_manifest
from bot.migration.plan import plan
from bot.workflows.migrate import migrate_branches
from tests.bench import repositories
from tests.bench.remote import serving

Tick = Callable[[], None]


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    figure: str
    against: str
    ratio: str
    bound: str
    ok: bool


@dataclass(frozen=True)
class Scale:
    """How much is measured."""

    folders: int
    files: int
    large: int
    repeats: int
    branches: int
    searched: int


FULL = Scale(folders=200, files=200, large=100_000, repeats=7, branches=200, searched=20_000)
QUICK = Scale(folders=20, files=200, large=20_000, repeats=5, branches=20, searched=5_000)

SHELL = 20.0
GROWTH = 1.5
CACHED = 2.0
PUSH = 5.0
MEMORY = 300
"""Megabytes (2**20 bytes)."""


def against_the_shell(scale: Scale, folder: Path, tick: Tick) -> Iterator[Row]:
    """Planning and committing against the shell loop; the trees of both must be the same. And the peak of memory."""
    origin = repositories.make(folder / "shell.git", repositories.folders(scale.folders, scale.files))
    manifest = folder / "bench.yml"
    manifest.write_bytes(repositories.manifest(scale.folders))
    tick()
    ours = repositories.fresh(origin, folder / "ours.git")
    command = [sys.executable, "-m", "tests.bench.engine", str(ours), str(manifest)]
    done = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    tick()
    work = folder / "work"
    subprocess.run(["git", "clone", "-q", origin, work], env=repositories.ENVIRONMENT, check=True)
    script = Path(__file__).with_name("shell.sh")
    start = time.perf_counter()
    subprocess.run(["bash", script, work, str(scale.folders)], env=repositories.ENVIRONMENT, check=True)
    shell = time.perf_counter() - start
    for name, tree in done["trees"].items():
        theirs = repositories.git(work / ".git", "rev-parse", f"shell/{name}^{{tree}}").decode().strip()
        if theirs != tree:
            raise RuntimeError(f"{name}: the shell's tree is {theirs}, ours is {tree}")
    tick()
    what = f"{scale.folders} folders of {scale.files} files"
    ratio = shell / done["seconds"]
    yield Row(
        f"Plan and commit {what}, against a shell loop (same trees)",
        f"{done['seconds']:.2f} s",
        f"{shell:.1f} s",
        f"{ratio:.1f} times faster",
        f"at least {SHELL:g}",
        ratio >= SHELL,
    )
    peak = done["peak"] / 2**20
    yield Row(f"Peak of resident memory, {what}", f"{peak:.0f} MB", "", "", f"under {MEMORY} MB", peak < MEMORY)


def growth(scale: Scale, folder: Path, tick: Tick) -> Iterator[Row]:
    """The cost of one folder with ``mode: copy`` in a small and in a large repository, taken in turns."""
    count, files = 10, 50
    manifest = repositories.manifest(count)
    origins = [
        repositories.make(
            folder / f"grow-{size}.git",
            itertools.chain(repositories.folders(count, files, 20), repositories.others(size - count * files)),
        )
        for size in (1_000, scale.large)
    ]
    tick()
    seconds: tuple[list[float], list[float]] = ([], [])
    for number in range(scale.repeats + 1):
        for origin, found in zip(origins, seconds, strict=True):
            copy = repositories.fresh(origin, folder / "grow.git")
            start = time.perf_counter()
            migrate_branches(copy, "main", manifest, "yaml", name="bench.yml")
            if number:  # the first turn warms up
                found.append(time.perf_counter() - start)
    tick()
    small, large = (statistics.median(found) / count * 1000 for found in seconds)
    yield Row(
        f"Cost of a folder of {files} files, in a repository of {scale.large:,} files against 1,000",
        f"{large:.2f} ms",
        f"{small:.2f} ms",
        f"{large / small:.2f} times",
        f"within {GROWTH:g}",
        large / small <= GROWTH,
    )


def importers(scale: Scale, folder: Path, tick: Tick) -> Iterator[Row]:
    """Planning a move twice: the second time every blob's names are known."""
    files = itertools.chain(repositories.folders(1, 20), repositories.others(scale.searched, 40))
    origin = repositories.make(folder / "search.git", files)
    manifest = load_manifest(repositories.manifest(1, "move"), "yaml", "bench.yml")
    tick()
    cache: dict[str, list[str]] = {}
    seconds = []
    for _ in range(2):
        opened = Repository.open(origin)
        start = time.perf_counter()
        plan(opened.tree("main"), manifest, cache=cache).together()
        seconds.append(time.perf_counter() - start)
    tick()
    first, second = seconds
    yield Row(
        f"Search for importers in {scale.searched:,} files, second run against first",
        f"{second:.3f} s",
        f"{first:.3f} s",
        f"{first / second:.1f} times faster",
        f"at least {CACHED:g}",
        first / second >= CACHED,
    )


def pushes(scale: Scale, folder: Path, tick: Tick) -> Iterator[Row]:
    """All branches in one push over HTTP, against one push for each."""
    count = scale.branches
    origin = repositories.make(folder / "origin.git", repositories.folders(count, 20))
    repositories.git(origin, "config", "http.receivepack", "true")
    served = folder / "served"
    seconds = []
    with serving(served) as url:
        for way in ("together", "each"):
            repositories.fresh(origin, served / f"{way}.git")
            with Mirrors(folder / "mirrors").open(f"{url}/{way}.git", f"bench/{way}") as mirror:
                updates = _branches(mirror, count)
                batches = [updates] if way == "together" else [[update] for update in updates]
                start = time.perf_counter()
                outcomes = [outcome for batch in batches for outcome in mirror.push(batch).values()]
                seconds.append(time.perf_counter() - start)
            if len(outcomes) != count or not all(outcome.reason == "ok" for outcome in outcomes):
                raise RuntimeError(f"a push failed: {outcomes}")
            tick()
    together, each = seconds
    yield Row(
        f"Push {count} branches over HTTP, one push against one by one",
        f"{together:.2f} s",
        f"{each:.1f} s",
        f"{each / together:.1f} times faster",
        f"at least {PUSH:g}",
        each / together >= PUSH,
    )


def _branches(mirror: Mirror, count: int) -> list[RefUpdate]:
    mirror.fetch()
    _, branches = migrate_branches(mirror.path, "main", repositories.manifest(count), "yaml", name="bench.yml")
    return [RefUpdate(f"refs/heads/{branch.name}", branch.commit, None) for branch in branches]


MEASURES: tuple[tuple[Callable[[Scale, Path, Tick], Iterator[Row]], int], ...] = (
    (importers, 2),
    (growth, 2),
    (pushes, 2),
    (against_the_shell, 3),
)
"""Each with the number of its steps."""
