"""The head that an order is about, from how the branch really moved; else the order asks again and says with what."""

import asyncio
from contextlib import closing
from datetime import timedelta
from types import SimpleNamespace

import aiohttp
import pytest
from pydantic import SecretStr

from bot.config import RepositorySettings
from bot.errors import Refusal
from bot.git.mirrors import Mirrors
from bot.git.writer import Person
from bot.github.app import App
from bot.github.settings import AppSettings
from bot.planning.commands import parse
from bot.workflows.orders.heads import bound_head
from bot.workflows.orders.orders import Order
from bot.workflows.scene import RepositoryScene
from templates import explain

REPO = "acme/shop"


class Ground:
    def __init__(self, playground, session, home):
        self.playground, self.session, self.home = playground, session, home

    async def begin(self):
        await self.playground.create_repository("acme", "shop", files={"a.txt": b"a\n"})
        self.playground.create_user("ben")
        self.playground.set_permission(REPO, "ben", "write")
        self.ben = self.playground.as_user("ben")
        made = await self.playground.create_app({"issues": "write", "pull_requests": "write", "contents": "write"}, [])
        installation = self.playground.install(made, "acme")
        settings = AppSettings(
            issuer=made.client_id, private_key=SecretStr(made.private_key_pem), api_url=self.playground.api_url,
            graphql_url=self.playground.graphql_url, web_url=self.playground.url, git_url=self.playground.url, scale=0.02,
        )  # fmt: skip
        self.github = App(settings, self.session).repository(installation.id, REPO)
        await self.ben.create_branch(REPO, "topic")
        await self.push()
        self.pull = await self.ben.open_pull(REPO, "topic", "t", "b")
        self.later(60)
        return self

    def later(self, seconds):
        self.playground.clock.advance(seconds)

    async def push(self):
        self.count = getattr(self, "count", 0) + 1
        await self.ben.push_files(REPO, "topic", {"b.txt": f"{self.count}\n".encode()})
        return self.head

    @property
    def head(self):
        return self.playground.repository(REPO).branch("topic")

    async def says(self, text):
        made = await self.ben.comment(REPO, self.pull.number, text)
        self.comment = await self.github.comment(made.id)
        return self

    async def bound(self):
        (written,) = parse(self.comment.body).commands
        issue, pull = await self.github.issue(self.pull.number), await self.github.pull(self.pull.number)
        with closing(Mirrors(self.home).open(self.github.git_url, REPO)) as mirror:
            refs = await asyncio.to_thread(mirror.fetch, await self.github.git_credential())
            default = mirror.repository.commit_info(refs["refs/heads/main"])
            ctx = SimpleNamespace(bot=Person("graftsman", "graftsman@localhost"))
            now, repository = await self.github.now(), await self.github.repository()
            scene = RepositoryScene(ctx, self.github, repository, mirror, refs, RepositorySettings(), default, now)
            return await bound_head(Order(scene, issue, pull, self.comment, written, (), None))


@pytest.fixture
async def ground(playground, tmp_path):
    async with aiohttp.ClientSession() as session:
        yield await Ground(playground, session, tmp_path / "mirrors").begin()


async def refused(ground, because):
    with pytest.raises(Refusal) as caught:
        await ground.bound()
    assert (caught.value.code, caught.value.values["because"]) == ("head-moved", because)
    text = explain(caught.value)
    assert f"`/merge @{ground.head[:12]}`" in text
    return text


async def test_the_head_that_stood_when_it_was_written(ground):
    await ground.says("/merge")
    assert await ground.bound() == ground.head


async def test_a_push_since_asks_again_and_says_what_was_there(ground):
    before = ground.head
    await ground.says("/merge")
    ground.later(1)
    await ground.push()
    assert f"`{before[:12]}`" in await refused(ground, "later-push")


async def test_a_push_in_the_seconds_before_asks_again(ground):
    await ground.push()
    ground.later(9)
    await ground.says("/merge")
    await refused(ground, "shortly-before")


async def test_a_named_head_is_that_one_alone(ground):
    old = ground.head
    await ground.push()
    await ground.says(f"/merge @{ground.head[:10]}")
    assert await ground.bound() == ground.head
    await ground.says(f"/merge @{old}")
    assert f"`@{old}` was named" in await refused(ground, "named-earlier-head")
    await ground.says(f"/merge @{'f' * 40}")
    await refused(ground, "named-no-head")


async def test_an_edit_does_not_make_it_younger(ground):
    await ground.says("Nice.")
    ground.later(5)
    await ground.push()
    ground.later(60)
    await ground.ben.edit_comment(REPO, ground.comment.id, "/merge")
    ground.comment = await ground.github.comment(ground.comment.id)
    assert ground.comment.updated_at - ground.comment.created_at > timedelta(seconds=60)
    await refused(ground, "later-push")


async def test_a_closed_pull_request_has_no_head_to_act_on(ground):
    await ground.says("/merge")
    await ground.ben.close(REPO, ground.pull.number)
    with pytest.raises(Refusal) as caught:
        await ground.bound()
    assert caught.value.code == "pull-closed"
