"""Real repositories with a migration to make, bare or with a dirty work tree, and snapshots of every byte of them."""

import os
import stat
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.git.conftest import ENVIRONMENT, Real

PNG = b"\x89PNG\r\n\x1a\n\0\0'../../utils'\0\xff\xfe"
EXECUTABLE, SYMLINK = 0o100755, 0o120000

FILES = {
    ".gitignore": b"*.log\n",
    "README.md": b"# Shop\n",
    "apps/console/main.ts": b'import { Session } from "../../STAGING/shared/session";\nexport const a: Session = 1;\n',
    "STAGING/utils/index.ts": b"export const log = 1;\n",
    "STAGING/shared/session.ts": b"export type Session = number;\n",
    "STAGING/shared/deep/er/data.bin": b"\0\1\2\xff",
    "STAGING/terminal/main.ts": b'import { log } from "../../utils";\n// "../../utils" stays here\nlog("../../utils");\n',
    "STAGING/terminal/crlf.ts": b'import a from "../../utils";\r\nexport default a;\r\n',
    "STAGING/terminal/bom.ts": b'\xef\xbb\xbfimport a from "../../utils";\n',
    "STAGING/terminal/latin.js": b"// caf\xe9\nconst a = require('./llm/chat'); // \xfc\n",
    "STAGING/terminal/noeol.ts": b'export * from "../../utils"',
    "STAGING/terminal/logo.png": PNG,
    "STAGING/terminal/run.sh": (EXECUTABLE, b"#!/bin/sh\r\necho hi\n"),
    "STAGING/terminal/tool.ts": (EXECUTABLE, b'#!/usr/bin/env node\nimport "../../utils";\n'),
    "STAGING/terminal/link": (SYMLINK, b"src/inner.txt"),
    "STAGING/terminal/src/inner.txt": b"inner\n",
    "STAGING/terminal/src/up": (SYMLINK, b"../main.ts"),
    "STAGING/terminal/deps.lock": b"left out\n",
    "STAGING/metrics/count.py": b"from staging_utils import clock\n",
    "STAGING/metrics/data/caf\xe9.txt".encode("latin-1"): b"a name that is not UTF-8\n",
}

MANIFEST = """\
version: 1
name: staging
folders:
  - id: terminal
    source: STAGING/terminal
    destination: apps/terminal
    exclude: ["**/*.lock"]
    imports:
      - {files: "**/*.ts", from: "../../utils", to: "@shared/utils"}
      - {files: "**/*.js", regex: "(['\\"])\\\\./llm/([a-z-]+)(['\\"])", to: "\\\\1@llm/\\\\2\\\\3"}
  - id: metrics
    source: STAGING/metrics
    destination: services/metrics
    imports:
      - {files: "**/*.py", from: staging_utils, to: platform_utils}
  - id: shared
    source: STAGING/shared
    destination: packages/shared
    mode: move
    depends_on: [metrics]
"""

TERMINAL = {
    "apps/terminal/main.ts": b'import { log } from "@shared/utils";\n// "../../utils" stays here\nlog("../../utils");\n',
    "apps/terminal/crlf.ts": b'import a from "@shared/utils";\r\nexport default a;\r\n',
    "apps/terminal/bom.ts": b'\xef\xbb\xbfimport a from "@shared/utils";\n',
    "apps/terminal/latin.js": b"// caf\xe9\nconst a = require('@llm/chat'); // \xfc\n",
    "apps/terminal/noeol.ts": b'export * from "@shared/utils"',
    "apps/terminal/logo.png": PNG,
    "apps/terminal/run.sh": (EXECUTABLE, b"#!/bin/sh\r\necho hi\n"),
    "apps/terminal/tool.ts": (EXECUTABLE, b'#!/usr/bin/env node\nimport "@shared/utils";\n'),
    "apps/terminal/link": (SYMLINK, b"src/inner.txt"),
    "apps/terminal/src/inner.txt": b"inner\n",
    "apps/terminal/src/up": (SYMLINK, b"../main.ts"),
}
METRICS = {
    "services/metrics/count.py": b"from platform_utils import clock\n",
    "services/metrics/data/caf\xe9.txt".encode("latin-1"): b"a name that is not UTF-8\n",
}
SHARED = {
    "packages/shared/session.ts": b"export type Session = number;\n",
    "packages/shared/deep/er/data.bin": b"\0\1\2\xff",
    "apps/console/main.ts": b'import { Session } from "../../packages/shared/session";\nexport const a: Session = 1;\n',
}
GONE = tuple(path for path in FILES if isinstance(path, str) and path.startswith("STAGING/shared/"))

