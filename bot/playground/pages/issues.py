"""Issues: lists, the page of one, and what both issues and pull requests let people do."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from bot.playground.acts import issues as acts
from bot.playground.pages.forms import Form, answered, fields, forms_of
from bot.playground.pages.html import Child, Safe, el, join, plural, when
from bot.playground.pages.layout import button, chip, repo_page, state_mark, text_area, text_input, who
from bot.playground.pages.planning import assignees, leave, related
from bot.playground.pages.serve import REPO, Route
from bot.playground.pages.timeline import issue_url, timeline
from bot.playground.pages.visit import Page, Visit, repo_url
from bot.playground.problems import not_found
from bot.playground.state import Issue, Repository

SHOWN = 500
"""The most rows of a list."""


def listing(visit: Visit, repo: Repository, tab: str) -> Page:
    """The issues or the pull requests of a repository, open or closed, perhaps of one label."""
    wanted = [issue for issue in repo.issues.values() if (issue.pull is not None) == (tab == "pulls")]
    label = visit.query("label")
    if label:
        wanted = [issue for issue in wanted if any(one.name == label for one in issue.labels)]
    state = "closed" if visit.query("state") == "closed" else "open"
    here = repo_url(repo, tab)
    tabs = [
        el(
            "a",
            f"{sum(issue.state == name for issue in wanted)} {name}",
            href=f"{here}?state={name}",
            aria_current="page" if name == state else None,
        )
        for name in ("open", "closed")
    ]
    shown = [issue for issue in reversed(wanted) if issue.state == state]
    rows = [_row(issue) for issue in shown[:SHOWN]]
    empty = el("li", "Nothing here.", class_="muted")
    more = (
        el("p", f"{plural(len(shown) - SHOWN, 'older one')} not shown.", class_="muted") if len(shown) > SHOWN else None
    )
    only = el("p", f"With the label “{label}”. ", el("a", "Show all", href=here)) if label else None
    new = None
    if tab == "issues" and visit.may(repo, "read"):
        new = el("a", "New issue", href=repo_url(repo, "issues", "new"), class_="button main")
    words = "Pull requests" if tab == "pulls" else "Issues"
    head = el("div", el("h1", words), new, class_="row between")
    nav = el("nav", tabs, class_="filter", aria_label="State")
    live = el("div", nav, el("ul", rows or empty, class_="rows"), more, id="list", data_live=True)
    return repo_page(visit, repo, tab, words, head, only, live)


def _row(issue: Issue) -> Safe:
    link = el("a", issue.title, href=issue_url(issue), class_="title")
    talk = el("span", plural(len(issue.comments), "comment"), class_="muted") if issue.comments else None
    told: list[Child] = [f"#{issue.number} opened on ", when(issue.created_at), " by ", who(issue.user)]
    if issue.assignees:
        told += [" · assigned to ", join([[", " if at else "", who(one)] for at, one in enumerate(issue.assignees)])]
    about = el("div", [*told, *(f" · {words}" for words in _counts(issue))], class_="muted")
    return el("li", state_mark(issue), el("div", link, " ", [chip(one) for one in issue.labels], about), talk)


def _counts(issue: Issue) -> Iterator[str]:
    """What an issue waits for, what waits for it, and how far its sub-issues are."""
    waits, waited = (sum(one.state == "open" for one in some) for some in (issue.blocked_by, issue.blocking))
    if waits and issue.state == "open":
        yield f"blocked by {waits}"
    if waited and issue.state == "open":
        yield f"blocking {waited}"
    if issue.sub_issues:
        done = sum(one.state == "closed" for one in issue.sub_issues)
        yield f"{done} of {plural(len(issue.sub_issues), 'sub-issue')} done"


async def issues(visit: Visit) -> Page:
    """The list of issues."""
    return listing(visit, visit.repo, "issues")


async def new(visit: Visit) -> Page:
    """The choice of issue forms; or one form; or a blank issue."""
    repo = visit.repo
    visit.need(repo, "read")
    forms = await forms_of(repo)
    name = visit.query("template")
    if forms and not name:
        rows = [
            el(
                "li",
                el("div", el("strong", form.name), el("div", form.description, class_="muted")),
                el(
                    "a",
                    "Get started",
                    href=f"{repo_url(repo, 'issues', 'new')}?template={form.number}",
                ),
            )
            for form in forms
        ]
        blank = el("p", el("a", "Open a blank issue", href=repo_url(repo, "issues", "new") + "?template=blank"))
        return repo_page(
            visit, repo, "issues", "New issue", el("h1", "New issue"), el("ul", rows, class_="rows"), blank
        )
    form = next((one for one in forms if str(one.number) == name), None)
    return _new_page(visit, repo, form, {})


def _new_page(visit: Visit, repo: Repository, form: Form | None, kept: dict[str, list[str]], fault: str = "") -> Page:
    title = kept.get("title", [form.title if form else ""])[0]
    heading = f"New issue: {form.name}" if form else "New issue"
    wrong = el("p", fault, role="alert", class_="problem") if fault else None
    parts = fields(form, kept) if form else text_area("body", "Description", kept.get("body", [""])[0], rows=10)
    number = el("input", type="hidden", name="template", value=form.number if form else "blank")
    line = text_input("title", "Title", title, required=True, maxlength=256)
    made = visit.form(repo_url(repo, "issues"), number, line, parts, button("Create", "main"), class_="box stack")
    return repo_page(visit, repo, "issues", heading, el("h1", heading), wrong, made, status=422 if fault else 200)


async def create(visit: Visit) -> Page | str:
    """Opens an issue; a form's answers become its body, as GitHub makes it."""
    repo = visit.repo
    visit.need(repo, "read")
    name = visit.field("template", "blank")
    form = next((one for one in await forms_of(repo) if str(one.number) == name), None)
    body = visit.prose("body")
    labels: tuple[str, ...] = ()
    if form:
        body, fault = answered(form, visit.fields)
        if fault:
            return _new_page(visit, repo, form, visit.fields, fault)
        labels = tuple(label for label in form.labels if label.lower() in repo.labels)
    issue = await acts.open_issue(visit.world, repo, visit.actor, visit.field("title").strip(), body, labels=labels)
    return issue_url(issue)


