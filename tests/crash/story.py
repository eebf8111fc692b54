"""One story, played on a playground that outlives the bot: its process dies where it is told to, and is started anew.

The people of the story go on only when GitHub looks as it did in the undisturbed run, so every act meets a whole world.
"""

import asyncio
import contextlib
import difflib
import json
import multiprocessing
import os
import re
import shutil
import signal
import time

import aiohttp

from bot.cli.doctor import app_manifest
from bot.playground import Playground
from bot.playground.git_store import Signature
from tests.crash import launcher
from tests.crash.files import MANIFEST_PATH, WAVE, files
from tests.crash.state import Reader, ledger

SCALE = 0.005
"""One of GitHub's minutes is 0.3 s, on the playground's clock and in the bot's pace."""
SWEEP = 1.0
PATIENCE = 40.0
"""Seconds until GitHub must look as it should; a second or two is usual."""
NAME = "acme/platform"
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.crash.launcher"])  # DBOS is imported once, not once for each death


class Bot:
    """The bot's process, started again whenever it died by its own hand."""

    def __init__(self, home, settings, listens):
        self.home = home
        self.deaths = []
        self._settings = settings
        self._listens = listens
        self._process = None
        self.url = ""
        self.forget = None
        """A folder that is deleted before it is started again, once."""

    def start(self, options=None):
        (self.home / "url").unlink(missing_ok=True)
        environment = {**self._settings, **(options or {})}
        self._process = FORKS.Process(target=launcher.run, args=(environment,), daemon=True)
        self._process.start()

    async def keep_alive(self):
        """Notes where the process listens, and starts it again when it killed itself."""
        while True:
            await asyncio.sleep(0.01)
            if self._process.exitcode is not None:
                assert self._died(), (self._process.exitcode, self.log())
                if self.forget is not None:
                    shutil.rmtree(self.forget)
                    self.forget = None
                self.start()
            with contextlib.suppress(FileNotFoundError):
                url = (self.home / "url").read_text()
                if url != self.url:
                    self.url = url
                    self._listens(url)

    def kill(self):
        """Kills it now, wherever it is."""
        if self._process.exitcode is None:
            os.kill(self._process.pid, signal.SIGKILL)

    async def stop(self):
        """Lets it end in good order; returns the names of the points that it passed. It may die on the way out."""
        while True:
            os.kill(self._process.pid, signal.SIGTERM)
            await asyncio.to_thread(self._process.join, 30)
            if not self._died():
                assert self._process.exitcode == 0, self.log()
                return json.loads((self.home / "points").read_text())
            self.start()
            while not (self.home / "url").exists():
                assert self._process.exitcode is None, self.log()
                await asyncio.sleep(0.01)

    def _died(self):
        """Whether it was killed; notes where."""
        if self._process.exitcode != -signal.SIGKILL:
            return False
        died = self.home / "died"
        self.deaths.append(died.read_text() if died.exists() else "killed")
        died.unlink(missing_ok=True)
        return True

    async def idle(self):
        """Whether nothing waits in its inbox and its queue, and nothing is at work."""
        try:
            async with aiohttp.ClientSession() as session, session.get(f"{self.url}/metrics") as answer:
                text = await answer.text()
        except aiohttp.ClientError:  # it has just died
            return False
        found = re.findall(r'^graftsman_queue\{state="(?:wanted|running|inbox)"\} (\S+)', text, re.MULTILINE)
        return found == ["0.0"] * 3

    def log(self):
        with contextlib.suppress(FileNotFoundError):
            return (self.home / "log").read_text()[-4000:]
        return ""


