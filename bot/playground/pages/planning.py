"""What an issue's page has for those who plan: assignees, dependencies, parent and sub-issues, and ways to leave."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from bot.playground.acts import issues as acts
from bot.playground.acts import leaving, relations
from bot.playground.pages.html import Child, Safe, el
from bot.playground.pages.layout import button, state_mark, text_input, who
from bot.playground.pages.serve import REPO, Route
from bot.playground.pages.timeline import issue_url
from bot.playground.pages.visit import Visit, people, repo_url
from bot.playground.problems import Problem, not_found
from bot.playground.state import Actor, Issue, World

_NAMED = re.compile(r"(?P<repo>[\w.-]+/[\w.-]+)?#?(?P<number>\d{1,9})")
Act = Callable[[World, Issue, Issue, Actor], None]


@dataclass(frozen=True)
class Kind:
    """One kind of relation: its name in forms, its heading, what its form asks for, and what adds and removes."""

    name: str
    title: str
    asks: str
    read: Callable[[Issue], list[Issue]]
    add: Act
    remove: Act
    theirs: bool = False
    """Whether the other issue is the one that is changed, and the right to do so is asked for there."""


def _adopt(world: World, issue: Issue, parent: Issue, actor: Actor) -> None:
    relations.add_sub_issue(world, parent, issue, actor, replace_parent=True)


KINDS = (
    Kind(
        "parent", "Parent", "Make it part of", lambda issue: [issue.parent] if issue.parent else [],
        _adopt, lambda world, issue, other, actor: relations.remove_sub_issue(world, other, issue, actor), theirs=True,
    ),
    Kind(
        "sub-issue", "Sub-issues", "Add a sub-issue", lambda issue: issue.sub_issues,
        relations.add_sub_issue, relations.remove_sub_issue,
    ),
    Kind(
        "blocked-by", "Blocked by", "Let it wait for", lambda issue: issue.blocked_by,
        relations.block, relations.unblock,
    ),
    Kind(
        "blocking", "Blocking", "Let this wait for it", lambda issue: issue.blocking,
        lambda world, issue, other, actor: relations.block(world, other, issue, actor),
        lambda world, issue, other, actor: relations.unblock(world, other, issue, actor), theirs=True,
    ),
)  # fmt: skip


def name_of(issue: Issue, other: Issue) -> str:
    """How one issue calls another one: ``#12``, or ``owner/name#12`` in another repository."""
    return f"#{other.number}" if other.repo is issue.repo else f"{other.repo.full_name}#{other.number}"


def related(visit: Visit, issue: Issue) -> list[Safe]:
    """A section for each kind of relation, with forms for those who may."""
    return [_section(visit, issue, kind) for kind in KINDS] if visit.world.relations else []


def _section(visit: Visit, issue: Issue, kind: Kind) -> Safe:
    may = visit.may(issue.repo, "triage")
    action = f"{issue_url(issue)}/relations"
    others = [other for other in kind.read(issue) if visit.sees(other.repo)]
    rows = []
    for other in others:
        name = name_of(issue, other)
        words = f"Remove {name} from {kind.title.lower()}"
        drop = button("×", "quiet", name=f"remove-{kind.name}", value=name, aria_label=words, title=words)
        link = el("a", f"{name} {other.title}", href=issue_url(other))
        rows.append(el("li", el("span", state_mark(other), " ", link), drop if may else None))
    shown = el("ul", rows, class_="labels") if rows else el("p", "None.", class_="muted")
    parts: list[Child] = [el("h2", kind.title), visit.form(action, shown) if may and rows else shown]
    if kind.name == "sub-issue" and others:
        done = sum(other.state == "closed" for other in others)
        words = f"{done} of {len(others)} done"
        bar = el("progress", value=done, max=len(others), aria_label="Sub-issues done")
        parts.insert(1, el("p", bar, " ", words, class_="muted"))
    if may:
        line = text_input(f"add-{kind.name}", kind.asks, required=True, placeholder="#12")
        parts.append(visit.form(action, line, button("Add", aria_label=f"{kind.asks}: add"), class_="row"))
    return el("section", parts, id=kind.name, data_live=True)


