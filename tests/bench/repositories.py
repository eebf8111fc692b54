"""Repositories to measure on: made by ``git fast-import``, so that nothing measured made them."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path

ENVIRONMENT = {
    "PATH": os.environ.get("PATH", os.defpath),
    "HOME": "/nonexistent",
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_AUTHOR_NAME": "An Engineer",
    "GIT_AUTHOR_EMAIL": "engineer@example.com",
    "GIT_COMMITTER_NAME": "An Engineer",
    "GIT_COMMITTER_EMAIL": "engineer@example.com",
}
IMPORT = b'import { log } from "../../../utils";\n'
REWRITE = 4
"""One file of so many holds an import to rewrite."""
_WORDS = """
    account adapter batch branch buffer cache client commit config container context counter cursor deadline entry
    error event fetch filter folder handler header index input item key layer limit list lock map message method mode
    name node object offset option order output packet page path pattern phase point pool port prefix process query
    queue record ref request result route rule schema scope server session signal source stack state step store stream
""".split()  # noqa: SIM905 - sixty words read better so

Files = Iterable[tuple[str, bytes]]


def git(repository: Path, *arguments: str, stdin: bytes = b"") -> bytes:
    """Git itself, on a bare repository."""
    command = ["git", f"--git-dir={repository}", *arguments]
    return subprocess.run(command, input=stdin, stdout=subprocess.PIPE, env=ENVIRONMENT, check=True).stdout


def make(path: Path, files: Files) -> Path:
    """A bare repository with one commit on ``main``, in one pack."""
    subprocess.run(["git", "init", "-q", "--bare", "--initial-branch=main", path], env=ENVIRONMENT, check=True)
    command = ["git", f"--git-dir={path}", "-c", "fastimport.unpackLimit=0", "fast-import", "--quiet"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, env=ENVIRONMENT) as process:
        assert process.stdin is not None
        process.stdin.write(b"commit refs/heads/main\ncommitter E <e@example.com> 1700000000 +0000\ndata 5\nFirst\n")
        for name, data in files:
            process.stdin.write(b"M 100644 inline %s\ndata %d\n%s\n" % (name.encode(), len(data), data))
        process.stdin.close()
    if process.returncode:
        raise RuntimeError(f"git fast-import ended with {process.returncode}")
    return path


def fresh(path: Path, copy: Path) -> Path:
    """A copy of a repository that nobody has written to; its packs are shared by hard links."""
    shutil.rmtree(copy, ignore_errors=True)
    return shutil.copytree(path, copy, copy_function=os.link)


def text(noise: random.Random, lines: int) -> bytes:
    """Some 45 bytes a line that deflate about as well as source does."""
    return "".join(
        f"export const {noise.choice(_WORDS)}_{noise.randrange(10**6)} = "
        f"{noise.choice(_WORDS)}({noise.choice(_WORDS)});\n"
        for _ in range(lines)
    ).encode()


def folders(count: int, files: int, lines: int = 60) -> Iterator[tuple[str, bytes]]:
    """``STAGING/demo-000`` and so on: folders of that many files, some with an import to rewrite."""
    noise = random.Random(1)
    yield "STAGING/utils/index.ts", b"export const log = console.log;\n"
    for number in range(count):
        for file in range(files):
            head = IMPORT if file % REWRITE == 0 else b""
            yield f"STAGING/demo-{number:03}/src/part{file % 10}.d/file{file:03}.ts", head + text(noise, lines)


def others(count: int, lines: int = 3) -> Iterator[tuple[str, bytes]]:
    """Files elsewhere, a hundred in a folder."""
    noise = random.Random(2)
    for number in range(count):
        yield f"lib/area{number // 10_000}/group{number // 100}/file{number}.ts", text(noise, lines)


def manifest(count: int, mode: str = "copy") -> bytes:
    """Moves or copies the first ``count`` of ``folders``."""
    entries = "".join(
        f"  - id: demo-{number:03}\n    source: STAGING/demo-{number:03}\n    destination: apps/demo-{number:03}\n"
        f"    mode: {mode}\n    relative_imports: keep\n"
        '    imports: [{files: "**/*.ts", from: "../../../utils", to: "@shared/utils"}]\n'
        for number in range(count)
    )
    return f"version: 1\nname: bench\nfolders:\n{entries}".encode()
