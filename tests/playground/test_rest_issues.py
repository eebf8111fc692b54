"""Issues, comments, labels, reactions, timelines over REST."""

import pytest

ISSUES = "/repos/acme/shop/issues"


async def test_an_issue_is_made_read_changed_and_closed(client, hooks, playground):
    made = await client.post(ISSUES, {"title": "One", "body": "b", "labels": ["bug", "new"], "assignees": ["eve"]})
    assert [label["name"] for label in made["labels"]] == ["bug", "new"]
    assert made["performed_via_github_app"]["slug"] == "graftsman"
    assert (await client.get(f"{ISSUES}/1"))["user"]["login"] == "graftsman[bot]"
    changed = await client.patch(f"{ISSUES}/1", {"title": "Two", "body": "c", "labels": ["bug"], "assignees": ["tom"]})
    assert (changed["title"], len(changed["labels"]), changed["assignee"]["login"]) == ("Two", 1, "tom")
    closed = await client.patch(f"{ISSUES}/1", {"state": "closed", "state_reason": "not_planned"})
    assert (closed["state"], closed["state_reason"], closed["closed_by"]["type"]) == ("closed", "not_planned", "Bot")
    await client.patch(f"{ISSUES}/1", {"state": "open"})
    events = [line["event"] for line in await client.get(f"{ISSUES}/1/events")]
    assert events == [
        "labeled", "labeled", "assigned", "renamed", "unlabeled", "unassigned", "assigned", "closed", "reopened"
    ]  # fmt: skip
    await client.post(f"{ISSUES}/1/comments", {"body": "hi"})
    lines = await client.get(f"{ISSUES}/1/timeline?per_page=100")
    assert [line["event"] for line in lines] == [*events, "commented"]
    await playground.settled()
    edited = next(payload for payload in hooks.of("issues") if payload["action"] == "edited")
    assert edited["changes"] == {"title": {"from": "One"}, "body": {"from": "b"}}
    assert edited["installation"]["id"] == client.installation.id


async def test_issues_are_filtered_and_paged(client, playground):
    eve = playground.as_user("eve")
    for number in range(7):
        await eve.open_issue("acme/shop", f"n{number}", labels=["even"] if number % 2 == 0 else [])
    await eve.close("acme/shop", 3)

    async def titles(query):
        return [one["title"] for one in await client.get(f"{ISSUES}?{query}")]

    assert await titles("labels=Even") == ["n6", "n4", "n0"]
    assert await titles("state=closed") == ["n2"]
    assert await titles("state=all&creator=eve&direction=asc&per_page=2") == ["n0", "n1"]
    assert await titles("creator=tom") == []
    assert await titles("since=2999-01-01T00:00:00Z") == []
    first = await client.get(f"{ISSUES}?state=all&per_page=3")
    pages = [first]
    while following := client.last.links.get("next"):
        pages.append(await client.get(str(following["url"])))
    assert [len(page) for page in pages] == [3, 3, 1]
    assert set(client.last.links) == {"prev", "first"}


async def test_comments(client, playground, hooks):
    ned = playground.as_user("ned")
    await ned.open_issue("acme/shop", "t")
    one = await client.post(f"{ISSUES}/1/comments", {"body": "first"})
    theirs = await ned.comment("acme/shop", 1, "second")
    assert [item["body"] for item in await client.get(f"{ISSUES}/1/comments")] == ["first", "second"]
    assert (await client.patch(f"{ISSUES}/comments/{one['id']}", {"body": "changed"}))["body"] == "changed"
    assert (await client.get(f"{ISSUES}/comments/{theirs.id}"))["user"]["login"] == "ned"
    assert len(await client.get(f"{ISSUES}/comments?sort=updated&direction=desc")) == 2
    await client.delete(f"{ISSUES}/comments/{one['id']}")
    await client.get(f"{ISSUES}/comments/{one['id']}", 404)
    await playground.settled()
    assert [payload["action"] for payload in hooks.of("issue_comment")] == ["created", "created", "edited", "deleted"]


async def test_reactions_are_idempotent(client, playground):
    await playground.as_user("ned").open_issue("acme/shop", "t")
    one = await playground.as_user("ned").comment("acme/shop", 1, "c")
    for where in (f"{ISSUES}/1/reactions", f"{ISSUES}/comments/{one.id}/reactions"):
        made = await client.post(where, {"content": "eyes"})
        assert await client.post(where, {"content": "eyes"}, 200) == made
        await client.post(where, {"content": "sigh"}, 422)
        assert len(await client.get(where)) == 1
        await client.delete(f"{where}/{made['id']}")
        assert await client.get(where) == []


