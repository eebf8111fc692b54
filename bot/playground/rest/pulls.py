"""Pull requests."""

from __future__ import annotations

from bot.playground.acts import issues as issue_acts
from bot.playground.acts import merging
from bot.playground.acts import pulls as acts
from bot.playground.problems import Problem, invalid
from bot.playground.rest.routing import Answer, Call, Routes
from bot.playground.shapes import commits
from bot.playground.shapes import pulls as shapes
from bot.playground.state import Pull

ROUTES = Routes()
READ, WRITE = "pull_requests:read", "pull_requests:write"
FILES, COMMITS = 3_000, 250
"""The most files and commits of a pull request that GitHub lists. (D)"""


def pull_of(call: Call) -> Pull:
    """The pull request that the path names."""
    return call.repo.pull(call.number("pull_number"))


def _owner_of_head(one: Pull) -> str:
    home = one.head_repo if one.fork else one.repo
    return home.owner.login.lower() if home else ""


@ROUTES.add("GET", "~/pulls", READ)
async def list_pulls(call: Call) -> Answer:
    """Pull requests, filtered."""
    state = call.choice("state", ("open", "closed", "all"), "open")
    head, base = call.query.get("head"), call.query.get("base")
    sort = call.choice("sort", ("created", "updated", "popularity", "long-running"), "created")
    default = "desc" if sort == "created" and "sort" not in call.query else "asc"
    default = "desc" if "sort" not in call.query else default
    # GitHub ignores a head that is not of the form owner:branch.
    named = head.split(":", 1) if head and ":" in head else None
    found = [
        one
        for one in call.repo.pulls
        if state in {"all", one.issue.state}
        and (base is None or one.base_ref == base)
        and (named is None or (named[0].lower(), named[1]) == (_owner_of_head(one), one.head_ref))
    ]
    if sort == "updated":
        found.sort(key=lambda one: (one.issue.updated_at, one.number))
    if call.choice("direction", ("asc", "desc"), default) == "desc":
        found.reverse()
    page, headers = call.page(found)
    return Answer([shapes.pull(call.world, one) for one in page], headers=headers)


@ROUTES.add("POST", "~/pulls", WRITE, creates=True)
async def create_pull(call: Call) -> Answer:
    """A new pull request."""
    title, head = call.text("title", resource="PullRequest"), call.text("head", resource="PullRequest")
    base, body = call.text("base", resource="PullRequest"), call.text("body")
    pull = await acts.open_pull(
        call.world, call.repo, call.actor,
        title=title or "", head=head or "", base=base or "", body=body, draft=bool(call.body.get("draft")),
    )  # fmt: skip
    shape = await shapes.full_pull(call.world, pull, probe=False)
    return Answer(shape, 201, {"Location": shape["url"]})


@ROUTES.add("GET", "~/pulls/{pull_number}", READ)
async def get_pull(call: Call) -> Answer:
    """One pull request, with counts and whether it can be merged."""
    return Answer(await shapes.full_pull(call.world, pull_of(call)))


@ROUTES.add("PATCH", "~/pulls/{pull_number}", WRITE)
async def update_pull(call: Call) -> Answer:
    """Changes title, body, state or base."""
    pull = pull_of(call)
    state, base, body = call.text("state"), call.text("base"), call.text("body")
    if state not in {None, "open", "closed"}:
        raise invalid("PullRequest", "state")
    if body is None and "body" in call.body:
        body = ""
    await issue_acts.edit_issue(call.world, pull.issue, call.actor, title=call.text("title"), body=body)
    if base is not None:
        await acts.retarget(call.world, pull, call.actor, base)
    if state == "closed":
        await issue_acts.close(call.world, pull.issue, call.actor)
    elif state == "open":
        await issue_acts.reopen(call.world, pull.issue, call.actor)
    return Answer(await shapes.full_pull(call.world, pull))


@ROUTES.add("GET", "~/pulls/{pull_number}/files", READ)
async def list_files(call: Call) -> Answer:
    """The changed files, with patches."""
    pull, store = pull_of(call), call.repo.store
    base = await store.merge_base(pull.base_sha, pull.head_sha) or pull.base_sha
    changes = (await store.diff(base, pull.head_sha))[:FILES]
    pairs = list(zip(changes, await store.patches(base, pull.head_sha), strict=False))
    page, headers = call.page(pairs)
    shown = [commits.diff_entry(call.world, call.repo, pull.head_sha, one, patch) for one, patch in page]
    return Answer(shown, headers=headers)


@ROUTES.add("GET", "~/pulls/{pull_number}/commits", READ)
async def list_commits(call: Call) -> Answer:
    """The commits, oldest first."""
    pull, store = pull_of(call), call.repo.store
    oids = await store.log(pull.head_sha, pull.base_sha, limit=COMMITS)
    page, headers = call.page(oids[::-1])
    found = [await store.commit(oid) for oid in page]
    return Answer([commits.commit(call.world, call.repo, one) for one in found if one], headers=headers)


@ROUTES.add("GET", "~/pulls/{pull_number}/merge", READ)
async def is_merged(call: Call) -> Answer:
    """204 when it was merged, else 404."""
    if pull_of(call).merged_at is None:
        raise Problem(404, "Not Found")
    return Answer(status=204)


@ROUTES.add("PUT", "~/pulls/{pull_number}/merge", "contents:write", creates=True)
async def merge(call: Call) -> Answer:
    """Merges, squashes or rebases."""
    pull = pull_of(call)
    method = call.text("merge_method") or "merge"
    if method not in {"merge", "squash", "rebase"}:
        raise invalid("PullRequest", "merge_method")
    new = await merging.merge(
        call.world, pull, call.actor, method,  # type: ignore[arg-type]
        sha=call.text("sha"), title=call.text("commit_title"), message=call.text("commit_message"),
    )  # fmt: skip
    return Answer({"sha": new, "merged": True, "message": "Pull Request successfully merged"})
