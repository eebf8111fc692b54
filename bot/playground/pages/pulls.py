"""Pull requests: conversation, commits, files, checks; reviewing and merging."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import cast

from aiohttp import web

from bot.playground.acts import pulls as acts
from bot.playground.acts.pulls import Method
from bot.playground.acts.refs import HEADS, move_refs
from bot.playground.pages import diffs
from bot.playground.pages.checks import GOOD, full, latest, row
from bot.playground.pages.html import Safe, el, join, when
from bot.playground.pages.issues import comment_form, heading, label_box, listing
from bot.playground.pages.layout import button, repo_page, state_mark, text_area, who
from bot.playground.pages.serve import REPO, Route
from bot.playground.pages.timeline import timeline
from bot.playground.pages.visit import Page, Visit, repo_url
from bot.playground.problems import Problem, not_found
from bot.playground.state import Pull, Review, User

METHODS = {"merge": "Create a merge commit", "squash": "Squash and merge", "rebase": "Rebase and merge"}
COMMITS = 250
PAGE_NAMES = {"": "Conversation", "commits": "Commits", "checks": "Checks", "files": "Files changed"}


async def pulls(visit: Visit) -> Page:
    """The list of pull requests."""
    return listing(visit, visit.repo, "pulls")


def _pull(visit: Visit) -> Pull:
    return visit.repo.pull(visit.number())


def pull_url(pull: Pull, *parts: str) -> str:
    """Where a pull request is."""
    return repo_url(pull.repo, "pull", str(pull.number), *parts)


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
    ends = [
        el("a", el("code", name), href=repo_url(pull.repo, "tree", name))
        if pull.repo.branch(name)
        else el("code", name)
        for name in (pull.base_ref, pull.head_ref)
    ]
    merged = pull.merged_at is not None
    verb = " merged " if merged else " wants to merge "
    actor = pull.merged_by if merged and pull.merged_by else pull.issue.user
    about = el(
        "p", state_mark(pull.issue), " ", who(actor), verb, ends[1], " into ", ends[0], id="state", data_live=True
    )
    nav = el("nav", links, class_="tabs", aria_label="Pull request", id="pull-tabs", data_live=True)
    return repo_page(visit, pull.repo, "pulls", pull.issue.title, heading(pull.issue), about, nav, *children)


def verdicts(pull: Pull) -> dict[User, Review]:
    """Each person's latest review that approves or requests changes and was not dismissed."""
    found: dict[User, Review] = {}
    for review in pull.reviews:
        if review.state in {"APPROVED", "CHANGES_REQUESTED"}:
            found[review.user] = review
        elif review.state == "DISMISSED" and found.get(review.user) is review:
            del found[review.user]
    return found


@dataclass(frozen=True)
class Hindrance:
    """Why a pull request cannot be merged; ``soft`` where an admin may pass over it."""

    words: str
    soft: bool = False


async def hindrances(visit: Visit, pull: Pull) -> list[Hindrance]:
    """What stands against merging, for this person. These pages ask for good checks, as a protected branch does."""
    repo = pull.repo
    found = []
    if not visit.may(repo, "write"):
        found.append(Hindrance("Only people with write access to this repository can merge."))
    if pull.draft:
        found.append(Hindrance("This is a draft."))
    tip = repo.branch(pull.base_ref)
    if tip is None or await repo.store.merge_tree(tip, pull.head_sha) is None:
        found.append(Hindrance(f"The branch {pull.head_ref} is in conflict with {pull.base_ref}."))
    for check in latest(repo, pull.head_sha):
        if check.status != "completed":
            found.append(Hindrance(f"The check {check.name} is not done.", soft=True))
        elif check.conclusion not in GOOD:
            found.append(Hindrance(f"The check {check.name} says “{check.conclusion}”.", soft=True))
    for person, review in verdicts(pull).items():
        if review.state == "CHANGES_REQUESTED" and repo.may(person, "write"):
            found.append(Hindrance(f"{person.login} requested changes.", soft=True))
    return found


