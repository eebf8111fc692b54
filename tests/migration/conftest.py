"""A repository in memory with git's own oids, so that the engine's tests are fast and still about real trees."""

import hashlib
from typing import ClassVar

import pytest

from bot.contracts.tree import EXECUTABLE, FILE, FOLDER, SUBMODULE, SYMLINK, Entry, Put, Remove, Write


class MemoryTree:
    """Implements ``bot.contracts.tree.Tree``. All trees share one store."""

    objects: ClassVar[dict] = {}

    def __init__(self, oid):
        self.oid = oid
        self.reads = []

    def list(self, oid):
        kind, value = self.objects[oid]
        if kind != "tree":
            raise KeyError(oid)
        return value

    def read(self, oid):
        kind, value = self.objects[oid]
        if kind != "blob":
            raise KeyError(oid)
        self.reads.append(oid)
        return value

    def size(self, oid):
        return len(self.objects[oid][1])

    def files(self):
        """Every file: path to (mode, bytes)."""
        found = {}

        def walk(folder, oid):
            for entry in self.list(oid):
                path = f"{folder}/{entry.name}" if folder else entry.name
                if entry.mode == FOLDER:
                    walk(path, entry.oid)
                elif entry.mode == SUBMODULE:
                    found[path] = (entry.mode, entry.oid.encode())
                else:
                    found[path] = (entry.mode, self.objects[entry.oid][1])

        walk("", self.oid)
        return found

    def text(self, path):
        return self.files()[path][1].decode()

    def apply(self, edits):
        """The tree after edits, each path in turn; a Put of a tree replaces what is there."""
        root = self._nested(self.oid)
        for edit in edits:
            *parents, name = edit.path.split("/")
            folder = root
            for part in parents:
                below = folder.setdefault(part, {})
                assert isinstance(below, dict), f"{edit.path}: a parent is a file"
                folder = below
            if isinstance(edit, Remove):
                assert name in folder, f"{edit.path}: nothing to remove"
                del folder[name]
            elif isinstance(edit, Write):
                assert isinstance(edit.data, bytes)
                assert edit.mode in {FILE, EXECUTABLE}
                folder[name] = (edit.mode, blob(edit.data))
            else:
                assert isinstance(edit, Put)
                folder[name] = self._nested(edit.oid) if edit.mode == FOLDER else (edit.mode, edit.oid)
        return MemoryTree(store(root))

    def _nested(self, oid):
        return {e.name: self._nested(e.oid) if e.mode == FOLDER else (e.mode, e.oid) for e in self.list(oid)}


def blob(data):
    oid = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
    MemoryTree.objects[oid] = ("blob", data)
    return oid


def store(nested):
    entries = []
    for name, value in nested.items():
        if isinstance(value, dict):
            if value:
                oid = store(value)
                if MemoryTree.objects[oid][1]:
                    entries.append(Entry(name, FOLDER, oid))
        else:
            entries.append(Entry(name, *value))
    entries.sort(key=lambda e: e.name.encode("utf-8", "surrogateescape") + (b"/" if e.mode == FOLDER else b""))
    raw = b"".join(
        b"%o %s\0" % (e.mode, e.name.encode("utf-8", "surrogateescape")) + bytes.fromhex(e.oid) for e in entries
    )
    oid = hashlib.sha1(b"tree %d\0" % len(raw) + raw).hexdigest()
    MemoryTree.objects[oid] = ("tree", tuple(entries))
    return oid


def make_tree(files):
    """A tree of ``path: content``; content is text, bytes, (mode, bytes), ("link", target) or ("submodule", oid)."""
    root = {}
    for path, content in files.items():
        *parents, name = path.split("/")
        folder = root
        for part in parents:
            folder = folder.setdefault(part, {})
        if isinstance(content, tuple) and content[0] == "link":
            folder[name] = (SYMLINK, blob(content[1].encode()))
        elif isinstance(content, tuple) and content[0] == "submodule":
            folder[name] = (SUBMODULE, content[1])
        elif isinstance(content, tuple):
            folder[name] = (content[0], blob(content[1]))
        else:
            folder[name] = (FILE, blob(content.encode() if isinstance(content, str) else content))
    return MemoryTree(store(root))


@pytest.fixture
def tree():
    """``tree({"a/b.ts": "text"})`` makes a repository."""
    return make_tree


@pytest.fixture
def migrate():
    """Plan folders (as YAML or as a list of dicts) on a tree, apply them together: gives the new tree."""
    return run


def manifest_of(folders):
    import json

    from bot.migration.manifest import load_manifest

    if isinstance(folders, str):
        return load_manifest(folders.encode(), "yaml", "migrations/m.yml")
    return load_manifest(json.dumps({"version": 1, "folders": folders}).encode(), "json", "migrations/m.json")


def run(tree, folders):
    from bot.migration.plan import plan

    return tree.apply(plan(tree, manifest_of(folders)).together())


@pytest.fixture
def one():
    """Plan one folder given as keywords: gives the new tree and the certificate."""

    def plan_one(tree, **folder):
        from bot.migration.plan import plan

        folder = {"id": "f", **folder}
        planned = plan(tree, manifest_of([folder])).folder("f")
        return tree.apply(planned.edits), planned.certificate

    return plan_one