def heading(issue: Issue) -> Safe:
    """Title, number and state."""
    title = el("h1", issue.title, " ", el("span", f"#{issue.number}", class_="muted"))
    return el("div", title, id="heading", data_live=True)


def label_box(visit: Visit, issue: Issue) -> Safe:
    """The labels; with buttons for those who may."""
    may = visit.may(issue.repo, "triage")
    action = f"{issue_url(issue)}/labels"
    on = []
    for label in issue.labels:
        words = f"Remove the label {label.name}"
        drop = button("×", "quiet", name="remove", value=label.name, aria_label=words, title=words) if may else None
        on.append(
            el(
                "li",
                el("a", chip(label), href=f"{repo_url(issue.repo, 'issues')}?label={quote(label.name, safe='')}"),
                drop,
            )
        )
    shown = el("ul", on, class_="labels") if on else el("p", "None yet.", class_="muted")
    off = [label for label in issue.repo.labels.values() if label not in issue.labels]
    parts = [el("h2", "Labels"), visit.form(action, shown) if may and on else shown]
    if may and off:
        options = [el("option", label.name, value=label.name) for label in sorted(off, key=lambda one: one.name)]
        select = el("select", options, name="add", id="add-label")
        parts.append(
            visit.form(action, el("label", "Add a label", for_="add-label"), select, button("Add"), class_="row")
        )
    return el("section", parts, id="labels", data_live=True)


def comment_form(visit: Visit, issue: Issue) -> Safe:
    """The box to comment, close and reopen."""
    if not visit.may(issue.repo, "read"):
        words = "This repository is archived." if issue.repo.archived else "Choose whom you act as to comment."
        return el("p", words, class_="muted")
    area = text_area("body", "Add a comment", rows=5)
    kind = "pull request" if issue.pull else "issue"
    turn = None
    if _may_turn(visit, issue):
        word = "Close" if issue.state == "open" else "Reopen"
        turn = button(f"{word} {kind}", name="turn", value=word.lower())
    row = el("div", _reasons(issue) if turn else None, turn, button("Comment", "main"), class_="row end")
    return visit.form(f"{issue_url(issue)}/comment", area, row, class_="box stack", id="comment", data_live=True)