async def merge_box(visit: Visit, pull: Pull) -> Safe:
    """Checks, what hinders, and the button."""
    checks = latest(pull.repo, pull.head_sha)
    parts: list[Safe] = [el("h2", "Merge")]
    if checks:
        parts.append(el("ul", [row(check) for check in checks], class_="rows checks"))
    if pull.merged_at:
        commit = pull.merge_commit_sha or ""
        link = el("a", el("code", commit[:12]), href=repo_url(pull.repo, "commit", commit))
        parts.append(el("p", "Merged on ", when(pull.merged_at), " as ", link, "."))
    elif pull.issue.state == "closed":
        parts.append(el("p", "Closed without merging.", class_="muted"))
    else:
        parts.append(await _merge_form(visit, pull))
    if (pull.merged_at or pull.issue.state == "closed") and _may_delete(visit, pull):
        parts.append(visit.form(pull_url(pull, "delete-branch"), button(f"Delete the branch {pull.head_ref}")))
    return el("section", parts, class_="box stack", id="merge", data_live=True)


async def _merge_form(visit: Visit, pull: Pull) -> Safe:
    against = await hindrances(visit, pull)
    reasons = (
        el("ul", [el("li", one.words) for one in against], class_="reasons", id="merge-reasons") if against else None
    )
    hard = any(not one.soft for one in against)
    passing = None
    if against and not hard and visit.may(pull.repo, "admin"):
        box = el("input", type="checkbox", name="bypass", value="1", id="bypass")
        passing = el("label", box, " Merge without waiting for these (an admin may)", class_="tick")
    off = bool(against) and passing is None
    options = [el("option", words, value=name) for name, words in METHODS.items()]
    go = button("Merge pull request", "main", disabled=off, aria_describedby="merge-reasons" if against else None)
    if not visit.may(pull.repo, "write"):
        return join(reasons)
    row_ = el(
        "div",
        el("label", "How", for_="method"),
        el("select", options, name="method", id="method", disabled=off),
        el("input", type="hidden", name="sha", value=pull.head_sha),
        go,
        class_="row",
    )
    ready = None if against else el("p", "Nothing stands against merging.", class_="ready")
    return join(ready, reasons, visit.form(pull_url(pull, "merge"), passing, row_, class_="stack"))


def _may_delete(visit: Visit, pull: Pull) -> bool:
    here = pull.repo.branch(pull.head_ref) is not None and pull.head_ref != pull.repo.default_branch
    return here and visit.may(pull.repo, "write")


def _reviewers(pull: Pull) -> Safe:
    words = {"APPROVED": ("✓", "good", "approved"), "CHANGES_REQUESTED": ("✗", "bad", "requested changes")}
    items = []
    for person, review in verdicts(pull).items():
        sign, kind, said = words[review.state]
        stale = " an earlier commit" if review.commit_id != pull.head_sha else ""
        mark = el("span", sign, class_=f"icon {kind}", role="img", aria_label=said)
        items.append(el("li", mark, " ", who(person), el("span", f" {said}{stale}", class_="muted")))
    items += [el("li", "● ", who(person), el("span", " was asked", class_="muted")) for person in pull.reviewers]
    shown = el("ul", items, class_="plain") if items else el("p", "No reviews yet.", class_="muted")
    return el("section", el("h2", "Reviewers"), shown, id="reviewers", data_live=True)


def _review_form(visit: Visit, pull: Pull) -> Safe | None:
    """For everybody who reads here; one's own pull request can only be commented on."""
    if pull.issue.state != "open" or not visit.may(pull.repo, "read"):
        return None
    own = pull.issue.user is visit.person
    choices = [("COMMENT", "Comment"), ("APPROVE", "Approve"), ("REQUEST_CHANGES", "Request changes")]
    radios = [
        el(
            "label",
            el("input", type="radio", name="event", value=value, checked=value == "COMMENT", disabled=own and at > 0),
            f" {words}",
            class_="tick",
        )
        for at, (value, words) in enumerate(choices)
    ]
    note = el("p", "Nobody can approve their own pull request.", class_="muted") if own else None
    sha = el("input", type="hidden", name="sha", value=pull.head_sha)
    verdict = el("fieldset", el("legend", "Verdict"), radios)
    area = text_area("review", "Review", rows=3)
    form = visit.form(
        pull_url(pull, "review"), sha, area, verdict, note, button("Submit review", "main"), class_="stack"
    )
    return el("section", el("h2", "Review changes"), form, class_="box", id="review-form", data_live=True)


