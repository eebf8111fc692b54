"""Teams and what they may do, forks and what nobody may do there, reviews that are edited."""

import pytest

from bot.playground import Problem
from tests.playground.test_flow import commit, git

REPO, PULLS = "acme/shop", "/repos/acme/shop/pulls"


@pytest.fixture
async def repo(playground):
    playground.create_organization("acme")
    for login in ("eve", "tom", "ned", "zoe"):
        playground.create_user(login)
    made = await playground.create_repository("acme", "shop", files={"a.txt": b"a\n"}, private=True)
    playground.set_permission(REPO, "eve", "write")
    playground.create_team("acme", "owners", ["tom"])
    playground.create_team("acme", "night", ["ned"], parent="owners")
    return made


async def test_a_team_gives_its_people_their_role(playground, client, repo):
    assert repo.role(playground.world.user("ned")) == "none"
    playground.set_team_permission(REPO, "acme/owners", "maintain")
    for login, role in {"tom": "maintain", "ned": "maintain", "eve": "write", "zoe": "none"}.items():
        found = await client.get(f"/repos/{REPO}/collaborators/{login}/permission")
        assert found["role_name"] == role
    listed = await client.get(f"/repos/{REPO}/teams")
    assert [(one["slug"], one["permission"]) for one in listed] == [("owners", "maintain"), ("night", "maintain")]
    assert listed[1]["parent"]["slug"] == "owners"
    playground.set_team_permission(REPO, "acme/owners", "none")
    assert repo.role(playground.world.user("tom")) == "none"


async def test_members_need_their_permission(playground, client, repo, as_app):
    members = "/orgs/acme/teams/owners/members"
    await client.get(members, 403)
    client.installation.permissions["members"] = "read"
    token = (await as_app.post(f"/app/installations/{client.installation.id}/access_tokens"))["token"]
    known = client.with_token(token)
    assert [one["login"] for one in await known.get(members)] == ["tom", "ned"]
    assert [one["login"] for one in await known.get("/orgs/acme/teams/night/members")] == ["ned"]
    assert (await known.get("/orgs/acme/teams/night"))["parent"]["slug"] == "owners"
    assert len(await known.get("/orgs/acme/teams")) == 2
    await known.get("/orgs/acme/teams/none/members", 404)
    await known.get("/orgs/eve/teams/owners/members", 404)
    assert len(await client.with_token("ghu_tom").get(members)) == 2
    await client.with_token("ghu_zoe").get(members, 404)


async def test_a_team_is_asked_for_a_review(playground, client, hooks):
    await playground.as_user("eve").push_files(REPO, "work", {"b": b"1"})
    await playground.as_user("eve").open_pull(REPO, "work", "t")
    asked = f"{PULLS}/1/requested_reviewers"
    await client.post(asked, {"team_reviewers": ["owners"]}, 422)
    playground.set_team_permission(REPO, "acme/owners", "write")
    made = await client.post(asked, {"team_reviewers": ["owners"], "reviewers": ["ned"]})
    assert [one["slug"] for one in made["requested_teams"]] == ["owners"]
    await client.post(asked, {"reviewers": ["eve"]}, 422)
    await client.post(asked, {"reviewers": ["nobody"]}, 422)
    assert [one["slug"] for one in (await client.get(asked))["teams"]] == ["owners"]
    await client.delete(asked, 200, {"team_reviewers": ["owners"], "reviewers": []})
    await playground.settled()
    actions = [one["action"] for one in hooks.of("pull_request")]
    assert actions == ["opened", "review_requested", "review_requested", "review_request_removed"]