def _reasons(issue: Issue) -> Safe | None:
    """Why an issue is closed."""
    if issue.pull or issue.state == "closed":
        return None
    words = {"completed": "completed", "not_planned": "not planned", "duplicate": "a duplicate"}
    options = [el("option", words[reason], value=reason) for reason in acts.REASONS]
    return join(el("label", "Close as", for_="reason"), el("select", options, name="reason", id="reason"))


def _may_turn(visit: Visit, issue: Issue) -> bool:
    """Close or reopen: one's own, or with triage."""
    if issue.pull and issue.pull.merged_at:
        return False
    own = issue.user is visit.person and visit.may(issue.repo, "read")
    return own or visit.may(issue.repo, "triage")


async def issue_page(visit: Visit) -> Page | str:
    """The page of one issue."""
    repo = visit.repo
    issue = repo.issue(visit.number())
    if issue.pull:
        return issue_url(issue)
    mark = el("p", state_mark(issue), " opened by ", who(issue.user), id="state", data_live=True)
    main = el("div", timeline(visit, issue), comment_form(visit, issue), class_="wide")
    aside = el("aside", assignees(visit, issue), label_box(visit, issue), related(visit, issue), leave(visit, issue))
    return repo_page(visit, repo, "issues", issue.title, heading(issue), mark, el("div", main, aside, class_="columns"))


def _thing(visit: Visit) -> Issue:
    return visit.repo.issue(visit.number())


async def add_comment(visit: Visit) -> str:
    """Comments; and closes or reopens when that button was pressed."""
    issue = _thing(visit)
    visit.need(issue.repo, "read")
    turn = visit.field("turn")
    if turn and not _may_turn(visit, issue):
        visit.need(issue.repo, "triage")
        raise not_found()
    if visit.field("body").strip() or not turn:
        await acts.comment(visit.world, issue, visit.actor, visit.prose("body"))
    if turn == "close":
        await acts.close(visit.world, issue, visit.actor, visit.field("reason") or None)
    elif turn == "reopen":
        await acts.reopen(visit.world, issue, visit.actor)
    return f"{issue_url(issue)}#comment"


async def edit(visit: Visit) -> str:
    """Changes title and body."""
    issue = _thing(visit)
    visit.need(issue.repo, "write", own=issue.user)
    title, body = visit.field("title").strip(), visit.prose(f"body-{issue.id}", issue.body)
    await acts.edit_issue(visit.world, issue, visit.actor, title=title, body=body)
    return issue_url(issue)


async def edit_comment(visit: Visit) -> str:
    """Changes or deletes a comment."""
    comment = visit.repo.comment(visit.number())
    visit.need(comment.issue.repo, "write", own=comment.user)
    if visit.field("delete"):
        await acts.delete_comment(visit.world, comment, visit.actor)
        return issue_url(comment.issue)
    await acts.edit_comment(visit.world, comment, visit.actor, visit.prose(f"body-{comment.id}", comment.body))
    return f"{issue_url(comment.issue)}#issuecomment-{comment.id}"


async def change_labels(visit: Visit) -> str:
    """Puts a label on, or takes one off."""
    issue = _thing(visit)
    visit.need(issue.repo, "triage")
    if name := visit.field("add"):
        await acts.add_labels(visit.world, issue, visit.actor, [issue.repo.label(name).name])
    if name := visit.field("remove"):
        await acts.remove_label(visit.world, issue, visit.actor, issue.repo.label(name))
    return issue_url(issue)


ONE = REPO + r"/{kind:issues|pull}/{number:\d+}"
ROUTES: list[Route] = [
    ("GET", REPO + "/issues", issues),
    ("POST", REPO + "/issues", create),
    ("GET", REPO + "/issues/new", new),
    ("GET", REPO + r"/issues/{number:\d+}", issue_page),
    ("POST", ONE + "/comment", add_comment),
    ("POST", ONE + "/edit", edit),
    ("POST", ONE + "/labels", change_labels),
    ("POST", REPO + r"/comments/{number:\d+}", edit_comment),
]
