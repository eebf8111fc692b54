"""Pushing with notes: what goes together, what happens when another writer, a rule or a kill comes between."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from bot.cli.doctor import app_manifest
from bot.cli.github import bot_person, open_app
from bot.config import server_settings
from bot.contracts.tree import FILE, Write
from bot.errors import Refusal, WorldError
from bot.git import notes
from bot.git.mirrors import Mirrors
from bot.git.refs import RefUpdate
from bot.git.repository import Repository
from bot.playground import Playground
from bot.runs.intents import Intents
from bot.runs.ledger import Ledger, Reports
from bot.runs.memory import Memory
from bot.runs.queue import Target
from bot.runs.store import Store
from bot.workflows import ledger as workflow
from bot.workflows.context import Context
from bot.workflows.ledger import push_with_notes, reconcile_ledger, record_events_from_outside
from bot.workflows.restore import follow_git, read_chain
from tests.runs.conftest import cluster, postgresql  # noqa: F401 - fixtures
from tests.runs.test_ledger import event as plain

NAME = "acme/platform"
NEW = "refs/heads/graftsman/new"


def event(number, **values):
    return plain(number, NAME, **values)


class World:
    """One repository on a playground, and one bot's view of it: a database and mirrors of its own."""

    def __init__(self, playground, repository, context, installation, store):
        self.playground = playground
        self.repository = repository
        self.ctx = context
        self.ledger = context.ledger
        self.store = store
        self.target = Target("ledger", NAME, NAME, installation)
        self.github = context.github(installation, NAME)

    @property
    def remote(self):
        return Repository.open(self.repository.store.path)

    def there(self):
        """The event ids in the remote's notes; a chain that is not sound is a refusal."""
        head = notes.head_of(self.remote)
        return [] if head is None else [entry.event().id for entry in read_chain(self.remote, head, NAME).entries]

    @asynccontextmanager
    async def mirror(self):
        with self.ctx.mirrors.open(self.github.git_url, NAME) as mirror:
            heads = await asyncio.to_thread(mirror.fetch, await self.github.git_credential())
            mirror.main = heads["refs/heads/main"]
            yield mirror

    def commit(self, mirror, text="new"):
        with mirror.repository.writer() as writer:
            tree = writer.apply(mirror.repository.tree(mirror.main).oid, [Write("new", FILE, text.encode())])
            oid = writer.commit(tree, [mirror.main], text, self.ctx.bot, 1_700_000_000)
            writer.flush()
        return oid

    async def push(self, mirror, commit, name=NEW, expected=None):
        found = await push_with_notes(
            self.ctx, self.github, mirror, [RefUpdate(name, commit, expected)], head=mirror.main
        )
        assert set(found) == {name}
        return found[name].reason

    async def shown(self, commit):
        _, out = await self.repository.store.run("notes", "--ref=graftsman", "show", commit, ok=(0, 1))
        return len(out.splitlines())


@pytest.fixture
async def make(tmp_path):
    """Makes worlds: the same repository, each with a bot of its own."""
    worlds, closing = [], []
    async with Playground(tmp_path / "github", clock_scale=0.001) as playground:
        wanted = app_manifest()
        app = await playground.create_app(
            wanted["default_permissions"], wanted["default_events"], webhook_secret="s" * 32
        )
        repository = await playground.create_repository(*NAME.split("/"), files={"a": b"a\n"})
        installation = playground.install(app, "acme", ["platform"])
        settings = server_settings(
            client_id=app.client_id, private_key=app.private_key_pem, webhook_secret="s", pace=0.001,
            api_url=playground.api_url, graphql_url=playground.graphql_url, web_url=playground.url, git_url=playground.url,
        )  # fmt: skip

        async def make(where=None):
            home = tmp_path / f"bot-{len(worlds)}"
            store = await Store.open(where or home / "store.db")
            opened = open_app(settings)
            github = await opened.__aenter__()
            closing.append((store, opened))
            context = Context(
                github=github.repository, mirrors=Mirrors(home / "mirrors"), intents=Intents(store), memory=Memory(store),
                ledger=Ledger(store), reports=Reports(store), bot=await bot_person(github, settings), clock=lambda: datetime.now(UTC),
            )  # fmt: skip
            worlds.append(World(playground, repository, context, getattr(installation, "id", installation), store))
            return worlds[-1]

        yield make
        for store, opened in closing:
            await opened.__aexit__(None, None, None)
            await store.close()


@pytest.fixture
async def world(make):
    return await make()


def pushes(playground):
    return sum(one.path.endswith("git-receive-pack") and one.method == "POST" for one in playground.exchanges)