async def test_labels(client, playground, hooks):
    base = "/repos/acme/shop/labels"
    await client.post(base, {"name": "Task", "color": "AABBCC", "description": "d"})
    refused = await client.post(base, {"name": "task", "color": "aabbcc"}, 422)
    assert refused["errors"] == [{"resource": "Label", "code": "already_exists", "field": "name"}]
    await client.post(base, {"name": "x", "color": "red"}, 422)
    await client.post(base, {"name": "x" * 51}, 422)
    await client.post(base, {"name": "x", "description": "d" * 101}, 422)
    assert (await client.get(f"{base}/TASK"))["color"] == "aabbcc"
    assert (await client.patch(f"{base}/task", {"new_name": "Job two", "color": "000000"}))["name"] == "Job two"
    assert (await client.get(f"{base}/job%20two"))["name"] == "Job two"
    assert len(await client.get(base)) == 5
    await client.post(ISSUES, {"title": "t"})
    where = f"{ISSUES}/1/labels"
    assert len(await client.post(where, {"labels": ["job two", "made-up"]}, 200)) == 2
    assert len(await client.get(where)) == 2
    assert [one["name"] for one in await client.put(where, {"labels": ["bug"]})] == ["bug"]
    await client.delete(f"{where}/question", 404)
    assert await client.delete(f"{where}/bug", 200) == []
    await client.delete(where)
    await client.delete(f"{base}/job%20two")
    await client.get(f"{base}/job%20two", 404)
    too_many = {"labels": [f"l{number}" for number in range(101)]}
    await client.post(where, too_many, 422)
    await playground.settled()
    assert [payload["action"] for payload in hooks.of("label")][:3] == ["created", "edited", "created"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "title"),
        ({"title": " "}, "title"),
        ({"title": "t" * 257}, "title"),
        ({"title": "t", "body": "b" * 65_537}, "body"),
    ],
)
async def test_what_github_does_not_take(client, body, field):
    answer = await client.post(ISSUES, body, 422)
    assert answer["message"] == "Validation Failed"
    assert answer["errors"][0]["field"] == field
    assert (await client.get(ISSUES)) == []


async def test_wrong_bodies_are_400_and_wrong_numbers_404(client):
    async with client.session.post(
        client.playground.api_url + ISSUES, data=b"{", headers={"Authorization": f"token {client.token}"}
    ) as answer:
        assert (answer.status, (await answer.json())["message"]) == (400, "Problems parsing JSON")
    await client.post(ISSUES, [1], 400)
    for path in (f"{ISSUES}/99", f"{ISSUES}/x", "/repos/acme/none", "/nothing", f"{ISSUES}/comments/5"):
        assert (await client.get(path, 404))["message"] == "Not Found"


async def test_people_may_what_their_role_says(client, playground):
    ned, tom = client.with_token("ghu_ned"), client.with_token("ghu_tom")
    made = await ned.post(ISSUES, {"title": "t", "labels": ["bug"]})
    assert made["labels"] == []
    await ned.post(f"{ISSUES}/1/labels", {"labels": ["bug"]}, 403)
    await tom.post(f"{ISSUES}/1/labels", {"labels": ["bug"]}, 200)
    await ned.patch(f"{ISSUES}/1", {"body": "mine"})
    await tom.patch(f"{ISSUES}/1", {"state": "closed"})
    one = await tom.post(f"{ISSUES}/1/comments", {"body": "c"})
    await ned.patch(f"{ISSUES}/comments/{one['id']}", {"body": "not mine"}, 403)
    await client.with_token(None).post(ISSUES, {"title": "t"}, 401)
    roles = {}
    for login in ("acme", "eve", "tom", "ned"):
        answer = await client.get(f"/repos/acme/shop/collaborators/{login}/permission")
        roles[login] = (answer["permission"], answer["role_name"])
    assert roles == {
        "acme": ("admin", "admin"), "eve": ("write", "write"), "tom": ("read", "triage"), "ned": ("read", "read")
    }  # fmt: skip


async def test_graphql_tells_who_edited_last(client, playground):
    ned, tom = playground.as_user("ned"), playground.as_user("tom")
    await ned.open_issue("acme/shop", "t", "b")
    query = """query($o: String!, $n: String!, $i: Int!) {
      repository(owner: $o, name: $n) { issue(number: $i) { id lastEditedAt editor { login } body } } }"""

    async def ask(text, **variables):
        body = {"query": text, "variables": variables}
        return await client.ask("POST", client.playground.graphql_url, body, 200)

    found = await ask(query, o="acme", n="shop", i=1)
    assert found["data"]["repository"]["issue"] | {"id": ""} == {
        "id": "", "lastEditedAt": None, "editor": None, "body": "b"
    }  # fmt: skip
    await tom.edit_issue("acme/shop", 1, body="c")
    issue = (await ask(query, o="acme", n="shop", i=1))["data"]["repository"]["issue"]
    assert (issue["editor"], issue["body"]) == ({"login": "tom"}, "c")
    missing = await ask(query, o="acme", n="shop", i=9)
    assert missing["data"]["repository"]["issue"] is None
    assert missing["errors"][0]["type"] == "NOT_FOUND"
    assert (await ask(query, o="acme", n="gone", i=9))["data"] == {"repository": None}
    assert "data" not in await ask("{ viewer { nothing } }")
    assert "errors" in await ask("{ viewer ")
    await playground.as_user("eve").push_files("acme/shop", "w", {"x": b"1"})
    await playground.as_user("eve").open_pull("acme/shop", "w", "t", draft=True)
    text = '# note\n{ r: repository(owner: "acme", name: "shop") { pullRequest(number: 2) { ... on PullRequest { id isDraft } } } }'
    assert (await ask(text))["data"]["r"]["pullRequest"]["isDraft"] is True
