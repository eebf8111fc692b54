"""Patch batches out of what agents and people write: diffs, search/replace blocks, the apply_patch format, batches."""

from __future__ import annotations

from typing import Literal

from bot.contracts.patch import PatchBatch
from bot.patching.bridges.desk import Desk, Read
from bot.patching.bridges.diff import Diff
from bot.patching.bridges.diff_read import DiffReader
from bot.patching.bridges.payload import Payload

Format = Literal["auto", "diff", "search-replace", "apply-patch", "json", "yaml"]


def convert(payload: bytes, format: Format, read: Read, *, base: str = "", name: str = "patch") -> PatchBatch:  # noqa: A002
    """X."""
    desk = Desk(Payload(payload, name), read)
    reader = DiffReader(desk)
    at = 0
    while at < len(desk.payload):
        at = reader.read(at, None) or at + 1
    Diff(desk).apply(reader.sections)
    operations = desk.operations()
    return PatchBatch(version=1, operations=operations, **({"base": base} if base else {}))
