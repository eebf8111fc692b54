"""Repositories, people's roles in them, branches, activity; and what belongs to no repository."""

from __future__ import annotations

from bot.playground.problems import not_found
from bot.playground.rest.routing import Answer, Call, Routes
from bot.playground.shapes import commits
from bot.playground.shapes.accounts import public_user, user
from bot.playground.shapes.repositories import full_repository, permissions

ROUTES = Routes()
LEGACY = {"maintain": "write", "triage": "read"}
"""``permission`` knows four words; the role itself is ``role_name``. (D)"""


@ROUTES.add("GET", "~", "metadata:read")
async def get_repository(call: Call) -> Answer:
    """One repository."""
    return Answer(full_repository(call.world, call.repo, call.caller.user))


@ROUTES.add("GET", "~/collaborators/{username}/permission", "metadata:read")
async def get_permission(call: Call) -> Answer:
    """What a person may do here."""
    person = call.world.user(call.params["username"])
    role = call.repo.role(person)
    shown = user(call.world, person) | {"permissions": permissions(call.repo, person), "role_name": role}
    return Answer({"permission": LEGACY.get(role, role), "user": shown, "role_name": role})


@ROUTES.add("GET", "~/branches", "contents:read")
async def list_branches(call: Call) -> Answer:
    """The branches."""
    names = sorted(name for name in call.repo.store.refs if name.startswith("refs/heads/"))
    page, headers = call.page(names)
    url = f"{call.world.api}/repos/{call.repo.full_name}/commits"
    shown = [(name.removeprefix("refs/heads/"), call.repo.store.refs[name]) for name in page]
    body = [{"name": name, "commit": {"sha": sha, "url": f"{url}/{sha}"}, "protected": False} for name, sha in shown]
    return Answer(body, headers=headers)


@ROUTES.add("GET", "~/branches/{branch:.+}", "contents:read")
async def get_branch(call: Call) -> Answer:
    """One branch."""
    name = call.params["branch"]
    sha = call.repo.branch(name)
    commit = await call.repo.store.commit(sha) if sha else None
    if commit is None:
        raise not_found()
    return Answer(commits.branch(call.world, call.repo, name, commit))


@ROUTES.add("GET", "~/activity", "contents:read")
async def list_activity(call: Call) -> Answer:
    """How refs moved, newest first."""
    ref = call.query.get("ref")
    names = {None} if ref is None else {ref, f"refs/heads/{ref}", f"refs/tags/{ref}"}
    kind, actor = call.query.get("activity_type"), call.query.get("actor")
    found = [
        one
        for one in call.repo.activity
        if (ref is None or one.ref in names) and kind in {None, one.kind} and actor in {None, one.actor.login}
    ]
    if call.choice("direction", ("asc", "desc"), "desc") == "desc":
        found.reverse()
    page, headers = call.page(found)
    return Answer([commits.activity(call.world, one) for one in page], headers=headers)


@ROUTES.add("GET", "/users/{username}", kind="any")
async def get_user(call: Call) -> Answer:
    """One account."""
    return Answer(public_user(call.world, call.world.user(call.params["username"])))


@ROUTES.add("GET", "/user", kind="any")
async def get_myself(call: Call) -> Answer:
    """The caller, when it is a person."""
    if call.caller.user is None:
        raise not_found()
    return Answer(public_user(call.world, call.caller.user))


@ROUTES.add("GET", "/meta", kind="any")
async def get_meta(call: Call) -> Answer:
    """About this GitHub."""
    _ = call
    return Answer({"verifiable_password_authentication": False})