async def conversation(visit: Visit) -> Page:
    """The page of one pull request."""
    pull = _pull(visit)
    main = el(
        "div",
        timeline(visit, pull.issue),
        await merge_box(visit, pull),
        _review_form(visit, pull),
        comment_form(visit, pull.issue),
        class_="wide",
    )
    aside = el("aside", _reviewers(pull), label_box(visit, pull.issue))
    return await _shell(visit, pull, "", el("div", main, aside, class_="columns"))


async def commits(visit: Visit) -> Page:
    """Its commits, oldest first."""
    pull = _pull(visit)
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
    pull = _pull(visit)
    shown = await diffs.between(pull.repo.store, await _base(pull), pull.head_sha)
    review = _review_form(visit, pull)
    return await _shell(visit, pull, "files", shown, review or Safe(""))


async def checks(visit: Visit) -> Page:
    """The reports of its checks."""
    pull = _pull(visit)
    shown = full(visit, latest(pull.repo, pull.head_sha))
    return await _shell(visit, pull, "checks", el("div", shown, id="checks", data_live=True))


async def raw_diff(visit: Visit) -> web.Response:
    """Its diff as text."""
    pull = _pull(visit)
    _, out = await pull.repo.store.run("diff-tree", "-r", "-M", "-p", "--no-color", await _base(pull), pull.head_sha)
    return web.Response(body=out, content_type="text/plain", charset="utf-8")


def _seen(visit: Visit, pull: Pull) -> str:
    """The head that the person looked at."""
    sha = visit.field("sha")
    if not re.fullmatch("[0-9a-f]{40}", sha):
        raise Problem(422, "The form does not say which commit it is about.")
    if sha != pull.head_sha:
        raise Problem(409, "The branch has moved since you looked at it. Look again, then repeat.")
    return sha


async def review(visit: Visit) -> str:
    """Submits a review."""
    pull = _pull(visit)
    visit.need(pull.repo, "read")
    if pull.issue.state != "open":
        raise Problem(422, "This pull request is not open.")
    sha = _seen(visit, pull)
    one = await acts.review(
        visit.world, pull, visit.actor, visit.field("event", "COMMENT"), visit.field("review"), commit=sha
    )
    return f"{pull_url(pull)}#pullrequestreview-{one.id}"


async def merge(visit: Visit) -> str:
    """Merges, where nothing stands against it."""
    pull = _pull(visit)
    visit.need(pull.repo, "write")
    method = visit.field("method", "merge")
    if method not in METHODS:
        raise not_found()
    sha = _seen(visit, pull)
    against = await hindrances(visit, pull)
    if visit.field("bypass") and visit.may(pull.repo, "admin"):
        against = [one for one in against if not one.soft]
    if against:
        raise Problem(405, " ".join(one.words for one in against))
    await acts.merge(visit.world, pull, visit.actor, cast("Method", method), sha=sha)
    return pull_url(pull)


async def delete_branch(visit: Visit) -> str:
    """Deletes the branch of a pull request that is decided."""
    pull = _pull(visit)
    visit.need(pull.repo, "write")
    if pull.issue.state == "open" or not _may_delete(visit, pull):
        raise Problem(422, "The branch is gone already, or still in use.")
    async with pull.repo.pushing:
        await move_refs(visit.world, pull.repo, visit.actor, {HEADS + pull.head_ref: None})
    return pull_url(pull)


ONE = REPO + r"/pull/{number:\d+}"
ROUTES: list[Route] = [
    ("GET", REPO + "/pulls", pulls),
    ("GET", ONE + ".diff", raw_diff),
    ("GET", ONE, conversation),
    ("GET", ONE + "/commits", commits),
    ("GET", ONE + "/files", files),
    ("GET", ONE + "/checks", checks),
    ("POST", ONE + "/review", review),
    ("POST", ONE + "/merge", merge),
    ("POST", ONE + "/delete-branch", delete_branch),
]
