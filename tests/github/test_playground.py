"""The facade against the playground, which knows nothing of it: every method, faults, and limits that bite."""

import asyncio
import base64
import time
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from bot.contracts.github import Annotation
from bot.github.app import App
from bot.github.errors import ForbiddenError, InvalidError, NotFoundError, UncertainError
from bot.github.missed import missed_deliveries
from bot.github.settings import AppSettings
from bot.playground.playground import Playground

PERMISSIONS = {"contents": "write", "pull_requests": "write", "issues": "write", "checks": "write"}
REPO = "acme/shop"


class Ground:
    """A playground with one repository, one App, and our own App against it."""

    def __init__(self, playground, session, scale):
        self.playground, self.session, self.scale = playground, session, scale

    async def begin(self):
        self.ada = self.playground.as_user("ada")
        await self.playground.create_repository("acme", "shop", files={"a.txt": b"a\n"})
        self.playground.set_permission(REPO, "ada", "maintain")
        self.made = await self.playground.create_app(PERMISSIONS, ["issues"])
        self.installation = self.playground.install(self.made, "acme")
        self.app = self.open()
        self.repo = self.app.repository(self.installation.id, REPO)
        return self

    def open(self):
        settings = AppSettings(
            issuer=self.made.client_id,
            private_key=SecretStr(self.made.private_key_pem),
            api_url=self.playground.api_url,
            graphql_url=self.playground.graphql_url,
            web_url=self.playground.url,
            git_url=self.playground.url,
            scale=self.scale,
            retry_seconds=0.01,
        )
        return App(settings, self.session)

    async def branch(self, name="graftsman/m/f"):
        return await self.ada.push_files(REPO, name, {"b.txt": name.encode()})

    async def pull(self, name="graftsman/m/f"):
        await self.branch(name)
        return await self.repo.create_pull(head=name, base="main", title="Move f", body="body")

    def asked(self, method, path):
        return [each for each in self.playground.exchanges if each.method == method and each.path == path]


@pytest.fixture
def scale():
    return 0.02


@pytest.fixture
async def ground(tmp_path, session, scale):
    async with Playground(tmp_path / "github", clock_scale=scale) as playground:
        made = await Ground(playground, session, scale).begin()
        yield made
        assert playground.limits.refused == 0, "no call was ever refused by a limit"


async def test_the_app_its_installations_and_repositories(ground):
    app = ground.app
    info = await app.app()
    assert (info.slug, info.permissions["checks"]) == (ground.made.slug, "write")
    assert [each.id for each in await app.installations()] == [ground.installation.id]
    assert [each.full_name for each in await app.installation_repositories(ground.installation.id)] == [REPO]


async def test_issues_comments_labels_and_edits(ground):
    repo, ada = ground.repo, ground.ada
    issue = await ada.open_issue(REPO, "Move it", "first")
    number = issue.number
    assert await repo.last_edit(number) is None
    await ada.label(REPO, number, "bug")
    await ada.unlabel(REPO, number, "bug")
    await ada.edit_issue(REPO, number, body="second")
    edit = await repo.last_edit(number)
    assert edit.login == "ada"
    assert [(each.event, each.label, each.actor) for each in await repo.label_events(number)] == [
        ("labeled", "bug", "ada"),
        ("unlabeled", "bug", "ada"),
    ]
    comment = await repo.create_comment(number, "hello")
    assert comment.user == repo.bot_login
    await repo.update_comment(comment.id, "hello again")
    assert [each.body for each in await repo.comments(number)] == ["hello again"]
    await repo.react(comment.id, "eyes")
    await repo.react(comment.id, "eyes")
    await repo.label("migration", "0969da", "x")
    await repo.label("migration", "0969da", "x")
    assert "migration" in await repo.labels()
    await repo.add_labels(number, ["migration"])
    assert [each.number for each in await repo.issues(labels=["migration"])] == [number]
    await repo.update_issue(number, state="closed", state_reason="completed")
    assert (await repo.issue(number)).state == "closed"
    assert await repo.issues(labels=["migration"]) == []


