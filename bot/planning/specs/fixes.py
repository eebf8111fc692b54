"""Edits that mend a spec's records: they touch their own lines and not a byte more, or refuse."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any, Final

from bot.errors import Place, Refusal
from bot.planning.specs.index import update_index
from bot.planning.specs.model import ApprovalRecord, Spec, SpecSet
from bot.planning.specs.read import Parts, content_digest, front_document, read_spec, split
from bot.source.nodes import shown

_DATE_LINE: Final = re.compile(
    rb"(?P<key>last_review[ \t]*:)(?P<gap>[ \t]*)"
    rb"""(?P<value>"[^"\\\r\n]*"|'[^'\r\n]*'|[^\s#'"\[\]{}&*!|>%@`,][^\r\n#]*?)?"""
    rb"(?P<rest>[ \t]*(?:(?<=[ \t])#[^\r\n]*)?\r?)"
)
_TEXT: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff]*")


def record_review(data: bytes, today: date, path: str = "spec") -> bytes:
    """A spec's bytes with ``last_review`` set to a day; every other byte stays as it is.

    Raises ``Refusal``: ``front-matter-missing``, ``front-matter-unwritable`` when the key is written in a way that
    cannot be edited without doubt, and whatever makes the front matter unreadable.
    """
    parts = _parts(data, path)
    value: dict[str, Any] = front_document(path, parts).value
    if str(value.get("last_review")) == today.isoformat():
        return data
    lines = parts.front.splitlines(keepends=True)
    at = _line_of(path, parts, "last_review") if "last_review" in value else None
    day = today.isoformat().encode("ascii")
    if at is None:
        lines.append(b"last_review: " + day + _line_end(parts))
    else:
        text = lines[at].removesuffix(b"\n")
        found = _DATE_LINE.fullmatch(text)
        if found is None:
            raise _unwritable(path, at + 2, "last_review")
        end = lines[at][len(text) :]
        before, after = (found["gap"] or b" ", b"") if found["value"] else (b" ", found["gap"])
        lines[at] = found["key"] + before + day + after + found["rest"] + end
    return _checked(data, parts, b"".join(lines), path, {**value, "last_review": day.decode()})


def record_approvals(data: bytes, status: str, approvals: Sequence[ApprovalRecord], path: str = "spec") -> bytes:
    """A spec's bytes with ``status`` and ``approvals`` set to what reviews prove. Nobody believes these records.

    Raises ``Refusal`` as ``record_review`` does.
    """
    parts = _parts(data, path)
    value: dict[str, Any] = front_document(path, parts).value
    listed = [_approval(each) for each in approvals]
    wanted = {"status": _plain(status), "approvals": listed}
    if all(key in value and value[key] == wanted[key] for key in wanted):
        return data
    end = _line_end(parts)
    rows = [b"  - {%s}" % b", ".join(_member(*item) for item in each.items()) for each in listed]
    blocks = {
        "status": [b"status: " + _scalar(wanted["status"])],
        "approvals": [b"approvals:", *rows] if rows else [b"approvals: []"],
    }
    front = parts.front
    for key, block in blocks.items():
        front = _replace(path, front, key, b"".join(line + end for line in block))
    return _checked(data, parts, front, path, {**value, **wanted})


def record_reviews(
    specs: SpecSet,
    files: Mapping[str, bytes],
    paths: Collection[str],
    today: date,
    index: str,
    *,
    always_index: bool = False,
) -> dict[str, bytes]:
    """New bytes by path: ``last_review`` of some specs, and the index, which shows it. ``files`` holds their bytes.

    Only files that become other ones are given. The index goes with a review where there is one, and with
    ``always_index`` in any case. Raises ``Refusal`` as ``record_review`` does.
    """
    edited = {path: record_review(files[path], today, path) for path in sorted(paths)}
    made = {path: data for path, data in edited.items() if data != files[path]}
    after: list[Spec] = [read_spec(spec.path, made[spec.path]) if spec.path in made else spec for spec in specs.specs]
    new = update_index(after)
    if specs.index != new and (always_index or (made and specs.index is not None)):
        made[index] = new
    return made


def _parts(data: bytes, path: str) -> Parts:
    parts = split(data)
    if parts is None:
        raise Refusal("front-matter-missing", Place(path, 1), {"path": shown(path, 200)})
    return parts


def _line_of(path: str, parts: Parts, key: str) -> int:
    """The line of a key within the front matter, from 0; it must begin there in the first column."""
    place = front_document(path, parts).place((key,), key=True)
    if place.column != 1 or place.line is None:
        raise _unwritable(path, (place.line or 0) + 1, key)
    return place.line - 1


def _line_end(parts: Parts) -> bytes:
    """How the front matter's lines end; where it has none, LF."""
    first, newline, _ = parts.front.partition(b"\n")
    return b"\r\n" if newline and first.endswith(b"\r") else b"\n"


def _replace(path: str, front: bytes, key: str, block: bytes) -> bytes:
    """The front matter with a key's lines replaced, or added at its end. Comments behind its value stay."""
    parts = Parts(front, b"", 0, len(front))
    document = front_document(path, parts)
    lines = front.splitlines(keepends=True)
    keys = list(document.value)
    if key not in keys:
        return front + block
    at = _line_of(path, parts, key)
    following = keys[keys.index(key) + 1 :]
    end = _line_of(path, parts, following[0]) if following else len(lines)
    while end - 1 > at and (not lines[end - 1].strip() or lines[end - 1].startswith(b"#")):
        end -= 1
    return b"".join([*lines[:at], block, *lines[end:]])


def _checked(data: bytes, parts: Parts, front: bytes, path: str, wanted: Mapping[str, Any]) -> bytes:
    """The file with its new front matter, read again: it says what it should, and its content is what it was."""
    made = data[: parts.start] + front + data[parts.end :]
    again = split(made)
    try:
        value = None if again is None else front_document(path, again).value
    except Refusal:
        value = None
    if again is None or value != dict(wanted) or again.body != parts.body:
        raise _unwritable(path, 1, "front matter")
    before = front_document(path, parts).value
    if content_digest(value, again.body) != content_digest(before, parts.body):
        raise _unwritable(path, 1, "front matter")
    return made


def _unwritable(path: str, line: int, key: str) -> Refusal:
    return Refusal("front-matter-unwritable", Place(path, line), {"path": shown(path, 200), "key": key})


def _approval(record: ApprovalRecord) -> dict[str, Any]:
    made: dict[str, Any] = {"by": [_plain(name) for name in record.by]}
    if record.pull is not None:
        made["pull"] = record.pull
    if record.commit is not None:
        made["commit"] = _plain(record.commit)
    if record.on is not None:
        made["on"] = record.on.isoformat()
    return made


def _member(key: str, value: Any) -> bytes:
    return f'"{key}": '.encode("ascii") + _scalar(value)


def _scalar(value: Any) -> bytes:
    """JSON, which is YAML as well; text of ours is free of what JSON would escape in a way that YAML does not take."""
    return json.dumps(value, ensure_ascii=False).encode("utf-8")


def _plain(text: str) -> str:
    if not _TEXT.fullmatch(text):
        raise ValueError("a record holds a control character")
    return text
