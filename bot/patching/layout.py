"""Which file gets what: the operations of a batch put together by file, and the conflicts between them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar

from bot.contracts.patch import Chmod, Create, Delete, Move, PatchBatch, TextOperation
from bot.patching.faults import Faults, fault

T = TypeVar("T")


@dataclass(slots=True)
class FilePlan:
    """What happens to one file that is there at the base."""

    path: str
    """Where it is afterwards."""
    source: str
    """Where it is at the base."""
    move: tuple[int, Move] | None = None
    chmod: tuple[int, Chmod] | None = None
    edits: list[tuple[int, TextOperation]] = field(default_factory=list)

    @property
    def first(self) -> int:
        """The index of its first operation."""
        both = [each[0] for each in (self.move, self.chmod) if each is not None]
        return min([*both, *(index for index, _ in self.edits)])


@dataclass(slots=True)
class Layout:
    """A batch by file. Indexes are those of the operations."""

    created: dict[str, tuple[int, Create]] = field(default_factory=dict)
    deleted: dict[str, tuple[int, Delete]] = field(default_factory=dict)
    files: dict[str, FilePlan] = field(default_factory=dict)
    """By the path afterwards."""
    sources: dict[str, int] = field(default_factory=dict)
    """Paths that are moved away."""

    @property
    def added(self) -> dict[str, int]:
        """Every path where something new comes to stand."""
        moved = {plan.path: plan.move[0] for plan in self.files.values() if plan.move is not None}
        return {path: index for path, (index, _) in self.created.items()} | moved

    @property
    def removed(self) -> set[str]:
        """Every path from where something goes away."""
        return {*self.deleted, *self.sources}


def lay_out(batch: PatchBatch) -> Layout:
    """Puts a batch's operations together by file.

    Raises ``Refusal('operations-conflict')`` where two of them cannot both be meant.
    """
    layout, faults = Layout(), Faults()
    for index, operation in enumerate(batch.operations):  # first all that makes and removes paths
        if isinstance(operation, Create):
            _once(layout.created, operation.path, (index, operation), faults, "is created")
        elif isinstance(operation, Delete):
            _once(layout.deleted, operation.path, (index, operation), faults, "is deleted")
        elif isinstance(operation, Move):
            _move(layout, index, operation, faults)
    _crossed(layout, faults)
    for index, operation in enumerate(batch.operations):
        if isinstance(operation, Create | Delete | Move):
            continue
        plan = _edited(layout, index, operation, faults)
        if plan is None:
            continue
        if not isinstance(operation, Chmod):
            plan.edits.append((index, operation))
        elif plan.chmod is not None:
            _conflict(faults, operation.path, index, plan.chmod[0], "gets its mode")
        else:
            plan.chmod = (index, operation)
    faults.check()
    return layout


def _once(known: dict[str, tuple[int, T]], path: str, value: tuple[int, T], faults: Faults, what: str) -> None:
    if path in known:
        _conflict(faults, path, value[0], known[path][0], what)
    else:
        known[path] = value


def _move(layout: Layout, index: int, operation: Move, faults: Faults) -> None:
    if operation.path in layout.sources:
        _conflict(faults, operation.path, index, layout.sources[operation.path], "is moved away")
        return
    layout.sources[operation.path] = index
    before = layout.files.get(operation.to)
    if before is not None:
        _conflict(faults, operation.to, index, before.first, "is moved there")
    else:
        layout.files[operation.to] = FilePlan(operation.to, operation.path, (index, operation))


def _crossed(layout: Layout, faults: Faults) -> None:
    for path, (index, _) in layout.created.items():
        if path in layout.files:
            _conflict(faults, path, index, layout.files[path].first, "is moved there")
        elif path in layout.deleted:
            _conflict(faults, path, index, layout.deleted[path][0], "is deleted")
    for path, (index, _) in layout.deleted.items():
        if path in layout.sources:
            _conflict(faults, path, index, layout.sources[path], "is moved away")


def _edited(layout: Layout, index: int, operation: TextOperation | Chmod, faults: Faults) -> FilePlan | None:
    path = operation.path
    if path in layout.created:
        _conflict(faults, path, index, layout.created[path][0], "is created")
        return None
    if path not in layout.files:
        if path in layout.deleted:
            _conflict(faults, path, index, layout.deleted[path][0], "is deleted")
            return None
        if path in layout.sources:
            _conflict(faults, path, index, layout.sources[path], "is moved away")
            return None
        layout.files[path] = FilePlan(path, path)
    return layout.files[path]


def _conflict(faults: Faults, path: str, index: int, other: int, what: str) -> None:
    faults.take(fault("operations-conflict", path, index, other=other, what=what))
