"""Reading specs: one file, or all of a tree. What is wrong with a spec is a fault in it, never an exception."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from bot.contracts.spec import SpecFront
from bot.contracts.tree import FILE, FOLDER, SYMLINK, Entry, Tree
from bot.errors import Place, Refusal
from bot.planning.specs.model import Spec, SpecSet
from bot.planning.specs.requirements import requirements
from bot.source.documents import Document, fit, load
from bot.source.globs import Glob, compile_glob
from bot.source.nodes import shown
from bot.source.paths import join

MOST_BYTES: Final = 512 << 10
"""Of one spec."""
MOST_FRONT: Final = 64 << 10
"""Of its front matter."""
MOST_INDEX: Final = 8 << 20
"""Of the index; a larger one is taken for out of date."""
MOST_SPECS: Final = 2_000
MOST_ENTRIES: Final = 20_000
"""Entries of all folders below the folder of the specs."""
RECORDS: Final = frozenset({"status", "approvals", "last_review"})
"""Keys that are no content: they record what happened to it."""
_BELIEVED: Final = ("id", "title", "owners", "covers")
_FRONT: Final = re.compile(rb"\A(?:\xef\xbb\xbf)?---[ \t]*\r?\n(.*?)^---[ \t]*\r?$\n?", re.DOTALL | re.MULTILINE)
_DAY: Final = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[Tt ].*)?")
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Parts:
    """A spec file in its two parts. ``start`` and ``end`` are offsets of the front matter's text in the file."""

    front: bytes
    body: bytes
    start: int
    end: int


def split(data: bytes) -> Parts | None:
    """Front matter and body; ``None`` where there is no block between two ``---`` lines at the beginning."""
    found = _FRONT.match(data)
    return None if found is None else Parts(found[1], data[found.end() :], found.start(1), found.end(1))


def front_document(path: str, parts: Parts) -> Document:
    """The front matter as a document, its lines counted from the one behind the first ``---``.

    Raises ``Refusal`` with the file's lines.
    """
    try:
        document = load(parts.front, "yaml", path, max_bytes=MOST_FRONT)
        if not isinstance(document.value, dict):
            got = "a list" if isinstance(document.value, list) else "no mapping"
            raise Refusal("wrong-type", document.place(()), {"key": "", "expected": "a mapping", "got": got})
    except Refusal as refusal:
        raise _moved(refusal) from None
    return document


def review_day(value: object) -> date | None:
    """The day that a ``last_review`` names (a time behind it is let pass); ``None`` when it is none."""
    found = _DAY.fullmatch(str(value))
    try:
        return date.fromisoformat(found[1]) if found else None
    except ValueError:
        return None


def read_spec(path: str, data: bytes) -> Spec:
    """One spec from its file's bytes. Never raises: its faults are refusals with file and line."""
    if len(data) > MOST_BYTES:
        return _faulty(path, data, Refusal("too-large", Place(path, 1), {"size": len(data), "most": MOST_BYTES}))
    parts = split(data)
    if parts is None:
        return _faulty(path, data, Refusal("front-matter-missing", Place(path, 1), {"path": shown(path, 200)}))
    try:
        document = front_document(path, parts)
    except Refusal as refusal:
        return _faulty(path, data, refusal)
    value: dict[str, Any] = document.value
    lines = {key: (document.place((key,), key=True).line or 0) + 1 for key in value}
    covers, faults = _covers(path, value.get("covers"), document)
    front: SpecFront | None = None
    try:
        front = fit(document, SpecFront, keys=_BELIEVED)
    except Refusal as refusal:
        faults = [*_moved(refusal).all, *faults]
    given = value.get("last_review")
    reviewed = None if given is None else review_day(given)
    if front is not None:
        front = front.model_copy(
            update={"last_review": reviewed, "status": value.get("status"), "approvals": value.get("approvals")}
        )
    name = value.get("id")
    first = data.count(b"\n", 0, len(data) - len(parts.body)) + 1
    return Spec(
        path=path,
        content=content_digest(value, parts.body),
        front=None if faults else front,
        id=name if isinstance(name, str) and _ID.fullmatch(name) else None,
        covers=covers,
        requirements=requirements(parts.body.decode("utf-8", "replace"), first),
        faults=tuple(faults),
        lines=lines,
        reviewed=reviewed,
        given_review=None if given is None else shown(str(given)),
    )


