"""The delivery report of one pull request, measured from what it was made of and what GitHub says."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from bot.contracts.certificate import Certificate
from bot.contracts.github import CheckRun, Pull, Review
from bot.contracts.report import CheckResult, DeliveryReport
from bot.contracts.task import TaskReport


@dataclass(frozen=True, slots=True)
class Counts:
    """A certificate in numbers; small enough to keep for every folder."""

    moved: int
    changed: int
    importers: int
    left_out: int
    present: int
    rewrites: int
    warnings: int

    @classmethod
    def of(cls, certificate: Certificate) -> Counts:
        """Counts a certificate's lists."""
        files = (*certificate.changed, *certificate.importers)
        return cls(
            moved=len(certificate.moved),
            changed=len(certificate.changed),
            importers=len(certificate.importers),
            left_out=len(certificate.left_out),
            present=certificate.present,
            rewrites=sum(len(file.rewrites) for file in files),
            warnings=len(certificate.warnings),
        )

    @property
    def files(self) -> int:
        """Files of the folder that the branch brings."""
        return self.moved + self.changed


def report_id(repository: str, pull: int) -> str:
    """The id of a pull request's delivery report."""
    return hashlib.sha256(f"{repository.lower()}#{pull}".encode()).hexdigest()[:32]


def outcome_of(pull: Pull) -> Literal["open", "merged", "closed"]:
    """What became of a pull request."""
    if pull.merged_at is not None:
        return "merged"
    return "open" if pull.state == "open" else "closed"


def approvers(reviews: Sequence[Review], head: str) -> tuple[str, ...]:
    """Who approved this very head: each person's latest review that is not a mere comment, in alphabetical order."""
    latest: dict[str, Review] = {}
    for review in reviews:
        if review.state in {"APPROVED", "CHANGES_REQUESTED", "DISMISSED"}:
            latest[review.user] = review
    return tuple(
        sorted(user for user, review in latest.items() if review.state == "APPROVED" and review.commit_id == head)
    )


def delivery_report(
    *,
    repository: str,
    issue: int,
    migration: str,
    folder: str,
    counts: Counts,
    pull: Pull,
    checks: Sequence[CheckRun] = (),
    reviews: Sequence[Review] = (),
) -> DeliveryReport:
    """Measures a folder's pull request; times are in whole seconds from GitHub's own stamps."""
    return _measured(repository, pull, checks, reviews).model_copy(
        update={
            "issue": issue,
            "migration": migration,
            "folder": folder,
            "files_moved": counts.moved,
            "files_changed": counts.changed,
            "importers_changed": counts.importers,
            "files_left_out": counts.left_out,
            "rewrites": counts.rewrites,
            "warnings": counts.warnings,
        }
    )


def patch_delivery(
    *,
    repository: str,
    issue: int,
    batches: Sequence[str],
    operations: int,
    pull: Pull,
    checks: Sequence[CheckRun] = (),
    reviews: Sequence[Review] = (),
) -> DeliveryReport:
    """Measures a pull request that delivered patch batches; its files and lines are those of the whole of it."""
    return _measured(repository, pull, checks, reviews).model_copy(
        update={
            "issue": issue,
            "batches": tuple(batches),
            "operations": operations,
            "files_changed": pull.changed_files or 0,
        }
    )


def task_delivery(
    *,
    repository: str,
    task: TaskReport,
    batches: Sequence[str],
    operations: int,
    pull: Pull,
    checks: Sequence[CheckRun] = (),
    reviews: Sequence[Review] = (),
) -> DeliveryReport:
    """Measures the pull request of a finished task, with the batches that landed on it."""
    report = patch_delivery(
        repository=repository,
        issue=task.issue,
        batches=batches,
        operations=operations,
        pull=pull,
        checks=checks,
        reviews=reviews,
    )
    return report.model_copy(update={"task": task})


def _measured(repository: str, pull: Pull, checks: Sequence[CheckRun], reviews: Sequence[Review]) -> DeliveryReport:
    """What every report says."""
    decided = pull.merged_at or pull.closed_at
    latest: dict[str, CheckRun] = {}
    for check in sorted(checks, key=lambda run: run.id):
        latest[check.name] = check
    return DeliveryReport(
        id=report_id(repository, pull.number),
        repository=repository,
        issue=pull.number,
        pull=pull.number,
        outcome=outcome_of(pull),
        head=pull.head.sha,
        base=pull.base.sha,
        merge_commit=pull.merge_commit_sha if pull.merged_at else None,
        decided_by=pull.merged_by if pull.merged_at else None,
        lines_added=pull.additions or 0,
        lines_removed=pull.deletions or 0,
        checks=tuple(CheckResult(name=name, conclusion=run.conclusion) for name, run in sorted(latest.items())),
        approvals=approvers(reviews, pull.head.sha),
        opened_at=pull.created_at,
        decided_at=decided,
        seconds_open=round((decided - pull.created_at).total_seconds()) if decided else None,
    )
