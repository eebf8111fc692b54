"""``graftsman patch``: batches on a local repository, without GitHub or network."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from bot.cli.outcome import WORDS, emit, ending
from bot.cli.patch_stream import stream
from bot.errors import Place, Refusal, UsageError
from bot.git.repository import CommitInfo
from bot.patching.apply import Applied
from bot.patching.batch import batch_id, members
from bot.patching.bridges import Format
from bot.patching.unified import unified
from bot.workflows import names
from bot.workflows.patches import Local, PatchResult, result_of

MOST_BYTES = 64 << 20
BAR = 40

File = Annotated[str, typer.Argument(help="A diff, search/replace blocks, an apply_patch text, a batch; - is stdin.")]
Repo = Annotated[Path, typer.Option("--repo", help="The repository, bare or not. Its work tree is never touched.")]
Base = Annotated[
    str | None, typer.Option("--base", help="The revision it was written for; by default the batch's own, else HEAD.")
]
Onto = Annotated[str | None, typer.Option("--onto", help="Replay it onto this newer revision.")]
Kind = Annotated[str, typer.Option("--format", help="auto, diff, search-replace, apply-patch, json or yaml.")]
Lift = Annotated[bool, typer.Option("--allow-protected", help="Let it touch protected paths, workflows for example.")]
Loose = Annotated[bool, typer.Option("--no-syntax-check", help="Do not refuse what breaks a source file's syntax.")]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")]

FORMATS = ("auto", "diff", "search-replace", "apply-patch", "json", "yaml")


def make_app() -> typer.Typer:
    """The commands below ``graftsman patch``."""
    app = typer.Typer(help="Patch batches on a local repository.", no_args_is_help=True)
    app.command("apply")(apply_command)
    app.command("convert")(convert_command)
    app.command("check")(check_command)
    app.command("explain")(explain_command)
    app.command("stream")(stream_command)
    return app


class _Request:
    """One payload on one base."""

    def __init__(
        self, file: str, repo: Path, base: str | None, kind: str, *, lift: bool = False, loose: bool = False
    ) -> None:
        self.local = Local(repo, lift_protection=lift, check_syntax=not loose)
        payload = read_payload(file)
        name = "standard input" if file == "-" else Path(file).name
        start = self.local.info(base or "HEAD")
        self.batch = self.local.convert(payload, format_of(kind, file), start, name, named=base is not None)
        self.base: CommitInfo = self.local.info(self.batch.base or start.oid)

    def applied(self, onto: str | None) -> tuple[Applied, CommitInfo] | None:
        """What it makes of its base, or of a newer one."""
        return self.local.applied(self.base, self.batch, onto)


def format_of(kind: str, file: str = "") -> Format:
    """The format by its name; ``auto`` for a file that says by its ending what it is. ``UsageError`` for others."""
    if kind not in FORMATS:
        raise UsageError(f"--format is one of {', '.join(FORMATS)}")
    by_ending: dict[str, Format] = {".json": "json", ".yml": "yaml", ".yaml": "yaml"}
    found: Any = by_ending.get(Path(file).suffix.lower(), "auto") if kind == "auto" else kind
    chosen: Format = found
    return chosen


def read_payload(file: str) -> bytes:
    """A payload's bytes. Raises ``Refusal`` when it cannot be read, or is too large."""
    try:
        if file == "-":
            data = sys.stdin.buffer.read(MOST_BYTES + 1)
        else:
            with Path(file).open("rb") as opened:
                data = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise Refusal("patch-unreadable", Place(file), {"file": file, "why": error.strerror or "?"}) from None
    if len(data) > MOST_BYTES:
        raise Refusal("too-large", Place(file), {"size": len(data), "most": MOST_BYTES})
    return data


def apply_command(
    file: File,
    repo: Repo = Path(),
    base: Base = None,
    onto: Onto = None,
    kind: Kind = "auto",
    branch: Annotated[
        str | None, typer.Option("--branch", help="The branch that gets the commit; made when it is not there.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing, not one object.")] = False,
    allow_protected: Lift = False,
    no_syntax_check: Loose = False,
    as_json: Json = False,
) -> None:
    """Write one branch with one commit of a batch, whole and exact, or refuse it."""

    def work() -> None:
        request = _Request(file, repo, base, kind, lift=allow_protected, loose=no_syntax_check)
        local, batch = request.local, request.batch
        if dry_run:
            result = local.examine(request.base.oid, batch, onto=onto)
            _show(result, None, "dry run, nothing written", as_json=as_json)
            return
        made, result = local.commit(request.base.oid, batch, onto=onto)
        name = branch or names.patch_branch(None, result.id)
        state = local.start_branch(name, made, result.base)
        _show(result, {"commit": made, "branch": name, "state": state}, f"{name} ({state})", as_json=as_json)
        if not as_json:
            WORDS.print(f"Look at it with: git show {name}", markup=False)

    ending(work)


