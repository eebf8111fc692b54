"""Pull requests, reviews, checks, commits, refs, files over REST."""

import base64

import pytest

REPO = "/repos/acme/shop"
PULLS = f"{REPO}/pulls"


@pytest.fixture
async def pull(playground, client):
    await playground.as_user("eve").push_files("acme/shop", "work", {"x": b"1\n", "src/a.ts": None, "ü b": b"\0\1"})
    return await client.post(PULLS, {"title": "T", "head": "acme:work", "base": "main", "body": "b"})


async def test_pull_requests_are_listed_by_head_base_and_state(client, playground, pull):
    eve = playground.as_user("eve")
    await eve.push_files("acme/shop", "two", {"y": b"1"})
    await client.post(PULLS, {"title": "U", "head": "two", "base": "main", "draft": True})

    async def numbers(query=""):
        return [one["number"] for one in await client.get(f"{PULLS}?{query}")]

    assert await numbers() == [2, 1]
    assert await numbers("direction=asc") == [1, 2]
    assert await numbers("sort=created") == [1, 2]
    assert await numbers("head=acme:two") == [2]
    assert await numbers("head=two") == [2, 1]
    assert await numbers("base=none") == []
    await client.patch(f"{PULLS}/1", {"state": "closed"})
    assert await numbers("state=closed") == [1]
    assert len(await client.get(f"{REPO}/issues?state=all")) == 2
    assert (await client.get(f"{REPO}/issues/2"))["draft"] is True


async def test_one_pull_request(client, playground, pull):
    assert (pull["changed_files"], pull["additions"], pull["deletions"]) == (3, 1, 1)
    seen = await client.get(f"{PULLS}/1")
    assert (seen["mergeable"], seen["mergeable_state"]) == (True, "clean")
    files = {one["filename"]: one for one in await client.get(f"{PULLS}/1/files")}
    assert {name: one["status"] for name, one in files.items()} == {"src/a.ts": "removed", "x": "added", "ü b": "added"}
    assert files["x"]["patch"] == "@@ -0,0 +1 @@\n+1"
    assert "patch" not in files["ü b"]
    assert len(await client.get(f"{PULLS}/1/commits")) == 1
    await client.get(f"{PULLS}/1/merge", 404)
    changed = await client.patch(f"{PULLS}/1", {"title": "New", "body": "c"})
    assert (changed["title"], changed["body"]) == ("New", "c")
    await playground.as_user("eve").create_branch("acme/shop", "other")
    assert (await client.patch(f"{PULLS}/1", {"base": "other"}))["base"]["ref"] == "other"
    await client.patch(f"{PULLS}/1", {"base": "none"}, 422)
    await client.put(f"{PULLS}/1/merge", {"merge_method": "squash"})
    await client.get(f"{PULLS}/1/merge", 204)
    await client.get(f"{PULLS}/9", 404)


async def test_pull_requests_that_cannot_be(client, playground, pull):
    async def words(**body):
        answer = await client.post(PULLS, {"title": "T", "head": "work", "base": "main"} | body, 422)
        return answer["errors"][0].get("message") or answer["errors"][0]["field"]

    assert await words() == "A pull request already exists for acme:work."
    assert await words(head="main") == "No commits between main and main"
    assert await words(head="none") == "head"
    assert await words(head="else:work") == "head"
    assert await words(base="none") == "base"
    assert "too long" in await words(body="b" * 65_537)
    await playground.as_user("eve").create_branch("acme/shop", "same")
    assert await words(head="same") == "No commits between main and same"


async def test_reviews(client, playground, pull, hooks):
    eve, ned = playground.as_user("eve"), playground.as_user("ned")
    asked = await client.post(f"{PULLS}/1/requested_reviewers", {"reviewers": ["tom", "eve"]})
    assert len(asked["requested_reviewers"]) == 2
    await client.delete(f"{PULLS}/1/requested_reviewers", 200, {"reviewers": ["tom"]})
    assert len((await client.get(f"{PULLS}/1/requested_reviewers"))["users"]) == 1
    first = await eve.review("acme/shop", 1, "APPROVE")
    await ned.review("acme/shop", 1, "REQUEST_CHANGES", "no")
    own = await client.post(f"{PULLS}/1/reviews", {"event": "APPROVE"}, 422)
    assert own["errors"] == ["Can not approve your own pull request"]
    await client.post(f"{PULLS}/1/reviews", {"event": "COMMENT", "body": "hm"}, 200)
    seen = await client.get(f"{PULLS}/1/reviews")
    assert [one["state"] for one in seen] == ["APPROVED", "CHANGES_REQUESTED", "COMMENTED"]
    assert seen[0]["commit_id"] == pull["head"]["sha"]
    await eve.push_files("acme/shop", "work", {"z": b"1"})
    assert (await client.get(f"{PULLS}/1/reviews/{first.id}"))["commit_id"] == pull["head"]["sha"]
    done = await client.put(f"{PULLS}/1/reviews/{first.id}/dismissals", {"message": "old"})
    assert done["state"] == "DISMISSED"
    lines = [line["event"] for line in await client.get(f"{REPO}/issues/1/timeline")]
    assert lines.count("reviewed") == 3
    assert "review_dismissed" in lines
    await playground.settled()
    assert [payload["review"]["state"] for payload in hooks.of("pull_request_review")] == [
        "approved", "changes_requested", "commented", "dismissed"
    ]  # fmt: skip


