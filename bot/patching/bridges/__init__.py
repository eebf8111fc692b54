"""Patch batches out of what agents and people write: diffs, search/replace blocks, the apply_patch format, batches."""

from __future__ import annotations

from typing import Any, Literal

from bot.contracts.patch import PatchBatch
from bot.errors import Place, Refusal
from bot.patching.batch import load_batch
from bot.patching.bridges.answer import Answer, Kind, Native
from bot.patching.bridges.apply_patch import Patch
from bot.patching.bridges.desk import Desk, Executable, Near, Read
from bot.patching.bridges.diff import Diff
from bot.patching.bridges.payload import Payload
from bot.patching.bridges.search_replace import Blocks

Format = Literal["auto", "diff", "search-replace", "apply-patch", "json", "yaml"]


def convert(
    payload: bytes,
    format: Format,  # noqa: A002
    read: Read,
    *,
    base: str = "",
    name: str = "patch",
    executable: Executable = lambda _: False,
    near: Near = lambda _: "",
) -> PatchBatch:
    """The batch that a payload stands for, its coordinates those of the base.

    ``read`` gives a file's bytes at the base, ``None`` where there is no ordinary file. ``base`` is its full oid.
    ``name`` is the payload's, for places. ``executable`` says whether a file at the base is so: a diff that copies one
    does not. ``near`` names the file that was probably meant by one that is not there, or is ``""``. Operations are
    exact and pinned to the blobs that were read: what is applied is what was found here.

    Raises ``Refusal`` with all that is wrong (``also``): what cannot be read, is not found, or could be meant in
    several ways. Nothing is guessed.
    """
    whole = Payload(payload, name)
    if format in {"json", "yaml"} and not _is_fenced(whole):
        return _native([Native(0, "json" if format == "json" else "yaml", whole.data)], base, name)
    desk = Desk(whole, read, executable, near)
    answer = Answer(desk)
    answer.read()
    kind = _only_kind(answer, format, desk)
    if kind in {"json", "yaml"}:
        desk.faults.check()
        return _native(answer.natives, base, name)
    if kind == "diff":
        Diff(desk).apply(answer.diffs.sections)
    elif kind == "search-replace":
        Blocks(desk).apply(answer.blocks.blocks)
    else:
        Patch(desk).apply(answer.patches.parts)
    operations = desk.operations()
    return PatchBatch(version=1, operations=operations, **({"base": base} if base else {}))


def _is_fenced(payload: Payload) -> bool:
    return any(line.startswith((b"```", b"~~~")) for line in payload.lines)


def _only_kind(answer: Answer, format: Format, desk: Desk) -> Kind:  # noqa: A002
    """The one kind of patch that the payload holds, which must be the one that the caller names."""
    kinds = answer.kinds
    if not kinds or (format != "auto" and format not in {kind for _, kind in kinds}):
        desk.faults.check()
        raise Refusal("patch-not-recognised", desk.payload.place(0), {"format": "" if format == "auto" else format})
    if len(kinds) > 1:
        names = [kind for _, kind in kinds]
        raise Refusal("patch-mixed", desk.payload.place(kinds[1][0]), {"kinds": names})
    return kinds[0][1]


def _native(natives: list[Native], base: str, name: str) -> PatchBatch:
    """Native batches as one: their operations in order, everything else from the first that says it."""
    batches = [load_batch(each.data, each.format, name) for each in natives]
    bases = [(each.at, batch.base) for each, batch in zip(natives, batches, strict=True) if batch.base]
    first = base or (bases[0][1] if bases else "")
    for at, other in bases:
        if other != first:
            raise Refusal("base-differs", Place(name, at + 1), {"given": other, "base": first})
    members: dict[str, Any] = {
        key: next((value for batch in batches if (value := getattr(batch, key)) is not None), None)
        for key in ("task", "requester", "reason")
    }
    operations = tuple(each for batch in batches for each in batch.operations)
    return PatchBatch(version=1, operations=operations, **members | ({"base": first} if first else {}))