async def test_branch_and_notes_are_one_push(world):
    async with world.mirror() as mirror:
        commit = world.commit(mirror)
        gone = "1" * 40
        await world.ledger.append(
            [
                event(1, commit=commit, base=mirror.main),
                event(2, base=mirror.main),
                event(3),
                event(4, commit=gone, base=mirror.main),
                event(5, commit=gone[:8]),
            ]
        )
        assert await world.push(mirror, commit) == "ok"
        assert pushes(world.playground) == 1
        assert world.there() == ["e1", "e2", "e3", "e4", "e5"]
        assert (await world.shown(commit), await world.shown(mirror.main)) == (1, 4)
        head = await world.ledger.head(NAME)
        assert (head.number, head.noted, head.waits) == (5, 5, False)
        assert await world.push(mirror, commit, expected=None) == "up-to-date"


async def test_the_same_entries_make_the_same_notes(make):
    one, two = await make(), await make()
    oids = set()
    for world in (one, two):
        async with world.mirror() as mirror:
            await world.ledger.append([event(1), event(2)])
            oids.add((await workflow._unwritten(world.ctx, world.github, mirror, mirror.main)).update.new)
    assert len(oids) == 1


async def test_a_lease_lost_on_the_notes_lands_the_branch_alone_and_the_notes_later(make):
    one, other = await make(), await make()
    await one.ledger.append([event(1)])
    async with one.mirror() as mirror:
        await other.ledger.append([event(10)])
        await reconcile_ledger(other.ctx, other.target)  # between our fetch and our push
        assert await one.push(mirror, one.commit(mirror)) == "ok"
    assert one.repository.store.refs[NEW]
    assert one.there() == ["e10"]
    assert (await one.ledger.head(NAME)).waits
    await reconcile_ledger(one.ctx, one.target)
    assert one.there() == ["e10", "e1"]
    assert (await one.ledger.verify(NAME)).ok
    await other.ledger.append([event(11)])
    await reconcile_ledger(other.ctx, other.target)
    assert one.there() == ["e10", "e1", "e11"] == [each.id for each in await other.ledger.events(NAME)]


async def test_without_the_second_push_the_branch_would_be_lost(make, monkeypatch):
    """The negative control of the test before: the push is one, so it fails as one."""
    one, other = await make(), await make()
    await one.ledger.append([event(1)])
    async with one.mirror() as mirror:
        await other.ledger.append([event(10)])
        await reconcile_ledger(other.ctx, other.target)
        waiting = await workflow._unwritten(one.ctx, one.github, mirror, mirror.main)
        updates = [RefUpdate(NEW, one.commit(mirror)), waiting.update]
        outcomes = await asyncio.to_thread(mirror.push, updates, await one.github.git_credential())
    assert {name: each.reason for name, each in outcomes.items()} == {NEW: "together", notes.REF: "stale"}


async def test_a_stale_branch_is_still_stale(world):
    await world.ledger.append([event(1)])
    async with world.mirror() as mirror:
        assert await world.push(mirror, world.commit(mirror), "refs/heads/main", expected="2" * 40) == "stale"
        assert world.there() == []
        world.playground.faults.reject_refs(NEW, "no such branches")
        assert await world.push(mirror, world.commit(mirror)) == "denied"
    assert (await world.ledger.head(NAME)).waits


async def test_notes_that_are_forbidden_are_left_until_there_is_something_new(world):
    world.playground.faults.reject_refs("refs/notes/*", "none of that")
    await world.ledger.append([event(1)])
    async with world.mirror() as mirror:
        assert await world.push(mirror, world.commit(mirror)) == "ok"
    assert not (await world.ledger.head(NAME)).waits
    await world.ledger.append([event(2)])
    await reconcile_ledger(world.ctx, world.target)
    assert not (await world.ledger.head(NAME)).waits
    assert await world.ledger.waiting(0) == ()
    world.playground.faults.rejected.clear()
    await world.ledger.append([event(3)])
    await reconcile_ledger(world.ctx, world.target)
    assert world.there() == ["e1", "e2", "e3"]


class Killed(BaseException):
    pass


async def test_a_kill_between_the_push_and_its_record_doubles_nothing(world):
    await world.ledger.append([event(1), event(2)])

    class Dying(Ledger):
        async def noted(self, repository, number):
            raise Killed

    alive, world.ctx.__dict__["ledger"] = world.ctx.ledger, Dying(world.store)
    async with world.mirror() as mirror:
        with pytest.raises(Killed):
            await world.push(mirror, world.commit(mirror))
    world.ctx.__dict__["ledger"] = alive
    head = await world.ledger.head(NAME)
    assert (head.noted, head.waits, world.there()) == (0, True, ["e1", "e2"])
    before = pushes(world.playground)
    await reconcile_ledger(world.ctx, world.target)
    head = await world.ledger.head(NAME)
    assert (head.noted, head.waits, pushes(world.playground)) == (2, False, before)
    await world.ledger.append([event(3)])
    await reconcile_ledger(world.ctx, world.target)
    assert world.there() == ["e1", "e2", "e3"]


async def test_many_entries_go_in_several_commits(world, monkeypatch):
    monkeypatch.setattr(workflow, "MOST", 3)
    await world.ledger.append([event(number) for number in range(8)])
    await reconcile_ledger(world.ctx, world.target)
    assert len(world.there()) == 8
    assert int(world.remote.commit_info(notes.head_of(world.remote)).trailers[notes.TRAILER].split()[0]) == 8


