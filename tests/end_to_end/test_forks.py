"""Pull requests of forks: read, checked and reported on, never pushed to; no command of theirs has rights."""

import asyncio

import pytest

from tests.end_to_end.act import NAME
from tests.end_to_end.gates import (
    SPEC,
    all_concluded,
    approvals,
    guard,
    mini_spec,
    more_people,
    repository,
    reviews,
    says,
    status,
)

SETTINGS = """\
version: 1
spec: {guarded: ["src/**"]}
approvals:
  - {name: code, from: {permission: write}}
merging: {when: approved}
"""
PATCH = """\
/apply

```json
{"version": 1, "operations": [{"op": "create", "path": "src/new.py", "content": "x = 1\\n"}]}
```
"""


@pytest.fixture
async def forked(stage):
    """A pull request of a fork by ``zoe``, who may only read."""
    act = await stage(repository(SETTINGS))
    more_people(act, ("zoe", "read"))
    fork = await act.playground.create_fork(NAME, "zoe")
    act.fork = fork
    act.playground.set_permission(fork.full_name, "zoe", "admin")
    await act.zoe.push_files(fork.full_name, "work", {"src/a.py": b"a = 2\n", SPEC: mini_spec(days=90).encode()})
    pull = await act.zoe.open_pull(NAME, "zoe:work", "From outside", "/merge\n")
    act.later()
    await act.settle()
    return act, pull


async def test_a_fork_is_judged_and_never_pushed_to(forked):
    act, pull = forked
    head = pull.head_sha
    assert approvals(act, pull).conclusion == "action_required"
    check = guard(act, pull)
    assert check.conclusion == "failure"
    assert {one["title"] for one in check.annotations} >= {"not-approved", "stale-review"}
    assert check.actions == []

    await reviews(act, "ben", pull)
    assert approvals(act, pull).conclusion == "success"
    assert "not-approved" not in guard(act, pull).summary

    # Somebody makes up a press, and those who may not give orders, and those who may.
    await act.ben.press(NAME, guard(act, pull).id, "record-review")
    await act.settle()
    assert (pull.head_sha, act.fork.branch("work")) == (head, head)
    for text in ("/merge", PATCH, "/replay", "/rollback"):
        await says(act, "zoe", pull, text)
        assert pull.merged_at is None and pull.head_sha == head
    assert status(act, pull).count("not allowed") >= 4
    await says(act, "ben", pull, PATCH)
    assert "`fork-pull`" in status(act, pull) and "Next:" in status(act, pull)
    await says(act, "ben", pull, "/merge")
    said = status(act, pull)
    (merge,) = [line for line in said.splitlines() if line.startswith("| `ben` | [`/merge`]")]
    assert "**refused** (`fork-pull`)" in merge and "GitHub's own button" in said
    assert (pull.merged_at, pull.head_sha, act.fork.branch("work")) == (None, head, head)
    assert act.repository.branch("work") is None

    # A new head of the fork is judged as any other, and nothing is ever merged unasked.
    await act.zoe.push_files(act.fork.full_name, "work", {SPEC: mini_spec().encode(), "src/a.py": b"a = 3\n"})
    act.later(20)
    await act.settle()
    assert approvals(act, pull).conclusion == "action_required"
    await reviews(act, "ben", pull)
    assert (approvals(act, pull).conclusion, guard(act, pull).conclusion) == ("success", "success")
    assert pull.merged_at is None
    assert all_concluded(act)
    assert not [one for one in act.playground.exchanges if one.is_write and "zoe/platform" in one.path]


async def test_a_fork_that_is_gone_is_pushed_to_by_nobody(forked, judged):
    act, pull = forked
    await says(act, "zoe", pull, "/status")
    assert "`/status`" in status(act, pull)
    gone = act.playground.world.repositories.pop("zoe/platform")
    await asyncio.to_thread(gone.store.close)
    pull.head_repo = None
    await reviews(act, "ben", pull)
    assert approvals(act, pull).conclusion == "success"
    await says(act, "ben", pull, PATCH)
    assert "`fork-pull`" in status(act, pull)
    await says(act, "ben", pull, "/explain")
    assert "#### Answer to `/explain`" in status(act, pull)
    assert pull.merged_at is None and all_concluded(act)
    # GitHub's description knows no pull request without a repository; GitHub answers so where a fork was deleted.
    judged[:] = [one for one in judged if '/head/repo: null is not of type "object"' not in one]
