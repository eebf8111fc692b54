"""Commands whose webhook never came are found once, whatever dies in between."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from pydantic import SecretStr

from bot.github.app import App
from bot.github.settings import AppSettings
from bot.runs.memory import Memory
from bot.runs.queue import Target
from bot.runs.store import Store
from bot.workflows.orders.missed_comments import FIRST_LOOK, LONGEST_LOOK, OVERLAP, missed_comments, settle_comments

REPO = "acme/shop"


@dataclass
class Few:
    """The part of a context that this workflow needs."""

    memory: Any


class Ground:
    def __init__(self, playground, store, session):
        self.playground, self.ctx, self.session = playground, Few(Memory(store)), session

    async def begin(self):
        self.ada = self.playground.as_user("ada")
        await self.playground.create_repository("acme", "shop", files={"a.txt": b"a\n"})
        self.playground.set_permission(REPO, "ada", "write")
        self.made = await self.playground.create_app({"issues": "write"}, [])
        self.installation = self.playground.install(self.made, "acme")
        await self.ada.open_issue(REPO, "t", "b")
        self.repo = self.open()
        return self

    def open(self):
        settings = AppSettings(
            issuer=self.made.client_id, private_key=SecretStr(self.made.private_key_pem),
            api_url=self.playground.api_url, graphql_url=self.playground.graphql_url, web_url=self.playground.url,
            git_url=self.playground.url, scale=0.02,
        )  # fmt: skip
        return App(settings, self.session).repository(self.installation.id, REPO)

    async def look(self, *, settle=True):
        target = Target("repository", REPO, REPO, self.installation.id)
        found = await missed_comments(self.ctx, self.repo, target)
        assert {(one.repository, one.installation) for one in found} <= {(REPO, target.installation)}
        kinds = {kind: [one.key for one in found if one.kind == kind] for kind in ("acknowledge", "comment")}
        assert len(found) == 2 * len(kinds["comment"])
        assert kinds["acknowledge"] == kinds["comment"]
        if settle:
            await settle_comments(self.ctx, REPO)
        return kinds["comment"]

    def later(self, seconds):
        self.playground.clock.advance(seconds)

    async def says(self, body, who=None, *, ago=timedelta(0)):
        one = await (who or self.ada).comment(REPO, 1, body)
        one.created_at, one.updated_at = one.created_at - ago, one.updated_at - ago
        self.later(1)
        return one, f"{REPO}#1!{one.id}"

    def asked(self):
        return [one for one in self.playground.exchanges if one.path.endswith("/issues/comments")]


@pytest.fixture
async def ground(playground, tmp_path):
    store = await Store.open(tmp_path / "store.sqlite")
    async with aiohttp.ClientSession() as session:
        yield await Ground(playground, store, session).begin()
    await store.close()


async def test_a_missed_command_is_found_once(ground):
    _, first = await ground.says("/apply")
    await ground.says("no command")
    _, second = await ground.says("please\r\n/rollback\r\n", ground.playground.as_user("rex"))
    assert await ground.look() == [first, second]
    assert await ground.look() == []
    _, third = await ground.says("/apply")
    assert await ground.look() == [third]
    assert await ground.look() == []


async def test_an_edit_is_found_too_and_oldest_first(ground):
    one, first = await ground.says("hello")
    _, second = await ground.says("/apply")
    assert await ground.look() == [second]
    await ground.ada.edit_comment(REPO, one.id, "/apply")
    _, third = await ground.says("/apply")
    assert await ground.look() == [first, third]
    await ground.ada.edit_comment(REPO, one.id, "nothing any more")
    assert await ground.look() == []


async def test_two_edits_in_one_second_are_two(ground):
    one, key = await ground.says("/apply")
    assert await ground.look() == [key]
    one.body = "/rollback"  # its time stays
    assert await ground.look() == [key]


async def test_the_first_look_goes_back_an_hour(ground):
    await ground.says("/apply", ago=FIRST_LOOK + timedelta(minutes=2))
    _, key = await ground.says("/apply", ago=FIRST_LOOK - timedelta(minutes=2))
    assert await ground.look() == [key]


async def test_a_comment_that_shows_late_is_found(ground):
    _, first = await ground.says("/apply")
    assert await ground.look() == [first]
    await ground.says("/apply", ago=OVERLAP + timedelta(minutes=2))
    _, late = await ground.says("/apply", ago=OVERLAP - timedelta(minutes=2))
    assert await ground.look() == [late]


async def test_apps_give_no_orders(ground):
    await ground.repo.create_comment(1, "/apply")
    assert await ground.look() == []


async def test_a_kill_before_the_request_loses_nothing(ground):
    _, first = await ground.says("/apply")
    assert await ground.look(settle=False) == [first]
    assert await ground.look() == [first]
    _, second = await ground.says("/rollback")
    assert await ground.look(settle=False) == [second]
    _, third = await ground.says("/rollback")
    assert await ground.look(settle=False) == [second, third]
    assert await ground.look() == [second, third]
    assert await ground.look() == []
    await settle_comments(ground.ctx, REPO)  # once more changes nothing
    assert await ground.look() == []


async def test_nothing_new_costs_one_request_that_is_free(ground):
    await ground.says("/apply")
    await ground.look()
    await ground.look()
    ground.later(5)
    await ground.look()
    before = len(ground.playground.exchanges)
    ground.later(60)
    assert await ground.look() == []
    (asked,) = list(ground.playground.exchanges)[before:]
    assert asked.status == 304


async def test_a_quiet_repository_asks_the_same_all_day(ground):
    await ground.look()
    addresses = []
    for _ in range(3):
        ground.later(60)
        await ground.look()
        addresses.append(ground.asked()[-1].query)
    assert addresses[0] == addresses[1] == addresses[2]


async def test_after_a_long_sleep_old_orders_are_history(ground):
    await ground.look()
    key = f"comments-since:{REPO}"
    cursor = await ground.ctx.memory.get(key)
    await ground.ctx.memory.set(key, {**cursor, "since": "2020-01-01T00:00:00+00:00"})
    await ground.says("/apply", ago=LONGEST_LOOK + timedelta(days=2))
    _, key = await ground.says("/apply", ago=LONGEST_LOOK - timedelta(hours=1))
    assert await ground.look() == [key]
