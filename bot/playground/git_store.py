"""One bare repository, read and written through git processes with a clean environment."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from bot.playground.git_cat import Cat, CommitData, parse_commit
from bot.playground.git_diff import FileChange, parse_diff, split_patch

OID = re.compile(r"[0-9a-f]{40}")
ZERO = "0" * 40
KEPT_LOG = 250
"""Histories up to this long are remembered."""
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


class GitError(Exception):
    """git ended with an error; the message is what it said."""


def environment(home: Path) -> dict[str, str]:
    """A minimal environment: nothing of the person who runs the playground reaches git."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "LC_ALL": "C",
        "TZ": "UTC",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_NO_REPLACE_OBJECTS": "1",
    }


def head_of(path: Path) -> str | None:
    """The branch that a git repository on disk has checked out (of a bare one: its default); ``None`` for a folder."""
    place = path / ".git" if (path / ".git").exists() else path
    if not (place / "HEAD").exists() and not place.is_file():
        return None
    args = ["git", "symbolic-ref", "--short", "HEAD"]
    done = subprocess.run(args, cwd=path, env=environment(path), capture_output=True, check=False)
    return done.stdout.decode().strip() or None


@dataclass(frozen=True)
class File:
    """A file to write: its bytes and its git mode."""

    data: bytes
    mode: str = "100644"


@dataclass(frozen=True)
class Signature:
    """Who wrote a commit, and when (seconds since the epoch)."""

    name: str
    email: str
    when: int

    def line(self) -> bytes:
        """As git stores it."""
        clean = [re.sub(r"[<>\n\0]", "", part) for part in (self.name, self.email)]
        return f"{clean[0]} <{clean[1]}> {self.when} +0000".encode()