def assignees(visit: Visit, issue: Issue) -> Safe:
    """Who is assigned; with buttons for those who may."""
    may = visit.may(issue.repo, "triage")
    action = f"{issue_url(issue)}/assignees"
    rows = []
    for person in issue.assignees:
        words = f"Unassign {person.login}"
        drop = button("×", "quiet", name="remove", value=person.login, aria_label=words, title=words)
        rows.append(el("li", el("span", who(person)), drop if may else None))
    shown = el("ul", rows, class_="labels") if rows else el("p", "Nobody.", class_="muted")
    parts = [el("h2", "Assignees"), visit.form(action, shown) if may and rows else shown]
    free = [one for one in people(visit.world) if one not in issue.assignees and issue.repo.may(one, "read")]
    if may and free:
        options = [el("option", one.login, value=one.login) for one in sorted(free, key=lambda one: one.login)]
        select = el("select", options, name="assignee", id="assign")
        parts.append(
            visit.form(action, el("label", "Assign to", for_="assign"), select, button("Assign"), class_="row")
        )
    return el("section", parts, id="assignees", data_live=True)


def leave(visit: Visit, issue: Issue) -> Safe | None:
    """Forms to transfer and to delete an issue, for those who may."""
    parts = []
    targets = [
        repo
        for repo in visit.world.repositories.values()
        if repo.owner is issue.repo.owner and repo is not issue.repo and visit.may(repo, "write")
    ]
    if targets and visit.may(issue.repo, "write"):
        select = el("select", [el("option", repo.name, value=repo.full_name) for repo in targets], name="to", id="to")
        form = visit.form(f"{issue_url(issue)}/transfer", el("label", "To", for_="to"), select, button("Transfer"))
        parts.append(el("details", el("summary", "Transfer this issue"), form))
    if visit.may(issue.repo, "admin"):
        words = el("p", "Its comments and relations go with it.")
        form = visit.form(f"{issue_url(issue)}/delete", words, button("Delete for good", "quiet"))
        parts.append(el("details", el("summary", "Delete this issue"), form))
    return el("section", parts, id="leave") if parts else None


def _issue(visit: Visit) -> Issue:
    return visit.repo.issue(visit.number())


def _other(visit: Visit, issue: Issue, text: str) -> Issue:
    """The issue that somebody named. Raises a 422 ``Problem``."""
    found = _NAMED.fullmatch(text.strip())
    try:
        if found is None:
            raise not_found()
        repo = visit.world.repo(found["repo"]) if found["repo"] else issue.repo
        if not visit.sees(repo):
            raise not_found()
        return repo.issue(int(found["number"]))
    except Problem:
        raise Problem(422, f"There is no issue {text.strip()!r}.") from None


async def change_relations(visit: Visit) -> str:
    """Adds or removes a relation."""
    issue = _issue(visit)
    if not visit.world.relations:
        raise not_found()
    for kind in KINDS:
        for act, name in ((kind.add, f"add-{kind.name}"), (kind.remove, f"remove-{kind.name}")):
            if text := visit.field(name):
                other = _other(visit, issue, text)
                visit.need(issue.repo, "triage")
                visit.need(other.repo if kind.theirs else issue.repo, "triage")
                act(visit.world, issue, other, visit.actor)
    return issue_url(issue)


async def change_assignees(visit: Visit) -> str:
    """Assigns a person, or takes one off."""
    issue = _issue(visit)
    visit.need(issue.repo, "triage")
    if login := visit.field("assignee"):
        await acts.assign(visit.world, issue, visit.actor, [login])
    if login := visit.field("remove"):
        await acts.unassign(visit.world, issue, visit.actor, [login])
    return issue_url(issue)


async def transfer(visit: Visit) -> str:
    """Moves an issue to another repository."""
    issue, to = _issue(visit), visit.world.repo(visit.field("to"))
    if not visit.sees(to):
        raise not_found()
    visit.need(issue.repo, "write")
    visit.need(to, "write")
    return issue_url(await leaving.transfer(visit.world, issue, visit.actor, to))


async def delete(visit: Visit) -> str:
    """Deletes an issue."""
    issue = _issue(visit)
    visit.need(issue.repo, "admin")
    await leaving.delete(visit.world, issue, visit.actor)
    return repo_url(issue.repo, "issues")


ISSUE = REPO + r"/issues/{number:\d+}"
ROUTES: list[Route] = [
    ("POST", ISSUE + "/relations", change_relations),
    ("POST", REPO + r"/{kind:issues|pull}/{number:\d+}/assignees", change_assignees),
    ("POST", ISSUE + "/transfer", transfer),
    ("POST", ISSUE + "/delete", delete),
]
