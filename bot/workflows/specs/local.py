"""The spec guard on a local repository: no GitHub, no network, no work tree. Approvals are not checked here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from bot.config import RepositorySettings
from bot.contracts.refusal import RefusedFault, RefusedPlace
from bot.contracts.spec import ReportedFinding, SpecReport
from bot.contracts.tree import EXECUTABLE, FILE, Write
from bot.errors import Place, Refusal
from bot.git.messages import with_trailers
from bot.git.objects import GitTree
from bot.git.repository import CommitInfo
from bot.planning.specs.fixes import record_reviews
from bot.planning.specs.judge import judge
from bot.planning.specs.model import Case, Finding, Spec, Verdict
from bot.planning.specs.read import entry_at
from bot.workflows import names
from bot.workflows.migrate import LOCAL
from bot.workflows.migrations.migration import settings_of
from bot.workflows.patches import Local
from bot.workflows.specs.case import case_of
from bot.workflows.specs.guard_text import message
from templates import printable, render

REMOTE_HEAD = "refs/remotes/origin/HEAD"


@dataclass(frozen=True, slots=True)
class Judged:
    """A head that was judged, and on what."""

    base: CommitInfo
    head: CommitInfo
    tree: GitTree
    """The head's."""
    case: Case
    verdict: Verdict


def judge_local(local: Local, base: str, head: str, today: date) -> Judged:
    """Judges what ``head`` changed since it left ``base``, by the settings of ``base``. Raises ``Refusal``."""
    target, tip = local.info(base), local.info(head)
    settings = settings_of(local.opened.tree(target.tree)) or RepositorySettings()
    left = local.opened.merge_base(target.oid, tip.oid)
    before = target if left is None else local.info(left)
    tree = local.opened.tree(tip.tree)
    case = case_of(local.opened.tree(before.tree), tree, settings.spec, today)
    return Judged(before, tip, tree, case, judge(case))


def report_of(judged: Judged) -> SpecReport:
    """The verdict for programs."""
    verdict = judged.verdict
    return SpecReport.model_construct(
        version=1,
        base=judged.base.oid,
        head=judged.head.oid,
        today=judged.case.today,
        conclusion=verdict.conclusion,
        approvals="checked" if verdict.approvals_checked else "not-checked",
        findings=tuple(_reported(finding) for finding in verdict.findings),
        refused=tuple(_refused(finding) for finding in verdict.findings if finding.severity == "failure"),
    )


def fixed_files(judged: Judged, reviews: Sequence[str], *, index: bool) -> dict[str, bytes]:
    """The files that fixes make of the head, by path: today's review in some specs (by id or path), and the index.

    Raises ``Refusal``: ``unknown-spec``, and those of ``bot.planning.specs.fixes``.
    """
    specs = judged.case.head
    chosen = {_spec(specs.specs, name).path for name in reviews}
    files = {path: judged.tree.read(entry.oid) for path in chosen if (entry := entry_at(judged.tree, path))}
    return record_reviews(specs, files, chosen, judged.case.today, judged.case.rules.index, always_index=index)


def write_fixes(local: Local, judged: Judged, files: dict[str, bytes], branch: str | None) -> tuple[str, str, str]:
    """Writes a branch with one commit of fixes on the head. Gives branch, commit and what became of the branch.

    Raises ``Refusal('nothing-to-commit')``, and those of a branch that is in the way.
    """
    if not files:
        raise Refusal("nothing-to-commit")
    edits = []
    for path, data in sorted(files.items()):
        entry = entry_at(judged.tree, path)
        executable = entry is not None and entry.mode == EXECUTABLE
        edits.append(Write(path, EXECUTABLE if executable else FILE, data))
    text = render("commits/specs.txt", paths=sorted(files), today=judged.case.today)
    trailers = {names.SOURCE_TRAILER: names.SPEC_CHECK, names.BASE_TRAILER: judged.head.oid}
    with local.writer(dry_run=False) as writer:
        tree = writer.apply(judged.head.tree, edits)
        made = writer.commit(tree, [judged.head.oid], with_trailers(text, trailers), LOCAL, judged.head.time)
        writer.flush()
    name = branch or f"{names.BRANCHES}specs/{made[:12]}"
    return name, made, local.start_branch(name, made, judged.head.oid)


def default_base(local: Local) -> str | None:
    """The remote's default branch, where the repository knows it."""
    return REMOTE_HEAD if local.opened.refs(REMOTE_HEAD) else None


def _spec(specs: Sequence[Spec], name: str) -> Spec:
    found = [spec for spec in specs if name in {spec.path, spec.id}]
    if len(found) != 1:
        known = [printable(spec.path) for spec in specs][:20]
        raise Refusal("unknown-spec", Place(), {"name": name, "count": len(found), "known": known})
    return found[0]


def _reported(finding: Finding) -> ReportedFinding:
    sentence, step = message(finding)
    return ReportedFinding.model_construct(
        rule=finding.rule,
        path=finding.path,
        line=finding.line,
        spec=finding.spec,
        worse=finding.worse,
        severity=finding.severity,
        message=sentence,
        next=step,
        fix=finding.fix,
    )


def _refused(finding: Finding) -> RefusedFault:
    sentence, step = message(finding)
    return RefusedFault.model_construct(
        code=finding.rule,
        place=RefusedPlace.model_construct(file=finding.path, line=finding.line),
        values=dict(finding.values),
        message=f"{sentence}\n\nNext: {step}",
    )
