"""Apps: their tokens, installations, permissions and deliveries."""

import time

import pytest

from bot.playground import Playground

from .conftest import SECRET, app_token


async def test_an_app_sees_itself_and_its_installations(as_app, playground, repo, app, client):
    assert (await as_app.get("/app"))["installations_count"] == 1
    listed = await as_app.get("/app/installations")
    assert [one["id"] for one in listed] == [client.installation.id]
    assert (await as_app.get(f"/app/installations/{listed[0]['id']}"))["account"]["login"] == "acme"
    assert (await as_app.get("/repos/acme/shop/installation"))["id"] == listed[0]["id"]
    await as_app.get("/app/installations/1", 404)
    await as_app.get("/repos/acme/shop", 403)
    await client.get("/app", 401)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"exp": 900}, "too far in the future"),
        ({"exp": -10}, "future time"),
        ({"iat": 120}, "'Issued at'"),
        ({"iss": "0"}, "Integration not found"),
    ],
)
async def test_tokens_of_an_app_that_are_wrong(as_app, app, change, words):
    wrong = as_app.with_token(app_token(app, **change))
    answer = await wrong.get("/app", None)
    assert wrong.last.status in {401, 404}
    assert words in answer["message"]


async def test_a_token_signed_by_another_key(playground, as_app, app):
    other = await playground.create_app({}, [], name="other")
    forged = app_token(other, iss=str(app.app_id))
    assert (await as_app.with_token(forged).get("/app", 401))["message"] == "A JSON web token could not be decoded"
    assert (await as_app.with_token(app_token(app, iss=str(app.app_id))).get("/app"))["id"] == app.app_id


async def test_tokens_are_narrowed_and_end(as_app, playground, repo, client):
    await playground.create_repository("acme", "other", private=True, files={"a": b"1"})
    where = f"/app/installations/{client.installation.id}/access_tokens"
    made = await as_app.post(where, {"repositories": ["shop"], "permissions": {"issues": "read"}})
    assert 500 < len(made["token"]) < 540
    assert made["permissions"] == {"metadata": "read", "issues": "read"}
    narrow = client.with_token(made["token"])
    assert [one["name"] for one in (await narrow.get("/installation/repositories"))["repositories"]] == ["shop"]
    await narrow.get("/repos/acme/shop/issues")
    denied = await narrow.post("/repos/acme/shop/issues", {"title": "t"}, 403)
    assert denied["message"] == "Resource not accessible by integration"
    await narrow.get("/repos/acme/other", 404)
    assert (await client.get("/installation/repositories"))["total_count"] == 2
    await as_app.post(where, {"permissions": {"administration": "write"}}, 422)
    await as_app.post(where, {"repositories": ["none"]}, 422)
    playground.clock.advance(3600 * 0.02 + 2)
    assert (await narrow.get("/repos/acme/shop", 401))["message"] == "Bad credentials"


async def test_what_is_not_installed_is_read_only_or_hidden(client, playground):
    await playground.create_repository("zoe", "open", files={"a": b"1"})
    await playground.create_repository("zoe", "shut", files={"a": b"1"}, private=True)
    await client.get("/repos/zoe/open")
    await client.post("/repos/zoe/open/issues", {"title": "t"}, 403)
    await client.get("/repos/zoe/shut", 404)
    await client.with_token(None).get("/repos/zoe/open")
    await client.with_token(None).get("/repos/zoe/shut", 404)
    await client.with_token("ghs_wrong").get("/repos/zoe/open", 401)


async def test_installing_and_taking_away_is_told(playground, app, repo, hooks, session):
    await playground.create_repository("acme", "two", files={"a": b"1"})
    one = playground.install(app, "acme", ["shop"])
    playground.add_to_installation(one, "acme/two")
    playground.remove_from_installation(one, "acme/shop")
    playground.suspend(one)
    playground.suspend(one, suspended=False)
    playground.uninstall(one)
    await playground.settled()
    assert [(event, payload["action"]) for event, payload, _ in hooks.got] == [
        ("installation", "created"),
        ("installation_repositories", "added"),
        ("installation_repositories", "removed"),
        ("installation", "suspend"),
        ("installation", "unsuspend"),
        ("installation", "deleted"),
    ]
    assert [one["full_name"] for one in hooks.got[0][1]["repositories"]] == ["acme/shop"]


async def test_deliveries_are_kept_and_sent_again(client, playground, hooks, as_app, app):
    hooks.status = 500
    await playground.as_user("ned").open_issue("acme/shop", "t")
    await playground.settled()
    hooks.status = 202
    failed = await as_app.get("/app/hook/deliveries?status=failure")
    assert [(one["event"], one["status_code"], one["redelivery"]) for one in failed] == [("issues", 500, False)]
    whole = await as_app.get(f"/app/hook/deliveries/{failed[0]['id']}")
    assert whole["request"]["payload"]["action"] == "opened"
    assert whole["request"]["headers"]["X-GitHub-Event"] == "issues"
    await as_app.post(f"/app/hook/deliveries/{failed[0]['id']}/attempts", None, 202)
    await playground.settled()
    newest = (await as_app.get("/app/hook/deliveries?per_page=1"))[0]
    assert (newest["guid"], newest["redelivery"], newest["status"]) == (failed[0]["guid"], True, "OK")
    assert hooks.got[0][2]["X-GitHub-Delivery"] == hooks.got[1][2]["X-GitHub-Delivery"]
    await as_app.get("/app/hook/deliveries/5", 404)
    await as_app.patch("/app/hook/config", {"url": "http://127.0.0.1:1/gone"})
    assert (await as_app.get("/app/hook/config"))["url"].endswith("/gone")
    await playground.as_user("ned").open_issue("acme/shop", "t")
    await playground.settled()
    assert (await as_app.get("/app/hook/deliveries"))[0]["status"] == "failed to connect to host"
    assert len(await as_app.get("/app/hook/deliveries?status=failure")) == 1


