"""Issues that are transferred or deleted, closed with a reason or by a keyword, and boxes that people tick."""

import pytest

from bot.playground import Problem
from bot.playground.acts.closing import named
from tests.effort import soon

ISSUES = "/repos/acme/shop/issues"


async def test_a_transferred_issue_has_a_new_number_and_leaves_its_address(client, playground, hooks):
    await playground.create_repository("acme", "lib", files={"a": b"a"}, labels=False)
    playground.set_permission("acme/lib", "eve", "write")
    eve, ned = playground.as_user("eve"), playground.as_user("ned")
    await eve.create_label("acme/lib", "Bug", "00ff00")
    await eve.open_issue("acme/lib", "there")
    await eve.open_issue("acme/shop", "moves", "body", labels=["bug", "question"])
    await eve.open_issue("acme/shop", "stays")
    await eve.assign("acme/shop", 1, "tom")
    said = await ned.comment("acme/shop", 1, "hm")
    await eve.block("acme/shop", 2, 1)
    await eve.add_sub_issue("acme/shop", 2, 1)
    old = await client.get(f"{ISSUES}/1")
    await playground.settled()
    hooks.got.clear()
    new = await eve.transfer("acme/shop", 1, "acme/lib")
    assert (new.number, new.user.login, [label.color for label in new.labels]) == (2, "eve", ["00ff00"])
    assert [person.login for person in new.assignees] == ["tom"]
    await playground.settled()
    left, came = hooks.of("issues")
    assert (left["action"], left["issue"]["id"], left["repository"]["name"]) == ("transferred", old["id"], "shop")
    assert left["changes"]["new_issue"]["number"] == 2
    assert left["changes"]["new_repository"]["full_name"] == "acme/lib"
    assert (came["action"], came["repository"]["name"], came["changes"]["old_issue"]["number"]) == ("opened", "lib", 1)
    for path in (f"{ISSUES}/1", f"{ISSUES}/1/comments"):
        async with client.session.get(
            playground.api_url + path,
            headers={"Authorization": f"Bearer {client.token}", "User-Agent": "t"},
            allow_redirects=False,
        ) as answer:
            assert (answer.status, answer.headers["Location"]) == (
                301,
                playground.api_url + path.replace("shop/issues/1", "lib/issues/2"),
            )
    assert (await client.get(f"{ISSUES}/1"))["id"] == new.id
    assert (await client.get("/repos/acme/lib/issues/2/timeline"))[-1]["event"] == "transferred"
    assert [one["body"] for one in await client.get("/repos/acme/lib/issues/2/comments")] == ["hm"]
    await client.get(f"{ISSUES}/comments/{said.id}", 404)
    blocked_by = await client.get(f"{ISSUES}/2/dependencies/blocked_by")
    assert [one["id"] for one in blocked_by] == [new.id]
    assert [one["id"] for one in await client.get(f"{ISSUES}/2/sub_issues")] == [new.id]
    assert (await ned.open_issue("acme/shop", "next")).number == 3


async def test_a_deleted_issue_is_gone_with_its_relations(client, playground, hooks):
    eve, acme = playground.as_user("eve"), playground.as_user("acme")
    for at in range(4):
        await eve.open_issue("acme/shop", f"n{at}")
    await eve.block("acme/shop", 1, 4)
    await eve.block("acme/shop", 4, 2)
    await eve.add_sub_issue("acme/shop", 3, 4)
    await eve.add_sub_issue("acme/shop", 4, 1)
    said = await eve.comment("acme/shop", 4, "c")
    with pytest.raises(Problem, match="admin"):
        await eve.delete_issue("acme/shop", 4)
    await playground.settled()
    hooks.got.clear()
    await acme.delete_issue("acme/shop", 4)
    await playground.settled()
    assert [payload["action"] for payload in hooks.of("issues")] == ["deleted"]
    await client.get(f"{ISSUES}/4", 410)
    await client.get(f"{ISSUES}/comments/{said.id}", 404)
    for path in ("1/dependencies/blocked_by", "2/dependencies/blocking", "3/sub_issues"):
        assert await client.get(f"{ISSUES}/{path}") == []
    await client.get(f"{ISSUES}/1/parent", 404)
    assert (await eve.open_issue("acme/shop", "next")).number == 5


async def test_who_may_transfer_and_where_to(client, playground):
    await playground.create_repository("acme", "lib", files={"a": b"a"})
    await playground.create_repository("else", "where", files={"a": b"a"})
    for repo in ("acme/lib", "else/where"):
        playground.set_permission(repo, "eve", "write")
    eve, tom = playground.as_user("eve"), playground.as_user("tom")
    await tom.open_issue("acme/shop", "t")
    for person, to, said in ((tom, "acme/lib", "write access"), (eve, "else/where", "cannot be transferred")):
        with pytest.raises(Problem, match=said):
            await person.transfer("acme/shop", 1, to)


@pytest.mark.parametrize("reason", ["completed", "not_planned", "duplicate"])
async def test_an_issue_is_closed_with_a_reason(client, playground, reason):
    eve = playground.as_user("eve")
    await eve.open_issue("acme/shop", "t")
    await eve.open_issue("acme/shop", "u")
    await eve.close("acme/shop", 1, reason)
    assert (await client.get(f"{ISSUES}/1"))["state_reason"] == reason
    closed = await client.patch(f"{ISSUES}/2", {"state": "closed", "state_reason": reason})
    assert closed["state_reason"] == reason
    with pytest.raises(Problem):
        await eve.close("acme/shop", 1, "bored")


