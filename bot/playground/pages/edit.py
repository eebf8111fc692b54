"""Editing one file of a branch, as a commit of its own."""

from __future__ import annotations

from bot.playground.acts.refs import HEADS, move_refs
from bot.playground.git_store import GitError, Signature
from bot.playground.pages.code import FOLDER, blob_of, editable, spot_of, walk
from bot.playground.pages.html import el
from bot.playground.pages.layout import button, repo_page, text_area, text_input
from bot.playground.pages.serve import REPO, Route
from bot.playground.pages.visit import Page, Visit, repo_url
from bot.playground.problems import Problem
from bot.playground.shapes.commits import noreply


async def edit(visit: Visit) -> Page:
    """The form to edit a file, or to write a new one."""
    repo = visit.repo
    visit.need(repo, "write")
    spot = await spot_of(visit)
    if repo.branch(spot.name) is None:
        raise Problem(422, "Only a branch can be edited.")
    data = b""
    if spot.mode != FOLDER:
        spot, data = await blob_of(visit)
        if not editable(data):
            raise Problem(422, "This file cannot be edited here: it is large, or not plain text with LF line ends.")
    name = spot.path if spot.mode != FOLDER else f"{spot.path}/" if spot.path else ""
    words = "Edit a file" if data or spot.mode != FOLDER else "New file"
    form = visit.form(
        repo_url(repo, "edit", spot.name),
        text_input("path", "Path", name, required=True),
        text_area("text", "Content", data.decode(), rows=24, spellcheck="false", class_="code"),
        text_input("message", "Commit message", f"Change {spot.path}" if data else "", required=True),
        el("input", type="hidden", name="old", value=spot.oid if data else ""),
        el("div", button(f"Commit to {spot.name}", "main"), class_="row end"),
        class_="box stack",
    )
    return repo_page(visit, repo, "code", words, el("h1", words, " on ", el("code", spot.name)), form)


async def write(visit: Visit) -> str:
    """Commits one file to a branch."""
    repo = visit.repo
    visit.need(repo, "write")
    spot = await spot_of(visit)
    path = visit.field("path").strip()
    parts = path.split("/")
    if any(part in {"", ".", ".."} or part.lower() == ".git" for part in parts) or not path.isprintable():
        raise Problem(422, "This is not a path for a file.")
    async with repo.pushing:
        tip = repo.branch(spot.name)
        found = await repo.store.commit(tip) if tip else None
        if tip is None or found is None:
            raise Problem(422, "Only a branch can be edited.")
        there = await walk(repo, found.tree, path)
        above = [await walk(repo, found.tree, "/".join(parts[:at])) for at in range(1, len(parts))]
        if (there and there[0] == FOLDER) or any(one and one[0] != FOLDER for one in above):
            raise Problem(422, "There is a folder of this name, or a file where the path needs a folder.")
        if there and not there[0].startswith("100"):
            raise Problem(422, "This is not a plain file.")
        if there and there[1] != visit.field("old"):
            raise Problem(409, "The file was changed meanwhile. Open it again, then repeat.")
        text = visit.field("text")
        blob_oid = await repo.store.write_blob((text + ("\n" if text and not text.endswith("\n") else "")).encode())
        try:
            new_tree = await repo.store.write_tree(found.tree, [(path, there[0] if there else "100644", blob_oid)])
        except GitError:
            raise Problem(422, "git does not take this path.") from None
        if new_tree == found.tree:
            raise Problem(422, "Nothing would change, or git does not take this path.")
        person = Signature(visit.actor.user.name, noreply(visit.world, visit.actor.user), int(visit.world.clock.time()))
        new = await repo.store.write_commit(new_tree, [tip], visit.field("message").strip() + "\n", person)
        await move_refs(visit.world, repo, visit.actor, {HEADS + spot.name: new}, {HEADS + spot.name: tip})
    return repo_url(repo, "blob", spot.name, path)


ROUTES: list[Route] = [("GET", REPO + "/edit/{rest:.+}", edit), ("POST", REPO + "/edit/{rest:.+}", write)]
