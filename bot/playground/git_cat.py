"""Reading objects through one long-lived ``git cat-file --batch``."""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

PERSON = re.compile(rb"(.*?) ?<(.*?)> (-?\d+) ([+-]\d{4})")


@dataclass(frozen=True)
class PersonData:
    """An author or committer; ``date`` in UTC."""

    name: str
    email: str
    date: datetime


@dataclass(frozen=True)
class CommitData:
    """A commit, decoded."""

    oid: str
    tree: str
    parents: tuple[str, ...]
    author: PersonData
    committer: PersonData
    message: str


def _person(line: bytes) -> PersonData:
    match = PERSON.match(line)
    if match is None:
        return PersonData("", "", datetime.fromtimestamp(0, UTC))
    name, email, when, _ = match.groups()
    return PersonData(
        name.decode(errors="replace"), email.decode(errors="replace"), datetime.fromtimestamp(int(when), UTC)
    )


def parse_commit(oid: str, data: bytes) -> CommitData:
    """Reads a commit object."""
    head, _, message = data.partition(b"\n\n")
    tree, parents, people = "", [], {b"author": _person(b""), b"committer": _person(b"")}
    for line in head.split(b"\n"):
        key, _, value = line.partition(b" ")
        if key == b"tree":
            tree = value.decode()
        elif key == b"parent":
            parents.append(value.decode())
        elif key in people:
            people[key] = _person(value)
    return CommitData(
        oid,
        tree,
        tuple(parents),
        people[b"author"],
        people[b"committer"],
        message.decode(errors="replace").rstrip("\n"),
    )


def tree_entries(data: bytes) -> Iterator[tuple[str, str, str]]:
    """The ``(mode, name, oid)`` of a tree object."""
    at = 0
    while at < len(data):
        space, end = data.index(b" ", at), data.index(b"\0", at)
        mode, name = data[at:space].decode(), data[space + 1 : end].decode(errors="surrogateescape")
        yield mode.zfill(6), name, data[end + 1 : end + 21].hex()
        at = end + 21


class Cat:
    """The reader; safe to call from several threads."""

    def __init__(self, path: Path, environment: Mapping[str, str]) -> None:
        self._lock = threading.Lock()
        self._process = subprocess.Popen(
            ["git", "cat-file", "--batch"],
            cwd=path,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )

    def read(self, name: str) -> tuple[str, bytes] | None:
        """The type and bytes of an object named as git names it (an oid, ``<oid>:path``), or ``None``."""
        if "\n" in name:
            return None
        with self._lock:
            stdin, stdout = self._process.stdin, self._process.stdout
            if stdin is None or stdout is None:
                raise RuntimeError("the reader has no pipes")
            stdin.write(name.encode(errors="surrogateescape") + b"\n")
            stdin.flush()
            header = stdout.readline().split()
            if len(header) != 3 or not header[2].isdigit():
                return None
            data = stdout.read(int(header[2]))
            stdout.read(1)
            return header[1].decode(), data

    def close(self) -> None:
        """Ends the process."""
        with self._lock:
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe:
                    pipe.close()
            self._process.wait(10)
