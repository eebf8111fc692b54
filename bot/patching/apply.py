"""Applies a patch batch to a tree, in memory: all of it, or a refusal with everything that is wrong (law 4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, Literal

from bot.contracts.patch import Create, Edited, PatchBatch
from bot.contracts.tree import EXECUTABLE, FILE, Edit, Entry, Put, Remove, Tree, Write
from bot.patching import gate, parsing
from bot.patching.coordinates import Budget
from bot.patching.faults import Faults, fault, too_large
from bot.patching.ground import Ground, file_mode, kind_of
from bot.patching.landing import Landing
from bot.patching.layout import FilePlan, Layout, lay_out
from bot.patching.near_paths import NearPaths
from bot.patching.policy import MOST_FILE_BYTES, Policy
from bot.patching.splice import Edit as TextEdit
from bot.patching.splice import pieces, splice, spliced, whole_lines
from bot.patching.text import Text, is_text, split
from bot.source.hunks import Hunk

DEFAULT: Final = Policy()
_MODES: Final = {"100644": FILE, "100755": EXECUTABLE}
GOVERNING: Final = ("codeowners", ".github/")
"""Files that say who may do what, or that run: the lower-case name, or the folder."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that a reviewer should look at; never a reason to stop."""

    code: Literal["becomes-executable", "governs-the-repository", "syntax-not-checked", "file-deleted"]
    path: str
    operation: int
    line: int = 1


@dataclass(frozen=True)
class FileChange:
    """What happens to one file."""

    path: str
    """Where it is afterwards; for a deleted file, where it was."""
    source: str | None
    """Where it was; ``None`` for a new file."""
    before: Entry | None
    mode: int | None
    """Afterwards; ``None`` for a deleted file."""
    data: bytes | None
    """Its new bytes; ``None`` where they are what they were, or are gone."""
    text: Text | None = None
    """What it was, where it was read."""
    splices: tuple[tuple[int, int, bytes], ...] = ()
    """Byte spans of the old text, in order and apart, each with what comes in its place."""
    operations: tuple[int, ...] = ()
    """The indexes of those that did it."""
    spans: tuple[tuple[int, int, int], ...] = ()
    """For each operation on its text: first and last line of the old text (from 1), and the operation's index."""

    @cached_property
    def hunks(self) -> tuple[Hunk, ...]:
        """The change as whole lines of the old and of the new text; none for what is no text."""
        if self.before is None:
            new = tuple(split(self.data)) if self.data is not None and is_text(self.data) else ()
            return (Hunk(0, 0, new),) if new else ()
        if self.text is None:
            return ()
        if self.mode is None:
            return (Hunk(0, self.text.count, ()),) if is_text(self.text.data) and self.text.count else ()
        return tuple(whole_lines(self.text, self.splices))

    @property
    def changes(self) -> bool:
        """Whether anything is otherwise than before."""
        if self.before is None or self.mode is None or self.source != self.path:
            return True
        return self.data is not None or self.mode != file_mode(self.before)

    @property
    def added(self) -> int:
        """Lines that are new."""
        return sum(len(hunk.new) for hunk in self.hunks)

    @property
    def removed(self) -> int:
        """Lines that are gone."""
        return sum(hunk.end - hunk.start for hunk in self.hunks)


