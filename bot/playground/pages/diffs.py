"""Unified diffs with line numbers; large ones folded, very large ones cut."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Sequence

from bot.playground.git_diff import FileChange
from bot.playground.git_store import EMPTY_TREE, GitStore
from bot.playground.pages.html import Safe, el, escape, join, plural

FOLD = 300
"""Lines of a file above which its diff begins folded."""
OPEN = 40
"""How many files begin unfolded."""
FILES, LINES, WIDTH = 400, 20_000, 1_000
"""The most files and lines of a page, and characters of a line."""
_SIDES = {"+": (False, True, ' class="add"'), "-": (True, False, ' class="del"'), " ": (True, True, "")}
"""By the sign of a line: whether it is in the old file, in the new one, and its class."""
_KEPT: dict[tuple[str, str, str], Safe] = {}
"""Diffs made already: between two commits they never change."""
KEPT = 32
_HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")


def _rows(patch: str) -> Iterator[Safe]:
    """The lines, written out by hand: a page may have thousands."""
    old = new = 0
    for line in patch.split("\n"):
        if hunk := _HUNK.match(line):
            old, new = int(hunk[1]), int(hunk[2])
            yield Safe(f'<tr class="hunk"><td colspan="2">…</td><td>{escape(line)}</td></tr>')
            continue
        words = line if len(line) <= WIDTH else f"{line[:WIDTH]} … ({len(line) - WIDTH} more characters)"
        before, after, kind = _SIDES.get(line[:1], (False, False, ""))
        numbers = f"{_number(old if before else None)}{_number(new if after else None)}"
        yield Safe(f"<tr{kind}>{numbers}<td>{escape(words)}</td></tr>")
        old += before
        new += after


def _number(number: int | None) -> str:
    return f'<td class="number">{"" if number is None else number}</td>'


def _none(change: FileChange) -> str:
    if change.status in {"renamed", "copied"}:
        return "Moved without a change."
    if change.status == "added":
        return "An empty or binary file."
    return "A binary file, or a change of mode only."


def _file(change: FileChange, patch: str | None, *, folded: bool) -> Safe:
    name = f"{change.previous} → {change.path}" if change.previous else change.path
    counts = join(
        el("span", f"+{change.additions}", class_="plus"), " ", el("span", f"−{change.deletions}", class_="minus")
    )
    summary = el("summary", el("span", change.status, class_="mark"), " ", el("code", name), " ", counts)
    if patch is None:
        body = el("p", _none(change), class_="muted")
    else:
        body = el("div", el("table", el("tbody", list(_rows(patch))), class_="diff"), class_="scroll")
    return el("details", summary, body, class_="file", open=not folded)


def show(changes: Sequence[FileChange], patches: Sequence[str | None]) -> Safe:
    """All files of a diff."""
    files, lines = [], 0
    for at, (change, patch) in enumerate(zip(changes, patches, strict=True)):
        size = patch.count("\n") + 1 if patch else 0
        lines += size
        if at >= FILES or (lines > LINES and at):
            rest = f"{plural(len(changes) - at, 'more file')} not shown here: look at the branch with git."
            files.append(el("p", rest, class_="muted"))
            break
        files.append(_file(change, patch, folded=size > FOLD or at >= OPEN))
    plus, minus = sum(one.additions for one in changes), sum(one.deletions for one in changes)
    head = el(
        "p",
        plural(len(changes), "changed file"), ": ",
        el("span", f"+{plus:,}", class_="plus"), " ", el("span", f"−{minus:,}", class_="minus"),
        class_="totals",
    )  # fmt: skip
    return join(head, *files)


async def between(store: GitStore, base: str, head: str) -> Safe:
    """The diff from one commit (or tree) to another."""
    key = (str(store.path), base, head)
    if key not in _KEPT:
        shown = await asyncio.to_thread(show, await store.diff(base, head), await store.patches(base, head))
        while len(_KEPT) >= KEPT:
            del _KEPT[next(iter(_KEPT))]
        _KEPT[key] = shown
    return _KEPT[key]


async def of_commit(store: GitStore, oid: str) -> Safe:
    """What a commit changed, against its first parent."""
    commit = await store.commit(oid)
    return await between(store, commit.parents[0] if commit and commit.parents else EMPTY_TREE, oid)
