"""``graftsman spec-guard``: the spec guard on a local repository, without GitHub or network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from bot.cli.outcome import WORDS, emit, ending
from bot.errors import Place, Refusal, UsageError
from bot.planning.specs.index import index_is_stale
from bot.workflows.patches import Local
from bot.workflows.specs.guard_text import guard_title, row_of
from bot.workflows.specs.local import Judged, default_base, fixed_files, judge_local, report_of, write_fixes
from templates import printable, unmarked

REFUSED = 3


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is to be mended besides judging."""

    reviews: tuple[str, ...] = ()
    index: bool = False
    branch: str | None = None

    @property
    def any(self) -> bool:
        return bool(self.reviews or self.index)


def spec_guard_command(
    repo: Annotated[
        Path, typer.Option("--repo", help="The repository, bare or not. Its work tree is never touched.")
    ] = Path(),
    base: Annotated[
        str | None,
        typer.Option("--base", help="What the head goes into; by default the remote's default branch."),
    ] = None,
    head: Annotated[str, typer.Option("--head", help="The revision that is judged.")] = "HEAD",
    today: Annotated[str | None, typer.Option("--today", help="The day to judge by, YYYY-MM-DD (UTC).")] = None,
    record_review: Annotated[
        list[str] | None,
        typer.Option(
            "--record-review", help="Write today as last_review of this spec (id or path); may be given again."
        ),
    ] = None,
    update_index: Annotated[bool, typer.Option("--update-index", help="Write the index of the specs anew.")] = False,
    check_index: Annotated[
        bool, typer.Option("--check-index", help="Only say whether the head's index is that of its specs.")
    ] = False,
    branch: Annotated[
        str | None, typer.Option("--branch", help="The branch that gets the commit of what is written.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show everything, write nothing, and end with 0 whatever is found.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")] = False,
) -> None:
    """Judge a head's changes by the specs that cover them, or mend the records of its specs."""

    def work() -> int:
        local = Local(repo)
        wish = _Wish(tuple(record_review or ()), update_index, branch)
        if branch is not None and not wish.any:
            raise UsageError("--branch is for --record-review and --update-index")
        if check_index and wish.any:
            raise UsageError("--check-index writes nothing: leave --record-review and --update-index out")
        onto = base or default_base(local)
        if onto is None:
            if not (wish.any or check_index):
                raise UsageError("name what the head goes into: --base main, for example")
            onto = head
        judged = judge_local(local, onto, head, _day(today))
        if check_index:
            return _check_index(judged, dry_run=dry_run, as_json=as_json)
        if wish.any:
            return _mend(local, judged, wish, dry_run=dry_run, as_json=as_json)
        return _tell(judged, dry_run=dry_run, as_json=as_json)

    if code := ending(work):
        raise SystemExit(code)


def _day(text: str | None) -> date:
    if text is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError("--today is a day, written YYYY-MM-DD") from None


def _tell(judged: Judged, *, dry_run: bool, as_json: bool) -> int:
    verdict = judged.verdict
    failed = verdict.conclusion == "failure"
    if as_json or (failed and not dry_run):
        emit(report_of(judged).plain())
    _words(guard_title(verdict))
    if not verdict.approvals_checked:
        _words("Approvals are not checked here: they are reviews on GitHub.")
    for heading, findings in (("", verdict.worse), ("So before, and no failure:", verdict.old)):
        if heading and findings:
            _words(heading)
        for finding in findings:
            row = row_of(finding)
            _words(f"{row.place}: {row.severity}: {row.rule}: {unmarked(row.sentence)}")
            _words(f"    Next: {unmarked(row.step)}")
    if dry_run and verdict.fixes:
        _words(f"What could be mended: {', '.join(_options(judged))}")
    return REFUSED if failed and not dry_run else 0


def _options(judged: Judged) -> Sequence[str]:
    """The options that would mend what was found."""
    reviews = [f"--record-review {each.path}" for each in judged.verdict.findings if each.fix == "record-review"]
    return [*dict.fromkeys(reviews), *(["--update-index"] if "update-index" in judged.verdict.fixes else [])]


def _check_index(judged: Judged, *, dry_run: bool, as_json: bool) -> int:
    path = judged.case.rules.index
    stale = index_is_stale(judged.case.head)
    if stale and not dry_run:
        raise Refusal("index-stale", Place(path, 1), {"path": path})
    if as_json:
        emit({"index": path, "stale": stale})
    _words(f"{path} is {'not ' if stale else ''}that of the specs.")
    return 0


def _mend(local: Local, judged: Judged, wish: _Wish, *, dry_run: bool, as_json: bool) -> int:
    files = fixed_files(judged, wish.reviews, index=wish.index)
    said: dict[str, Any] = {"head": judged.head.oid, "paths": sorted(files), "dry_run": dry_run, "branch": None}
    if files and not dry_run:
        name, made, state = write_fixes(local, judged, files, wish.branch)
        said |= {"branch": name, "commit": made, "state": state}
    if as_json:
        emit(said)
    if not files:
        _words("Nothing to mend.")
    for path in said["paths"]:
        _words(f"{path} is written anew")
    if files:
        _words("Dry run, nothing written." if dry_run else f"{said['branch']} ({said['state']})")
    return 0


def _words(text: str) -> None:
    WORDS.print(printable(text), markup=False)
