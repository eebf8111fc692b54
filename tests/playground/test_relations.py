"""Issue dependencies and sub-issues over REST: what is told, what is refused, what the webhooks say."""

from itertools import pairwise

import pytest

ISSUES = "/repos/acme/shop/issues"


@pytest.fixture
async def ids(client, playground, hooks):
    """Issues 1 to 4 of the shop by number, and pull request 5: their ids."""
    eve = playground.as_user("eve")
    made = {number: (await eve.open_issue("acme/shop", f"n{number}")).id for number in range(1, 5)}
    await eve.push_files("acme/shop", "topic", {"x": b"x"})
    pull = await eve.open_pull("acme/shop", "topic", "p")
    made[pull.number] = pull.issue.id
    await playground.settled()
    hooks.got.clear()
    return made


async def numbers(client, path):
    return [one["number"] for one in await client.get(f"{ISSUES}/{path}?per_page=100")]


async def blocked(client, number, issue_id, expect=201):
    return await client.post(f"{ISSUES}/{number}/dependencies/blocked_by", {"issue_id": issue_id}, expect)


async def part(client, number, issue_id, expect=201, **more):
    return await client.post(f"{ISSUES}/{number}/sub_issues", {"sub_issue_id": issue_id, **more}, expect)


async def test_a_dependency_is_made_told_and_taken_back(client, playground, ids):
    before = await client.get(f"{ISSUES}/1")
    none = {"blocked_by": 0, "total_blocked_by": 0, "blocking": 0, "total_blocking": 0}
    assert before["issue_dependencies_summary"] == none
    made = await blocked(client, 1, ids[2])
    assert (made["number"], client.last.headers["Location"]) == (1, made["url"])
    await blocked(client, 1, ids[3])
    assert await numbers(client, "1/dependencies/blocked_by") == [2, 3]
    assert await numbers(client, "2/dependencies/blocking") == [1]
    await playground.as_user("eve").close("acme/shop", 2)
    after = await client.get(f"{ISSUES}/1")
    assert after["issue_dependencies_summary"] == none | {"blocked_by": 1, "total_blocked_by": 2}
    assert after["updated_at"] == before["updated_at"]
    assert (await client.get(f"{ISSUES}/3"))["issue_dependencies_summary"]["blocking"] == 1
    path = f"{ISSUES}/1/dependencies/blocked_by/{ids[2]}"
    assert (await client.delete(path, 200))["number"] == 1
    await client.delete(path, 200)
    assert await numbers(client, "1/dependencies/blocked_by") == [3]


async def test_sub_issues_have_an_order_a_progress_and_a_parent(client, playground, ids):
    await client.get(f"{ISSUES}/2/parent", 404)
    assert (await part(client, 1, ids[2]))["number"] == 1
    await part(client, 1, ids[3])
    await part(client, 1, ids[4])
    await playground.as_user("eve").close("acme/shop", 4)
    one = await client.get(f"{ISSUES}/1")
    assert one["sub_issues_summary"] == {"total": 3, "completed": 1, "percent_completed": 33}
    assert one["parent_issue_url"] is None
    assert (await client.get(f"{ISSUES}/2"))["parent_issue_url"] == one["url"]
    assert (await client.get(f"{ISSUES}/2/parent"))["number"] == 1
    await client.patch(f"{ISSUES}/1/sub_issues/priority", {"sub_issue_id": ids[4], "before_id": ids[2]})
    await client.patch(f"{ISSUES}/1/sub_issues/priority", {"sub_issue_id": ids[2], "after_id": ids[3]})
    assert await numbers(client, "1/sub_issues") == [4, 3, 2]
    for wrong in ({}, {"after_id": ids[1]}, {"after_id": ids[3], "before_id": ids[4]}, {"after_id": ids[2]}):
        await client.patch(f"{ISSUES}/1/sub_issues/priority", {"sub_issue_id": ids[2], **wrong}, 422)
    await client.delete(f"{ISSUES}/1/sub_issue", 200, {"sub_issue_id": ids[3]})
    await client.delete(f"{ISSUES}/1/sub_issue", 404, {"sub_issue_id": ids[3]})
    assert await numbers(client, "1/sub_issues") == [4, 2]


async def test_a_new_parent_is_taken_only_when_it_is_to_replace_the_old_one(client, playground, hooks, ids):
    await part(client, 1, ids[3])
    assert "only have one parent" in (await part(client, 2, ids[3], 422))["message"]
    await playground.settled()
    hooks.got.clear()
    await part(client, 2, ids[3], replace_parent=True)
    assert (await numbers(client, "1/sub_issues"), await numbers(client, "2/sub_issues")) == ([], [3])
    await playground.settled()
    assert [payload["action"] for payload in hooks.of("sub_issues")] == [
        "sub_issue_removed", "parent_issue_removed", "sub_issue_added", "parent_issue_added"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "other", "said"),
    [
        (1, 2, "already been taken"),
        (1, 1, "itself"),
        (2, 1, "cycle"),
        (3, 1, "cycle"),
        (1, 5, "Target issue may only be an issue"),
        (5, 1, "Source issue may only be an issue"),
    ],
)
async def test_dependencies_that_are_refused(client, ids, number, other, said):
    await blocked(client, 1, ids[2])
    await blocked(client, 2, ids[3])
    assert said in (await blocked(client, number, ids[other], 422))["message"]
    assert await numbers(client, "1/dependencies/blocked_by") == [2]