@dataclass(frozen=True, slots=True)
class Applied:
    """What a batch makes of a tree. Without edits there is nothing to do."""

    batch: PatchBatch
    files: tuple[FileChange, ...]
    """Sorted by path."""
    edits: tuple[Edit, ...]
    """For the writer: what goes away first, then what comes."""
    notes: tuple[Note, ...] = field(default=())

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path that is written or removed, sorted."""
        return tuple(sorted({edit.path for edit in self.edits}))


def apply(tree: Tree, batch: PatchBatch, policy: Policy = DEFAULT) -> Applied:
    """The edits that a batch makes of a tree. Nothing is written: the same input gives the same edits.

    Raises ``Refusal`` with the first fault, the others in ``also``; its place holds file, line and operation.
    """
    texts = gate.check(batch, policy)
    layout = lay_out(batch)
    work = _Work(Ground(tree), policy, texts)
    files = work.files(layout)
    work.faults.check()
    work.check_syntax(files)
    work.faults.check()
    kept = tuple(sorted((change for change in files if change.changes), key=lambda change: change.path))
    return Applied(batch, kept, _edits(kept), tuple(_notes(kept, work.unchecked)))


class _Work:
    def __init__(self, ground: Ground, policy: Policy, texts: list[bytes]) -> None:
        self.ground = ground
        self.near = NearPaths(ground)
        self.policy = policy
        self.texts = texts
        self.faults = Faults()
        self.budget = Budget()
        self.unchecked: dict[str, int] = {}
        self.held = 0

    def files(self, layout: Layout) -> list[FileChange]:
        """What happens to each file; what cannot happen goes to the faults."""
        found = [self._changed(plan) for plan in layout.files.values()]
        found += [self._deleted(path, index, operation) for path, (index, operation) in layout.deleted.items()]
        found += [self._created(path, index, create) for path, (index, create) in layout.created.items()]
        Landing(self.ground, layout.added, layout.removed).check(self.faults)
        return [change for change in found if change is not None]

    def _created(self, path: str, index: int, operation: Create) -> FileChange:
        return FileChange(path, None, None, _MODES[operation.mode], self.texts[index], operations=(index,))

    def _deleted(self, path: str, index: int, operation: Edited) -> FileChange | None:
        entry = self._file(path, index, operation)
        if entry is None:
            return None
        size = self.ground.tree.size(entry.oid)
        text = None
        if size <= parsing.MOST_BYTES and self.held + size <= self.policy.max_edited:  # else its lines are not counted
            self.held += size
            text = Text(self.ground.tree.read(entry.oid))
        return FileChange(path, path, entry, None, None, text, operations=(index,))

    def _changed(self, plan: FilePlan) -> FileChange | None:
        entry = None
        for index, operation in _operations(plan):
            entry = self._file(plan.source, index, operation)
            if entry is None:
                return None
        if entry is None:
            return None
        mode = _MODES[plan.chmod[1].mode] if plan.chmod is not None else file_mode(entry)
        indexes = tuple(sorted(index for index, _ in _operations(plan)))
        if not plan.edits:
            return FileChange(plan.path, plan.source, entry, mode, None, operations=indexes)
        return self._edited(plan, entry, mode, indexes)

    def _edited(self, plan: FilePlan, entry: Entry, mode: int, indexes: tuple[int, ...]) -> FileChange | None:
        first = plan.edits[0][0]
        size = self.ground.tree.size(entry.oid)
        if size > MOST_FILE_BYTES:
            self.faults.take(fault("file-too-large", plan.path, first, size=size, most=MOST_FILE_BYTES))
            return None
        self.held += size
        if self.held > self.policy.max_edited:
            raise too_large("bytes in the edited files", self.held, self.policy.max_edited)
        text = Text(self.ground.tree.read(entry.oid))
        if not is_text(text.data):
            self.faults.take(fault("binary-file", plan.path, first))
            return None
        edits = [TextEdit(index, operation, self.texts[index]) for index, operation in plan.edits]
        found = pieces(plan.path, text, edits, self.budget, self.faults)
        spans = splice(text, found)
        data = spliced(text.data, spans)
        if len(data) > MOST_FILE_BYTES:
            self.faults.take(fault("file-too-large", plan.path, first, size=len(data), most=MOST_FILE_BYTES))
            return None
        if data == text.data:
            return FileChange(plan.path, plan.source, entry, mode, None, operations=indexes)
        return FileChange(
            plan.path,
            plan.source,
            entry,
            mode,
            data,
            text,
            tuple(spans),
            indexes,
            tuple((*(spot.lines or (spot.gap + 1, spot.gap)), spot.edit.number) for spot, _ in found),
        )

    def _file(self, path: str, index: int, operation: object) -> Entry | None:
        """The ordinary file at a path, as the operation expects it."""
        there = self.ground.find(path)
        if there.blocker is not None:
            self.faults.take(fault("path-clash", path, index, blocker=there.blocker, kind=there.kind))
            return None
        entry = there.entry
        if entry is None:
            self.faults.take(fault("file-missing", path, index, nearest=self.near.find(path)))
            return None
        kind = kind_of(entry)
        if kind != "file":
            self.faults.take(fault("not-a-file", path, index, kind=kind))
            return None
        expected = operation.expect_blob if isinstance(operation, Edited) else None
        if expected is not None and expected != entry.oid:
            self.faults.take(fault("blob-differs", path, index, expected=expected, found=entry.oid))
            return None
        return entry

    def check_syntax(self, files: list[FileChange]) -> None:
        """Adds ``breaks-syntax`` for each source file that does not parse any more."""
        checker = parsing.Checker()
        for change in files:
            if change.data is None or not self.policy.check_syntax:
                continue
            old = change.text.data if change.text is not None else None
            verdict = checker.judge(change.path, change.data, old, lambda change=change: change.hunks)  # type: ignore[misc]
            if verdict.state == "broken":
                line = verdict.lines[0]
                shown = Text(change.data)
                excerpt = shown.line(line).decode("utf-8", "replace")[:200] if line <= shown.count else ""
                index = change.operations[0]
                self.faults.take(fault("breaks-syntax", change.path, index, line=line, excerpt=excerpt))
            elif verdict.state == "unchecked":
                self.unchecked[change.path] = change.operations[0]


def _operations(plan: FilePlan) -> list[tuple[int, object]]:
    """All operations on a file, the move and the change of mode first."""
    return [each for each in (plan.move, plan.chmod) if each is not None] + list(plan.edits)


def _edits(files: tuple[FileChange, ...]) -> tuple[Edit, ...]:
    gone: list[Edit] = []
    come: list[Edit] = []
    for change in files:
        if change.source is not None and (change.mode is None or change.source != change.path):
            gone.append(Remove(change.source))
        if change.mode is None:
            continue
        if change.data is not None:
            come.append(Write(change.path, change.mode, change.data))
        elif change.before is not None:
            come.append(Put(change.path, change.mode, change.before.oid))
    return (*gone, *come)


def _notes(files: tuple[FileChange, ...], unchecked: dict[str, int]) -> list[Note]:
    found = []
    for change in files:
        index = change.operations[0]
        if change.mode is None:
            found.append(Note("file-deleted", change.path, index))
        was = file_mode(change.before) if change.before is not None else FILE
        if change.mode == EXECUTABLE and was != EXECUTABLE:
            found.append(Note("becomes-executable", change.path, index))
        lower = change.path.lower()
        if lower.startswith(GOVERNING[1]) or lower.rpartition("/")[2] == GOVERNING[0]:
            found.append(Note("governs-the-repository", change.path, index))
        if change.path in unchecked:
            found.append(Note("syntax-not-checked", change.path, unchecked[change.path]))
    return found