class GitStore:
    """A bare repository. ``refs`` mirrors git's own: the playground is the only one who moves them."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.refs: dict[str, str] = {}
        self._commits: dict[str, CommitData] = {}
        self._logs: dict[tuple[str, str, int, str], list[str]] = {}
        self._bases: dict[tuple[str, str], str | None] = {}
        self._diffs: dict[tuple[str, str], tuple[FileChange, ...]] = {}
        self._merges: dict[tuple[str, str], str | None] = {}

    @cached_property
    def environment(self) -> dict[str, str]:
        """What every git process of this repository is given."""
        return environment(self.path.parent)

    @cached_property
    def cat(self) -> Cat:
        """One long-lived reader of objects."""
        return Cat(self.path, self.environment)

    def close(self) -> None:
        """Ends the reader."""
        if "cat" in self.__dict__:
            self.cat.close()
            del self.cat  # a playground that starts again makes a new one

    def git(
        self, *args: str, data: bytes | None = None, env: Mapping[str, str] | None = None, ok: Sequence[int] = (0,)
    ) -> tuple[int, bytes]:
        """Runs git, blocking. Raises ``GitError`` for an exit code that is not in ``ok``."""
        done = subprocess.run(
            ["git", *args], cwd=self.path, env=self.environment | dict(env or {}), input=data or b"",
            capture_output=True, check=False,
        )  # fmt: skip
        if done.returncode not in ok:
            raise GitError(f"git {args[0]}: {done.stderr.decode(errors='replace').strip()}")
        return done.returncode, done.stdout

    async def run(
        self, *args: str, data: bytes | None = None, env: Mapping[str, str] | None = None, ok: Sequence[int] = (0,)
    ) -> tuple[int, bytes]:
        """Runs git in a thread."""
        return await asyncio.to_thread(self.git, *args, data=data, env=env, ok=ok)

    async def create(self, branch: str, source: Path | None = None) -> None:
        """Makes the repository: empty, or with all branches and tags of an existing one at ``source``."""
        self.path.mkdir(parents=True)
        await self.run("init", "--quiet", "--bare", "--template=", f"--initial-branch={branch}", ".")
        settings = {
            "http.receivepack": "true",
            "uploadpack.allowFilter": "true",
            "uploadpack.allowAnySHA1InWant": "true",
            "receive.hideRefs": "refs/pull",
            "receive.autogc": "false",
            "receive.fsckObjects": "true",
            "gc.auto": "0",
            "core.logAllRefUpdates": "false",
        }
        config = "".join(f"[{key.split('.')[0]}]\n\t{key.split('.')[1]} = {value}\n" for key, value in settings.items())
        with (self.path / "config").open("a") as file:
            file.write(config)
        if source:
            await self.run("fetch", "--quiet", str(source), "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*")
        await self.reload()

    async def reload(self) -> dict[str, str]:
        """Reads all refs anew."""
        _, out = await self.run("for-each-ref", "--format=%(objectname) %(refname)")
        pairs = (line.split(" ", 1) for line in out.decode(errors="surrogateescape").splitlines())
        self.refs = {name: oid for oid, name in pairs}
        return self.refs

    async def update_refs(self, changes: Mapping[str, str | None], expected: Mapping[str, str] | None = None) -> None:
        """Moves refs, all or none; ``None`` deletes. Raises ``GitError`` where an expected oid does not stand."""
        lines = []
        for name, new in changes.items():
            old = (expected or {}).get(name)
            lines.append(f"update {name}\0{new or ZERO}\0{old or ''}\0")
        await self.run("update-ref", "--stdin", "-z", data="".join(lines).encode())
        for name, new in changes.items():
            if new is None:
                self.refs.pop(name, None)
            else:
                self.refs[name] = new

    async def read(self, oid: str) -> tuple[str, bytes] | None:
        """An object's type and bytes, or ``None``."""
        return await asyncio.to_thread(self.cat.read, oid)

    async def commit(self, oid: str) -> CommitData | None:
        """A commit, or ``None`` when there is none of this oid."""
        if oid not in self._commits:
            found = await self.read(oid)
            if found is None or found[0] != "commit":
                return None
            self._commits[oid] = parse_commit(oid, found[1])
        return self._commits[oid]

    async def resolve(self, name: str) -> str | None:
        """The commit that a branch, tag, full ref or (abbreviated) oid names."""
        for ref in (name, f"refs/heads/{name}", f"refs/tags/{name}", f"refs/{name}"):
            if ref in self.refs:
                if await self.commit(self.refs[ref]):
                    return self.refs[ref]
                code, out = await self.run("rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}", ok=(0, 1, 128))
                return out.decode().strip() if code == 0 else None
        if OID.fullmatch(name):
            return name if await self.commit(name) else None
        if re.fullmatch(r"[0-9a-f]{4,39}", name):
            code, out = await self.run("rev-parse", "--verify", "--quiet", f"{name}^{{commit}}", ok=(0, 1, 128))
            return out.decode().strip() if code == 0 else None
        return None

    async def resolve_path(self, commit: str, path: str) -> str | None:
        """The oid of what a commit has at a path."""
        code, out = await self.run("rev-parse", "--verify", "--quiet", f"{commit}:{path}", ok=(0, 1, 128))
        return out.decode().strip() if code == 0 else None

    async def merge_base(self, one: str, other: str) -> str | None:
        """The best common ancestor."""
        if (one, other) not in self._bases:
            code, out = await self.run("merge-base", one, other, ok=(0, 1))
            self._bases[one, other] = out.decode().split()[0] if code == 0 else None
        return self._bases[one, other]

    async def is_ancestor(self, old: str, new: str) -> bool:
        """Whether ``new`` contains ``old``."""
        return old == new or await self.merge_base(old, new) == old

    async def log(self, include: str, exclude: str | None = None, *, limit: int = 250, path: str = "") -> list[str]:
        """Commits reachable from one and not from the other, newest first."""
        key = (include, exclude or "", limit, path)
        if key not in self._logs:
            args = ["rev-list", f"--max-count={limit}", include, *([f"^{exclude}"] if exclude else [])]
            _, out = await self.run(*args, "--", *([path] if path else []))
            if limit > KEPT_LOG:
                return out.decode().split()
            self._logs[key] = out.decode().split()
        return list(self._logs[key])

    async def ahead_behind(self, base: str, head: str) -> tuple[int, int]:
        """How many commits ``head`` is ahead of ``base``, and behind."""
        _, out = await self.run("rev-list", "--left-right", "--count", f"{base}...{head}")
        behind, ahead = out.split()
        return int(ahead), int(behind)

    async def diff(self, base: str, head: str) -> tuple[FileChange, ...]:
        """What changed between two trees or commits, without the patches."""
        if (base, head) not in self._diffs:
            _, out = await self.run("diff-tree", "-r", "-M", "--raw", "--numstat", "--abbrev=40", "-z", base, head)
            self._diffs[base, head] = parse_diff(out)
        return self._diffs[base, head]

    async def patches(self, base: str, head: str) -> list[str | None]:
        """The patch of every changed file, in the order of ``diff``; ``None`` for a binary one."""
        _, out = await self.run("diff-tree", "-r", "-M", "-p", "--no-color", base, head)
        return split_patch(out)

    async def merge_tree(self, ours: str, theirs: str) -> str | None:
        """The tree of a merge of two commits, or ``None`` for a conflict."""
        if (ours, theirs) not in self._merges:
            code, out = await self.run("merge-tree", "--write-tree", "--no-messages", ours, theirs, ok=(0, 1))
            self._merges[ours, theirs] = out.decode().split()[0] if code == 0 else None
        return self._merges[ours, theirs]

    async def write_commit(
        self, tree: str, parents: Sequence[str], message: str, author: Signature, committer: Signature | None = None
    ) -> str:
        """Writes a commit object and returns its oid."""
        lines = [b"tree " + tree.encode(), *(b"parent " + parent.encode() for parent in parents)]
        lines += [b"author " + author.line(), b"committer " + (committer or author).line(), b"", message.encode()]
        _, out = await self.run("hash-object", "-t", "commit", "-w", "--stdin", data=b"\n".join(lines))
        return out.decode().strip()

    async def write_blob(self, data: bytes) -> str:
        """Writes a blob and returns its oid."""
        _, out = await self.run("hash-object", "-w", "--stdin", data=data)
        return out.decode().strip()

    async def write_tree(self, base: str | None, entries: Sequence[tuple[str, str, str | None]]) -> str:
        """A tree: ``base`` with ``(path, mode, oid)`` put in, or taken out where the oid is ``None``."""
        with tempfile.TemporaryDirectory(dir=self.path) as folder:
            env = {"GIT_INDEX_FILE": f"{folder}/index"}
            if base:
                await self.run("read-tree", base, env=env)
            lines = [f"{mode if oid else '0'} {oid or ZERO}\t{path}\0" for path, mode, oid in entries]
            data = "".join(lines).encode(errors="surrogateescape")
            await self.run("update-index", "-z", "--index-info", data=data, env=env)
            _, out = await self.run("write-tree", env=env)
        return out.decode().strip()

    async def write_files(
        self, parent: str | None, files: Mapping[str, bytes | File | None], message: str, author: Signature
    ) -> str:
        """A commit that writes (or, for ``None``, deletes) files on top of ``parent``; moves no branch."""
        out = [b"feature done\ncommit refs/playground/new\nmark :1\n"]
        out += [b"author " + author.line() + b"\n", b"committer " + author.line() + b"\n"]
        text = message.encode()
        out.append(b"data %d\n%s\n" % (len(text), text))
        if parent:
            out.append(f"from {parent}\n".encode())
        for path, value in files.items():
            quoted = (
                path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").encode(errors="surrogateescape")
            )
            if value is None:
                out.append(b'D "%s"\n' % quoted)
            else:
                file = value if isinstance(value, File) else File(value)
                out.append(b'M %s inline "%s"\ndata %d\n%s\n' % (file.mode.encode(), quoted, len(file.data), file.data))
        out.append(b"get-mark :1\nreset refs/playground/new\nfrom " + ZERO.encode() + b"\n\ndone\n")
        _, said = await self.run("fast-import", "--quiet", "--force", "--done", data=b"".join(out))
        return said.decode().strip()

    async def write_folder(self, folder: Path) -> str:
        """The tree of a folder on disk, everything in it (ignore files are not looked at)."""
        top = str(folder)
        with tempfile.TemporaryDirectory(dir=self.path) as temporary:
            env = {"GIT_INDEX_FILE": f"{temporary}/index", "GIT_WORK_TREE": top}
            await self.run("-c", "core.autocrlf=false", "add", "--all", "--force", "--", top, env=env)
            _, out = await self.run("write-tree", env=env)
        return out.decode().strip()
