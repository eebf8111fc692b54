"""Names that the bot gives and finds again: labels, branches, checks, trailers."""

from __future__ import annotations

import re
from typing import Final

COMMENT: Final = "comment"
"""The kind of target that carries out a comment's commands."""
ACKNOWLEDGE: Final = "acknowledge"
"""The kind of target that shows by a reaction that a comment's commands were heard."""

MIGRATION_LABEL: Final = "migration"
BRANCHES: Final = "graftsman/"
PATCHES: Final = "graftsman/patch/"
"""Where the branches of batches begin that came without one."""
HOLD_LABEL: Final = "graftsman/hold"
"""On a pull request: it is neither replayed nor merged. On an issue: no further folder is opened."""
ONBOARDING_BRANCH: Final = "graftsman/onboarding"

TASK_LABEL: Final = "task"
TASKS: Final = f"{BRANCHES}task/"
"""Where the branches of tasks begin."""
STATUS: Final = "status/"
"""Where the labels begin that say where a task stands."""
LANE: Final = "lane/"
"""Where the labels begin that say whose a task is."""
PRIORITY: Final = "priority/"
PILOT_LABEL: Final = "graftsman/pilot"
"""On a task: it must be merged before any other starts by itself."""
DRAFT_LABEL: Final = "graftsman/draft"
"""On a task's pull request where the repository's plan has no drafts: it is one."""
DASHBOARD_LABEL: Final = "graftsman/dashboard"
"""On the dashboard issue."""

LABELS: Final = (
    (MIGRATION_LABEL, "0969da", "Graftsman carries out the manifest that this issue names"),
    ("graftsman", "6e40c9", "Opened by Graftsman"),
    ("graftsman/folder", "8250df", "One folder of a migration"),
    (HOLD_LABEL, "fbca04", "Graftsman leaves this as it is until somebody says /unhold"),
    (TASK_LABEL, "1d76db", "Graftsman opens a branch and a pull request for this issue when nothing blocks it"),
    (PILOT_LABEL, "d4c5f9", "This task is merged before any other starts by itself"),
    (DASHBOARD_LABEL, "6e40c9", "The one page about all tasks, kept by Graftsman; its boxes act"),
    (f"{STATUS}ready", "c2e0c6", "Nothing blocks this task; it has not begun"),
    (f"{STATUS}blocked", "e99695", "This task waits for another one, or cannot be read"),
    (f"{STATUS}in-progress", "bfd4f2", "This task has a branch and a draft pull request"),
    (f"{STATUS}in-review", "bfdadc", "This task's pull request asks for review"),
    (f"{STATUS}done", "0e8a16", "This task is closed as completed"),
    (f"{STATUS}subsumed", "d8b9e8", "An epic took this task over"),
    (f"{STATUS}deprecated", "cccccc", "This task is closed as not planned"),
)
PULL_LABELS: Final = ("graftsman", "graftsman/folder")

CERTIFICATE_CHECK: Final = "graftsman/certificate"
SPEC_CHECK: Final = "graftsman/spec-guard"
PATCH_CHECK: Final = "graftsman/patch"
DELIVERY_CHECK: Final = "graftsman/delivery"
APPROVALS_CHECK: Final = "graftsman/approvals"
CHECKS: Final = (CERTIFICATE_CHECK, SPEC_CHECK, PATCH_CHECK, DELIVERY_CHECK, APPROVALS_CHECK)

SOURCE_TRAILER: Final = "Graftsman-Source"
BASE_TRAILER: Final = "Graftsman-Base"
ISSUE_TRAILER: Final = "Graftsman-Issue"
RUN_TRAILER: Final = "Graftsman-Run"
REPLAYED_TRAILER: Final = "Graftsman-Replayed-From"


def folder_branch(migration: str, folder: str) -> str:
    """The branch of one folder, without ``refs/heads/``."""
    return f"{BRANCHES}{migration}/{folder}"


def subject(migration: str, folder: str) -> str:
    """The ledger's name of one folder."""
    return f"folder:{migration}/{folder}"


def source_trailer(manifest: str, migration: str, folder: str, digest: str) -> str:
    """Which manifest entry a commit was computed from. A commit message mentions and refers, a path must not."""
    manifest = manifest.replace("%", "%25").replace("@", "%40").replace("#", "%23")
    return f"{manifest}#{migration}/{folder} sha256:{digest}"


def batch_trailer(identity: str) -> str:
    """Which batch a commit was computed from, by the batch's id."""
    return f"batch sha256:{identity}"


def order_subject(order: str) -> str:
    """The ledger's name of one order."""
    return f"order:{order}"


def batch_subject(identity: str) -> str:
    """The ledger's name of one batch."""
    return f"batch:{identity}"


def patch_branch(issue: int | None, identity: str) -> str:
    """The branch of a batch that came without one; ``issue`` is where it was asked for."""
    return f"{PATCHES}{identity[:12]}" if issue is None else f"{PATCHES}{issue}-{identity[:12]}"


MIGRATION: Final = "migration"
"""The kind of target that reconciles the migration on an issue."""
PULL: Final = "pull"
ORDER: Final = "order"
ACTION: Final = "action"
"""The kind of target that does what a check run's button says."""
BUTTONS: Final = frozenset({"record-review", "update-index", "record-approvals"})
"""The buttons of our check runs. What they write follows from the specs alone."""
MERGE_GROUP: Final = "merge-group"
"""The kind of target that answers a merge queue's group."""


def pull_key(full_name: str, number: int) -> str:
    """The key of a pull request's target: ``owner/name#12``."""
    return f"{full_name}#{number}"


def comment_key(full_name: str, issue: int, comment: int) -> str:
    """The key of a comment's target: ``owner/name#12!3456``."""
    return f"{full_name}#{issue}!{comment}"


def comment_of(key: str) -> tuple[int, int]:
    """The number of the issue or pull request and the id of the comment that a target's key names."""
    issue, _, comment = key.rpartition("#")[2].partition("!")
    return int(issue), int(comment)


def action_key(full_name: str, check: int, identifier: str, who: str) -> str:
    """The key of a pressed button: ``owner/name#check!identifier!login``."""
    return f"{full_name}#{check}!{identifier}!{who}"


def merge_group_key(full_name: str, pull: int, head: str) -> str:
    """The key of a group: ``owner/name#pull!head``; ``pull`` is the last pull request in it."""
    return f"{full_name}#{pull}!{head}"


TASK_GRAPH: Final = "tasks"
"""The kind of target that reconciles all tasks of a repository; its key is the repository's name."""


def task_subject(issue: int) -> str:
    """The ledger's name of one task."""
    return f"task:{issue}"


def plan_subject(plan: str) -> str:
    """The ledger's name of a plan of tasks."""
    return f"plan:{plan}"


def task_branch(issue: int, title: str) -> str:
    """The branch of a task; found again by what stands before the slug, as titles change."""
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower().encode("ascii", "ignore").decode()).strip("-")[:40].strip("-")
    return f"{TASKS}{issue}-{slug or 'task'}"


def task_of_branch(branch: str) -> int | None:
    """The issue whose task a branch is named for."""
    number = branch.removeprefix(TASKS).partition("-")[0] if branch.startswith(TASKS) else ""
    return int(number) if number.isdecimal() and len(number) < 10 else None


def task_source(issue: int) -> str:
    """The source of the empty commit that a task's branch starts with."""
    return f"task#{issue}"
