"""What is refused of a batch before anything is read: its size, its paths, its texts (FACTS.md, git and pygit2)."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final

from bot.contracts.patch import Create, MarkerAt, Move, Operation, PatchBatch, Placed, Point, RegexAt, SpanAt, Texted
from bot.errors import Refusal
from bot.patching.faults import Faults, at, fault, too_large
from bot.patching.policy import MOST_FILE_BYTES, Policy
from bot.source.paths import check_path

_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")


def check(batch: PatchBatch, policy: Policy) -> list[bytes]:
    """Each operation's text as bytes (``b""`` where it has none).

    Raises ``Refusal``: ``batch-too-large``, ``unsafe-path``, ``protected-path``, ``bad-text``, ``bad-base64``,
    ``bad-marker``, ``moves-onto-itself``, ``file-too-large``.
    """
    if len(batch.operations) > policy.max_operations:
        raise too_large("operations", len(batch.operations), policy.max_operations)
    faults, seen = Faults(), set[str]()
    texts = [_operation(index, operation, policy, seen, faults) for index, operation in enumerate(batch.operations)]
    if len(seen) > policy.max_files:
        raise too_large("files", len(seen), policy.max_files)
    size = sum(map(len, texts))
    if size > policy.max_bytes:
        raise too_large("bytes of text", size, policy.max_bytes)
    faults.check()
    return texts


def _operation(index: int, operation: Operation, policy: Policy, seen: set[str], faults: Faults) -> bytes:
    paths = (operation.path, operation.to) if isinstance(operation, Move) else (operation.path,)
    for path in paths:
        if path not in seen:  # many operations share a file: its path is judged, and told, once
            seen.add(path)
            _path(index, path, policy, faults)
    if isinstance(operation, Move) and operation.path == operation.to:
        faults.take(fault("moves-onto-itself", operation.path, index))
    if isinstance(operation, Placed):
        _anchors(index, operation, faults)
    try:
        if isinstance(operation, Create):
            return _bytes(index, operation.path, operation.content, operation.encoding)
        if isinstance(operation, Texted):
            data = _bytes(index, operation.path, operation.text, operation.encoding)
            if b"\0" in data:  # the file would not be text any more: neither we nor git could undo it
                raise fault("bad-text", operation.path, index, what="NUL")
            return data
    except Refusal as refusal:
        faults.take(refusal)
    return b""


def _path(index: int, path: str, policy: Policy, faults: Faults) -> None:
    try:
        check_path(path)
    except Refusal as refusal:
        faults.take(Refusal(refusal.code, at(path, index), refusal.values))
        return
    glob = policy.protects(path)
    if glob is not None:
        faults.take(fault("protected-path", path, index, glob=glob))


def _anchors(index: int, operation: Placed, faults: Faults) -> None:
    points = (operation.at.start, operation.at.end) if isinstance(operation.at, SpanAt) else (operation.at,)
    for point in points:
        reason = _anchor_fault(point) if isinstance(point, MarkerAt | RegexAt) else ""
        if reason:
            faults.take(fault("bad-marker", operation.path, index, reason=reason))


def _anchor_fault(point: Point) -> str:
    text = point.marker if isinstance(point, MarkerAt) else point.regex if isinstance(point, RegexAt) else ""
    if _SURROGATE.search(text) or "\0" in text:
        return "it holds a character that no text file holds"
    if isinstance(point, MarkerAt) and ("\n" in text or "\r" in text or not text.strip()):
        return "it must be part of one line, and more than white space"
    return ""


def _bytes(index: int, path: str, text: str, encoding: str) -> bytes:
    data = decoded(index, path, text) if encoding == "base64" else encoded(index, path, text)
    if len(data) > MOST_FILE_BYTES:
        raise fault("file-too-large", path, index, size=len(data), most=MOST_FILE_BYTES)
    return data


def encoded(index: int, path: str, text: str) -> bytes:
    """A text of an operation as bytes. Raises ``Refusal('bad-text')``."""
    bad = "NUL" if "\0" in text else "half a character (a lone surrogate)" if _SURROGATE.search(text) else ""
    if bad:
        raise fault("bad-text", path, index, what=bad)
    return text.encode("utf-8")


def decoded(index: int, path: str, text: str) -> bytes:
    """The bytes that base64 stands for. Raises ``Refusal('bad-base64')``."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise fault("bad-base64", path, index) from None
