"""A repository's code: folders, files with line numbers, commits, branches; and editing one file."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from bot.playground.acts.refs import HEADS
from bot.playground.git_cat import tree_entries
from bot.playground.pages import diffs
from bot.playground.pages.checks import row
from bot.playground.pages.html import Child, Safe, el, join, plural, when
from bot.playground.pages.layout import repo_page
from bot.playground.pages.markdown import render
from bot.playground.pages.serve import REPO, Route
from bot.playground.pages.visit import Page, Visit, repo_url
from bot.playground.problems import not_found
from bot.playground.rules import latest
from bot.playground.state import Repository

LINES, SIZE = 5_000, 1_000_000
"""The most lines and bytes of a file that a page shows."""
ENTRIES = 2_000
FOLDER, LINK, MODULE = "040000", "120000", "160000"
SKIP = 3
"""Parts of an address before branch and path: owner, repository, kind."""


@dataclass(frozen=True)
class Spot:
    """A place in a repository: a branch (or commit) and a path with what is there."""

    repo: Repository
    name: str
    commit: str
    path: str
    mode: str
    oid: str


async def walk(repo: Repository, tree: str, path: str) -> tuple[str, str] | None:
    """The mode and oid at a path, folder by folder."""
    mode, oid = FOLDER, tree
    for part in path.split("/") if path else []:
        found = await repo.store.read(oid) if mode == FOLDER else None
        entries = tree_entries(found[1]) if found and found[0] == "tree" else ()
        at = next(((m, o) for m, name, o in entries if name == part), None)
        if at is None:
            return None
        mode, oid = at
    return mode, oid


async def spot_of(visit: Visit) -> Spot:
    """What the address names: the longest branch that fits, else a commit; then the path."""
    repo, rest = visit.repo, visit.rest(SKIP).rstrip("/")
    heads = [name.removeprefix(HEADS) for name in repo.store.refs if name.startswith(HEADS)]
    name = max((one for one in heads if rest == one or rest.startswith(one + "/")), key=len, default="")
    name = name or rest.partition("/")[0]
    commit = await repo.store.resolve(name)
    found = await repo.store.commit(commit) if commit else None
    path = rest[len(name) + 1 :]
    at = await walk(repo, found.tree, path) if found else None
    if commit is None or at is None:
        raise not_found()
    return Spot(repo, name, commit, path, *at)


def _crumbs(spot: Spot) -> Safe:
    parts = spot.path.split("/") if spot.path else []
    links: list[Child] = [el("a", spot.repo.name, href=repo_url(spot.repo, "tree", spot.name))]
    for at, part in enumerate(parts):
        here = "/".join(parts[: at + 1])
        links += [" / ", el("a", part, href=repo_url(spot.repo, "tree", spot.name, here))]
    return el("h1", links, class_="path")


async def _branches(visit: Visit, repo: Repository, chosen: str) -> Safe:
    heads = sorted(name.removeprefix(HEADS) for name in repo.store.refs if name.startswith(HEADS))
    links = [el("li", el("a", name, href=repo_url(repo, "tree", name))) for name in heads]
    may_new = visit.may(repo, "write") and repo.branch(chosen)
    add = el("a", "New file", href=repo_url(repo, "edit", chosen), class_="button") if may_new else None
    history = el("a", "Commits", href=repo_url(repo, "commits", chosen), class_="button")
    summary = el("summary", f"Branch {chosen} ({plural(len(heads), 'branch', 'branches')})")
    propose = None
    if may_new and chosen != repo.default_branch:
        href = repo_url(repo, "compare", f"{repo.default_branch}...{chosen}")
        propose = el("a", "Compare and propose", href=href, class_="button main")
    return el(
        "div",
        el("details", summary, el("ul", links), class_="branches"),
        el("div", history, add, propose, class_="row"),
        class_="row between",
    )


async def home(visit: Visit) -> Page:
    """The default branch."""
    repo = visit.repo
    tip = repo.branch(repo.default_branch)
    commit = await repo.store.commit(tip) if tip else None
    if commit is None:
        clone = el("pre", f"git clone {visit.world.web}/{repo.full_name}.git")
        return repo_page(visit, repo, "code", "Code", el("p", "This repository is empty. Clone it and push:"), clone)
    return await _folder(visit, Spot(repo, repo.default_branch, commit.oid, "", FOLDER, commit.tree))


def _sign(mode: str) -> Safe:
    """A small picture of a folder or a file; the row's link and note say the same in words."""
    folder = "M1 3h5l2 2h7v9H1z"
    file = "M3 1h7l3 3v11H3z"
    shape = el("path", d=folder if mode in {FOLDER, MODULE} else file)
    return el("svg", shape, viewBox="0 0 16 16", class_="sign folder" if mode == FOLDER else "sign", aria_hidden="true")