async def test_check_runs(client, playground, pull, hooks):
    sha, base = pull["head"]["sha"], f"{REPO}/check-runs"
    note = {"path": "x", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "m"}
    output = {"title": "t", "summary": "s", "annotations": [note] * 50}
    made = await client.post(base, {"name": "c", "head_sha": sha, "external_id": "e", "status": "in_progress"})
    assert (made["status"], made["conclusion"], made["pull_requests"][0]["number"]) == ("in_progress", None, 1)
    for _ in range(2):
        seen = await client.patch(f"{base}/{made['id']}", {"conclusion": "success", "output": output})
    assert (seen["status"], seen["output"]["annotations_count"]) == ("completed", 100)
    assert len(await client.get(f"{base}/{made['id']}/annotations?per_page=100")) == 100
    assert (await client.get(f"{base}/{made['id']}"))["external_id"] == "e"
    again = await client.post(base, {"name": "c", "head_sha": sha})
    listed = await client.get(f"{REPO}/commits/work/check-runs")
    assert [one["id"] for one in listed["check_runs"]] == [again["id"]]
    assert (await client.get(f"{REPO}/commits/{sha}/check-runs?filter=all"))["total_count"] == 2
    assert (await client.get(f"{REPO}/commits/{sha}/check-runs?check_name=d"))["total_count"] == 0
    await playground.as_user("eve").rerequest("acme/shop", made["id"])
    await playground.settled()
    assert [payload["action"] for payload in hooks.of("check_run")] == [
        "created",
        "completed",
        "created",
        "rerequested",
    ]
    await client.with_token("ghu_eve").post(base, {"name": "c", "head_sha": sha}, 403)


@pytest.mark.parametrize(
    "change",
    [
        {"name": None},
        {"head_sha": "0" * 40},
        {"status": "completed"},
        {"conclusion": "great"},
        {"output": {"title": "t"}},
        {"output": {"title": "t", "summary": "s" * 65_536}},
        {"output": {"title": "t", "summary": "s", "text": "s" * 65_536}},
        {"output": {"title": "t" * 256, "summary": "s"}},
        {"output": {"title": "t", "summary": "s", "annotations": [{"path": "x"}]}},
        {"output": {"title": "t", "summary": "s", "annotations": [{"path": "x"}] * 51}},
        {"actions": [{"label": "l" * 21, "description": "d", "identifier": "i"}]},
        {"actions": [{"label": "l", "description": "d", "identifier": "i"}] * 4},
    ],
)
async def test_checks_that_cannot_be(client, pull, change):
    body = {"name": "c", "head_sha": pull["head"]["sha"]} | change
    await client.post(f"{REPO}/check-runs", body, 422)


async def test_the_git_database(client, playground, repo):
    blob = await client.post(f"{REPO}/git/blobs", {"content": base64.b64encode(b"\xff").decode(), "encoding": "base64"})
    assert base64.b64decode((await client.get(f"{REPO}/git/blobs/{blob['sha']}"))["content"]) == b"\xff"
    main = (await client.get(f"{REPO}/git/ref/heads/main"))["object"]["sha"]
    items = [
        {"path": "d/e", "mode": "100755", "type": "blob", "sha": blob["sha"]},
        {"path": "t", "mode": "100644", "type": "blob", "content": "text"},
        {"path": "src/a.ts", "mode": "100644", "type": "blob", "sha": None},
    ]
    tree = await client.post(f"{REPO}/git/trees", {"base_tree": main, "tree": items})
    names = [item["path"] for item in (await client.get(f"{REPO}/git/trees/{tree['sha']}?recursive=1"))["tree"]]
    assert names == ["README.md", "d", "d/e", "src", "src/b.ts", "t"]
    commit = await client.post(f"{REPO}/git/commits", {"message": "m", "tree": tree["sha"], "parents": [main]})
    assert (await client.get(f"{REPO}/git/commits/{commit['sha']}"))["message"] == "m"
    await client.post(f"{REPO}/git/refs", {"ref": "refs/heads/new/one", "sha": commit["sha"]})
    assert len(await client.get(f"{REPO}/git/matching-refs/heads/new")) == 1
    for bad in ({"ref": "heads/x"}, {"ref": "refs/heads/a..b"}, {"sha": "0" * 40}, {}):
        await client.post(f"{REPO}/git/refs", {"ref": "refs/heads/new/one", "sha": commit["sha"]} | bad, 422)
    await client.patch(f"{REPO}/git/refs/heads/new/one", {"sha": main}, 422)
    await client.patch(f"{REPO}/git/refs/heads/new/one", {"sha": main, "force": True})
    await client.patch(f"{REPO}/git/refs/heads/new/one", {"sha": commit["sha"]})
    assert (await client.get(f"{REPO}/branches/new/one"))["commit"]["sha"] == commit["sha"]
    assert len(await client.get(f"{REPO}/branches")) == 2
    await client.delete(f"{REPO}/git/refs/heads/new/one")
    await client.delete(f"{REPO}/git/refs/heads/main", 422)
    await client.get(f"{REPO}/git/ref/heads/new/one", 404)
    kinds = [one["activity_type"] for one in await client.get(f"{REPO}/activity?ref=new/one")]
    assert kinds == ["branch_deletion", "push", "force_push", "branch_creation"]
    flow = [{"path": ".github/workflows/x.yml", "mode": "100644", "type": "blob", "content": "x"}]
    await client.post(f"{REPO}/git/trees", {"base_tree": main, "tree": flow}, 403)