async def test_a_damaged_table_does_not_spoil_the_notes(world):
    await world.ledger.append([event(1), event(2), event(3)])
    await world.store.write(
        lambda c: c.execute(
            sa.text("UPDATE graftsman_ledger SET event = replace(event, 'ann', 'eve') WHERE number = 2")
        )
    )
    async with world.mirror() as mirror:
        assert await world.push(mirror, world.commit(mirror)) == "ok"
    await reconcile_ledger(world.ctx, world.target)
    assert world.there() == []
    assert not (await world.ledger.head(NAME)).waits


async def test_an_event_from_outside_into_a_lost_database_forks_nothing(make):
    one = await make()
    await one.ledger.append([event(1), event(2)])
    await reconcile_ledger(one.ctx, one.target)
    lost = await make()
    (added,) = await record_events_from_outside(lost.ctx, lost.target.installation, NAME, [event(3)])
    assert (added.record.number, added.new) == (3, True)
    (again,) = await record_events_from_outside(lost.ctx, lost.target.installation, NAME, [event(1)])
    assert (again.record.number, again.new) == (1, False)
    await reconcile_ledger(lost.ctx, lost.target)
    assert one.there() == ["e1", "e2", "e3"]


async def test_a_trailer_that_lies_is_found_out_where_it_matters(make):
    one = await make()
    await one.ledger.append([event(1), event(2)])
    await reconcile_ledger(one.ctx, one.target)
    remote, head = one.remote, notes.head_of(one.remote)
    text = remote.commit_info(head).message
    (path,) = [
        line.split("\t")[1] for line in (await one.repository.store.run("ls-tree", "-r", head))[1].decode().splitlines()
    ]
    data = (await one.repository.store.run("cat-file", "blob", f"{head}:{path}"))[1].replace(b'"ann"', b'"eve"')
    with remote.writer() as writer:
        tree = writer.apply(remote.commit_info(head).tree, [Write(path, FILE, data)])
        forged = writer.commit(tree, [head], text, one.ctx.bot, 1_700_000_000)
        writer.flush()
    await one.repository.store.update_refs({notes.REF: forged})
    with pytest.raises(Refusal, match="entry 1 was changed"):
        one.there()
    lost = await make()
    async with lost.mirror() as mirror:
        assert await follow_git(lost.ctx, NAME, mirror) is None
    assert await lost.ledger.repositories() == ()
    await lost.ledger.append([event(3)])
    await reconcile_ledger(lost.ctx, lost.target)
    assert one.repository.store.refs[notes.REF] == forged


async def test_a_chain_that_was_rewritten_is_not_followed(make):
    one, eve = await make(), await make()
    await one.ledger.append([event(1), event(2)])
    await reconcile_ledger(one.ctx, one.target)
    await one.repository.store.update_refs({notes.REF: None})
    await eve.ledger.append([event(1), event(20), event(21)])
    await reconcile_ledger(eve.ctx, eve.target)
    await one.ledger.append([event(3)])
    await reconcile_ledger(one.ctx, one.target)
    assert one.there() == ["e1", "e20", "e21"]
    assert [each.id for each in await one.ledger.events(NAME)] == ["e1", "e2", "e3"]
    await one.repository.store.update_refs({notes.REF: None})  # a person deletes them, and ours are written anew
    await one.ledger.append([event(4)])
    await reconcile_ledger(one.ctx, one.target)
    assert one.there() == ["e1", "e2", "e3", "e4"]


async def test_two_replicas_on_one_database(make, postgresql):  # noqa: F811 - the fixture
    replicas = [await make(postgresql), await make(postgresql)]
    for number in range(6):
        one = replicas[number % 2]
        async with one.mirror() as mirror:
            await replicas[0].ledger.append([event(number)])
            if number % 3 == 2:
                await reconcile_ledger(replicas[(number + 1) % 2].ctx, one.target)
            assert await one.push(mirror, one.commit(mirror, str(number)), f"{NEW}-{number}") == "ok"
    await reconcile_ledger(replicas[0].ctx, replicas[0].target)
    assert one.there() == [f"e{number}" for number in range(6)]
    assert (await one.ledger.verify(NAME)).ok


async def test_what_github_would_refuse_again_is_left(world):
    await world.ledger.append([event(1)])
    world.repository.archived = True
    await reconcile_ledger(world.ctx, world.target)
    assert not (await world.ledger.head(NAME)).waits
    world.repository.archived = False
    await world.ledger.append([event(2)])
    other = Target("ledger", "acme/none", "acme/none", world.target.installation)
    await reconcile_ledger(world.ctx, other)
    world.playground.faults.fail_requests(f"GET /repos/{NAME}", 502, None)
    with pytest.raises(WorldError):
        await reconcile_ledger(world.ctx, world.target)
    assert (await world.ledger.head(NAME)).waits
