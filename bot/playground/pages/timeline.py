"""The conversation of an issue or pull request, from its body to its last event."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from bot.playground.boxes import boxes
from bot.playground.pages.html import Child, Safe, el, join, plural, when
from bot.playground.pages.layout import avatar, button, chip, text_area, who
from bot.playground.pages.markdown import render
from bot.playground.pages.reviewing import review_tools
from bot.playground.pages.visit import Visit, repo_url
from bot.playground.state import Comment, Event, Issue, Label, Review, User

_REVIEWS = {
    "APPROVED": ("approved these changes", "good"),
    "CHANGES_REQUESTED": ("requested changes", "bad"),
    "COMMENTED": ("reviewed", ""),
    "DISMISSED": ("reviewed (dismissed since)", ""),
}
_SIGNS = {
    "+1": "👍", "-1": "👎", "laugh": "😄", "hooray": "🎉", "confused": "😕", "heart": "❤️", "rocket": "🚀", "eyes": "👀"
}  # fmt: skip
_REASONS = {"not_planned": " as not planned", "duplicate": " as a duplicate"}
_RELATIONS = {
    "blocked_by_added": ("let this wait for", "blocked_by"),
    "blocked_by_removed": ("let this no longer wait for", "blocked_by"),
    "blocking_added": ("let another one wait for this:", "blocking"),
    "blocking_removed": ("let another one no longer wait for this:", "blocking"),
    "sub_issue_added": ("added a sub-issue:", "sub_issue"),
    "sub_issue_removed": ("removed a sub-issue:", "sub_issue"),
    "parent_issue_added": ("made this part of", "parent_issue"),
    "parent_issue_removed": ("made this no longer part of", "parent_issue"),
}
_NUMBER = re.compile(r"(?<![\w/&])#([1-9]\d{0,8})\b")
_CODE = re.compile(r"```.*?```|`[^`\n]*`|<!--(?:(?!<!--).)*?-->", re.DOTALL)


@dataclass(frozen=True)
class Line:
    """Something that happened, ready to be shown. Lines of one ``group`` that follow each other become one."""

    at: datetime
    shown: Safe
    group: str = ""
    person: User | None = None


def issue_url(issue: Issue) -> str:
    """Where an issue or pull request is."""
    return repo_url(issue.repo, "pull" if issue.pull else "issues", str(issue.number))


def body_box(visit: Visit, issue: Issue, thing: Issue | Comment) -> Safe:
    """A body or a comment, with the form to edit it for those who may."""
    base = repo_url(issue.repo)
    anchor = f"issuecomment-{thing.id}" if isinstance(thing, Comment) else "body"
    edited = thing.edits[-1] if thing.edits else None
    head = el(
        "div",
        avatar(thing.user),
        who(thing.user),
        " wrote on ",
        el("a", when(thing.created_at), href=f"#{anchor}"),
        [" · edited by ", who(edited.editor), " on ", when(edited.at)] if edited else None,
        class_="box-head",
    )
    text = thing.body or ""
    live = _may_edit(visit, issue, thing) and any(boxes(text))
    shown = render(text, base, live=live) if text.strip() else el("em", "No description provided.", class_="muted")
    body = el("div", visit.form(f"{_thing_url(issue, thing)}/boxes", shown) if live else shown, class_="markdown")
    return el("article", head, body, _reactions(thing), _edit(visit, issue, thing), class_="box", id=anchor)


def _reactions(thing: Issue | Comment) -> Safe | None:
    """Who reacted how: a sign and a count for each reaction, with the names behind it."""
    by_content: dict[str, list[str]] = {}
    for reaction in thing.reactions:
        by_content.setdefault(reaction.content, []).append(reaction.user.login)
    marks = []
    for content, logins in by_content.items():
        words = f"{content} by {', '.join(logins)}"
        sign = el("span", _SIGNS.get(content, content), role="img", aria_label=words)
        marks.append(el("span", sign, f" {len(logins)}", class_="reaction", title=words))
    return el("div", marks, class_="reactions") if marks else None


def _may_edit(visit: Visit, issue: Issue, thing: Issue | Comment) -> bool:
    own = thing.user is visit.person and visit.may(issue.repo, "read")
    return own or visit.may(issue.repo, "write")


def _thing_url(issue: Issue, thing: Issue | Comment) -> str:
    """Where what is done to a body or a comment is sent, up to the word for it."""
    return repo_url(issue.repo, "comments", str(thing.id)) if isinstance(thing, Comment) else issue_url(issue)


def _edit(visit: Visit, issue: Issue, thing: Issue | Comment) -> Safe | None:
    if not _may_edit(visit, issue, thing):
        return None
    action = _thing_url(issue, thing)
    if isinstance(thing, Comment):
        title = None
        drop = button("Delete", "quiet", name="delete", value="1", formnovalidate=True)
        words = "Edit comment"
    else:
        action, drop, words = f"{action}/edit", None, "Edit title and body"
        title = [
            el("label", "Title", for_="edit-title"),
            el("input", type="text", name="title", id="edit-title", value=thing.title, required=True),
        ]
    area = text_area(f"body-{thing.id}", "Text", thing.body or "", rows=8)
    form = visit.form(action, title, area, el("div", button("Save", "main"), drop, class_="row"))
    return el("details", el("summary", words, class_="muted"), form, class_="edit")


def _review(visit: Visit, issue: Issue, review: Review) -> Safe:
    words, kind = _REVIEWS.get(review.state, ("reviewed", ""))
    commit = el("a", el("code", review.commit_id[:7]), href=repo_url(issue.repo, "commit", review.commit_id))
    stale = issue.pull is not None and review.commit_id != issue.pull.head_sha
    note = el("span", " (for an earlier commit)", class_="muted") if stale else None
    head = [avatar(review.user), who(review.user), f" {words} at ", commit, note, " on ", when(review.submitted_at)]
    if review.edits:
        head += [" · edited by ", who(review.edits[-1].editor), " on ", when(review.edits[-1].at)]
    text = el("div", render(review.body, repo_url(issue.repo)), class_="markdown") if review.body.strip() else None
    anchor, tools = f"pullrequestreview-{review.id}", review_tools(visit, review)
    return el("article", el("div", head, class_="box-head"), text, tools, class_=f"box review {kind}", id=anchor)


def _commit(issue: Issue, oid: str | None) -> Child:
    return [" ", el("a", el("code", oid[:7]), href=repo_url(issue.repo, "commit", oid))] if oid else None


def _said(issue: Issue, event: Event) -> Child:
    """What an event says after the person's name."""
    extra = event.extra
    match event.event:
        case "labeled" | "unlabeled":
            told = extra["label"]
            label = Label(0, told["name"], told["color"], None)
            return ["put on " if event.event == "labeled" else "took off ", chip(label)]
        case "closed":
            reason = _REASONS.get(str(extra.get("state_reason")), "")
            return [f"closed this{reason}", _commit(issue, event.commit_id)]
        case "renamed":
            return [
                "changed the title from ",
                el("del", extra["rename"]["from"]),
                " to ",
                el("ins", extra["rename"]["to"]),
            ]
        case "merged":
            return ["merged this as", _commit(issue, event.commit_id)]
        case "assigned" | "unassigned":
            return [f"{event.event} ", who(extra["assignee"])]
        case "review_requested":
            person = extra.get("requested_reviewer")
            return ["asked ", who(person) if person else extra["requested_team"]["slug"], " for a review"]
        case "review_dismissed":
            return ["dismissed a review: ", extra["dismissed_review"].get("dismissal_message", "")]
        case name if name in _RELATIONS:
            said, member = _RELATIONS[name]
            other = extra[member]
            return [f"{said} ", el("a", other.title, f" #{other.number}", href=issue_url(other))]
        case "head_ref_force_pushed":
            return ["force-pushed the branch to", _commit(issue, event.commit_id)]
    words = {
        "reopened": "reopened this",
        "transferred": "transferred this here from another repository",
        "head_ref_deleted": "deleted the branch",
        "head_ref_restored": "restored the branch",
        "base_ref_changed": "changed the base branch",
        "convert_to_draft": "made this a draft",
        "auto_merge_enabled": "enabled auto-merge",
        "auto_merge_disabled": "disabled auto-merge",
        "added_to_merge_queue": "added this to the merge queue",
        "removed_from_merge_queue": "removed this from the merge queue",
        "ready_for_review": "said this is ready for review",
    }
    return words.get(event.event, event.event.replace("_", " "))