class Stage:
    """Playground, repository, people and bot. ``expected`` is what GitHub looks like after each act, once known."""

    content = files()
    reader_of = Reader

    def __init__(self, home, *, expected=None, database=None, faults=None, patience=PATIENCE):
        self.home = home
        self._patience = patience
        self.acts = []
        self._expected = expected
        self._database = database
        self._faults = faults

    async def __aenter__(self):
        (self.home / "bot").mkdir(parents=True)
        self.playground = Playground(self.home / "github", clock_scale=SCALE)
        await self.playground.start()
        self.playground.webhooks.observers.append(self._lose)
        wanted = app_manifest()
        self.app = await self.playground.create_app(
            wanted["default_permissions"], wanted["default_events"], webhook_secret="s" * 32
        )
        self.repository = await self.playground.create_repository(
            *NAME.split("/"), files={"README.md": b"# Platform\n"}
        )
        store = self.repository.store
        first = await store.write_files(
            None, self.content, "First commit", Signature("Ada", "ada@example.com", 1_700_000_000)
        )
        await store.update_refs({"refs/heads/main": first})
        self.playground.create_user("ada", "Ada")
        self.playground.set_permission(NAME, "ada", "admin")
        self.ada = self.playground.as_user("ada")
        self.reader = self.reader_of(self.repository, first)
        self.bot = Bot(self.home / "bot", self._environment(), self._listens)
        if self._faults is not None:
            self._faults(self.playground.faults)
        return self

    async def __aexit__(self, *_):
        self.bot.kill()
        await self.playground.stop()

    def _lose(self, delivery):
        """GitHub never redelivers, and some outages leave no record: what did not arrive is gone."""
        if delivery.status != "OK":
            self.playground.webhooks.deliveries.remove(delivery)

    def _listens(self, url):
        self.playground.set_webhook(self.app.app_id, f"{url}/webhook")

    def _environment(self):
        settings = {
            "APP_ID": self.app.app_id,
            "CLIENT_ID": self.app.client_id,
            "PRIVATE_KEY": self.app.private_key_pem,
            "WEBHOOK_SECRET": self.app.webhook_secret,
            "API_URL": self.playground.api_url,
            "GRAPHQL_URL": self.playground.graphql_url,
            "WEB_URL": self.playground.url,
            "GIT_URL": self.playground.url,
            "DATA_DIR": self.home / "data",
            "PORT": 0,
            "PACE": SCALE,
            "SWEEP_SECONDS": SWEEP,
            "NOTES_SECONDS": 3600,
            "LOG_LEVEL": "info",
        }
        if self._database is not None:
            settings["DATABASE_URL"] = self._database
        named = {f"GRAFTSMAN_{name}": str(value) for name, value in settings.items()}
        return {**named, "CRASH_HOME": str(self.home / "bot")}

    async def play(self, options=None):
        """The whole story; ``options`` are the first process's. Returns the points that the last one passed."""
        self.bot.start(options)
        keeper = asyncio.create_task(self.bot.keep_alive())
        story = asyncio.create_task(self._story())
        try:
            await asyncio.wait({keeper, story}, return_when=asyncio.FIRST_COMPLETED)
            if keeper.done():
                keeper.result()
            await story
        finally:
            for task in (keeper, story):
                task.cancel()
            await asyncio.gather(keeper, story, return_exceptions=True)
        return await self.bot.stop()

    async def _story(self):
        self.playground.install(self.app, "acme", ["platform"])
        await self.act(lambda: "graftsman/folder" in self.repository.labels)
        issue = await self.ada.open_issue(NAME, "Move", f"### Manifest\n\n{MANIFEST_PATH}\n")
        await self.ada.label(NAME, issue.number, "migration")
        await self.act(lambda: self.checks("graftsman/spec-guard") == len(WAVE))
        await self.merge("types")
        await self.act(lambda: self.checks("graftsman/spec-guard") == 5 and self.checks("graftsman/delivery") == 1)
        for folder in ("chat", "vision", "metrics", "terminal"):
            await self.merge(folder)
        await self.act(lambda: issue.state == "closed")
        await self._another_sweep()
        await self.act(lambda: True)

    def checks(self, name):
        return sum(check.name == name for check in self.repository.checks.values())

    async def merge(self, folder):
        branch = f"graftsman/staging/{folder}"
        await self.ada.merge(NAME, next(pull.number for pull in self.repository.pulls if pull.head_ref == branch))

    async def act(self, done):
        """Waits until the act's end: undisturbed, as ``done`` says; else until GitHub looks as it did then."""
        number, began = len(self.acts), time.monotonic()
        while True:
            state = await self.reader.state()
            alike = self._expected is None or state == self._expected[number]
            if alike and (self._expected is not None or (done() and await self._quiet())):
                self.acts.append(await self.reader.state())
                return
            if time.monotonic() - began > self._patience:
                raise AssertionError(f"act {number}: {self._difference(state, number)}\n{self.bot.log()}")
            await asyncio.sleep(0.03)

    def _difference(self, state, number):
        if self._expected is None:
            return json.dumps(state, indent=1)
        one, other = (json.dumps(each, indent=1).splitlines() for each in (self._expected[number], state))
        return "\n".join(difflib.unified_diff(one, other, "undisturbed", "this run", lineterm="", n=4))

    async def _quiet(self):
        await self.playground.webhooks.settled()
        return await self.bot.idle()

    async def _another_sweep(self):
        """Waits until the bot has looked at everything once more, and has nothing left to do."""
        seen = self._sweeps()
        while self._sweeps() == seen or not await self._quiet():
            await asyncio.sleep(0.03)

    def _sweeps(self):
        return sum(one.path == "/installation/repositories" for one in self.playground.exchanges)


def play(home, *, database=None, stage=Stage, options=None, **more):
    """Plays the story and returns the stage, with the points that its last process passed."""
    made = stage(home, database=database, **more)

    async def work():
        async with made as stage:
            stage.points = await stage.play(options)
            where = database or home / "data" / "graftsman.sqlite"
            stage.ledger = await ledger(where, NAME, stage.repository.store.path)
            return stage

    return asyncio.run(work())
