"""The git database: refs, commits, trees and blobs."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from bot.playground.acts.refs import move_refs
from bot.playground.acts.times import moment
from bot.playground.git_store import GitError, Signature
from bot.playground.problems import Problem, not_found, unprocessable
from bot.playground.rest.routing import Answer, Call, Routes
from bot.playground.rest.workflows import guard_workflows
from bot.playground.shapes import commits as shapes
from bot.playground.shapes.accounts import Json, node_id

ROUTES = Routes()
READ, WRITE = "contents:read", "contents:write"
REF = re.compile(r"refs/(heads|tags)/(?!.*(\.\.|//|@\{|\\))[^\s~^:?*\[\x00-\x20\x7f]+(?<![./])")
OBJECT = re.compile(r"[0-9a-f]{40}")
MODES = {"100644", "100755", "040000", "160000", "120000"}
ENTRIES = 100_000
"""The most entries of a recursive listing. (D)"""


async def _kind(call: Call, oid: str) -> str:
    found = await call.repo.store.read(oid)
    return found[0] if found else "commit"


async def _shape(call: Call, name: str, oid: str) -> Json:
    return shapes.ref(call.world, call.repo, name, oid, await _kind(call, oid))


@ROUTES.add("GET", "~/git/ref/{ref:.+}", READ)
async def get_ref(call: Call) -> Answer:
    """One ref, by its name without ``refs/``."""
    name = f"refs/{call.params['ref']}"
    if name not in call.repo.store.refs:
        raise not_found()
    return Answer(await _shape(call, name, call.repo.store.refs[name]))


@ROUTES.add("GET", "~/git/matching-refs/{ref:.*}", READ)
async def matching_refs(call: Call) -> Answer:
    """The refs that begin so."""
    start = f"refs/{call.params['ref']}"
    page, headers = call.page(sorted(name for name in call.repo.store.refs if name.startswith(start)))
    return Answer([await _shape(call, name, call.repo.store.refs[name]) for name in page], headers=headers)


@ROUTES.add("POST", "~/git/refs", WRITE)
async def create_ref(call: Call) -> Answer:
    """A new branch or tag."""
    name, oid = call.text("ref", resource="Reference") or "", call.text("sha", resource="Reference") or ""
    if not REF.fullmatch(name):
        raise unprocessable("Reference name must be of the form refs/heads/... or refs/tags/...")
    async with call.repo.pushing:
        if name in call.repo.store.refs:
            raise unprocessable("Reference already exists")
        if not OBJECT.fullmatch(oid) or await call.repo.store.read(oid) is None:
            raise unprocessable("Object does not exist")
        await move_refs(call.world, call.repo, call.actor, {name: oid})
    body = await _shape(call, name, oid)
    return Answer(body, 201, {"Location": body["url"]})


@ROUTES.add("PATCH", "~/git/refs/{ref:.+}", WRITE)
async def update_ref(call: Call) -> Answer:
    """Moves a ref, forward unless ``force``."""
    name, oid = f"refs/{call.params['ref']}", call.text("sha", resource="Reference") or ""
    async with call.repo.pushing:
        old = call.repo.store.refs.get(name)
        if old is None:
            raise unprocessable("Reference does not exist")
        if not OBJECT.fullmatch(oid) or await call.repo.store.read(oid) is None:
            raise unprocessable("Object does not exist")
        if not call.body.get("force") and not await call.repo.store.is_ancestor(old, oid):
            raise unprocessable("Update is not a fast forward")
        await move_refs(call.world, call.repo, call.actor, {name: oid}, {name: old})
    return Answer(await _shape(call, name, oid))


@ROUTES.add("DELETE", "~/git/refs/{ref:.+}", WRITE)
async def delete_ref(call: Call) -> Answer:
    """Deletes a ref, but not the default branch."""
    name = f"refs/{call.params['ref']}"
    async with call.repo.pushing:
        if name not in call.repo.store.refs:
            raise unprocessable("Reference does not exist")
        if name == f"refs/heads/{call.repo.default_branch}":
            raise unprocessable("Cannot delete the default branch")
        await move_refs(call.world, call.repo, call.actor, {name: None})
    return Answer(status=204)


@ROUTES.add("GET", "~/git/commits/{commit_sha}", READ)
async def get_commit(call: Call) -> Answer:
    """A commit object."""
    found = await call.repo.store.commit(call.params["commit_sha"])
    if found is None:
        raise not_found()
    return Answer(shapes.git_commit(call.world, call.repo, found))


def _signature(value: Any, default: Signature) -> Signature:
    if not isinstance(value, dict):
        return default
    at = moment(value.get("date"))
    when = int(at.timestamp()) if at else default.when
    return Signature(value.get("name") or default.name, value.get("email") or default.email, when)


@ROUTES.add("POST", "~/git/commits", WRITE)
async def create_commit(call: Call) -> Answer:
    """Writes a commit object; no ref moves."""
    store = call.repo.store
    message, tree = call.text("message", resource="Commit"), call.text("tree", resource="Commit") or ""
    if not OBJECT.fullmatch(tree) or await _kind(call, tree) != "tree" or await store.read(tree) is None:
        raise unprocessable("Tree SHA does not exist")
    parents = call.texts("parents") or []
    for oid in parents:
        if await store.commit(oid) is None:
            raise unprocessable("Parent SHA does not exist or is not a commit object")
    who = call.actor.user
    default = Signature(who.login, shapes.noreply(call.world, who), int(call.world.clock.time()))
    author = _signature(call.body.get("author"), default)
    committer = _signature(call.body.get("committer"), author)
    oid = await store.write_commit(tree, parents, message or "", author, committer)
    found = await store.commit(oid)
    if found is None:
        raise RuntimeError("the commit just written is not there")
    body = shapes.git_commit(call.world, call.repo, found)
    return Answer(body, 201, {"Location": body["url"]})


async def _tree(call: Call, oid: str, *, recursive: bool) -> Json:
    store = call.repo.store
    url = f"{call.world.api}/repos/{call.repo.full_name}/git"
    _, out = await store.run("ls-tree", "-z", "-l", *(["-r", "-t"] if recursive else []), oid)
    items = []
    for line in out.decode(errors="surrogateescape").split("\0")[:-1]:
        head, _, path = line.partition("\t")
        mode, kind, sha, size = head.split()
        item: Json = {"path": path, "mode": mode, "type": kind, "sha": sha}
        if kind == "blob":
            item["size"] = int(size)
        if kind != "commit":
            item["url"] = f"{url}/{kind}s/{sha}"
        items.append(item)
    return {"sha": oid, "url": f"{url}/trees/{oid}", "tree": items[:ENTRIES], "truncated": len(items) > ENTRIES}


@ROUTES.add("GET", "~/git/trees/{tree_sha:.+}", READ)
async def get_tree(call: Call) -> Answer:
    """A tree, with all below for ``recursive``."""
    name = call.params["tree_sha"]
    commit = await call.repo.store.resolve(name)
    found = await call.repo.store.read(f"{commit or name}^{{tree}}")
    if found is None:
        raise not_found()
    data = await call.repo.store.commit(commit) if commit else None
    return Answer(await _tree(call, data.tree if data else name, recursive="recursive" in call.query))


@ROUTES.add("POST", "~/git/trees", WRITE)
async def create_tree(call: Call) -> Answer:
    """Writes a tree: entries put into, or taken out of, ``base_tree``."""
    items, base = call.body.get("tree"), call.text("base_tree")
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise unprocessable("Invalid tree info")
    guard_workflows(call, [str(item.get("path")) for item in items])
    entries = [await _entry(call, item) for item in items]
    try:
        oid = await call.repo.store.write_tree(base, entries)
    except GitError as error:
        raise unprocessable(f"GitRPC::BadObjectState: {error}") from error
    body = await _tree(call, oid, recursive=False)
    return Answer(body, 201, {"Location": body["url"]})


async def _entry(call: Call, item: Json) -> tuple[str, str, str | None]:
    path, mode = item.get("path"), item.get("mode")
    if not isinstance(path, str) or mode not in MODES or not path:
        raise unprocessable("Must supply a valid tree.mode")
    if any(part in {"", ".", "..", ".git"} for part in path.split("/")):
        raise unprocessable("tree.path contains a malformed path component")
    if isinstance(item.get("content"), str):
        return path, mode, await call.repo.store.write_blob(item["content"].encode())
    oid = item.get("sha")
    if oid is not None and await call.repo.store.read(str(oid)) is None:
        raise unprocessable(f"tree.sha {oid} is not a valid blob")
    return path, mode, oid


@ROUTES.add("GET", "~/git/blobs/{file_sha}", READ)
async def get_blob(call: Call) -> Answer:
    """A blob's bytes."""
    oid = call.params["file_sha"]
    found = await call.repo.store.read(oid) if OBJECT.fullmatch(oid) else None
    if found is None or found[0] != "blob":
        raise not_found()
    body = {
        "sha": oid,
        "node_id": node_id("B", oid),
        "size": len(found[1]),
        "url": call.url,
        "content": base64.encodebytes(found[1]).decode(),
        "encoding": "base64",
    }
    return Answer(body)


@ROUTES.add("POST", "~/git/blobs", WRITE)
async def create_blob(call: Call) -> Answer:
    """Writes a blob."""
    content, encoding = call.text("content", resource="Blob") or "", call.text("encoding") or "utf-8"
    try:
        data = base64.b64decode(content) if encoding == "base64" else content.encode()
    except binascii.Error:
        raise Problem(422, "content is not valid Base64") from None
    oid = await call.repo.store.write_blob(data)
    url = f"{call.world.api}/repos/{call.repo.full_name}/git/blobs/{oid}"
    return Answer({"sha": oid, "url": url}, 201, {"Location": url})