async def merged(playground, body, *, base="main", method="merge", message="Change files"):
    eve = playground.as_user("eve")
    await eve.push_files("acme/shop", "topic", {"x": b"x"}, message)
    pull = await eve.open_pull("acme/shop", "topic", "p", body, base=base)
    await eve.merge("acme/shop", pull.number, method)


@pytest.mark.parametrize(
    ("body", "closed"),
    [
        ("Closes #1", [1]),
        ("fixes: #1, resolves #2", [1, 2]),
        ("FIXED acme/shop#2", [2]),
        ("Part of #1. Closes nothing; see #2", []),
        ("discloses #1", []),
        ("`Closes #1`\n\n```\nCloses #2\n```\n<!-- Closes #1 -->", []),
        ("``a ` Closes #1``", []),
        ("```\nCloses #1\n```\nCloses #2", [2]),
        ("Closes #1 and #2", [1]),
        ("Closes #3", []),
    ],
)
async def test_a_merged_pull_request_closes_what_its_body_names(client, playground, body, closed):
    eve = playground.as_user("eve")
    for at in range(2):
        await eve.open_issue("acme/shop", f"n{at}")
    await merged(playground, body)
    issues = await client.get(f"{ISSUES}?state=closed&direction=asc")
    assert [(one["number"], one["state_reason"]) for one in issues if "pull_request" not in one] == [
        (number, "completed") for number in closed
    ]


@pytest.mark.parametrize(
    "text", ["`" * 60_000, "<!--" * 15_000, "closes " * 9_000, "Closes #1 " * 6_000, "~~~\n" * 15_000]
)
async def test_hostile_bodies_are_read_to_their_end(playground, repo, text):
    await playground.as_user("eve").open_issue("acme/shop", "n")
    assert len(list(named(playground.world, repo, text))) <= 1
    assert soon(lambda some: list(named(playground.world, repo, some)), text, 1)


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
async def test_so_do_the_commits_that_it_brings(client, playground, hooks, method):
    eve = playground.as_user("eve")
    await eve.open_issue("acme/shop", "n")
    await merged(playground, "", method=method, message="Work\n\nFixes #1")
    one = await client.get(f"{ISSUES}/1")
    assert one["state"] == ("open" if method == "squash" else "closed")
    await playground.settled()
    told = [payload["action"] for payload in hooks.of("issues")]
    assert told == ["opened"] if method == "squash" else ["opened", "closed"]


async def test_only_on_the_default_branch(client, playground):
    eve = playground.as_user("eve")
    await eve.open_issue("acme/shop", "n")
    await eve.create_branch("acme/shop", "dev")
    await merged(playground, "Closes #1", base="dev", message="Closes #1")
    assert (await client.get(f"{ISSUES}/1"))["state"] == "open"
    await eve.push_files("acme/shop", "main", {"y": b"y"}, "Closes #1")
    assert (await client.get(f"{ISSUES}/1"))["state"] == "closed"


async def test_a_closed_pull_request_closes_nothing(client, playground):
    eve = playground.as_user("eve")
    await eve.open_issue("acme/shop", "n")
    await eve.push_files("acme/shop", "topic", {"x": b"x"})
    pull = await eve.open_pull("acme/shop", "topic", "p", "Closes #1")
    await eve.close("acme/shop", pull.number)
    assert (await client.get(f"{ISSUES}/1"))["state"] == "open"


BODY = "Do\r\n\r\n- [ ] one\r\n- [x] two\r\n  * [ ] three\r\n\r\n```\n- [ ] one in code\n```\n1. [ ] four"


async def test_a_tick_edits_one_line(client, playground, hooks):
    ned, eve = playground.as_user("ned"), playground.as_user("eve")
    await ned.open_issue("acme/shop", "t", BODY)
    await eve.tick("acme/shop", 1, "one")
    assert (await client.get(f"{ISSUES}/1"))["body"] == BODY.replace("- [ ] one\r", "- [x] one\r")
    await ned.tick("acme/shop", 1, "two", False)
    await ned.tick("acme/shop", 1, "three")
    await ned.tick("acme/shop", 1, "three")
    said = await eve.comment("acme/shop", 1, "- [ ] here")
    await eve.tick("acme/shop", 1, "here", comment=said.id)
    await playground.settled()
    edits = [payload["sender"]["login"] for payload in hooks.of("issues") if payload["action"] == "edited"]
    assert edits == ["eve", "ned", "ned"]
    assert [payload["comment"]["body"] for payload in hooks.of("issue_comment")] == ["- [ ] here", "- [x] here"]
    for text in ("nowhere", "o"):
        with pytest.raises(Problem, match="boxes"):
            await eve.tick("acme/shop", 1, text)
    with pytest.raises(Problem, match="write access"):
        await playground.as_user("tom").tick("acme/shop", 1, "four")


async def test_a_plan_without_drafts(client, playground):
    await playground.create_repository("acme", "free", files={"a": b"a"}, drafts=False)
    playground.set_permission("acme/free", "eve", "write")
    eve = playground.as_user("eve")
    await eve.push_files("acme/free", "topic", {"x": b"x"})
    wanted = {"title": "t", "head": "topic", "base": "main"}
    said = await client.post("/repos/acme/free/pulls", wanted | {"draft": True}, 422)
    assert said["message"] == "Draft pull requests are not supported in this repository."
    made = await client.post("/repos/acme/free/pulls", wanted)
    with pytest.raises(Problem, match="Draft"):
        await eve.ready("acme/free", made["number"], draft=True)
    query = "mutation ($id: ID!) { convertPullRequestToDraft(input: {pullRequestId: $id}) { clientMutationId } }"
    said = await client.ask("POST", playground.graphql_url, {"query": query, "variables": {"id": made["node_id"]}}, 200)
    assert said["errors"][0]["message"] == "Draft pull requests are not supported in this repository."