async def test_a_review_is_edited_by_its_author_or_a_writer(playground, client, hooks):
    playground.set_team_permission(REPO, "acme/owners", "read")
    eve, tom = playground.as_user("eve"), playground.as_user("tom")
    await eve.push_files(REPO, "work", {"b": b"1"})
    await eve.open_pull(REPO, "work", "t")
    one = await tom.review(REPO, 1, "APPROVE", "fine")
    path = f"{PULLS}/1/reviews/{one.id}"
    await client.with_token("ghu_tom").put(path, {"body": "good"})
    await client.with_token("ghu_ned").put(path, {"body": "bad"}, 403)
    with pytest.raises(Problem):
        await playground.as_user("ned").edit_review(REPO, 1, one.id, "bad")
    changed = await client.with_token("ghu_eve").put(path, {"body": "waive x: y"})
    assert (changed["body"], changed["state"], changed["user"]["login"]) == ("waive x: y", "APPROVED", "tom")
    query = """query ($id: ID!) { node(id: $id) { ... on PullRequestReview {
      state body lastEditedAt editor { login } author { login } pullRequest { number } } } }"""
    body = {"query": query, "variables": {"id": changed["node_id"]}}
    found = (await client.ask("POST", playground.graphql_url, body, 200))["data"]["node"]
    assert (found["editor"]["login"], found["author"]["login"], found["body"]) == ("eve", "tom", "waive x: y")
    await playground.settled()
    told = [(one["action"], one["sender"]["login"], one["review"]["state"]) for one in hooks.of("pull_request_review")]
    assert told == [("submitted", "tom", "approved"), ("edited", "tom", "approved"), ("edited", "eve", "approved")]
    assert hooks.of("pull_request_review")[-1]["changes"] == {"body": {"from": "good"}}


async def test_nobody_approves_their_own(playground, client):
    await playground.as_user("eve").push_files(REPO, "work", {"b": b"1"})
    await playground.as_user("eve").open_pull(REPO, "work", "t")
    with pytest.raises(Problem) as refused:
        await playground.as_user("eve").review(REPO, 1, "APPROVE")
    assert (refused.value.status, refused.value.errors) == (422, ["Can not approve your own pull request"])


async def test_a_fork_is_read_and_never_pushed_to(playground, client, hooks, tmp_path, repo):
    repo.private = False
    zoe = playground.as_user("zoe")
    fork = await playground.create_fork(REPO, "zoe")
    first = await zoe.push_files("zoe/shop", "work", {"b": b"1"})
    pull = await zoe.open_pull(REPO, "zoe:work", "From outside")
    seen = await client.get(f"{PULLS}/1")
    assert (seen["head"]["repo"]["full_name"], seen["head"]["label"]) == ("zoe/shop", "zoe:work")
    assert seen["head"]["repo"]["fork"]
    second = await zoe.push_files("zoe/shop", "work", {"b": b"2"})
    assert (await client.get(f"{PULLS}/1"))["head"]["sha"] == second
    assert [one["sha"] for one in await client.get(f"{PULLS}/1/commits")] == [first, second]
    assert repo.store.refs["refs/pull/1/head"] == second
    await playground.settled()
    assert [one["action"] for one in hooks.of("pull_request")] == ["opened", "synchronize"]
    assert (hooks.of("pull_request")[1]["before"], hooks.of("pull_request")[1]["after"]) == (first, second)
    clone = tmp_path / "clone"
    await git("clone", "-q", f"{playground.url}/zoe/shop.git", str(clone), cwd=tmp_path)
    await commit(clone, "x", "1")
    out = await git("push", f"{playground.url}/zoe/shop.git", "HEAD:work", cwd=clone, token=client.token, ok=False)
    assert "403" in out
    await client.ask("POST", "/repos/zoe/shop/git/refs", {"ref": "refs/heads/x", "sha": second}, 403)
    assert fork.branch("work") == second
    await zoe.delete_branch("zoe/shop", "work")
    assert pull.issue.state == "closed"


async def test_the_branch_of_a_queued_pull_request_cannot_be_pushed_to(playground, client, tmp_path, repo):
    eve = playground.as_user("eve")
    await eve.push_files(REPO, "work", {"b": b"1"})
    await eve.open_pull(REPO, "work", "t")
    playground.protect(REPO, checks=["ci"], merge_queue=True)
    sha = repo.branch("work")
    body = {"name": "ci", "head_sha": sha, "conclusion": "success", "output": {"title": "t", "summary": "s"}}
    await client.post(f"/repos/{REPO}/check-runs", body)
    await eve.enqueue(REPO, 1)
    await playground.settled()
    clone = tmp_path / "clone"
    await git("clone", "-q", "-b", "work", f"{playground.url}/{REPO}.git", str(clone), cwd=tmp_path, token=client.token)
    await commit(clone, "x", "1")
    out = await git("push", "origin", "HEAD:work", cwd=clone, token=client.token, ok=False)
    assert "queued for merging cannot be updated" in out
    await eve.dequeue(REPO, 1)
    await git("push", "origin", "HEAD:work", cwd=clone, token=client.token)
