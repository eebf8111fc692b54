"""The repository as it was at an earlier moment, told again from GitHub's timelines and from what people did.

Moments are ids of the playground, which only grow; what happened at the moment itself belongs to the past.
"""

from dataclasses import dataclass, field, replace
from types import SimpleNamespace


@dataclass
class Then:
    """An issue, or the issue side of a pull request, as it was."""

    number: int
    timeline: list
    state: str = "open"
    state_reason: str | None = None
    labels: list = field(default_factory=list)
    blocked_by: list = field(default_factory=list)
    parent: "Then | None" = None
    sub_issues: list = field(default_factory=list)
    pull: None = None


class Past:
    """Stands in for ``Deeds`` where the oracle is asked about an earlier moment."""

    def __init__(self, deeds, moment):
        self.act, self.deeds, self.moment, self.touched = deeds.act, deeds, moment, deeds.touched
        told = deeds.history
        before = {
            kind: {
                number: [one for one in some if one.moment <= moment] for number, some in getattr(told, kind).items()
            }
            for kind in ("texts", "orders")
        }
        taken = {n: [one for one in some if one[0] <= moment] for n, some in told.subsumed.items()}
        quiet = [one for one in told.quiet if one[0] <= moment]
        self.history = replace(told, **before, subsumed=taken, quiet=quiet)
        self.rules = [rules for since, rules in told.ruled if since <= moment][-1]
        self._issues = {n: self._then(one) for n, one in deeds.issues().items() if one.id <= moment}
        for one in self._issues.values():
            self._related(one)

    def _then(self, issue):
        then = Then(issue.number, [one for one in issue.timeline if one.id <= self.moment])
        labels = {}
        for event in then.timeline:
            if event.event in {"closed", "reopened"}:
                then.state = "closed" if event.event == "closed" else "open"
                then.state_reason = event.extra.get("state_reason") if event.event == "closed" else "reopened"
            elif event.event == "labeled":
                labels[event.extra["label"]["name"]] = None
            elif event.event == "unlabeled":
                labels.pop(event.extra["label"]["name"], None)
        then.labels = [SimpleNamespace(name=name) for name in labels]
        return then

    def _related(self, then):
        waits = {}
        for event in then.timeline:
            if event.event == "blocked_by_added":
                waits[event.extra["blocked_by"].number] = None
            elif event.event == "blocked_by_removed":
                waits.pop(event.extra["blocked_by"].number, None)
            elif event.event == "parent_issue_added":
                then.parent = self._issues[event.extra["parent_issue"].number]
            elif event.event == "parent_issue_removed":
                then.parent = None
        then.blocked_by = [self._issues[number] for number in waits]
        if then.parent is not None:
            then.parent.sub_issues.append(then)

    def issues(self):
        return self._issues

    def pulls(self, number):
        """The pull requests of a task; of each what the oracle asks for."""
        found = []
        for pull in self.deeds.pulls(number):
            if pull.issue.id <= self.moment:
                issue = self._then(pull.issue)
                issue.id = pull.issue.id
                merged = pull.merged_at if issue.state == "closed" else None
                found.append(SimpleNamespace(number=pull.number, issue=issue, merged_at=merged, draft=pull.draft))
        return found

    def open_pull(self, number):
        return next((one for one in self.pulls(number) if one.issue.state == "open"), None)
