"""The main road: an App sees an issue, pushes a branch, opens a pull request, checks it, and a person merges."""

import asyncio
import base64
import os

import pytest


async def git(*args, cwd=None, token=None, ok=True):
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
    if token:
        basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
        env |= {
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "http.extraHeader",
            "GIT_CONFIG_VALUE_0": f"Authorization: Basic {basic}",
        }
    process = await asyncio.create_subprocess_exec(
        "git", "-c", "user.name=t", "-c", "user.email=t@t", *args, cwd=cwd, env=env,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    out = (await process.communicate())[0].decode()
    if ok:
        assert process.returncode == 0, out
    return out


@pytest.fixture
async def clone(playground, client, tmp_path):
    await git("clone", "-q", f"{playground.url}/acme/shop.git", str(tmp_path / "clone"))
    return tmp_path / "clone"


async def commit(clone, path, data, message="change"):
    (clone / path).parent.mkdir(parents=True, exist_ok=True)
    (clone / path).write_text(data)
    await git("add", "-A", cwd=clone)
    await git("commit", "-qm", message, cwd=clone)


async def test_an_issue_becomes_a_merged_pull_request(playground, client, hooks, clone):
    eve = playground.as_user("eve")
    issue = await eve.open_issue("acme/shop", "Move it", "body")
    await eve.label("acme/shop", issue.number, "migration")
    lines = await client.get(f"/repos/acme/shop/issues/{issue.number}/timeline")
    assert [(line["event"], line["actor"]["login"], line["label"]["name"]) for line in lines] == [
        ("labeled", "eve", "migration")
    ]
    await git("checkout", "-qb", "work", cwd=clone)
    await commit(clone, "src/c.ts", "export {};\n")
    await git("push", "-q", "origin", "work", cwd=clone, token=client.token)
    pull = await client.post("/repos/acme/shop/pulls", {"title": "T", "head": "work", "base": "main", "body": "B"})
    sha = pull["head"]["sha"]
    assert (pull["changed_files"], pull["additions"], pull["commits"]) == (1, 1, 1)
    check = {"name": "c", "head_sha": sha, "conclusion": "success", "output": {"title": "t", "summary": "s"}}
    await client.post("/repos/acme/shop/check-runs", check)
    found = await client.get(f"/repos/acme/shop/commits/{sha}/check-runs?check_name=c")
    assert found["total_count"] == 1
    await client.post(f"/repos/acme/shop/issues/{pull['number']}/comments", {"body": "hello"})
    await eve.review("acme/shop", pull["number"], "APPROVE")
    await eve.merge("acme/shop", pull["number"], "squash")
    await eve.close("acme/shop", issue.number)
    seen = await client.get(f"/repos/acme/shop/pulls/{pull['number']}")
    assert (seen["state"], seen["merged"], seen["merged_by"]["login"]) == ("closed", True, "eve")
    await playground.settled()
    assert [(event, payload.get("action")) for event, payload, _ in hooks.got] == [
        ("issues", "opened"),
        ("label", "created"),
        ("issues", "labeled"),
        ("create", None),
        ("push", None),
        ("pull_request", "opened"),
        ("check_run", "created"),
        ("check_run", "completed"),
        ("issue_comment", "created"),
        ("pull_request_review", "submitted"),
        ("push", None),
        ("pull_request", "closed"),
        ("issues", "closed"),
    ]


async def test_pushing_again_synchronizes_and_pushing_to_the_base_merges(playground, client, hooks, clone):
    await git("checkout", "-qb", "work", cwd=clone)
    await commit(clone, "x", "1")
    await git("push", "-q", "origin", "work", cwd=clone, token=client.token)
    pull = await client.post("/repos/acme/shop/pulls", {"title": "T", "head": "work", "base": "main"})
    await commit(clone, "x", "2")
    await git("push", "-q", "origin", "work", cwd=clone, token=client.token)
    await git("push", "-q", "origin", "work:main", cwd=clone, token=client.token)
    seen = await client.get(f"/repos/acme/shop/pulls/{pull['number']}")
    assert seen["merged"]
    assert seen["head"]["sha"] != pull["head"]["sha"]
    assert seen["base"]["sha"] == pull["base"]["sha"]
    await playground.settled()
    assert [payload["action"] for payload in hooks.of("pull_request")] == ["opened", "synchronize", "closed"]
    assert hooks.of("pull_request")[1]["before"] == pull["head"]["sha"]


@pytest.mark.parametrize("method", ["merge", "squash", "rebase"])
async def test_each_way_to_merge(playground, client, repo, method):
    eve = playground.as_user("eve")
    await eve.push_files("acme/shop", "work", {"n1": b"1"}, "one")
    head = await eve.push_files("acme/shop", "work", {"n2": b"2"}, "two")
    await eve.push_files("acme/shop", "main", {"other": b"o"}, "other")
    pull = await eve.open_pull("acme/shop", "work", "Title")
    body = {"merge_method": method, "sha": head}
    await client.put(f"/repos/acme/shop/pulls/{pull.number}/merge", body | {"sha": "0" * 40}, expect=409)
    done = await client.put(f"/repos/acme/shop/pulls/{pull.number}/merge", body)
    assert repo.branch("main") == done["sha"]
    log = [one["commit"]["message"].split("\n")[0] for one in await client.get("/repos/acme/shop/commits")]
    assert log == {
        "merge": ["Merge pull request #1 from acme/work", "two", "one", "other", "First commit"],
        "squash": ["Title (#1)", "other", "First commit"],
        "rebase": ["two", "one", "other", "First commit"],
    }[method] or set(log) == {"Merge pull request #1 from acme/work", "two", "one", "other", "First commit"}
    tree = await client.get("/repos/acme/shop/git/trees/main?recursive=1")
    assert {"n1", "n2", "other"} <= {item["path"] for item in tree["tree"]}
    await client.put(f"/repos/acme/shop/pulls/{pull.number}/merge", {}, expect=405)


async def test_a_conflict_cannot_be_merged(playground, client):
    eve = playground.as_user("eve")
    await eve.push_files("acme/shop", "work", {"README.md": b"mine\n"})
    await eve.push_files("acme/shop", "main", {"README.md": b"theirs\n"})
    pull = await eve.open_pull("acme/shop", "work", "Title")
    seen = await client.get(f"/repos/acme/shop/pulls/{pull.number}")
    assert (seen["mergeable"], seen["mergeable_state"]) == (False, "dirty")
    await client.put(f"/repos/acme/shop/pulls/{pull.number}/merge", {}, expect=405)


async def test_rights_over_git(playground, client, clone, app):
    await commit(clone, ".github/workflows/ci.yml", "on: push\n")
    out = await git("push", "origin", "HEAD:refs/heads/flow", cwd=clone, token=client.token, ok=False)
    assert "without `workflows` permission" in out
    await git("push", "-q", "origin", "HEAD:refs/heads/flow", cwd=clone, token="ghu_eve")
    await commit(clone, "later", "1")
    await git("push", "-q", "origin", "HEAD:refs/heads/flow", cwd=clone, token=client.token)
    out = await git("push", "origin", "HEAD:refs/heads/no", cwd=clone, token="ghu_ned", ok=False)
    assert "403" in out
    assert "terminal prompts disabled" in await git("push", "origin", "HEAD:refs/heads/no", cwd=clone, ok=False)
    playground.faults.reject_refs("refs/heads/locked/*")
    refs = ["HEAD:refs/heads/locked/a", "HEAD:refs/heads/free"]
    out = await git("push", "origin", *refs, cwd=clone, token=client.token, ok=False)
    assert "[remote rejected]" in out
    repo = playground.repository("acme/shop")
    assert repo.branch("free")
    assert not repo.branch("locked/a")
    out = await git("push", "--atomic", "origin", *refs, "HEAD:new", cwd=clone, token=client.token, ok=False)
    assert not repo.branch("new")


async def test_deleting_the_head_closes(playground, client, hooks):
    eve = playground.as_user("eve")
    await eve.push_files("acme/shop", "work", {"x": b"1"})
    pull = await eve.open_pull("acme/shop", "work", "Title")
    await eve.delete_branch("acme/shop", "work")
    assert pull.issue.state == "closed"
    await client.patch(f"/repos/acme/shop/pulls/{pull.number}", {"state": "open"}, expect=422)
    await playground.settled()
    assert hooks.events() == ["create", "push", "pull_request", "delete", "push", "pull_request"]


async def test_a_client_that_dies_in_a_push_blocks_nobody(playground, client, clone, repo):
    basic = base64.b64encode(f"x-access-token:{client.token}".encode()).decode()
    old = repo.branch("main")
    line = f"{old} {'1' * 40} refs/heads/main\0 report-status".encode()
    body = b"%04x" % (len(line) + 4) + line + b"0000PACK"
    host, port = playground.url.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    head = f"POST /acme/shop.git/git-receive-pack HTTP/1.1\r\nHost: {host}\r\nAuthorization: Basic {basic}\r\n"
    head += "Content-Type: application/x-git-receive-pack-request\r\nContent-Length: 99999\r\n\r\n"
    writer.write(head.encode() + body)
    await writer.drain()
    await asyncio.sleep(0.2)
    assert repo.pushing.locked()
    writer.close()
    await commit(clone, "x", "1")
    await git("push", "-q", "origin", "HEAD:work", cwd=clone, token=client.token)
    assert repo.branch("main") == old
    assert repo.branch("work")


async def test_many_branches_in_one_push(playground, client, hooks, clone):
    names = [f"b{number}" for number in range(30)]
    for name in names:
        await git("checkout", "-q", "-B", name, "origin/main", cwd=clone)
        await commit(clone, f"{name}/f", name, name)
    refs = [f"{name}:{name}" for name in names]
    await git("push", "-q", "--atomic", "origin", *refs, cwd=clone, token=client.token)
    await playground.settled()
    assert [len(payload["commits"]) for payload in hooks.of("push")] == [1] * 30
    assert len(hooks.of("create")) == 30
    await git("tag", "t1", cwd=clone)
    for name in ("t2", "t3", "t4"):
        await git("tag", name, cwd=clone)
    await git("push", "-q", "--tags", "origin", cwd=clone, token=client.token)
    await playground.settled()
    assert len(hooks.of("create")) == 30
