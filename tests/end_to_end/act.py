"""The stage and its actors: what a test says in a dialogue, and what it sees."""

import asyncio
import hashlib
import hmac
import json
import shutil
import uuid
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta

import aiohttp

from bot.__main__ import start
from bot.cli.doctor import app_manifest
from bot.config import server_settings
from bot.reports.markers import marker_of
from tests.end_to_end.files import BODY, MANIFEST, files

NAME = "acme/platform"
BOT = "graftsman[bot]"
PATIENCE = 60.0


class Counted:
    """What was asked of GitHub meanwhile."""

    def __init__(self, exchanges):
        self.exchanges = exchanges

    @property
    def writes(self):
        """Method and path of what the bot wrote; what only authenticates is not a write."""
        return [
            f"{one.method} {one.path}"
            for one in self.exchanges
            if one.is_write and not one.path.endswith("/access_tokens")
        ]

    @property
    def pushes(self):
        return [one for one in self.writes if one.endswith("/git-receive-pack")]

    @property
    def reads(self):
        """Paths of what the bot read over REST and GraphQL, those answered by an ETag (304) included."""
        return [one.path for one in self.exchanges if not one.is_write and one.kind != "git"]

    def kinds(self):
        """How often each kind of call was made, with numbers taken out of the paths."""
        return Counter("/".join("N" if part.isdigit() else part for part in one.split("/")) for one in self.writes)