@lru_cache(maxsize=8192)
def _referred(text: str) -> frozenset[int]:
    """The numbers that a body refers to, outside code and hidden comments. Kept: pages ask again and again."""
    return frozenset(int(number) for number in _NUMBER.findall(_CODE.sub("", text))) if "#" in text else frozenset()


def _mentions(issue: Issue) -> Iterator[Line]:
    """Where else in the repository this one is referred to, once for each place."""
    for other in issue.repo.issues.values():
        if other is issue:
            continue
        texts: list[Issue | Comment] = [other, *other.comments]
        for text in texts:
            if text.body and issue.number in _referred(text.body):
                link = el("a", other.title, f" #{other.number}", href=issue_url(other))
                shown = join(who(text.user), " mentioned this in ", link, " on ", when(text.created_at))
                yield Line(text.created_at, shown, "mention", text.user)
                break


def _lines(visit: Visit, issue: Issue) -> list[Line]:
    lines = []
    for event in issue.timeline:
        if isinstance(event.subject, Comment):
            lines.append(Line(event.created_at, body_box(visit, issue, event.subject)))
        elif isinstance(event.subject, Review):
            lines.append(Line(event.created_at, _review(visit, issue, event.subject)))
        else:
            shown = join(who(event.actor), " ", _said(issue, event), " on ", when(event.created_at))
            lines.append(Line(event.created_at, shown, "event", event.actor))
    return sorted([*lines, *_mentions(issue)], key=lambda line: line.at)


def _together(lines: list[Line]) -> Iterator[Safe]:
    """Long runs of mentions are folded into one."""
    run: list[Line] = []

    def done() -> Iterator[Safe]:
        if len(run) > 3:
            items = el("ul", [el("li", line.shown) for line in run])
            summary = el("summary", f"This was mentioned in {plural(len(run), 'other place')}")
            yield el("details", summary, items, class_="event")
        else:
            yield from (el("div", line.shown, class_="event") for line in run)
        run.clear()

    for line in lines:
        if line.group != "mention" and run:
            yield from done()
        if line.group == "mention":
            run.append(line)
        else:
            yield el("div", line.shown, class_="event") if line.group else line.shown
    yield from done()


def timeline(visit: Visit, issue: Issue) -> Safe:
    """All of it, in order of time."""
    return el("div", body_box(visit, issue, issue), _together(_lines(visit, issue)), id="timeline", data_live=True)
