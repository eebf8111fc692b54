"""Reviewing a pull request: who was asked and said what, the form, editing and dismissing, drafts."""

from __future__ import annotations

from bot.playground.acts import reviews as acts
from bot.playground.acts.pulls import set_draft
from bot.playground.pages.html import Safe, el
from bot.playground.pages.landing import ONE, pull_of, pull_url, seen_head
from bot.playground.pages.layout import button, text_area, text_input, who
from bot.playground.pages.serve import Route
from bot.playground.pages.visit import Visit, repo_url
from bot.playground.problems import Problem, not_found
from bot.playground.rules import verdicts
from bot.playground.state import Pull, Review, User


def _candidates(pull: Pull, world_users: list[User]) -> list[User]:
    """Who may be asked: those with a role here, but for the author and those asked already."""
    return [
        one
        for one in world_users
        if one.type == "User"
        and pull.repo.collaborates(one)
        and one is not pull.issue.user
        and one not in pull.reviewers
    ]


def reviewers(visit: Visit, pull: Pull) -> Safe:
    """What each reviewer said last, and who was asked."""
    words = {"APPROVED": ("✓", "good", "approved"), "CHANGES_REQUESTED": ("✗", "bad", "requested changes")}
    items = []
    for person, one in verdicts(pull).items():
        sign, kind, said = words[one.state]
        stale = " an earlier commit" if one.commit_id != pull.head_sha else ""
        mark = el("span", sign, class_=f"icon {kind}", role="img", aria_label=said)
        items.append(el("li", mark, " ", who(person), el("span", f" {said}{stale}", class_="muted")))
    asked = [who(person) for person in pull.reviewers]
    asked += [el("span", f"{team.organization.login}/{team.slug}", class_="who") for team in pull.team_reviewers]
    items += [el("li", "● ", name, el("span", " was asked", class_="muted")) for name in asked]
    parts = [el("ul", items, class_="plain") if items else el("p", "No reviews yet.", class_="muted")]
    others = _candidates(pull, list(visit.world.users.values()))
    if visit.may(pull.repo, "write") and pull.issue.state == "open" and others:
        options = [el("option", one.login, value=one.login) for one in others]
        select = el("select", options, name="login", id="ask-for-review")
        label = el("label", "Ask for a review", for_="ask-for-review")
        parts.append(visit.form(pull_url(pull, "reviewers"), label, select, button("Ask"), class_="row"))
    return el("section", el("h2", "Reviewers"), parts, id="reviewers", data_live=True)


def review_form(visit: Visit, pull: Pull) -> Safe | None:
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


def review_tools(visit: Visit, one: Review) -> Safe | None:
    """Editing a review's text (one's own, or with write access), and dismissing one (with write access)."""
    pull, repo = one.pull, one.pull.repo
    here = pull_url(pull, "reviews", str(one.id))
    writes = visit.may(repo, "write")
    forms = []
    if writes or (one.user is visit.person and visit.may(repo, "read")):
        area = text_area(f"review-{one.id}", "Text", one.body, rows=4)
        forms.append(
            el("details", el("summary", "Edit review", class_="muted"), visit.form(here, area, button("Save")))
        )
    if writes and one.state in {"APPROVED", "CHANGES_REQUESTED"}:
        line = text_input(f"why-{one.id}", "Why", required=True)
        form = visit.form(f"{here}/dismiss", line, button("Dismiss review"))
        forms.append(el("details", el("summary", "Dismiss review…", class_="muted"), form))
    return el("div", forms, class_="edit") if forms else None


def draft_form(visit: Visit, pull: Pull) -> Safe | None:
    """The button that makes a draft ready, or the other way round."""
    own = pull.issue.user is visit.person and visit.may(pull.repo, "read")
    if pull.issue.state != "open" or not (own or visit.may(pull.repo, "write")):
        return None
    if not pull.draft and not pull.repo.drafts:
        return None
    words, value = ("Ready for review", "") if pull.draft else ("Convert to draft", "1")
    kind = "main" if pull.draft else "quiet"
    return visit.form(pull_url(pull, "draft"), button(words, kind, name="draft", value=value), id="draft-form")


def _review_of(visit: Visit) -> Review:
    wanted = visit.number("review")
    for one in pull_of(visit).reviews:
        if one.id == wanted:
            return one
    raise not_found()


async def review(visit: Visit) -> str:
    """Submits a review."""
    pull = pull_of(visit)
    visit.need(pull.repo, "read")
    if pull.issue.state != "open":
        raise Problem(422, "This pull request is not open.")
    sha = seen_head(visit, pull)
    event, text = visit.field("event", "COMMENT"), visit.prose("review")
    one = await acts.review(visit.world, pull, visit.actor, event, text, commit=sha)
    return f"{pull_url(pull)}#pullrequestreview-{one.id}"


async def edit(visit: Visit) -> str:
    """Changes a review's text; its verdict stays."""
    one = _review_of(visit)
    visit.need(one.pull.repo, "write", own=one.user)
    await acts.edit_review(visit.world, one, visit.actor, visit.prose(f"review-{one.id}", one.body))
    return f"{pull_url(one.pull)}#pullrequestreview-{one.id}"


async def dismiss(visit: Visit) -> str:
    """Takes a verdict's force away."""
    one = _review_of(visit)
    visit.need(one.pull.repo, "write")
    await acts.dismiss(visit.world, one, visit.actor, visit.field(f"why-{one.id}").strip() or "Dismissed")
    return pull_url(one.pull)


async def ask(visit: Visit) -> str:
    """Asks a person for a review."""
    pull = pull_of(visit)
    visit.need(pull.repo, "write")
    await acts.request_review(visit.world, pull, visit.actor, [visit.world.user(visit.field("login"))])
    return pull_url(pull)


async def draft(visit: Visit) -> str:
    """Makes a pull request a draft, or ready for review."""
    pull = pull_of(visit)
    visit.need(pull.repo, "write", own=pull.issue.user)
    if pull.issue.state != "open":
        raise Problem(422, "This pull request is not open.")
    await set_draft(visit.world, pull, visit.actor, draft=bool(visit.field("draft")))
    return pull_url(pull)


def head_name(pull: Pull) -> Safe:
    """The branch that wants to be merged; of a fork with its owner."""
    if pull.fork:
        name = f"{pull.head_repo.owner.login if pull.head_repo else 'unknown'}:{pull.head_ref}"
        there = pull.head_repo is not None and pull.head_repo.branch(pull.head_ref) is not None
        code = el("code", name)
        return el("a", code, href=repo_url(pull.head_repo, "tree", pull.head_ref)) if there and pull.head_repo else code
    code = el("code", pull.head_ref)
    there = pull.repo.branch(pull.head_ref) is not None
    return el("a", code, href=repo_url(pull.repo, "tree", pull.head_ref)) if there else code


REVIEW = ONE + r"/reviews/{review:\d+}"
ROUTES: list[Route] = [
    ("POST", ONE + "/review", review),
    ("POST", ONE + "/reviewers", ask),
    ("POST", ONE + "/draft", draft),
    ("POST", REVIEW, edit),
    ("POST", REVIEW + "/dismiss", dismiss),
]