EXPECTED = {
    "terminal": FILES | TERMINAL,
    "metrics": FILES | METRICS,
    "shared": {path: value for path, value in (FILES | SHARED).items() if path not in GONE},
}
TOGETHER = {path: value for path, value in (FILES | TERMINAL | METRICS | SHARED).items() if path not in GONE}
ALL = ("metrics", "shared", "terminal")
"""The folders' ids in the order of results: by id."""


@dataclass
class Place:
    """A repository: ``path`` is what a person would name, ``git`` runs git on it."""

    path: Path
    git: Real
    work_tree: bool

    def snapshot(self) -> dict[str, tuple]:
        """Every file of the repository and its work tree: kind and mode, time of change, bytes."""
        found = {}
        for folder, names, files in os.walk(self.path):
            for name in [*files, *(name for name in names if (Path(folder) / name).is_symlink())]:
                path = Path(folder) / name
                status = path.lstat()
                link = stat.S_ISLNK(status.st_mode)
                data = os.fsencode(os.readlink(path)) if link else path.read_bytes()
                found[str(path.relative_to(self.path))] = (status.st_mode, status.st_mtime_ns, data)
        return found

    def refs(self) -> str:
        return self.git("for-each-ref")

    def files(self, tree: str) -> dict:
        """What git itself says is in a tree: path to bytes, or to (mode, bytes)."""
        listed = self.git.raw("ls-tree", "-r", "-z", "--full-tree", tree).split(b"\0")[:-1]
        rows = [line.partition(b"\t") for line in listed]
        oids = [head.split()[2].decode() for head, _, _ in rows]
        blobs = cat(self.git, oids)
        found = {}
        for (head, _, name), oid in zip(rows, oids, strict=True):
            mode = int(head.split()[0], 8)
            try:
                path = name.decode()
            except UnicodeDecodeError:
                path = name
            found[path] = blobs[oid] if mode == 0o100644 else (mode, blobs[oid])
        return found

    def sound(self) -> None:
        self.git("fsck", "--full", "--strict", "--no-dangling")

    def commit(self, files, *parents, message="Work\n", **environment) -> str:
        """A commit by a person with exactly these files."""
        tree = self.git.tree(files)
        (self.git.path / "test-index").unlink(missing_ok=True)
        options = [part for parent in parents for part in ("-p", parent)]
        return self.git("commit-tree", tree, *options, stdin=message.encode(), **environment)


def cat(git: Real, oids) -> dict[str, bytes]:
    """Objects by oid, read by ``git cat-file --batch``."""
    output = git.raw("cat-file", "--batch", stdin="".join(f"{oid}\n" for oid in oids).encode())
    found, at = {}, 0
    while at < len(output):
        end = output.index(b"\n", at)
        oid, _, size = output[at:end].decode().split()
        found[oid] = output[end + 1 : end + 1 + int(size)]
        at = end + 2 + int(size)
    return found


def make_bare(path: Path) -> Place:
    git = Real(path).init()
    place = Place(path, git, work_tree=False)
    git("update-ref", "refs/heads/main", place.commit(FILES))
    return place


def make_dirty(path: Path) -> Place:
    """A work tree in the middle of somebody's work: changed, staged, new, ignored, deleted; a tag, a branch, a stash."""
    path.mkdir()
    git = Real(path / ".git")
    git("init", "-q", "--initial-branch=main", str(path))
    git("config", "core.bare", "false")
    place = Place(path, git, work_tree=True)
    first = place.commit(FILES)
    git("update-ref", "refs/heads/main", first)
    git("update-ref", "refs/heads/other", first)
    git("tag", "-a", "-m", "one", "v1", first)
    tree = {"GIT_WORK_TREE": str(path), "GIT_DIR": str(path / ".git")}

    def inside(*arguments):
        import subprocess

        subprocess.run(["git", *arguments], cwd=path, env=ENVIRONMENT | tree, check=True, capture_output=True)

    inside("reset", "-q", "--hard")
    (path / "README.md").write_bytes(b"# Stashed\n")
    inside("stash")
    (path / "README.md").write_bytes(b"# Changed, not staged\n")
    (path / "STAGING/terminal/main.ts").write_bytes(b"// staged\n")
    inside("add", "STAGING/terminal/main.ts")
    (path / "STAGING/utils/index.ts").unlink()
    (path / "apps/terminal").mkdir()
    (path / "apps/terminal/untracked.ts").write_bytes(b"mine\n")
    (path / "debug.log").write_bytes(b"ignored\n")
    return place


@pytest.fixture
def bare(tmp_path):
    return make_bare(tmp_path / "shop.git")


@pytest.fixture
def dirty(tmp_path):
    return make_dirty(tmp_path / "shop")


@pytest.fixture(params=["bare", "dirty"])
def place(request, tmp_path):
    """Both kinds of repository."""
    return make_bare(tmp_path / "shop.git") if request.param == "bare" else make_dirty(tmp_path / "shop")
