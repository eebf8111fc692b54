"""Who we speak as: keys, tokens, single flight, expiry, installations, deliveries."""

import asyncio
import dataclasses
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import SecretStr

from bot.contracts.github import Delivery
from bot.errors import UsageError
from bot.github.app import App
from bot.github.auth import BEFORE_EXPIRY, AppAuth
from bot.github.errors import ForbiddenError, NotFoundError
from bot.github.missed import MAX_ATTEMPTS, missed_deliveries

REPO = {"id": 1, "full_name": "o/r", "default_branch": "main"}
TOKENS = "/app/installations/7/access_tokens"


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


def tokens_asked(script):
    return [each for each in script.seen if each.path == TOKENS]


async def test_the_apps_token_is_what_github_asks_for(script, app, key):
    assert (await app.app()).slug == "graftsman-test"
    (call,) = script.seen
    text = call.headers["Authorization"].removeprefix("Bearer ")
    public = load_pem_private_key(key.encode(), None).public_key()
    claims = jwt.decode(text, public, algorithms=["RS256"])
    now = datetime.now(UTC).timestamp()
    assert claims["iss"] == "Iv1.test"
    assert 55 <= now - claims["iat"] <= 75
    assert claims["exp"] - claims["iat"] < 600


async def test_the_apps_token_is_kept_for_minutes_and_made_anew_before_it_ends(settings):
    clock = Clock()
    auth = AppAuth(settings, clock)
    first = await auth.header()
    clock.now += 6 * 60
    assert await auth.header() is first
    clock.now += 2 * 60
    assert await auth.header() is not first


def test_a_private_key_is_never_shown(settings, key):
    secret = "".join(key.splitlines()[1:3])
    for shown in (repr(settings), str(settings), repr(settings.private_key), f"{settings.private_key}"):
        assert secret[:40] not in shown


async def test_a_key_that_is_none_is_a_usage_error_that_does_not_quote_it(settings, session):
    wrong = dataclasses.replace(settings, private_key=SecretStr("-----BEGIN GARBAGE sesame-----"))
    with pytest.raises(UsageError) as caught:
        await App(wrong, session).app()
    assert "sesame" not in str(caught.value)
    assert caught.value.__cause__ is None


async def test_many_callers_share_one_request_for_a_token(script, app):
    script.on("GET", "/repos/o/r", REPO)
    await asyncio.gather(*(app.repository(7, "o/r").repository() for _ in range(20)))
    assert len(tokens_asked(script)) == 1


async def test_a_cancelled_caller_does_not_take_the_token_from_the_others(script, app):
    first = asyncio.create_task(app.installation_token(7))
    second = asyncio.create_task(app.installation_token(7))
    await asyncio.sleep(0)
    first.cancel()
    assert await second == "ghs_secret"
    assert len(tokens_asked(script)) == 1


async def test_a_failure_is_shared_but_not_remembered(script, settings, session):
    script.on("POST", "/app/installations/8/access_tokens", 404, script.answers["POST", TOKENS][0])
    app = App(settings, session)
    results = await asyncio.gather(*(app.installation_token(8) for _ in range(3)), return_exceptions=True)
    assert [type(each) for each in results] == [NotFoundError] * 3
    assert await app.installation_token(8) == "ghs_secret"


@pytest.mark.parametrize(("minutes", "asked"), [(54, 1), (56, 2)])
async def test_a_token_is_used_until_five_minutes_before_it_expires(script, settings, session, minutes, asked):
    clock = Clock()
    app = App(dataclasses.replace(settings, scale=1.0), session, clock)
    await app.installation_token(7)
    clock.now += minutes * 60
    await app.installation_token(7)
    assert len(tokens_asked(script)) == asked
    assert BEFORE_EXPIRY == 300


async def test_a_refused_token_is_asked_for_anew_once(script, app, repo):
    names = iter(["first", "second"])
    script.answers["POST", TOKENS].clear()
    ends = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    script.on("POST", TOKENS, lambda seen: {"token": next(names), "expires_at": ends})
    script.on(
        "POST",
        "/repos/o/r/issues/1/labels",
        lambda seen: (200, []) if seen.headers["Authorization"] == "token second" else 401,
    )
    await repo.add_labels(1, ["x"])
    assert [call.headers["Authorization"] for call in script.calls()] == ["token first", "token second"]


