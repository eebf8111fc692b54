"""Check runs: their state in words and colour, their report, their buttons."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from bot.playground.acts import checks as acts
from bot.playground.pages.html import Safe, el, join, path_url, plural, when
from bot.playground.pages.layout import button, repo_page
from bot.playground.pages.markdown import render
from bot.playground.pages.serve import REPO, Route
from bot.playground.pages.visit import Page, Visit, repo_url
from bot.playground.problems import not_found
from bot.playground.rules import GOOD
from bot.playground.state import CheckRun, Repository

_ICONS = {"success": ("✓", "good"), "neutral": ("■", "idle"), "skipped": ("⊘", "idle"), "cancelled": ("⊘", "bad")}
_LEVELS = {"notice": "idle", "warning": "warn", "failure": "bad"}


def icon(check: CheckRun) -> Safe:
    """A sign with its word: colour alone says nothing."""
    if check.status != "completed":
        words = check.status.replace("_", " ")
        return el("span", "●", class_="icon warn", role="img", aria_label=words, title=words)
    words = (check.conclusion or "").replace("_", " ")
    sign, kind = _ICONS.get(check.conclusion or "", ("✗", "bad"))
    return el("span", sign, class_=f"icon {kind}", role="img", aria_label=words, title=words)


def _annotation(repo: Repository, check: CheckRun, told: dict[str, Any]) -> Safe:
    path, first, last = str(told["path"]), int(told["start_line"]), int(told["end_line"])
    href = f"{repo_url(repo, 'blob', check.head_sha, path)}#L{first}"
    lines = f"{first}" if first == last else f"{first}-{last}"
    level = str(told["annotation_level"])
    head = el(
        "div",
        el("span", level, class_=f"mark {_LEVELS[level]}"),
        " ",
        el("a", el("code", f"{path}:{lines}"), href=href),
    )
    title = el("strong", told["title"]) if told.get("title") else None
    return el("li", head, title, el("div", told["message"], class_="pre"))


def report(visit: Visit, check: CheckRun) -> Safe:
    """What the check says, and what one can ask of it."""
    repo, base = check.repo, repo_url(check.repo)
    texts = [
        el("div", render(text, base, breaks=False), class_="markdown") for text in (check.summary, check.text) if text
    ]
    notes = None
    if check.annotations:
        items = [_annotation(repo, check, one) for one in check.annotations]
        notes = join(el("h3", plural(len(items), "annotation")), el("ul", items, class_="annotations"))
    actions = None
    if visit.may(repo, "write"):
        here = repo_url(repo, "runs", str(check.id))
        buttons = [
            button(
                str(one.get("label", "")),
                name="action",
                value=str(one.get("identifier", "")),
                title=one.get("description"),
            )
            for one in check.actions
        ]
        actions = visit.form(here, button("Re-run", name="rerun", value="1"), buttons, class_="row")
    about = el(
        "p", "by ", el("a", check.app.name, href=path_url("apps", check.app.slug)), " · ", _times(check), class_="muted"
    )
    return join(about, texts, notes, actions)


def _times(check: CheckRun) -> Safe:
    if check.completed_at:
        return join("completed on ", when(check.completed_at))
    return join("started on ", when(check.started_at)) if check.started_at else join("not started")


def row(check: CheckRun, mark: str = "") -> Safe:
    """One line of a list; ``mark`` says more of the check."""
    words = check.title or (check.conclusion or check.status).replace("_", " ")
    name = el("a", check.name, href=repo_url(check.repo, "runs", str(check.id)), class_="title")
    return el(
        "li",
        icon(check),
        el("div", name, " ", el("span", mark, class_="mark") if mark else None, el("div", words, class_="muted")),
    )


def full(visit: Visit, checks: Iterable[CheckRun]) -> Safe:
    """All reports, those that are not good unfolded."""
    made = []
    for check in checks:
        bad = check.status != "completed" or check.conclusion not in GOOD
        title = el("span", f" {check.title}", class_="muted") if check.title else None
        summary = el("summary", icon(check), " ", el("strong", check.name), title)
        made.append(el("details", summary, el("div", report(visit, check), class_="inside"), class_="file", open=bad))
    return join(made or el("p", "No checks were reported on this commit.", class_="muted"))


def _check(visit: Visit) -> CheckRun:
    return visit.repo.check(visit.number("check"))


async def check_page(visit: Visit) -> Page:
    """One check run."""
    check = _check(visit)
    heading = el("h1", icon(check), " ", check.name)
    commit = el("a", el("code", check.head_sha[:12]), href=repo_url(check.repo, "commit", check.head_sha))
    pulls = [
        el("a", f"#{pull.number} {pull.issue.title}", href=repo_url(check.repo, "pull", str(pull.number)))
        for pull in check.repo.pulls
        if pull.head_sha == check.head_sha
    ]
    where = el("p", "on ", commit, [[" · ", link] for link in pulls])
    title = el("h2", check.title) if check.title else None
    body = el("div", heading, where, title, report(visit, check), id="check", data_live=True)
    return repo_page(visit, check.repo, "", check.name, body)


async def press(visit: Visit) -> str:
    """Asks the App to run a check again, or presses one of its buttons."""
    check = _check(visit)
    visit.need(check.repo, "write")
    action = visit.field("action")
    if action and action not in {one.get("identifier") for one in check.actions}:
        raise not_found()
    if action:
        await acts.request_action(visit.world, check, visit.actor, action)
    else:
        await acts.rerequest(visit.world, check, visit.actor)
    return repo_url(check.repo, "runs", str(check.id))


RUN = REPO + r"/runs/{check:\d+}"
ROUTES: list[Route] = [("GET", RUN, check_page), ("POST", RUN, press)]
