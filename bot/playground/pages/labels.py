"""A repository's labels."""

from __future__ import annotations

from urllib.parse import quote

from bot.playground.acts import labels as acts
from bot.playground.pages.html import Safe, el, plural
from bot.playground.pages.layout import button, chip, repo_page, text_input
from bot.playground.pages.serve import REPO, Route
from bot.playground.pages.visit import Page, Visit, repo_url
from bot.playground.state import Label, Repository


def _row(visit: Visit, repo: Repository, label: Label) -> Safe:
    used = sum(label in issue.labels for issue in repo.issues.values())
    href = f"{repo_url(repo, 'issues')}?label={quote(label.name, safe='')}"
    drop = None
    if visit.may(repo, "write"):
        name = el("input", type="hidden", name="delete", value=label.name)
        words = f"Delete the label {label.name}"
        drop = visit.form(repo_url(repo, "labels"), name, button("Delete", "quiet", aria_label=words))
    about = el("div", label.description, class_="muted") if label.description else None
    return el(
        "li", el("div", el("a", chip(label), href=href), about), el("span", plural(used, "use"), class_="muted"), drop
    )


async def labels(visit: Visit) -> Page:
    """All labels; a form for a new one."""
    repo = visit.repo
    rows = [_row(visit, repo, label) for label in sorted(repo.labels.values(), key=lambda one: one.name.lower())]
    listed = el("ul", rows or el("li", "No labels yet.", class_="muted"), class_="rows", id="list", data_live=True)
    new = None
    if visit.may(repo, "write"):
        color = el("input", type="color", name="color", id="field-color", value="#0969da")
        parts = [
            text_input("name", "Name", required=True, maxlength=50),
            text_input("description", "Description", maxlength=100),
            el("label", "Colour", for_="field-color"),
            color,
            el("div", button("Create label", "main"), class_="row end"),
        ]
        new = visit.form(repo_url(repo, "labels"), el("h2", "New label"), parts, class_="box stack")
    return repo_page(visit, repo, "labels", "Labels", el("h1", "Labels"), listed, new)


async def change(visit: Visit) -> str:
    """Makes or deletes a label."""
    repo = visit.repo
    visit.need(repo, "write")
    if name := visit.field("delete"):
        acts.delete_label(visit.world, repo, visit.actor, repo.label(name))
    else:
        color = visit.field("color", "#ededed").removeprefix("#")
        about = visit.field("description").strip() or None
        acts.create_label(visit.world, repo, visit.actor, visit.field("name").strip(), color, about)
    return repo_url(repo, "labels")


ROUTES: list[Route] = [("GET", REPO + "/labels", labels), ("POST", REPO + "/labels", change)]