async def test_an_answer_to_a_refused_token_says_nothing_of_our_quota(script, repo):
    """It is the quota of an anonymous caller, sixty an hour, and would have held up everything else."""
    told = {"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": "32503680000"}
    script.on("GET", "/repos/o/r", (401, {"message": "Bad credentials"}, told))
    with pytest.raises(ForbiddenError):
        await repo.repository()
    script.on("GET", "/repos/o/r/labels", [])
    async with asyncio.timeout(5):
        assert await repo.labels() == []


async def test_a_token_that_stays_refused_is_an_error(script, repo):
    script.on("GET", "/repos/o/r", (401, {"message": "Bad credentials"}))
    with pytest.raises(ForbiddenError, match="Bad credentials"):
        await repo.repository()
    assert len(script.calls()) == 2
    assert len(tokens_asked(script)) == 2


async def test_git_speaks_with_the_same_token(app, repo, script):
    assert await repo.git_credential() == "ghs_secret"
    assert repo.git_url == f"{script.url}/o/r.git"


async def test_the_bots_login_is_known_after_the_first_call(repo):
    with pytest.raises(RuntimeError, match="first call"):
        _ = repo.bot_login
    await repo.git_credential()
    assert repo.bot_login == "graftsman-test[bot]"


async def test_installations_and_their_repositories(script, app):
    script.on("GET", "/app/installations", [{"id": 7, "account": {"login": "o"}, "suspended_at": None}])
    script.on("GET", "/installation/repositories", {"total_count": 1, "repositories": [REPO]})
    assert [(each.id, each.account) for each in await app.installations()] == [(7, "o")]
    assert [each.full_name for each in await app.installation_repositories(7)] == ["o/r"]


def test_installations_have_clients_of_their_own(app):
    assert app.client(1) is app.client(1)
    assert app.client(1).etags is not app.client(2).etags
    assert app.gate(1).pace is not app.gate(2).pace


@pytest.mark.parametrize("name", ["o", "o/r/x", "/r", "o/", "o/..", ""])
def test_a_name_that_is_none_is_a_bug(app, name):
    with pytest.raises(ValueError, match="owner/name"):
        app.repository(7, name)


@pytest.mark.parametrize("url", ["ftp://x", "https://user:pw@host", "https://", "api.github.com"])
def test_urls_are_checked(settings, url):
    with pytest.raises(ValueError, match="api_url"):
        dataclasses.replace(settings, api_url=url)


async def test_enterprise_server_has_its_own_paths(script, settings, session):
    app = App(dataclasses.replace(settings, api_url=f"{script.url}/api/v3/"), session)
    script.on("GET", "/api/v3/app", {"id": 2, "slug": "ghes"})
    assert (await app.app()).slug == "ghes"


def delivery(number, guid, status, minutes=0):
    at = datetime(2026, 11, 21, 8, tzinfo=UTC) - timedelta(minutes=minutes)
    return {
        "id": number, "guid": guid, "delivered_at": at.isoformat(), "event": "issues", "action": "labeled",
        "status": "OK" if status == 200 else "x", "status_code": status, "redelivery": False, "duration": 0.1,
    }  # fmt: skip


async def test_missed_deliveries_are_asked_for_again(script, app):
    first = [
        delivery(9, "answered-later", 200, 1),
        delivery(8, "failed", 500, 2),
        delivery(7, "answered-later", 502, 3),
        *(delivery(20 + n, "hopeless", 500, 4) for n in range(MAX_ATTEMPTS)),
    ]
    second = [delivery(3, "timed-out", 0, 5), delivery(2, "failed", 500, 6), delivery(1, "old", 500, 90)]
    more = f'<{script.url}/app/hook/deliveries?per_page=100&cursor=v1_3>; rel="next"'

    def answer(seen):
        return (200, second, {}) if seen.query.get("cursor") == "v1_3" else (200, first, {"link": more})

    script.on("GET", "/app/hook/deliveries", answer)
    for number in (8, 3):
        script.on("POST", f"/app/hook/deliveries/{number}/attempts", (202, {}))
    since = datetime(2026, 11, 21, 7, tzinfo=UTC)
    assert await missed_deliveries(app, since) == ["timed-out", "failed"]
    asked = [each.path for each in script.calls("POST")]
    assert asked == ["/app/hook/deliveries/3/attempts", "/app/hook/deliveries/8/attempts"]


def test_only_a_2xx_is_a_delivery_that_arrived():
    for status, ok in [(200, True), (202, True), (0, False), (302, False), (500, False)]:
        assert Delivery.model_validate(delivery(1, "g", status)).ok is ok