async def test_a_far_circle_may_be_taken_a_near_one_never(client, playground, ids):
    playground.world.indirect_cycles = True
    await blocked(client, 1, ids[2])
    await blocked(client, 2, ids[3])
    await blocked(client, 2, ids[1], 422)
    await blocked(client, 3, ids[1])


@pytest.mark.parametrize(
    ("number", "other", "said"),
    [
        (1, 2, "duplicate sub-issues"),
        (1, 1, "same as the parent"),
        (3, 1, "circular"),
        (4, 2, "only have one parent"),
        (1, 5, "Sub issue may only be an issue"),
        (5, 1, "Parent may only be an issue"),
    ],
)
async def test_sub_issues_that_are_refused(client, ids, number, other, said):
    await part(client, 1, ids[2])
    await part(client, 2, ids[3])
    assert said in (await part(client, number, ids[other], 422))["message"]
    assert await numbers(client, "1/sub_issues") == [2]


@pytest.mark.parametrize("wrong", [{}, {"issue_id": "12"}, {"issue_id": True}])
async def test_what_is_no_id_is_422(client, ids, wrong):
    await client.post(f"{ISSUES}/1/dependencies/blocked_by", wrong, 422)


async def test_a_number_is_not_an_id(client, ids):
    await blocked(client, 1, 2, 404)
    await part(client, 1, 2, 404)
    await client.delete(f"{ISSUES}/1/dependencies/blocked_by/2", 404)


async def test_limits(client, playground, ids):
    playground.limits.enforced = False
    eve = playground.as_user("eve")
    made = [await eve.open_issue("acme/shop", f"m{at}") for at in range(101)]
    for one in made[:50]:
        await eve.block("acme/shop", 1, one.number)
        await eve.block("acme/shop", one.number, 2)
    assert "more than 50" in (await blocked(client, 1, made[50].id, 422))["message"]
    assert "more than 50" in (await blocked(client, made[50].number, ids[2], 422))["message"]
    for one in made[:100]:
        await eve.add_sub_issue("acme/shop", 3, one.number)
    assert "more than 100" in (await part(client, 3, made[100].id, 422))["message"]


async def test_at_most_eight_levels_below_an_issue(client, playground, ids):
    eve = playground.as_user("eve")
    chain = [(await eve.open_issue("acme/shop", f"m{at}")).number for at in range(10)]
    for above, below in pairwise(chain[:5]):
        await eve.add_sub_issue("acme/shop", above, below)
    for above, below in pairwise(chain[5:]):
        await eve.add_sub_issue("acme/shop", above, below)
    below = playground.repository("acme/shop").issues[chain[5]].id
    assert "8 layers" in (await part(client, chain[4], below, 422))["message"]
    await part(client, chain[3], below)


async def test_lists_are_paged_and_their_etags_follow_the_relations(client, playground, ids):
    for other in (2, 3, 4):
        await blocked(client, 1, ids[other])
    path = f"{ISSUES}/1/dependencies/blocked_by?per_page=2"
    assert len(await client.get(path)) == 2
    assert "next" in client.last.links

    async def unchanged(path, etag):
        await client.get(path, None, If_None_Match=etag)
        return client.last.status == 304

    tags = {}
    for where in (path, ISSUES, f"{ISSUES}/1"):
        await client.get(where)
        tags[where] = client.last.headers["ETag"]
    assert all([await unchanged(where, tag) for where, tag in tags.items()])
    await playground.as_user("eve").unblock("acme/shop", 1, 2)
    assert not any([await unchanged(where, tag) for where, tag in tags.items()])


async def test_other_repositories(client, playground, ids):
    lib = await playground.create_repository("acme", "lib", files={"a": b"a"})
    await playground.create_repository("else", "where", files={"a": b"a"})
    eve = playground.as_user("eve")
    theirs = await eve.open_issue("acme/lib", "lib")
    foreign = await eve.open_issue("else/where", "foreign")
    await part(client, 1, theirs.id)
    await blocked(client, 1, theirs.id)
    assert "same repository owner" in (await part(client, 1, foreign.id, 422))["message"]
    await blocked(client, 1, foreign.id)
    listed = await client.get(f"{ISSUES}/1/dependencies/blocked_by")
    assert [one["repository_url"].rpartition("/")[2] for one in listed] == ["lib", "where"]
    playground.repository("else/where").private = True
    assert await numbers(client, "1/dependencies/blocked_by") == [theirs.number]
    await blocked(client, 2, foreign.id, 404)
    assert lib.issues[theirs.number].parent.number == 1


