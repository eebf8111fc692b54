"""What one branch has that another has not, and opening a pull request of it."""

from __future__ import annotations

from bot.playground.acts.pulls import open_pull
from bot.playground.git_store import EMPTY_TREE
from bot.playground.pages import diffs
from bot.playground.pages.html import Safe, el, join, plural
from bot.playground.pages.landing import pull_url
from bot.playground.pages.layout import button, repo_page, text_area, text_input
from bot.playground.pages.pulls import COMMITS
from bot.playground.pages.serve import REPO, Route
from bot.playground.pages.visit import Page, Visit, repo_url
from bot.playground.problems import not_found
from bot.playground.state import Repository

SKIP = 3


def compare_url(repo: Repository, base: str, head: str) -> str:
    """Where two branches are compared."""
    return repo_url(repo, "compare", f"{base}...{head}")


async def compare(visit: Visit) -> Page:
    """Commits and files of ``base...head``; a form for those who may open a pull request."""
    repo, store = visit.repo, visit.repo.store
    base, dots, head = visit.rest(SKIP).partition("...")
    if not dots:
        base, head = repo.default_branch, base
    ends = await store.resolve(base), await store.resolve(head)
    if ends[0] is None or ends[1] is None:
        raise not_found()
    start = await store.merge_base(ends[0], ends[1])
    ahead = await store.log(ends[1], ends[0], limit=COMMITS)
    parts: list[Safe] = [el("h1", "Compare ", el("code", base), " with ", el("code", head))]
    parts.append(el("p", f"{plural(len(ahead), 'commit')} ahead."))
    there = next((p for p in repo.pulls if (p.base_ref, p.head_ref, p.issue.state) == (base, head, "open")), None)
    if there:
        parts.append(el("p", el("a", f"#{there.number} {there.issue.title}", href=pull_url(there)), " is open for it."))
    elif ahead and repo.branch(base) and repo.branch(head) and visit.may(repo, "write"):
        newest = await store.commit(ahead[0])
        parts.append(_form(visit, base, head, newest.message.partition("\n")[0] if newest else ""))
    parts.append(await diffs.between(store, start or EMPTY_TREE, ends[1]))
    return repo_page(visit, repo, "pulls", f"{base}...{head}", join(parts))


def _form(visit: Visit, base: str, head: str, title: str) -> Safe:
    return visit.form(
        repo_url(visit.repo, "pulls"),
        el("input", type="hidden", name="base", value=base),
        el("input", type="hidden", name="head", value=head),
        text_input("title", "Title", title, required=True, maxlength=256),
        text_area("body", "Description", rows=6),
        el("div", button("Create pull request", "main"), class_="row end"),
        class_="box stack",
    )


async def create(visit: Visit) -> str:
    """Opens a pull request."""
    repo = visit.repo
    visit.need(repo, "write")
    base, head = visit.field("base"), visit.field("head")
    title, body = visit.field("title").strip(), visit.prose("body")
    return pull_url(await open_pull(visit.world, repo, visit.actor, title=title, body=body, base=base, head=head))


async def choose(visit: Visit) -> str:
    """From the two lists of branches to their comparison."""
    repo = visit.repo
    return compare_url(repo, visit.query("base", repo.default_branch), visit.query("head", repo.default_branch))


ROUTES: list[Route] = [
    ("GET", REPO + "/compare", choose),
    ("GET", REPO + "/compare/{rest:.+}", compare),
    ("POST", REPO + "/pulls", create),
]
