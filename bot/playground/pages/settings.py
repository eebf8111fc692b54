"""The settings of a repository: what its default branch asks for, and whether auto-merge is allowed."""

from __future__ import annotations

from bot.playground.pages.html import Safe, el
from bot.playground.pages.layout import button, repo_page, text_area, text_input
from bot.playground.pages.serve import REPO, Route
from bot.playground.pages.visit import Page, Visit, repo_url
from bot.playground.problems import Problem
from bot.playground.state import Repository, RequiredCheck, Rules

MOST = 6
"""The most approvals that GitHub lets a branch ask for. (D)"""


def _tick(name: str, words: str, *, on: bool) -> Safe:
    return el("label", el("input", type="checkbox", name=name, value="1", checked=on), f" {words}", class_="tick")


def _apps(visit: Visit, rules: Rules) -> str:
    """The required checks, one in a line: the name, and after `` by `` the App that alone may report it."""
    slugs = {app.id: app.slug for app in visit.world.apps.values()}
    lines = [f"{one.name} by {slugs[one.app_id]}" if one.app_id in slugs else one.name for one in rules.checks]
    return "\n".join(lines)


async def settings(visit: Visit) -> Page:
    """The form."""
    repo = visit.repo
    visit.need(repo, "admin")
    rules = repo.rules.get(repo.default_branch, Rules())
    form = visit.form(
        repo_url(repo, "settings"),
        el("h2", "Rules of the branch ", el("code", repo.default_branch)),
        text_area("checks", "Required checks, one in a line (“name” or “name by app”)", _apps(visit, rules), rows=4),
        text_input("approvals", "Approving reviews that are required", str(rules.approvals), inputmode="numeric"),
        _tick("queue", "Merge through a merge queue", on=rules.queue),
        _tick("auto_merge", "Allow auto-merge in this repository", on=repo.allow_auto_merge),
        button("Save", "main"),
        class_="box stack",
    )
    return repo_page(visit, repo, "settings", "Settings", el("h1", "Settings"), form)


def _check(visit: Visit, line: str) -> RequiredCheck:
    name, by, slug = line.rpartition(" by ")
    app = next((one for one in visit.world.apps.values() if by and one.slug == slug.strip()), None)
    return RequiredCheck(line.strip()) if app is None else RequiredCheck(name.strip(), app.id)


async def save(visit: Visit) -> str:
    """Sets the rules anew; a form that asks for nothing takes them away."""
    repo = visit.repo
    visit.need(repo, "admin")
    count = visit.field("approvals", "0").strip() or "0"
    if not count.isascii() or not count.isdigit() or int(count[:3]) > MOST:
        raise Problem(422, f"The number of approving reviews is between 0 and {MOST}.")
    checks = tuple(_check(visit, line) for line in visit.field("checks").splitlines() if line.strip())
    repo.allow_auto_merge = bool(visit.field("auto_merge"))
    _set(repo, Rules(checks, int(count), bool(visit.field("queue"))))
    visit.world.look(repo)
    return repo_url(repo, "settings")


def _set(repo: Repository, rules: Rules) -> None:
    if rules == Rules():
        repo.rules.pop(repo.default_branch, None)
    else:
        repo.rules[repo.default_branch] = rules


ROUTES: list[Route] = [("GET", REPO + "/settings", settings), ("POST", REPO + "/settings", save)]
