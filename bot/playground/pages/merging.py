"""Deciding a pull request: its reviews, what stands against merging, merging, the branch afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from bot.playground.acts import merging
from bot.playground.acts.refs import HEADS, move_refs
from bot.playground.pages.checks import row
from bot.playground.pages.html import Safe, el, join, when
from bot.playground.pages.landing import ONE, landing_form, pull_of, pull_url, seen_head
from bot.playground.pages.layout import button
from bot.playground.pages.serve import Route
from bot.playground.pages.visit import Visit, repo_url
from bot.playground.problems import Problem, not_found
from bot.playground.rules import GOOD, has_queue, lacking, latest, rules_of, state_of, verdicts
from bot.playground.state import Method, Pull

METHODS = {"merge": "Create a merge commit", "squash": "Squash and merge", "rebase": "Rebase and merge"}


@dataclass(frozen=True)
class Hindrance:
    """Why a pull request cannot be merged; ``soft`` where an admin may pass over it."""

    words: str
    soft: bool = False


async def hindrances(visit: Visit, pull: Pull) -> list[Hindrance]:
    """What stands against merging, for this person. Where the base has no rules, these pages ask for good checks."""
    repo = pull.repo
    found: list[Hindrance] = []
    if not visit.may(repo, "write"):
        found.append(Hindrance("Only people with write access to this repository can merge."))
    if pull.draft:
        found.append(Hindrance("This is a draft."))
    tip = repo.branch(pull.base_ref)
    if tip is None or await repo.store.merge_tree(tip, pull.head_sha) is None:
        found.append(Hindrance(f"The branch {pull.head_ref} is in conflict with {pull.base_ref}."))
    if rules_of(pull) is not None:
        return found + [Hindrance(words, soft=True) for words in lacking(pull)]
    return found + _without_rules(pull)


def _without_rules(pull: Pull) -> list[Hindrance]:
    repo, found = pull.repo, []
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
    parts: list[Safe] = [el("h2", "Merge"), _checks(pull)]
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


def _checks(pull: Pull) -> Safe:
    """The checks of the head; those that are required say so, also where nothing reported them yet."""
    rules, runs = rules_of(pull), latest(pull.repo, pull.head_sha)
    wanted = rules.checks if rules else ()
    required = [any(one.name == run.name and one.app_id in {None, run.app.id} for one in wanted) for run in runs]
    rows = [row(run, mark="Required" if needed else "") for run, needed in zip(runs, required, strict=True)]
    for one in wanted:
        if state_of(pull.repo, pull.head_sha, one) == "expected":
            sign = el("span", "●", class_="icon warn", role="img", aria_label="expected", title="expected")
            words = el("div", "Expected: waiting for it to be reported", class_="muted")
            rows.append(
                el("li", sign, el("div", el("strong", one.name), " ", el("span", "Required", class_="mark"), words))
            )
    return el("ul", rows, class_="rows checks") if rows else Safe("")


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
    if has_queue(pull) and passing is None and not against:
        return join(ready, await landing_form(visit, pull))
    direct = visit.form(pull_url(pull, "merge"), passing, row_, class_="stack")
    return join(ready, reasons, await landing_form(visit, pull), direct)


def _may_delete(visit: Visit, pull: Pull) -> bool:
    here = not pull.fork and pull.repo.branch(pull.head_ref) is not None and pull.head_ref != pull.repo.default_branch
    return here and visit.may(pull.repo, "write")


async def merge(visit: Visit) -> str:
    """Merges, where nothing stands against it."""
    pull = pull_of(visit)
    visit.need(pull.repo, "write")
    method = visit.field("method", "merge")
    if method not in METHODS:
        raise not_found()
    sha = seen_head(visit, pull)
    against = await hindrances(visit, pull)
    if visit.field("bypass") and visit.may(pull.repo, "admin"):
        against = [one for one in against if not one.soft]
    if against:
        raise Problem(405, " ".join(one.words for one in against))
    bypass = bool(visit.field("bypass")) and visit.may(pull.repo, "admin")
    await merging.merge(visit.world, pull, visit.actor, cast("Method", method), sha=sha, bypass=bypass)
    return pull_url(pull)


async def delete_branch(visit: Visit) -> str:
    """Deletes the branch of a pull request that is decided."""
    pull = pull_of(visit)
    visit.need(pull.repo, "write")
    if pull.issue.state == "open" or not _may_delete(visit, pull):
        raise Problem(422, "The branch is gone already, or still in use.")
    async with pull.repo.pushing:
        await move_refs(visit.world, pull.repo, visit.actor, {HEADS + pull.head_ref: None})
    return pull_url(pull)


ROUTES: list[Route] = [
    ("POST", ONE + "/merge", merge),
    ("POST", ONE + "/delete-branch", delete_branch),
]