def content_digest(front: Mapping[str, Any], body: bytes) -> str:
    """SHA-256 of a spec's content: every byte of the body, and what the front matter says without the records.

    Values count, not their writing: comments, order and quotes in the front matter change nothing.
    """
    content = {key: value for key, value in front.items() if key not in RECORDS}
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")
    return hashlib.sha256(b"spec 1 %d\0%s%s" % (len(text), text, body)).hexdigest()


def read_specs(tree: Tree, folder: str, index: str) -> SpecSet:
    """Every ``*.md`` below a folder of a tree, by path, and the index. ``Refusal('too-many-specs')`` beyond bounds."""
    found: list[Spec] = []
    top = entry_at(tree, folder)
    stack = [(folder, top.oid)] if top is not None and top.mode == FOLDER else []
    seen = 0
    while stack:
        where, oid = stack.pop()
        entries = tree.list(oid)
        seen += len(entries)
        if seen > MOST_ENTRIES:
            raise Refusal("too-many-specs", Place(folder), {"folder": folder, "most": MOST_SPECS})
        for entry in entries:
            path = join(where, entry.name)
            if entry.mode == FOLDER:
                stack.append((path, entry.oid))
            elif entry.name.endswith(".md"):
                found.append(_read_entry(tree, path, entry))
                if len(found) > MOST_SPECS:
                    raise Refusal("too-many-specs", Place(folder), {"folder": folder, "most": MOST_SPECS})
    at = entry_at(tree, index)
    data = None
    if at is not None and _is_file(at):
        data = tree.read(at.oid) if tree.size(at.oid) <= MOST_INDEX else b""
    return SpecSet(tuple(sorted(found, key=lambda spec: spec.path)), data)


def entry_at(tree: Tree, path: str) -> Entry | None:
    """What stands at a path of a tree, ``None`` where nothing does, or where a symlink is on the way."""
    oid, found = tree.oid, None
    for number, part in enumerate(parts := path.split("/"), 1):
        found = next((entry for entry in tree.list(oid) if entry.name == part), None)
        if found is None or number == len(parts):
            return found
        if found.mode != FOLDER:
            return None
        oid = found.oid
    return found


def _is_file(entry: Entry) -> bool:
    return entry.mode & 0o170000 == FILE & 0o170000  # old repositories hold modes such as 100664


def _read_entry(tree: Tree, path: str, entry: Entry) -> Spec:
    if not _is_file(entry):
        kind = "symlink" if entry.mode == SYMLINK else "submodule"
        values = {"path": shown(path, 200), "kind": kind}
        return _faulty(path, entry.oid.encode("ascii"), Refusal("not-a-file", Place(path, 1), values))
    size = tree.size(entry.oid)
    if size > MOST_BYTES:  # not read: it may be any size
        fault = Refusal("too-large", Place(path, 1), {"size": size, "most": MOST_BYTES})
        return _faulty(path, entry.oid.encode("ascii"), fault)
    return read_spec(path, tree.read(entry.oid))


def _faulty(path: str, data: bytes, fault: Refusal) -> Spec:
    return Spec(path, hashlib.sha256(b"unreadable\0" + data).hexdigest(), faults=fault.all)


def _moved(refusal: Refusal) -> Refusal:
    """A refusal of the front matter with the file's lines: its text begins on the second."""
    first, *rest = (
        Refusal(each.code, replace(each.place, line=(each.place.line or 0) + 1), each.values) for each in refusal.all
    )
    return Refusal(first.code, first.place, first.values, also=tuple(rest))


def _covers(path: str, value: object, document: Document) -> tuple[tuple[Glob, ...], list[Refusal]]:
    """The globs that can be read, and the faults of the others."""
    globs: list[Glob] = []
    faults: list[Refusal] = []
    for index, pattern in enumerate(value if isinstance(value, list) else ()):
        if not isinstance(pattern, str) or not pattern:
            continue  # said by the model
        place = document.place(("covers", index))
        try:
            globs.append(compile_glob(pattern, Place(path, (place.line or 0) + 1, place.column, place.key)))
        except Refusal as refusal:
            faults.append(refusal)
    return tuple(globs), faults