class Act:
    """People, a repository, an App and a bot. ``ada`` administers, ``ben`` writes, ``tess`` triages, ``rex`` reads."""

    def __init__(self, playground, home, scale):
        self.playground = playground
        self.home = home
        self.scale = scale
        self.api_tokens_file = None
        self.notes_seconds = 3600.0  # what is counted is counted without a push of notes alone
        self.running = None
        self.installation = None
        self.issue = None

    async def set(self, content=None, *, install=True, api_tokens_file=None):
        """Sets the stage; everything is there when it returns, and the bot has nothing left to do."""
        self.api_tokens_file = api_tokens_file
        wanted = app_manifest()
        self.app = await self.playground.create_app(
            wanted["default_permissions"], wanted["default_events"], webhook_secret="s" * 32
        )
        self.repository = await self.playground.create_repository(
            *NAME.split("/"), files=files() if content is None else content
        )
        for login, role in (("ada", "admin"), ("ben", "write"), ("tess", "triage"), ("rex", "read")):
            self.playground.create_user(login, login.title())
            self.playground.set_permission(NAME, login, role)
            setattr(self, login, self.playground.as_user(login))
        await self.start()
        if install:
            self.install()
            await self.settle()
        return self

    def install(self):
        self.installation = self.playground.install(self.app, "acme", ["platform"])

    async def start(self):
        seen = self._sweeps()
        self.running = await start(
            server_settings(
                app_id=self.app.app_id,
                client_id=self.app.client_id,
                private_key=self.app.private_key_pem,
                webhook_secret=self.app.webhook_secret,
                api_url=self.playground.api_url,
                graphql_url=self.playground.graphql_url,
                web_url=self.playground.url,
                git_url=self.playground.url,
                data_dir=self.home / "data",
                database_url=None,
                port=0,
                pace=self.scale,
                notes_seconds=self.notes_seconds,
                api_tokens_file=self.api_tokens_file,
                log_level="error",
            )
        )
        self.playground.set_webhook(self.app.app_id, f"{self.running.url}/webhook")
        if self.installation is not None:
            await self._swept(seen)

    def _sweeps(self):
        return sum(one.path == "/app/hook/deliveries" for one in self.playground.exchanges)

    async def _swept(self, seen):
        """Waits until the sweep at the start has looked at everything: what it asks for is then on its way."""
        async with asyncio.timeout(PATIENCE):
            while self._sweeps() == seen:
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.15)

    async def stop(self):
        if self.running is not None:
            await self.running.stop()
            self.running = None

    async def restart(self, *, forget=False):
        """Stops the bot and starts it anew, with all its data lost where it is to ``forget``."""
        await self.stop()
        if forget:
            shutil.rmtree(self.home / "data")
        await self.start()
        await self.settle()

    async def settle(self):
        """Waits until no webhook is under way and the bot has nothing left to do; it must not have given up."""
        for _ in range(2):
            await self.playground.settled()
            try:
                await self.running.idle(PATIENCE)
            except TimeoutError:
                raise AssertionError(await self.running.queue.status()) from None
        status = await self.running.queue.status()
        assert (status.troubles, status.parked) == ((), 0)

    def later(self, seconds=2):
        """Time passes on GitHub: its times are whole seconds."""
        self.playground.clock.advance(seconds)

    def days_since(self, day):
        """Every day that was GitHub's today since then, by which the bot counts: more than one where midnight passed."""
        return [day + timedelta(days=passed) for passed in range((self.playground.clock.now().date() - day).days + 1)]

    # What people do

    async def begins(self, body=BODY, *, author="ada", labeller="ada", title="Migration: staging"):
        """An issue is opened and labelled; returns when the bot has answered."""
        self.issue = await getattr(self, author).open_issue(NAME, title, body)
        self.later()
        await getattr(self, labeller).label(NAME, self.issue.number, "migration")
        await self.settle()
        return self.issue

    async def does(self, *deeds):
        """Awaits each deed in turn, time passing, and waits for the bot."""
        for deed in deeds:
            await deed
            self.later()
        await self.settle()

    async def merges(self, *folders, who="ben"):
        for folder in folders:
            await getattr(self, who).merge(NAME, self.pull(folder).number)
        await self.settle()

    async def commits(self, content, branch="main", who="ada"):
        """Pushes files (``None`` deletes) to a branch; gives the commit."""
        data = {path: text.encode() if isinstance(text, str) else text for path, text in content.items()}
        return await getattr(self, who).push_files(NAME, branch, data)

    async def rewrites_manifest(self, text):
        await self.commits({MANIFEST: text})
        await self.settle()

    async def delivered_again(self, *, new_ids=True):
        """Every webhook so far arrives once more, under ids of its own or as GitHub redelivers; waits for the bot."""
        everything = [one for one in self.playground.deliveries if not one.redelivery]
        if not new_ids:
            for one in everything:
                self.playground.redeliver(one.id)
        else:
            async with aiohttp.ClientSession() as session:
                for one in everything:
                    await self._send(session, one)
        await self.settle()
        return len(everything)

    async def _send(self, session, one):
        data = json.dumps(one.payload).encode()
        signature = hmac.new(self.app.webhook_secret.encode(), data, hashlib.sha256).hexdigest()
        headers = {
            "Content-Type": "application/json",
            "X-GitHub-Event": one.event,
            "X-GitHub-Delivery": str(uuid.uuid4()),
            "X-Hub-Signature-256": f"sha256={signature}",
        }
        async with session.post(f"{self.running.url}/webhook", data=data, headers=headers) as answer:
            assert answer.status == 202, await answer.text()

    # What is there to see

    @property
    def pulls(self):
        return list(self.repository.pulls)

    def pulls_of(self, folder, migration="staging"):
        return [one for one in self.pulls if one.head_ref == f"graftsman/{migration}/{folder}"]

    def pull(self, folder, migration="staging"):
        """The folder's only pull request."""
        (one,) = self.pulls_of(folder, migration)
        return one

    def open_folders(self):
        start = "graftsman/staging/"
        return sorted(one.head_ref.removeprefix(start) for one in self.pulls if one.issue.state == "open")

    def said(self, issue=None, kind="plan"):
        """The bot's comments of one kind on an issue or pull request."""
        found = [one for one in (issue or self.issue).comments if one.user.login == BOT]
        return [one for one in found if (marker := marker_of(one.body)) is not None and marker.kind == kind]

    @property
    def plan(self):
        """The text of the one plan comment; it is the only one, or else the test fails."""
        (one,) = self.said()
        return one.body

    def row(self, folder):
        """The folder's line on the plan comment."""
        (line,) = [line for line in self.plan.splitlines() if line.startswith(f"| `{folder}` |")]
        return line

    def state(self, folder):
        """The last cell of the folder's line."""
        return self.row(folder).rstrip(" |").rpartition(" | ")[2]

    def checks(self, pull, name=None):
        """The check runs on a pull request's present head."""
        runs = [one for one in self.repository.checks.values() if one.head_sha == pull.head_sha]
        return [one for one in runs if name in {None, one.name}]

    def check(self, pull, name):
        (one,) = self.checks(pull, name)
        return one

    async def events(self):
        """What the ledger of the running bot holds, oldest first."""
        return await self.running.ledger.events(NAME)

    def branch(self, folder):
        return self.repository.branch(f"graftsman/staging/{folder}")

    async def commit(self, oid):
        return await self.repository.store.commit(oid)

    async def file(self, path, at="main"):
        """A file's bytes at a revision, ``None`` when there is none."""
        code, out = await self.repository.store.run("cat-file", "blob", f"{at}:{path}", ok=(0, 128))
        return None if code else out

    @contextmanager
    def counting(self):
        """Counts what the bot asks of GitHub within."""
        exchanges = []
        inner = self.playground.on_exchange

        def listen(exchange):
            exchanges.append(exchange)
            if inner is not None:
                inner(exchange)

        self.playground.on_exchange = listen
        try:
            yield Counted(exchanges)
        finally:
            self.playground.on_exchange = inner
