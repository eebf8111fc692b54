"""What two runs of one story share: GitHub as people see it, and the bot's own ledger; without oids and times."""

import re

from bot.git import notes
from bot.git.repository import Repository
from bot.runs.ledger import Ledger, Reports
from bot.runs.store import Store
from bot.workflows.restore import read_chain

TIMES = (
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"), "TIME"),
    (re.compile(r"\| Open for \| [^|]+ \|"), "| Open for | SECONDS |"),
    (re.compile(r"open for [^.]+\.\n"), "open for SECONDS.\n"),
    (re.compile(r"\| (ready|blocked|in progress|in review) \| [^|]+ \|"), r"| \1 | SECONDS |"),
)
OID = re.compile(r"\b[0-9a-f]{12}\b|\b[0-9a-f]{40}\b")
LONG = re.compile(r"\b(?:[0-9a-f]{12}|[0-9a-f]{40}|[0-9a-f]{64})\b")


async def ledger(where, repository, remote):
    """The bot's events and reports (in no order), from its store; the chain must be sound, and go on from git's."""
    store = await Store.open(where)
    try:
        assert (await Ledger(store).verify(repository)).ok
        there = Repository.open(remote)
        chain = read_chain(there, notes.head_of(there), repository).entries
        assert chain and await Ledger(store).entries(repository, limit=len(chain)) == chain
        events = await Ledger(store).events(repository)
        reports = (await Reports(store).list(repository)).reports
        return {
            # Which phases a migration is seen in between two looks is a matter of when it is looked at.
            "events": sorted(
                [_subject(event), event.type, event.actor or ""] for event in events if event.type != "PHASE_ENTERED"
            ),
            "reports": sorted(_report(report) for report in reports),
        }
    finally:
        await store.close()


def _subject(event):
    """A batch's id depends on its base, whose time differs: its order's place and word name it."""
    if event.subject.startswith("order:comment-"):  # the number of a comment depends on all that was made before it
        return f"#{event.issue} order {event.details.get('command', '')}"
    if not event.subject.startswith("batch:"):
        return event.subject
    return f"#{event.issue} {event.details['command']} for #{event.pull}"


def _report(report):
    if not report.batches:
        return [report.folder, report.outcome, report.files_moved]
    return [f"#{report.issue}", report.outcome, len(report.batches), report.operations, report.pull]


def text_of(text, known):
    """A text in which what looks like an oid or a digest is told by its place, or is ``OID`` where it has none."""
    short = {oid[:12]: name for oid, name in known.items()}
    return LONG.sub(lambda found: short.get(found[0][:12], "OID"), text)


def normal(text, known):
    """A text with its times taken out, and the oids that depend on them (of commits on people's merges) named."""
    for pattern, word in TIMES:
        text = pattern.sub(word, text or "")
    return OID.sub(lambda found: known.get(found[0][:12], found[0]), text)


class Reader:
    """Reads one repository again and again. ``first`` is its first commit, the same in every run."""

    def __init__(self, repository, first):
        self.repository = repository
        self._first = first
        self._commits = {}

    def _branch(self, commit, known):
        # The first commit is the same in every run: what the bot computes on it is, too, to the byte.
        oid = commit.oid if set(commit.parents) <= {self._first} else f"{len(commit.parents)} parents"
        return {"tree": commit.tree, "commit": oid, "message": normal(commit.message, known)}

    async def _commit(self, oid):
        if oid not in self._commits:
            self._commits[oid] = await self.repository.store.commit(oid)
        return self._commits[oid]

    async def state(self):
        """Branches, pull requests, issues, comments, checks and labels: plain data that two runs share."""
        repository = self.repository
        # Notes hold times, and ride the push that comes: they are proven by themselves.
        refs = {ref: oid for ref, oid in repository.store.refs.items() if not ref.startswith("refs/notes/")}
        heads = {ref: await self._commit(oid) for ref, oid in refs.items()}
        pulls = list(repository.pulls)
        known = {pull.head_sha[:12]: f"HEAD {pull.head_ref}" for pull in pulls}
        known |= {pull.merge_commit_sha[:12]: f"MERGE {pull.number}" for pull in pulls if pull.merge_commit_sha}
        heads_of = {pull.head_sha: pull.head_ref for pull in pulls}
        return {
            "branches": {ref: self._branch(heads[ref], known) for ref in sorted(heads)},
            "pulls": sorted((_pull(pull, known) for pull in pulls), key=lambda each: (each["head"], each["number"])),
            "issues": [_issue(issue, known) for issue in repository.issues.values()],
            "checks": sorted(
                [
                    heads_of.get(check.head_sha, "?"), check.name, check.external_id, check.status,
                    check.conclusion, check.title, normal(check.summary, known), normal(check.text, known),
                    [normal(str(each), known) for each in check.annotations],
                ]
                for check in repository.checks.values()
            ),
            "labels": sorted([label.name, label.color] for label in repository.labels.values()),
        }  # fmt: skip


def _pull(pull, known):
    return {
        "head": pull.head_ref,
        "base": pull.base_ref,
        "number": pull.number,
        "title": pull.issue.title,
        "by": pull.issue.user.login,
        "merged": pull.merged_at is not None,
        "draft": pull.draft,
        "body": normal(pull.issue.body, known),
    }


def _issue(issue, known):
    return {
        "number": issue.number,
        "state": issue.state,
        "reason": issue.state_reason,
        "labels": sorted(label.name for label in issue.labels),
        "comments": sorted([comment.user.login, normal(comment.body, known)] for comment in issue.comments),
        "reactions": sorted(
            [normal(comment.body, known), reaction.user.login, reaction.content]
            for comment in issue.comments
            for reaction in comment.reactions
        ),
    }