async def _folder(visit: Visit, spot: Spot) -> Page:
    repo, store = spot.repo, spot.repo.store
    found = await store.read(spot.oid)
    entries = sorted(tree_entries(found[1]) if found else (), key=lambda one: (one[0] != FOLDER, one[1]))
    rows = []
    for mode, name, oid in entries[:ENTRIES]:
        path = f"{spot.path}/{name}" if spot.path else name
        kind = "tree" if mode == FOLDER else "blob"
        words = {"100755": "executable", LINK: "symbolic link", MODULE: f"submodule at {oid[:7]}"}.get(mode)
        note = el("span", words, class_="muted") if words else None
        link = name if mode == MODULE else el("a", name, href=repo_url(repo, kind, spot.name, path))
        rows.append(el("li", _sign(mode), el("div", link, " ", note)))
    more = (
        el("p", f"{plural(len(entries) - ENTRIES, 'more entry', 'more entries')} not shown.")
        if len(entries) > ENTRIES
        else None
    )
    readme = next((oid for mode, name, oid in entries if name.lower() == "readme.md" and mode.startswith("100")), None)
    about = None
    if readme and (data := await store.read(readme)) and len(data[1]) <= SIZE:
        shown = render(data[1].decode(errors="replace"), repo_url(repo), breaks=False)
        about = el("article", el("div", shown, class_="markdown"), class_="box")
    commit = await store.commit(spot.commit)
    subject = commit.message.partition("\n")[0] if commit else ""
    last = el(
        "p",
        "Last commit: ",
        el("a", subject or spot.commit[:7], href=repo_url(repo, "commit", spot.commit)),
        class_="muted",
    )
    listed = el("ul", rows or el("li", "An empty folder.", class_="muted"), class_="rows tree")
    body = el(
        "div",
        await _branches(visit, repo, spot.name),
        _crumbs(spot),
        last,
        listed,
        more,
        about,
        id="tree",
        data_live=True,
    )
    return repo_page(visit, repo, "code", spot.path or "Code", body)


def _numbered(data: bytes) -> Safe:
    lines = data.decode(errors="surrogateescape").removesuffix("\n").split("\n")
    rows = [
        el("tr", el("td", el("a", number, href=f"#L{number}"), class_="number"), el("td", line), id=f"L{number}")
        for number, line in enumerate(lines[:LINES], 1)
    ]
    more = (
        el("p", f"{plural(len(lines) - LINES, 'more line')} not shown.", class_="muted") if len(lines) > LINES else None
    )
    return join(el("div", el("table", el("tbody", rows), class_="diff source"), class_="scroll"), more)


async def tree(visit: Visit) -> Page | str:
    """A folder of a branch or commit."""
    spot = await spot_of(visit)
    return await _folder(visit, spot) if spot.mode == FOLDER else repo_url(spot.repo, "blob", spot.name, spot.path)


async def blob_of(visit: Visit) -> tuple[Spot, bytes]:
    """The file that the address names. Raises a 404 ``Problem``."""
    spot = await spot_of(visit)
    data = await spot.repo.store.read(spot.oid) if spot.mode not in {FOLDER, MODULE} else None
    if data is None or data[0] != "blob":
        raise not_found()
    return spot, data[1]