async def test_commits_and_comparisons(client, playground, pull):
    one = await client.get(f"{REPO}/commits/work")
    assert one["stats"] == {"total": 2, "additions": 1, "deletions": 1}
    assert one["author"]["login"] == "eve"
    assert len(await client.get(f"{REPO}/commits?sha=work&path=x")) == 1
    await client.get(f"{REPO}/commits/none", 422)
    await playground.as_user("eve").push_files("acme/shop", "main", {"m": b"1"})
    seen = await client.get(f"{REPO}/compare/main...work")
    assert (seen["status"], seen["ahead_by"], seen["behind_by"], len(seen["files"])) == ("diverged", 1, 1, 3)
    assert (await client.get(f"{REPO}/compare/main...main"))["status"] == "identical"
    await client.get(f"{REPO}/compare/main...none", 404)


async def test_contents(client, playground, hooks):
    base = f"{REPO}/contents"
    found = await client.get(f"{base}/README.md")
    assert base64.b64decode(found["content"]) == b"# Shop\n"
    assert [item["type"] for item in await client.get(f"{base}/?ref=main")] == ["file", "dir"]
    data = base64.b64encode(b"hello").decode()
    made = await client.put(f"{base}/docs/a b.md", {"message": "m", "content": data}, 201)
    sha = made["content"]["sha"]
    await client.put(f"{base}/docs/a b.md", {"message": "m", "content": data}, 422)
    await client.put(f"{base}/docs/a b.md", {"message": "m", "content": data, "sha": "0" * 40}, 409)
    await client.put(f"{base}/docs/a b.md", {"message": "m", "content": data + data, "sha": sha})
    gone = await client.get(f"{base}/docs/a b.md")
    await client.delete(f"{base}/docs/a b.md", 200, {"message": "m", "sha": gone["sha"]})
    await client.get(f"{base}/docs/a b.md", 404)
    await client.put(f"{base}/x", {"message": "m", "content": data, "branch": "none"}, 404)
    await client.put(f"{base}/.github/workflows/c.yml", {"message": "m", "content": data}, 403)
    await playground.settled()
    assert hooks.events() == ["push", "push", "push"]
    assert hooks.got[0][1]["head_commit"]["added"] == ["docs/a b.md"]


async def test_a_push_tells_what_came(client, playground, hooks, repo):
    eve = playground.as_user("eve")
    before = repo.branch("main")
    one = await eve.push_files("acme/shop", "w", {"n": b"1", "README.md": b"x", "src/b.ts": None}, "one")
    two = await eve.push_files("acme/shop", "w", {"n": b"2"}, "two", parent=before)
    await playground.settled()
    first, second = hooks.of("push")
    assert (first["created"], first["forced"], second["forced"]) == (True, False, True)
    commit = first["commits"][0]
    assert (commit["added"], commit["modified"], commit["removed"]) == (["n"], ["README.md"], ["src/b.ts"])
    assert [one["id"] for one in second["commits"]] == [two]
    assert (second["before"], second["after"], second["ref"]) == (one, two, "refs/heads/w")
    assert first["pusher"]["name"] == "eve"


async def test_activity_is_paged_by_cursors(client, playground):
    ada = playground.as_user("ada")
    playground.set_permission("acme/shop", "ada", "admin")
    for number in range(7):
        await ada.push_files("acme/shop", "x", {"x": str(number).encode()})

    async def read(url):
        return [one["id"] for one in await client.get(url)], {
            rel: str(to["url"]) for rel, to in client.last.links.items()
        }

    first, links = await read(f"{REPO}/activity?ref=x&per_page=3")
    assert (len(first), set(links)) == (3, {"next"})
    assert "page=" not in links["next"].replace("per_page=", "")
    second, links = await read(links["next"])
    assert set(links) == {"next", "prev"}
    back = links["prev"]
    third, links = await read(links["next"])
    assert (len(third), set(links)) == (1, {"prev"})
    assert [*first, *second, *third] == sorted([*first, *second, *third], reverse=True)
    assert (await read(back))[0] == first
    oldest, _ = await read(f"{REPO}/activity?ref=x&per_page=3&direction=asc")
    assert oldest == [*third, *second[::-1]][:3]
    await client.get(f"{REPO}/activity?after=nonsense", 422)