async def test_who_may(client, playground, ids):
    only = client.with_token("ghu_tom")
    await blocked(only, 1, ids[2])
    reader = client.with_token("ghu_ned")
    assert await numbers(reader, "1/dependencies/blocked_by") == [2]
    await blocked(reader, 1, ids[3], 403)
    await part(reader, 1, ids[3], 403)
    playground.world.tokens[client.token].permissions["issues"] = "read"
    await blocked(client, 1, ids[3], 403)


async def test_webhooks_tell_both_sides(client, playground, hooks, ids):
    await blocked(client, 1, ids[2])
    await part(client, 3, ids[4])
    await client.delete(f"{ISSUES}/1/dependencies/blocked_by/{ids[2]}", 200)
    await client.delete(f"{ISSUES}/3/sub_issue", 200, {"sub_issue_id": ids[4]})
    await playground.settled()
    told = [
        (payload["action"], payload["blocked_issue_id"], payload["blocking_issue"]["id"])
        for payload in hooks.of("issue_dependencies")
    ]
    pair = (ids[1], ids[2])
    assert told == [
        (action, *pair) for action in ("blocked_by_added", "blocking_added", "blocked_by_removed", "blocking_removed")
    ]
    added = hooks.of("issue_dependencies")[0]
    assert added["blocking_issue_repo"]["full_name"] == "acme/shop"
    assert added["blocked_issue"]["issue_dependencies_summary"]["total_blocked_by"] == 1
    assert added["installation"]["id"] == client.installation.id
    told = [(one["action"], one["parent_issue_id"], one["sub_issue"]["id"]) for one in hooks.of("sub_issues")]
    pair = (ids[3], ids[4])
    assert told == [
        (action, *pair)
        for action in ("sub_issue_added", "parent_issue_added", "sub_issue_removed", "parent_issue_removed")
    ]
    assert len(hooks.got) == 8
    lines = [line["event"] for line in await client.get(f"{ISSUES}/1/timeline")]
    assert lines == ["blocked_by_added", "blocked_by_removed"]
    assert [line["event"] for line in await client.get(f"{ISSUES}/4/timeline")] == [
        "parent_issue_added", "parent_issue_removed"
    ]  # fmt: skip


async def test_only_those_are_told_that_subscribed(client, playground, hooks, ids):
    client.installation.events[:] = ["issues"]
    await blocked(client, 1, ids[2])
    await part(client, 1, ids[2])
    await playground.settled()
    assert hooks.got == []


async def test_an_old_server_knows_none_of_it(client, playground, ids):
    await blocked(client, 1, ids[2])
    playground.world.relations = False
    for path in ("dependencies/blocked_by", "dependencies/blocking", "sub_issues", "parent"):
        await client.get(f"{ISSUES}/1/{path}", 404)
    await blocked(client, 1, ids[3], 404)
    await part(client, 1, ids[3], 404)
    one = await client.get(f"{ISSUES}/1")
    assert not {"issue_dependencies_summary", "sub_issues_summary", "parent_issue_url"} & set(one)


async def test_summaries_may_lag_behind_the_lists(client, playground, ids):
    await blocked(client, 1, ids[2])
    await part(client, 1, ids[3])
    playground.world.stale_summaries = True
    one = await client.get(f"{ISSUES}/1")
    assert (one["issue_dependencies_summary"]["total_blocked_by"], one["sub_issues_summary"]["total"]) == (0, 0)
    assert (await numbers(client, "1/dependencies/blocked_by"), await numbers(client, "1/sub_issues")) == ([2], [3])


async def test_both_lists_of_events_tell_of_relations(client, ids):
    await blocked(client, 1, ids[2])
    await part(client, 1, ids[2])
    for path in ("events", "timeline"):
        lines = await client.get(f"{ISSUES}/1/{path}")
        assert [line["event"] for line in lines] == ["blocked_by_added", "sub_issue_added"]
        assert (lines[0]["blocked_by"]["number"], lines[1]["sub_issue"]["title"]) == (2, "n2")


async def test_relations_count_as_creations_their_ends_do_not(client, playground, ids):
    """GitHub's pages of both have the note on secondary limits that its pages of content have."""
    world = playground.world
    meter = world.limits._meters[f"installation ID {client.installation.id}", "creations a minute"]
    before = meter.total
    await blocked(client, 1, ids[2])
    await part(client, 1, ids[2])
    assert meter.total == before + 2
    await client.delete(f"{ISSUES}/1/dependencies/blocked_by/{ids[2]}", 200)
    await client.delete(f"{ISSUES}/1/sub_issue", 200, {"sub_issue_id": ids[2]})
    assert meter.total == before + 2