async def test_deliveries_come_in_pages(client, playground, as_app):
    for number in range(5):
        await playground.as_user("ned").open_issue("acme/shop", f"{number}")
    await playground.settled()
    seen, path = [], "/app/hook/deliveries?per_page=2"
    while path:
        seen += await as_app.get(path)
        following = as_app.last.links.get("next")
        path = str(following["url"]) if following else None
    assert len(seen) == len({one["id"] for one in seen}) == 6


async def test_the_manifest_flow(playground, session, client):
    made = playground.convertible_app({"name": "New App", "default_permissions": {"issues": "write"}}, "zoe")
    anonymous = client.with_token(None)
    found = await anonymous.post(f"/app-manifests/{made}/conversions")
    assert found["slug"] == "new-app"
    assert found["pem"].startswith("-----BEGIN RSA PRIVATE KEY-----")
    assert found["permissions"] == {"metadata": "read", "issues": "write"}
    await anonymous.post(f"/app-manifests/{made}/conversions", None, 404)


async def test_a_ping_when_made(playground, hooks):
    await playground.create_app({}, [], hooks.url, SECRET, name="pinged")
    await hooks.wait(1)
    assert hooks.events() == ["ping"]


async def test_meta_users_and_limits(client, playground):
    await client.get("/meta")
    assert (await client.get("/users/eve"))["login"] == "eve"
    assert (await client.get("/users/graftsman[bot]"))["type"] == "Bot"
    await client.get("/users/nobody", 404)
    before = (await client.get("/rate_limit"))["rate"]["used"]
    assert (await client.get("/rate_limit"))["rate"]["used"] == before
    assert (await client.with_token("ghu_eve").get("/user"))["login"] == "eve"


async def test_headers_of_every_answer(client):
    await client.get("/repos/acme/shop")
    told = client.last.headers
    assert told["X-RateLimit-Limit"] == "5000"
    assert told["X-GitHub-Request-Id"]
    assert abs(int(told["X-RateLimit-Reset"]) - time.time()) < 80
    assert "GMT" in told["Date"]
    await client.get("/repos/acme/shop", 400, X_GitHub_Api_Version="1999-01-01")
    await client.get("/repos/acme/shop", 403, User_Agent="")


async def test_it_stops_cleanly(tmp_path):
    async with Playground(tmp_path) as one:
        await one.create_repository("a", "b", files={"x": b"1"})
        assert one.url.startswith("http://127.0.0.1:")


async def test_an_archived_repository_is_read_only(client, playground, session, app):
    playground.world.apps[app.app_id].events.append("repository")
    client.installation.events.append("repository")
    playground.archive("acme/shop")
    await client.get("/repos/acme/shop/issues")
    await client.post("/repos/acme/shop/issues", {"title": "t"}, 403)
    playground.archive("acme/shop", archived=False)
    await client.post("/repos/acme/shop/issues", {"title": "t"})
    await playground.create_repository("acme", "late")
    await playground.delete_repository("acme/late")
    await playground.settled()
    told = [one for one in playground.deliveries if one.event in {"repository", "installation_repositories"}]
    assert [one.action for one in told] == ["archived", "unarchived", "added", "created", "deleted"]


async def test_it_starts_again_where_it_stopped(playground, client, hooks):
    await client.post("/repos/acme/shop/issues", {"title": "t"})
    await playground.stop()
    await playground.start()
    assert [one["title"] for one in await client.get("/repos/acme/shop/issues")] == ["t"]
    await client.get("/repos/acme/shop/commits/main")


async def test_repositories_from_disk(playground, tmp_path, client):
    folder = tmp_path / "folder"
    (folder / "d").mkdir(parents=True)
    (folder / "d" / "x.sh").write_bytes(b"#!/bin/sh\r\n")
    (folder / "d" / "x.sh").chmod(0o755)
    (folder / ".gitignore").write_text("d\n")
    made = await playground.create_repository("acme", "plain", from_path=folder)
    listed = await client.get("/repos/acme/plain/git/trees/main?recursive=1")
    assert [(item["path"], item["mode"]) for item in listed["tree"] if item["type"] == "blob"] == [
        (".gitignore", "100644"), ("d/x.sh", "100755")
    ]  # fmt: skip
    assert (await made.store.read(f"{made.branch('main')}:d/x.sh"))[1] == b"#!/bin/sh\r\n"
    again = await playground.create_repository("acme", "copy", from_path=made.store.path)
    assert again.branch("main") == made.branch("main")
    await playground.create_repository("acme", "empty")
    await client.get("/repos/acme/empty/commits", 409)
