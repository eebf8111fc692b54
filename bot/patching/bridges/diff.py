"""What unified diffs do: each section becomes a change of one file, placed by its context."""

from __future__ import annotations

from typing import Any, Final

from bot.patching.bridges.desk import SHORTEST_OID, Change, Desk
from bot.patching.bridges.diff_model import Section
from bot.patching.bridges.diff_names import Differ, Names, resolve
from bot.patching.bridges.diff_place import place
from bot.patching.bridges.draft import File
from bot.patching.text import bare, blob_oid, shown
from bot.source.hunks import Hunk, join

EMPTY_BLOB: Final = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
MODES: Final = frozenset({b"100644", b"100755"})


class Diff:
    """Carries sections to the desk. Every hunk is placed in the file as it is at the base."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._hunks: list[tuple[Change, Section]] = []

    def apply(self, sections: list[Section]) -> None:
        """Do what these sections say."""
        for section in sections:
            with self._desk.faults.noting():
                self._section(section)
        joined: dict[int, tuple[Change, list[Section]]] = {}
        for change, section in self._hunks:
            joined.setdefault(id(change), (change, []))[1].append(section)
        for change, parts in joined.values():
            if change.deleted:
                self._desk.conflict(change.path, change.at, parts[0].at)
            elif change.file is not None:
                change.hunks = self._place(change.path, change.file, parts)

    def _place(self, path: str, file: File, sections: list[Section]) -> list[Hunk]:
        """What the hunks of a file make of it. It is sure where git names the blobs before and after, and they fit."""
        hunks = [hunk for section in sections for hunk in section.hunks]
        old, new = sections[0].oids if len(sections) == 1 else ("", "")
        is_sure = len(new) >= SHORTEST_OID and len(old) >= SHORTEST_OID and file.oid.startswith(old)
        if is_sure and any(hunk.only_adds for hunk in hunks):
            found = place(path, file, hunks, self._desk, as_given=True)
            if blob_oid(join(file.lines, found)).startswith(new):
                return found
        return place(path, file, hunks, self._desk)

    def _bad(self, section: Section, reason: str) -> None:
        self._desk.faults.add("bad-diff-header", self._desk.payload.place(section.at), reason=reason)

    def _section(self, section: Section) -> None:
        at, faults, payload = section.at, self._desk.faults, self._desk.payload
        names = resolve(section, self._desk.exists, self._desk.is_blob)
        if isinstance(names, Differ):
            faults.add("diff-names-differ", payload.place(at), old=shown(names.old), new=shown(names.new))
            return
        if names is None:
            self._bad(section, "it does not say which one file it is about")
            return
        path, to = self._desk.path(names.path, at), self._desk.path(names.to, at)
        if path is None or to is None or not self._has_good_modes(section, to):
            return
        if section.broken:
            return
        if section.binary is not None:
            faults.add("binary-patch", payload.place(section.binary), path=to)
        elif not section.hunks and not _says_all(section, names):
            self._bad(section, "no hunk follows it")
        else:
            self._carry_out(section, names, path, to)

    def _carry_out(self, section: Section, names: Names, path: str, to: str) -> None:
        if names.kind == "new" or (names.kind == "edit" and self._makes(section, path)):
            self._create(section, path)
        elif names.kind == "copy":
            self._copy(section, path, to)
        elif (change := self._desk.edit(path, section.at, of_base=True)) is None:
            return
        elif names.kind == "delete":
            self._delete(section, change)
        else:
            self._edit(section, change, to)

    def _has_good_modes(self, section: Section, path: str) -> bool:
        """Whether every mode that is named is that of an ordinary file."""
        modes = [section.marks.get(key) for key in ("old mode", "new mode", "new file mode", "deleted file mode")]
        index = section.marks.get("index", b"").split()
        modes += index[1:2]
        bad = [mode for mode in modes if mode is not None and mode.strip() not in MODES]
        if bad:
            self._desk.faults.add("bad-mode", self._desk.payload.place(section.at), path=path, mode=shown(bad[0], 40))
        return not bad

    def _makes(self, section: Section, path: str) -> bool:
        """Whether its only hunk says that the old file is empty, and there is none."""
        only = section.hunks[0] if len(section.hunks) == 1 else None
        empty = only is not None and only.only_adds and only.start == 0
        return empty and self._desk.base(path) is None

    def _create(self, section: Section, path: str) -> None:
        lines = [line for hunk in section.hunks for line in hunk.lines]
        old = next((hunk for hunk in section.hunks if not hunk.only_adds), None)
        cut = next((hunk for hunk in section.hunks if any(not line.ended for line in hunk.lines[:-1])), None)
        if cut is None and any(not hunk.lines[-1].ended for hunk in section.hunks[:-1]):
            cut = section.hunks[0]
        if old is not None or cut is not None:
            bad, reason = (
                (old, "a new file has added lines only") if old else (cut, "only the last line can lack its end")
            )
            at = bad.at if bad is not None else section.at
            self._desk.faults.add("bad-hunk", self._desk.payload.place(at), reason=reason, text=path)
            return
        mode: Any = "100755" if section.marks.get("new file mode", b"").strip() == b"100755" else "100644"
        self._desk.create(path, b"".join(line.whole for line in lines), section.at, mode)

    def _copy(self, section: Section, path: str, to: str) -> None:
        source = self._desk.base(path)
        if source is None:
            self._desk.missing(path, section.at)
            return
        data = join(source.lines, self._place(path, source, [section]))
        mode: Any = "100755" if self._is_executable(section, path) else "100644"
        self._desk.create(to, data, section.at, mode)

    def _is_executable(self, section: Section, path: str) -> bool:
        """Whether a copy is executable: what the diff says of it, else as the file that is copied."""
        said = section.marks.get("new mode", b"").strip() or section.marks.get("index", b"").partition(b" ")[2].strip()
        return said == b"100755" if said else self._desk.executable(path)

    def _delete(self, section: Section, change: Change) -> None:
        if change.file is not None and not _shows(section, change.file):
            self._desk.faults.add("deletion-differs", self._desk.payload.place(section.at), path=change.path)
        self._desk.delete(change, section.at)

    def _edit(self, section: Section, change: Change, to: str) -> None:
        if change.file is None:
            self._desk.conflict(change.path, section.at, change.at)
            return
        if to != change.path:
            self._desk.move(change, to, section.at)
        mode = section.marks.get("new mode")
        if mode is not None:
            change.mode = "100755" if mode.strip() == b"100755" else "100644"
        if section.hunks:
            self._hunks.append((change, section))


def _says_all(section: Section, names: Names) -> bool:
    """Whether a section without hunks does something: it was not cut off."""
    if names.kind == "edit":
        return "new mode" in section.marks
    return names.kind != "new" or ("new file mode" in section.marks and EMPTY_BLOB.startswith(section.oids[1]))


def _shows(section: Section, file: File) -> bool:
    """Whether a deletion shows the whole file; one that shows nothing must name its blob, if any."""
    if not section.hunks:
        return file.oid.startswith(section.oids[0])
    lines = [line for hunk in section.hunks for line in hunk.lines]
    if any(line.sign == b"+" for line in lines):
        return False
    whole = [line.whole for line in lines] == file.lines
    loose = [line.bare for line in lines] == [bare(line) for line in file.lines]
    return whole or (loose and (file.unended or all(line.ended for line in lines)))
