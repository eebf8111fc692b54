"""Repositories, people's roles in them, branches, activity; and what belongs to no repository."""

from __future__ import annotations

from base64 import b64encode
from urllib.parse import urlencode

from bot.playground.problems import not_found, unprocessable
from bot.playground.rest.routing import Answer, Call, Routes
from bot.playground.shapes import commits
from bot.playground.shapes.accounts import public_user, user
from bot.playground.shapes.repositories import full_repository, permissions
from bot.playground.state import Activity

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
    page, headers = _by_cursor(call, found)
    return Answer([commits.activity(call.world, one) for one in page], headers=headers)


def _by_cursor(call: Call, found: list[Activity]) -> tuple[list[Activity], dict[str, str]]:
    """One page, and the ``Link`` header: this list has no page numbers, only cursors in its links. (D)"""
    size = call.size
    after, before = (_place(call, found, name) for name in ("after", "before"))
    if before is not None:
        start = max(0, before - size)
        page = found[start:before]
    else:
        start = 0 if after is None else after + 1
        page = found[start : start + size]
    links = {}
    if page and start + len(page) < len(found):
        links["next"] = ("after", page[-1])
    if page and start > 0:
        links["prev"] = ("before", page[0])
    rest = {name: value for name, value in call.query.items() if name not in {"after", "before", "page"}}
    told = [f'<{call.url}?{urlencode(rest | {name: _cursor(one)})}>; rel="{rel}"' for rel, (name, one) in links.items()]
    return page, {"Link": ", ".join(told)} if told else {}


def _cursor(one: Activity) -> str:
    return b64encode(f"MQ:{one.id}".encode()).decode()


def _place(call: Call, found: list[Activity], name: str) -> int | None:
    if not call.query.get(name):
        return None
    for at, one in enumerate(found):
        if _cursor(one) == call.query[name]:
            return at
    raise unprocessable("The listed cursor is invalid.")


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
