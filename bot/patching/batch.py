"""Reads a patch batch, strictly and fast; and the one form of it that its id is made from."""

from __future__ import annotations

import hashlib
import json
from base64 import b64decode
from typing import Any, Final, Literal, NoReturn

from pydantic import BaseModel, ValidationError

from bot.contracts.patch import Create, PatchBatch, ReplaceBlock, Texted
from bot.errors import Place, Refusal
from bot.source.documents import Document, load, read
from bot.source.nodes import Path, key_path

MOST_BYTES: Final = 32 << 20
MOST_YAML: Final = 2 << 20
MOST_YAML_VALUES: Final = 60_000
"""YAML is read slowly: some seconds for so many values."""
MOST_OPERATIONS: Final = 1_000_000
MOST_VALUES: Final = 300_000
"""Of larger batches with a fault, the fault's line is not looked for."""
OPERATIONS: Final = frozenset(
    {"replace-block", "insert-before", "insert-after", "append", "prepend", "create", "delete", "move", "chmod"}
)
_FIRST: Final = ("op", "path", "at", "to")
_BOM: Final = b"\xef\xbb\xbf"


class _Unfit(ValueError):
    """The fast way does not take this document."""


def load_batch(
    data: bytes,
    format: Literal["json", "yaml"],  # noqa: A002
    name: str = "batch",
    *,
    max_bytes: int = MOST_BYTES,
) -> PatchBatch:
    """Read a batch. ``name`` is the document's, for places.

    Raises ``Refusal``: those of ``bot.source.documents.read``, and ``bad-text``, ``bad-base64``, ``bad-batch``.
    """
    most = max_bytes if format == "json" else min(max_bytes, MOST_YAML)
    if len(data) > most:
        raise Refusal("too-large", Place(name), {"size": len(data), "most": most})
    batch = _fast(data) if format == "json" else None
    if batch is not None and b"\\u0000" not in data and b"base64" not in data:
        return batch
    batch = batch or _slow(data, format, name, most)
    for path, code in _bad_values(batch):
        place = load(data, format, name, max_bytes=most).place(path) if _is_small(data) else Place(name)
        _refuse(code, place, batch, path)
    return batch


def _is_small(data: bytes) -> bool:
    return data.count(b",") + data.count(b":") + data.count(b"[") <= MOST_VALUES


def _refuse(code: str, place: Place, batch: PatchBatch, path: Path) -> NoReturn:
    operation = batch.operations[path[1]] if path[0] == "operations" and isinstance(path[1], int) else None
    file = operation.path if operation is not None else ""
    if code == "bad-base64":
        raise Refusal("bad-base64", place, {"path": file, "key": key_path(path)})
    raise Refusal("bad-text", place, {"path": file, "key": key_path(path), "what": "NUL"})


# --- the two ways to read


def _fast(data: bytes) -> PatchBatch | None:
    """The batch; ``None`` where anything is wrong with it, which the slow way then names."""
    try:
        text = data.removeprefix(_BOM).decode("utf-8")
        value = json.loads(text, object_pairs_hook=_members, parse_constant=_no_constant)
        _check_shape(value)
        return PatchBatch.model_validate_json(text)
    except (ValueError, RecursionError):
        return None


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _Unfit
    return found


def _check_shape(value: Any) -> None:
    """The model's own words for millions of faults would take minutes."""
    operations = value.get("operations") if isinstance(value, dict) else None
    if not isinstance(operations, list) or isinstance(value.get("version"), bool) or len(operations) > MOST_OPERATIONS:
        raise _Unfit
    if not all(isinstance(each, dict) and each.get("op") in OPERATIONS for each in operations):
        raise _Unfit


def _no_constant(_: str) -> NoReturn:
    raise _Unfit


def _slow(data: bytes, format: Literal["json", "yaml"], name: str, most: int) -> PatchBatch:  # noqa: A002
    """Reads with the place of every value. Raises ``Refusal`` for every fault."""
    if format == "yaml" and sum(map(data.count, (b",", b": ", b":\n", b"- "))) > MOST_YAML_VALUES:
        raise Refusal("patch-too-costly", Place(name))
    if format == "yaml" or _is_small(data):
        batch = read(data, format, name, PatchBatch, max_bytes=most)
        _check_version(load(data, format, name, max_bytes=most))
        return batch
    try:
        value = json.loads(data.removeprefix(_BOM).decode("utf-8"))
        PatchBatch.model_validate_json(json.dumps({**value, "operations": value["operations"][:1000]}))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        key, problem = key_path(tuple(first["loc"])), str(first["msg"])
    except (ValueError, RecursionError, TypeError, KeyError) as error:
        key, problem = "", str(error)
    else:
        key, problem = "", "a member is there twice, or an operation after the first thousand is no operation"
    raise Refusal("bad-batch", Place(name), {"key": key, "problem": problem[:200]})


# --- what the model does not see


def _check_version(document: Document) -> None:
    """``true`` equals 1 to the model, which asks for a literal."""
    if isinstance(document.value["version"], bool):
        values = {"key": "version", "expected": "a whole number", "got": "true or false"}
        raise Refusal("wrong-type", document.place(("version",)), values)


def _bad_values(batch: PatchBatch) -> list[tuple[Path, str]]:
    """The first value that is no text or no base64, with its path in the document."""
    for name in ("task", "requester", "reason"):
        if "\0" in (getattr(batch, name) or ""):
            return [((name,), "bad-text")]
    for index, operation in enumerate(batch.operations):
        for member, value in _texts(operation):
            path = ("operations", index, *member)
            if "\0" in value:
                return [(path, "bad-text")]
            if member[0] in {"text", "content", "expect"} and _is_coded(operation) and not _is_base64(value):
                return [(path, "bad-base64")]
    return []


def _texts(value: BaseModel) -> list[tuple[Path, str]]:
    """Every text in a model, with its path."""
    found: list[tuple[Path, str]] = []
    for name, inner in value:
        if isinstance(inner, str):
            found.append(((name,), inner))
        elif isinstance(inner, BaseModel):
            found += [((name, *path), text) for path, text in _texts(inner)]
    return found


def _is_coded(operation: BaseModel) -> bool:
    return isinstance(operation, Texted | Create | ReplaceBlock) and operation.encoding == "base64"


def _is_base64(text: str) -> bool:
    try:
        b64decode(text, validate=True)
    except ValueError:
        return False
    return True


# --- its one form


def members(batch: PatchBatch) -> dict[str, Any]:
    """A batch as plain JSON, without what it says by default; of an operation, what and where come first."""
    value = batch.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    for index, operation in enumerate(value["operations"]):
        value["operations"][index] = {name: operation[name] for name in _FIRST if name in operation} | operation
    return value


def canonical(batch: PatchBatch) -> bytes:
    """A batch as JSON that is the same for equal batches: sorted, without spaces, ASCII, without defaults."""
    return json.dumps(members(batch), sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")


def batch_id(batch: PatchBatch) -> str:
    """What a batch is known by: the SHA-256 of its canonical form, in hexadecimal."""
    return hashlib.sha256(canonical(batch)).hexdigest()