def editable(data: bytes) -> bool:
    """Whether a text area gives the bytes back: UTF-8 with LF, of a modest size."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return False
    return len(data) <= 200_000 and "\r" not in text and "\0" not in text


async def blob(visit: Visit) -> Page:
    """A file with line numbers."""
    spot, data = await blob_of(visit)
    repo = spot.repo
    raw = el("a", "Raw", href=repo_url(repo, "raw", spot.name, spot.path), class_="button")
    may = visit.may(repo, "write") and repo.branch(spot.name) and spot.mode != LINK and editable(data)
    edit = el("a", "Edit", href=repo_url(repo, "edit", spot.name, spot.path), class_="button") if may else None
    head = el(
        "div",
        el("span", f"{plural(len(data), 'byte')}", class_="muted"),
        el("div", raw, edit, class_="row"),
        class_="row between",
    )
    if b"\0" in data[:8000]:
        shown = el("p", "A binary file.", class_="muted")
    elif len(data) > SIZE:
        shown = el("p", "Too large to be shown here.", class_="muted")
    else:
        shown = _numbered(data) if data else el("p", "An empty file.", class_="muted")
    return repo_page(visit, repo, "code", spot.path, _crumbs(spot), head, shown)


async def raw(visit: Visit) -> web.Response:
    """A file's bytes, as plain text whatever it is."""
    _, data = await blob_of(visit)
    return web.Response(
        body=data, content_type="text/plain", headers={"Content-Security-Policy": "sandbox; default-src 'none'"}
    )


async def commits(visit: Visit) -> Page:
    """The history of a branch."""
    spot = await spot_of(visit)
    store = spot.repo.store
    rows = []
    for oid in await store.log(spot.commit, limit=100):
        if commit := await store.commit(oid):
            link = el(
                "a",
                commit.message.partition("\n")[0] or oid[:7],
                href=repo_url(spot.repo, "commit", oid),
                class_="title",
            )
            about = el("div", commit.author.name, " on ", when(commit.author.date), class_="muted")
            rows.append(el("li", el("div", link, about), el("code", oid[:7])))
    body = el("ul", rows, class_="rows", id="commits", data_live=True)
    return repo_page(
        visit, spot.repo, "code", f"Commits of {spot.name}", el("h1", "Commits of ", el("code", spot.name)), body
    )


async def commit(visit: Visit) -> Page:
    """One commit: message, parents, checks, diff."""
    repo = visit.repo
    oid = await repo.store.resolve(visit.part("oid"))
    found = await repo.store.commit(oid) if oid else None
    if found is None:
        raise not_found()
    subject, _, more = found.message.partition("\n")
    parents = [[" ", el("a", el("code", one[:12]), href=repo_url(repo, "commit", one))] for one in found.parents]
    head = el(
        "div",
        el("h1", subject),
        el("pre", more.strip(), class_="message") if more.strip() else None,
        el("p", found.author.name, " on ", when(found.author.date), " · ", el("code", found.oid), class_="muted"),
        el("p", "Parents:" if len(parents) > 1 else "Parent:", parents or " none", " · ",
           el("a", "Browse the files", href=repo_url(repo, "tree", found.oid)), class_="muted"),
        class_="box inside",
    )  # fmt: skip
    checks = [row(check) for check in latest(repo, found.oid)]
    listed = el("ul", checks, class_="rows checks", id="checks", data_live=True) if checks else None
    return repo_page(visit, repo, "code", subject, head, listed, await diffs.of_commit(repo.store, found.oid))


ROUTES: list[Route] = [
    ("GET", REPO + "/tree/{rest:.+}", tree),
    ("GET", REPO + "/blob/{rest:.+}", blob),
    ("GET", REPO + "/raw/{rest:.+}", raw),
    ("GET", REPO + "/commits/{rest:.+}", commits),
    ("GET", REPO + "/commit/{oid:[0-9a-f]{7,40}}", commit),
    ("GET", REPO, home),
]
