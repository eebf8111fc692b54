"""Batches and trees for the tests of the engine."""

import json

from bot.contracts.patch import PatchBatch
from bot.contracts.tree import EXECUTABLE, FILE
from bot.errors import Refusal
from bot.patching.apply import apply
from bot.patching.policy import Policy
from tests.migration.conftest import MemoryTree, blob, store


def tree(files):
    """A tree of files: path to text, bytes, or (mode, bytes)."""
    root = {}
    for path, content in files.items():
        *parents, name = path.split("/")
        folder = root
        for part in parents:
            folder = folder.setdefault(part, {})
        mode, data = content if isinstance(content, tuple) else (FILE, content)
        folder[name] = (mode, blob(data.encode() if isinstance(data, str) else data))
    return MemoryTree(store(root))


def batch(*operations, **members):
    """A batch, read from JSON as a caller would send it."""
    return PatchBatch.model_validate_json(json.dumps({"version": 1, **members, "operations": operations}))


def op(kind, path="a.txt", **members):
    return {"op": kind, "path": path, **members}


def result(files, *operations, policy=None, **members):
    """The files after a batch: path to bytes, executables with a trailing ``*``."""
    before = tree(files)
    applied = apply(before, batch(*operations, **members), policy or Policy())
    after = before.apply(applied.edits)
    return {path + "*" * (mode == EXECUTABLE): data for path, (mode, data) in after.files().items()}


def text(content, *operations, path="a.txt", **members):
    """The bytes of one file after a batch."""
    return result({path: content}, *operations, **members)[path]


def refused(files, *operations, policy=None, **members):
    """The refusal of a batch."""
    before = tree(files)
    try:
        apply(before, batch(*operations, **members), policy or Policy())
    except Refusal as refusal:
        return refusal
    raise AssertionError("it was not refused")
