"""What a base branch asks for, and what of it a pull request lacks: in GitHub's words."""

from __future__ import annotations

from bot.playground.state import CheckRun, Pull, Repository, RequiredCheck, Review, Rules, User

GOOD = frozenset({"success", "neutral", "skipped"})
"""Conclusions with which a required check is met. (D)"""
QUEUE = "Changes must be made through the merge queue"


def rules_of(pull: Pull) -> Rules | None:
    """The rules of the base branch."""
    return pull.repo.rules.get(pull.base_ref)


def latest(repo: Repository, sha: str) -> list[CheckRun]:
    """The newest run of each App and name on a commit, by name."""
    found = {(check.app.id, check.name): check for check in repo.checks.values() if check.head_sha == sha}
    return sorted(found.values(), key=lambda check: check.name)


def state_of(repo: Repository, sha: str, wanted: RequiredCheck) -> str:
    """``good``, ``bad``, ``running`` or ``expected``, for a required check on a commit.

    A check of that name by another App than the wanted one is none. Of several, the worst counts.
    """
    runs = [one for one in latest(repo, sha) if one.name == wanted.name and wanted.app_id in {None, one.app.id}]
    if not runs:
        return "expected"
    if any(one.status == "completed" and one.conclusion not in GOOD for one in runs):
        return "bad"
    return "good" if all(one.status == "completed" for one in runs) else "running"


def verdicts(pull: Pull) -> dict[User, Review]:
    """Each person's latest review that approves or requests changes and was not dismissed."""
    found: dict[User, Review] = {}
    for review in pull.reviews:
        if review.state in {"APPROVED", "CHANGES_REQUESTED"}:
            found[review.user] = review
        elif review.state == "DISMISSED" and found.get(review.user) is review:
            del found[review.user]
    return found


def checks_lacking(repo: Repository, sha: str, rules: Rules) -> list[str]:
    """The required checks that a commit lacks."""
    words = {"expected": "is expected", "running": "is in progress", "bad": "is failing"}
    states = [(one.name, state_of(repo, sha, one)) for one in rules.checks]
    return [f'Required status check "{name}" {words[state]}.' for name, state in states if state in words]


def reviews_lacking(pull: Pull, rules: Rules) -> list[str]:
    """What the reviews lack. Only those count whose author may write here, now."""
    if not rules.approvals:
        return []
    counted = [one for person, one in verdicts(pull).items() if pull.repo.may(person, "write")]
    approvals = sum(one.state == "APPROVED" for one in counted)
    found = []
    if approvals < rules.approvals:
        several = "s are" if rules.approvals > 1 else " is"
        many = rules.approvals
        found.append(f"At least {many} approving review{several} required by reviewers with write access.")
    if approvals < len(counted):
        found.append("Changes were requested by a reviewer with write access.")
    return found


def lacking(pull: Pull) -> list[str]:
    """What the rules of the base still ask of a pull request, but for the merge queue."""
    rules = rules_of(pull)
    if rules is None:
        return []
    return [*checks_lacking(pull.repo, pull.head_sha, rules), *reviews_lacking(pull, rules)]


def has_queue(pull: Pull) -> bool:
    """Whether the base branch has a merge queue."""
    rules = rules_of(pull)
    return rules is not None and rules.queue


async def merge_state(pull: Pull) -> str:
    """GitHub's ``mergeable_state``: ``clean``, ``unstable``, ``blocked``, ``draft``, ``dirty`` or ``unknown``."""
    if pull.issue.state != "open":
        return "unknown"
    tip = pull.repo.branch(pull.base_ref) or pull.base_sha
    if await pull.repo.store.merge_tree(tip, pull.head_sha) is None:
        return "dirty"
    if pull.draft:
        return "draft"
    if lacking(pull):
        return "blocked"
    runs = latest(pull.repo, pull.head_sha)
    return "clean" if all(one.status == "completed" and one.conclusion in GOOD for one in runs) else "unstable"