def convert_command(
    file: File,
    repo: Repo = Path(),
    base: Base = None,
    kind: Kind = "auto",
) -> None:
    """Print a payload as a native batch (JSON), its places checked against the repository."""
    ending(lambda: emit(members(_Request(file, repo, base, kind).batch)))


def check_command(
    file: File,
    repo: Repo = Path(),
    base: Base = None,
    onto: Onto = None,
    kind: Kind = "auto",
    allow_protected: Lift = False,
    no_syntax_check: Loose = False,
    as_json: Json = False,
) -> None:
    """Say whether a batch would apply; exit code 3 and every reason when it would not. Writes nothing."""

    def work() -> None:
        request = _Request(file, repo, base, kind, lift=allow_protected, loose=no_syntax_check)
        result = request.local.examine(request.base.oid, request.batch, onto=onto)
        _show(result, None, "it applies", as_json=as_json)

    ending(work)


def explain_command(
    file: File,
    repo: Repo = Path(),
    base: Base = None,
    onto: Onto = None,
    kind: Kind = "auto",
    allow_protected: Lift = False,
    no_syntax_check: Loose = False,
) -> None:
    """Show what a batch would do: each operation with the lines it found, and the whole change as a diff."""

    def work() -> None:
        request = _Request(file, repo, base, kind, lift=allow_protected, loose=no_syntax_check)
        done = request.applied(onto)
        if done is None:
            WORDS.print("All of it is there already.")
            return
        applied, target = done
        WORDS.print(_table(result_of(batch_id(request.batch), applied, target, target.tree), "would apply"))
        for line in _places(applied):
            WORDS.print(line, markup=False)
        sys.stdout.buffer.write(unified(request.local.opened.tree(target.tree), applied))

    ending(work)


def stream_command(
    repo: Annotated[Path | None, typer.Option("--repo", help="The repository of requests that name none.")] = None,
    allow_protected: Lift = False,
) -> None:
    """One JSON request a line on standard input, one JSON answer a line on standard output, in order."""
    ending(lambda: stream(sys.stdin.buffer, sys.stdout, repo, lift_protection=allow_protected))


def _show(result: PatchResult, more: dict[str, Any] | None, state: str, *, as_json: bool) -> None:
    if as_json:
        emit({**asdict(result), **(more or {})})
        return
    WORDS.print(_table(result, state))
    if result.replayed_from is not None:
        WORDS.print(f"Replayed from {result.replayed_from[:12]} onto {result.base[:12]}.", markup=False)
    for note in result.notes:
        WORDS.print(f"Look at: {note}", markup=False)


def _table(result: PatchResult, state: str) -> Table:
    table = Table(title=f"Batch {result.id[:12]} on {result.base[:12]}: {state}")
    table.add_column("file")
    table.add_column("lines", justify="right")
    table.add_column("")
    most = max([1, *(each.added + each.removed for each in result.files)])
    for each in result.files:
        name = each.path if each.source in {None, each.path} else f"{each.source} -> {each.path}"
        scale = min(1.0, BAR / most)
        plus, minus = round(each.added * scale), round(each.removed * scale)
        kind = " (new)" if each.source is None else " (deleted)" if each.mode is None else ""
        bar = f"[green]{'+' * plus}[/][red]{'-' * minus}[/]"
        table.add_row(_safe(name + kind), f"+{each.added} -{each.removed}", bar)
    return table


def _safe(text: str) -> str:
    return escape(text.encode("utf-8", "backslashreplace").decode())


def _places(applied: Applied) -> list[str]:
    found = []
    for change in applied.files:
        lines = {index: (first, last) for first, last, index in change.spans}
        for index in change.operations:
            where = _where(*lines[index]) if index in lines else ""
            found.append(f"operation {index}: {applied.batch.operations[index].op} {change.path}{where}")
    return found


def _where(first: int, last: int) -> str:
    if last < first:
        return f", before line {first}"
    return f", line {first}" if first == last else f", lines {first} to {last}"