async def test_permissions_are_the_roles_of_people(ground):
    ground.playground.as_user("eve")
    assert await ground.repo.permission("ada") == "maintain"
    assert await ground.repo.permission("eve") in {"none", "read"}
    assert await ground.repo.permission("nobody-here") == "none"


async def test_pulls_reviews_and_checks(ground):
    repo = ground.repo
    pull = await ground.pull()
    assert pull.user == repo.bot_login
    with pytest.raises(InvalidError, match="already exists"):
        await repo.create_pull(head="graftsman/m/f", base="main", title="t", body="b")
    await repo.update_pull(pull.number, title="Better", body="more")
    assert (await repo.pull(pull.number)).title == "Better"
    assert [each.number for each in await repo.pulls_from("graftsman/m/f")] == [pull.number]
    assert [each.number for each in await repo.pulls(since=pull.created_at)] == [pull.number]
    assert await repo.pulls(since=pull.created_at + timedelta(days=1)) == []
    await ground.ada.review(REPO, pull.number, "APPROVE", "fine")
    assert [(each.user, each.state, each.commit_id) for each in await repo.reviews(pull.number)] == [
        ("ada", "APPROVED", pull.head.sha)
    ]
    notes = [Annotation(path="b.txt", start_line=n, end_line=n, message=str(n)) for n in range(1, 121)]
    run = await repo.create_check(
        name="graftsman/certificate", sha=pull.head.sha, external_id="1:m/f", conclusion="success", title="Proven",
        summary="all", text="more", annotations=notes,
    )  # fmt: skip
    (found,) = await repo.check_runs(pull.head.sha, "graftsman/certificate")
    assert (found.id, found.external_id, found.conclusion) == (run.id, "1:m/f", "success")
    assert found.app == ground.made.slug
    (shown,) = ground.asked("POST", f"/repos/{REPO}/check-runs")
    assert shown.request_body["status"] == "in_progress"
    last = ground.asked("PATCH", f"/repos/{REPO}/check-runs/{run.id}")[-1]
    assert last.response_body["output"]["annotations_count"] == 120
    await repo.update_check(run.id, conclusion="neutral", title="t", summary="s", annotations=notes)
    last = ground.asked("PATCH", f"/repos/{REPO}/check-runs/{run.id}")[-1]
    assert last.response_body["output"]["annotations_count"] == 120
    assert await repo.check_runs(pull.head.sha, "other") == []


async def test_git_takes_the_credential(ground):
    credential = await ground.repo.git_credential()
    assert ground.playground.caller(credential).token.installation is ground.installation
    pair = base64.b64encode(f"x-access-token:{credential}".encode()).decode()
    async with ground.session.get(
        f"{ground.repo.git_url}/info/refs?service=git-receive-pack", headers={"Authorization": f"Basic {pair}"}
    ) as answer:
        assert answer.status == 200


async def test_githubs_clock(ground):
    ground.playground.clock.advance(40)
    there = await ground.repo.now()
    assert abs((there - datetime.now(UTC)).total_seconds() - 40) < 5


async def test_graphql_errors_and_missing_issues(ground):
    with pytest.raises(NotFoundError):
        await ground.repo.last_edit(4711)


async def test_an_etag_answer_is_not_charged(ground):
    await ground.repo.labels()
    await ground.repo.labels()
    statuses = [each.status for each in ground.asked("GET", f"/repos/{REPO}/labels")]
    assert statuses == [200, 304]


@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_lost_create_is_uncertain_whether_it_ran_or_not(ground, when):
    issue = await ground.ada.open_issue(REPO, "t", "b")
    path = f"/repos/{REPO}/issues/{issue.number}/comments"
    ground.playground.faults.disconnect(f"POST {path}", when)
    with pytest.raises(UncertainError):
        await ground.repo.create_comment(issue.number, "once")
    assert len(await ground.repo.comments(issue.number)) == (1 if when == "after" else 0)


async def test_an_answer_that_breaks_off_is_uncertain(ground):
    issue = await ground.ada.open_issue(REPO, "t", "b")
    ground.playground.faults.truncate_bodies(f"POST /repos/{REPO}/issues/*")
    with pytest.raises(UncertainError):
        await ground.repo.create_comment(issue.number, "once")


