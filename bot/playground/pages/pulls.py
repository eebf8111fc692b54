"""Pull requests: conversation, commits, files, checks; reviewing and merging."""

from __future__ import annotations

from aiohttp import web

from bot.playground.pages import diffs
from bot.playground.pages.checks import full
from bot.playground.pages.html import Safe, el, when
from bot.playground.pages.issues import comment_form, heading, label_box, listing
from bot.playground.pages.landing import ONE, pull_of, pull_url
from bot.playground.pages.layout import repo_page, state_mark, who
from bot.playground.pages.merging import merge_box
from bot.playground.pages.planning import assignees
from bot.playground.pages.reviewing import draft_form, head_name, review_form, reviewers
from bot.playground.pages.serve import REPO, Route
from bot.playground.pages.timeline import timeline
from bot.playground.pages.visit import Page, Visit, repo_url
from bot.playground.rules import latest
from bot.playground.state import Pull

COMMITS = 250
PAGE_NAMES = {"": "Conversation", "commits": "Commits", "checks": "Checks", "files": "Files changed"}


async def pulls(visit: Visit) -> Page:
    """The list of pull requests."""
    return listing(visit, visit.repo, "pulls")


async def _base(pull: Pull) -> str:
    return await pull.repo.store.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha


async def _shell(visit: Visit, pull: Pull, tab: str, *children: Safe) -> Page:
    store = pull.repo.store
    base = await _base(pull)
    counts = {
        "commits": len(await store.log(pull.head_sha, base, limit=COMMITS)),
        "checks": len(latest(pull.repo, pull.head_sha)),
        "files": len(await store.diff(base, pull.head_sha)),
    }
    links = [
        el(
            "a",
            words,
            el("span", counts[name], class_="count") if name else None,
            href=pull_url(pull, name),
            aria_current="page" if name == tab else None,
        )
        for name, words in PAGE_NAMES.items()
    ]
    base_name = el("code", pull.base_ref)
    if pull.repo.branch(pull.base_ref):
        base_name = el("a", base_name, href=repo_url(pull.repo, "tree", pull.base_ref))
    merged = pull.merged_at is not None
    verb = " merged " if merged else " wants to merge "
    actor = pull.merged_by if merged and pull.merged_by else pull.issue.user
    told = [state_mark(pull.issue), " ", who(actor), verb, head_name(pull), " into ", base_name]
    about = el("p", told, id="state", data_live=True)
    nav = el("nav", links, class_="tabs", aria_label="Pull request", id="pull-tabs", data_live=True)
    return repo_page(visit, pull.repo, "pulls", pull.issue.title, heading(pull.issue), about, nav, *children)


async def conversation(visit: Visit) -> Page:
    """The page of one pull request."""
    pull = pull_of(visit)
    main = el(
        "div",
        timeline(visit, pull.issue),
        await merge_box(visit, pull),
        draft_form(visit, pull),
        review_form(visit, pull),
        comment_form(visit, pull.issue),
        class_="wide",
    )
    aside = el("aside", reviewers(visit, pull), assignees(visit, pull.issue), label_box(visit, pull.issue))
    return await _shell(visit, pull, "", el("div", main, aside, class_="columns"))


async def commits(visit: Visit) -> Page:
    """Its commits, oldest first."""
    pull = pull_of(visit)
    store = pull.repo.store
    rows = []
    for oid in reversed(await store.log(pull.head_sha, await _base(pull), limit=COMMITS)):
        commit = await store.commit(oid)
        if commit:
            subject, _, more = commit.message.partition("\n")
            link = el("a", subject or oid[:7], href=repo_url(pull.repo, "commit", oid), class_="title")
            full_text = el("details", el("summary", "whole message"), el("pre", more.strip())) if more.strip() else None
            about = el("div", commit.author.name, " on ", when(commit.author.date), class_="muted")
            rows.append(el("li", el("div", link, about, full_text), el("code", oid[:7])))
    return await _shell(visit, pull, "commits", el("ul", rows, class_="rows", id="commits", data_live=True))


async def files(visit: Visit) -> Page:
    """Its diff against the merge base."""
    pull = pull_of(visit)
    shown = await diffs.between(pull.repo.store, await _base(pull), pull.head_sha)
    review = review_form(visit, pull)
    return await _shell(visit, pull, "files", shown, review or Safe(""))


async def checks(visit: Visit) -> Page:
    """The reports of its checks."""
    pull = pull_of(visit)
    shown = full(visit, latest(pull.repo, pull.head_sha))
    return await _shell(visit, pull, "checks", el("div", shown, id="checks", data_live=True))


async def raw_diff(visit: Visit) -> web.Response:
    """Its diff as text."""
    pull = pull_of(visit)
    _, out = await pull.repo.store.run("diff-tree", "-r", "-M", "-p", "--no-color", await _base(pull), pull.head_sha)
    return web.Response(body=out, content_type="text/plain", charset="utf-8")


ROUTES: list[Route] = [
    ("GET", REPO + "/pulls", pulls),
    ("GET", ONE + ".diff", raw_diff),
    ("GET", ONE, conversation),
    ("GET", ONE + "/commits", commits),
    ("GET", ONE + "/files", files),
    ("GET", ONE + "/checks", checks),
]
