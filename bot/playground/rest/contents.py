"""Files by path."""

from __future__ import annotations

import base64
import binascii

from bot.playground.acts.refs import HEADS, move_refs
from bot.playground.git_cat import tree_entries
from bot.playground.git_store import Signature
from bot.playground.problems import Problem, invalid, not_found, unprocessable
from bot.playground.rest.routing import Answer, Call, Routes
from bot.playground.rest.workflows import guard_workflows
from bot.playground.shapes import commits as shapes

ROUTES = Routes()
TYPES = {"040000": "dir", "160000": "submodule", "120000": "symlink"}
LARGEST = 1_048_576
"""Bytes up to which a file comes with its content. (D)"""


@ROUTES.add("GET", "~/contents/{path:.*}", "contents:read")
async def get_contents(call: Call) -> Answer:
    """A file with its content, or what a folder holds."""
    name, path = call.query.get("ref") or call.repo.default_branch, call.params["path"].strip("/")
    oid = await call.repo.store.resolve(name)
    if oid is None:
        raise Problem(404, f"No commit found for the ref {name}")
    found = await call.repo.store.read(f"{oid}:{path}")
    if found is None:
        raise not_found()
    kind, data = found
    if kind == "tree":
        entries = []
        for mode, child, child_oid in tree_entries(data):
            full = f"{path}/{child}" if path else child
            size = 0
            if mode not in {"040000", "160000"} and (blob := await call.repo.store.read(child_oid)):
                size = len(blob[1])
            entry = (TYPES.get(mode, "file"), child_oid, size)
            entries.append(shapes.content(call.world, call.repo, name, full, entry))
        return Answer(entries)
    blob_oid = await call.repo.store.resolve_path(oid, path) or ""
    body = shapes.content(call.world, call.repo, name, path, ("file", blob_oid, len(data)))
    small = len(data) <= LARGEST
    body |= {"content": base64.encodebytes(data).decode() if small else "", "encoding": "base64" if small else "none"}
    return Answer(body)


def _branch(call: Call) -> str:
    name = (call.text("branch") or call.repo.default_branch).removeprefix(HEADS)
    if call.repo.branch(name) is None:
        raise Problem(404, f"Branch {name} not found")
    return name


async def _write(call: Call, data: bytes | None) -> Answer:
    """Commits one file (``None`` deletes it) on a branch."""
    store, path, branch = call.repo.store, call.params["path"], _branch(call)
    message = call.text("message", resource="Commit") or ""
    if ".." in path.split("/") or path.startswith("/") or not path:
        raise unprocessable("path contains a malformed path component")
    guard_workflows(call, [path])
    async with call.repo.pushing:
        tip = call.repo.branch(branch) or ""
        there = await store.resolve_path(tip, path)
        sent = call.text("sha")
        if there and sent is None:
            raise unprocessable('Invalid request.\n\n"sha" wasn\'t supplied.')
        if sent is not None and sent != there:
            raise Problem(409, f"{path} does not match {sent}")
        who = call.actor.user
        person = Signature(who.name, shapes.noreply(call.world, who), int(call.world.clock.time()))
        new = await store.write_files(tip, {path: data}, message, person)
        await move_refs(call.world, call.repo, call.actor, {HEADS + branch: new}, {HEADS + branch: tip})
    commit = await store.commit(new)
    if commit is None:
        raise RuntimeError("the commit just written is not there")
    content = None
    if data is not None:
        blob = await store.resolve_path(new, path) or ""
        content = shapes.content(call.world, call.repo, branch, path, ("file", blob, len(data)))
    body = {"content": content, "commit": shapes.git_commit(call.world, call.repo, commit)}
    return Answer(body, 200 if there else 201)


@ROUTES.add("PUT", "~/contents/{path:.+}", "contents:write", creates=True)
async def put_contents(call: Call) -> Answer:
    """Creates or replaces a file with a commit."""
    try:
        data = base64.b64decode(call.text("content", resource="Commit") or "", validate=False)
    except binascii.Error:
        raise invalid("Commit", "content", "custom", "content is not valid Base64") from None
    return await _write(call, data)


@ROUTES.add("DELETE", "~/contents/{path:.+}", "contents:write")
async def delete_contents(call: Call) -> Answer:
    """Deletes a file with a commit."""
    call.text("sha", resource="Commit")
    return await _write(call, None)