async def test_a_read_rides_out_faults_of_every_kind(ground):
    faults = ground.playground.faults
    faults.fail_requests(f"GET /repos/{REPO}", 502, 2)
    faults.disconnect(f"GET /repos/{REPO}")
    faults.truncate_bodies(f"GET /repos/{REPO}")
    assert (await ground.repo.repository()).full_name == REPO


async def test_not_found_right_after_the_create(ground):
    await ground.branch()
    ground.playground.faults.not_found_after_create(times=2)
    pull = await ground.repo.create_pull(head="graftsman/m/f", base="main", title="t", body="b")
    assert (await ground.repo.pull(pull.number)).number == pull.number


async def test_a_secondary_limit_is_waited_out(ground):
    ground.playground.faults.secondary_limit_next(1, which=f"POST /repos/{REPO}/*")
    issue = await ground.ada.open_issue(REPO, "t", "b")
    began = time.monotonic()
    await ground.repo.create_comment(issue.number, "once")
    assert time.monotonic() - began >= 1
    assert len(await ground.repo.comments(issue.number)) == 1


async def test_a_server_without_reactions(ground):
    issue = await ground.ada.open_issue(REPO, "t", "b")
    comment = await ground.repo.create_comment(issue.number, "x")
    ground.playground.faults.missing_endpoint(f"/repos/{REPO}/issues/comments/*/reactions")
    await ground.repo.react(comment.id, "eyes")


async def test_a_suspended_installation_is_forbidden(ground):
    ground.playground.suspend(ground.installation)
    with pytest.raises(ForbiddenError, match="suspended"):
        await ground.repo.repository()


async def test_an_expired_token_is_replaced(ground):
    await ground.repo.repository()
    ground.playground.world.tokens.clear()
    await ground.repo.repository()
    assert ground.app.counters.requests["GET", "unauthorised"] == 1


async def test_missed_deliveries_come_again(ground, aiohttp_server):
    from aiohttp import web

    arrived, failing = [], True

    async def hook(request):
        arrived.append(request.headers["X-GitHub-Delivery"])
        return web.Response(status=500 if failing else 202)

    app = web.Application()
    app.router.add_post("/webhook", hook)
    server = await aiohttp_server(app)
    ground.playground.set_webhook(ground.made.app_id, str(server.make_url("/webhook")), "secret")
    await ground.ada.open_issue(REPO, "t", "b")
    await ground.playground.settled()
    since = datetime.now(UTC) - timedelta(hours=1)
    (missed,) = arrived
    failing = False
    assert await missed_deliveries(ground.app, since) == [missed]
    await ground.playground.settled()
    assert arrived == [missed, missed]
    assert await missed_deliveries(ground.app, since) == []


async def test_two_hundred_writes_with_the_limits_on(ground):
    issues = [await ground.ada.open_issue(REPO, str(n), "b") for n in range(4)]
    began = time.monotonic()
    await asyncio.gather(*(ground.repo.create_comment(issues[n % 4].number, str(n)) for n in range(200)))
    # 199 pauses of one of GitHub's seconds; no more than 80 in any of its minutes.
    assert time.monotonic() - began >= 199 * 0.02 * 0.99
    assert ground.app.counters.requests["POST", "ok"] == 201
    assert ground.app.counters.requests["POST", "limited"] == 0


@pytest.mark.parametrize("scale", [0.002])
async def test_more_creations_than_an_hour_takes(ground):
    issue = await ground.ada.open_issue(REPO, "t", "b")
    began = time.monotonic()
    for n in range(520):
        await ground.repo.create_comment(issue.number, str(n))
    # The first of them has to leave the hour (7.2 s here) before the 501st may go.
    assert time.monotonic() - began >= 7.2
    assert ground.app.counters.waited["500 creations an hour"] > 0


async def test_pushes_are_paced_for_each_repository(ground):
    began = time.monotonic()
    for _ in range(8):
        async with ground.repo.pushing():
            pass
    assert time.monotonic() - began >= 1.2
