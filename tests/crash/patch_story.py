"""The second story: patches that people and a program ask for, land, are refused, taken back and delivered."""

import asyncio
import contextlib
import json
import re
from collections import Counter

import aiohttp

from tests.crash.patch_files import DIFF, FILES, OTHER, TOKEN, TOKENS, WRONG, appends, says
from tests.crash.state import Reader, text_of
from tests.crash.story import NAME, Stage

WHEN = 1_700_000_100
RUN = re.compile(r"(?<=Graftsman-Run: )[0-9a-f]{16}|(?<=run=)[0-9a-f]{16}|(?<=#issuecomment-)\d+")
BATCH = re.compile(r"(?<=batch sha256:)[0-9a-f]{64}")
BRANCH = re.compile(r"(?<=graftsman/patch/)(\d+)-[0-9a-f]{12}")
BOT = "graftsman[bot]"


class PatchReader(Reader):
    """Also names every commit and batch by its place; what is only ever told once is counted."""

    async def state(self):
        known = await self._names()
        told = await super().state()
        for check in told["checks"]:
            check[2] = "RUN"
        text = BRANCH.sub(r"\1-BATCH", text_of(json.dumps(told, sort_keys=True), known))
        self._once()
        state = json.loads(RUN.sub("RUN", text))
        state["checks"].sort(key=str)  # now that their oids have one name in every run
        for issue in state["issues"]:
            issue["comments"].sort()
            issue["reactions"].sort()
        return state

    async def _names(self):
        """Commits of branches and pull requests by their place, batches by the place of the commit that holds them."""
        repository, known = self.repository, {}
        places = {ref: oid for ref, oid in repository.store.refs.items() if not ref.startswith("refs/notes/")}
        for ref in sorted(places, key=lambda one: (not one.startswith("refs/pull"), one)):
            for at, oid in enumerate(reversed(await repository.store.log(places[ref]))):
                name = f"{BRANCH.sub('', ref)}#{at}"
                known.setdefault(oid, name)
                commit = await self._commit(oid)
                for found in BATCH.findall(commit.message):
                    known.setdefault(found, f"BATCH {name}")
        return known

    def _once(self):
        """No order has two checks, no comment of the bot's has a twin."""
        runs = Counter(check.external_id for check in self.repository.checks.values())
        assert set(runs.values()) <= {1}, runs
        for issue in self.repository.issues.values():
            marks = Counter(one.body.split("\n")[0] for one in issue.comments if one.user.login == BOT)
            assert set(marks.values()) <= {1}, marks


class PatchStage(Stage):
    """A pull request of a person's and an issue; Ada writes, Rex reads, a program has a token."""

    content = FILES
    reader_of = PatchReader

    def _environment(self):
        (self.home / "tokens.yml").write_text(TOKENS)
        return {**super()._environment(), "GRAFTSMAN_API_TOKENS_FILE": str(self.home / "tokens.yml")}

    async def _story(self):
        await self._begin()
        await self.says(says(DIFF))
        await self.act(lambda: self.reacted("rocket") == 1)
        await self.says(says(WRONG))
        await self.act(lambda: self.reacted("confused") == 1)
        await self.says(says(appends("From an issue.\n", "CHANGES.md")), number=self.issue.number)
        await self.act(lambda: self.reacted("rocket") == 2)
        await self.says(says(OTHER, appends("Twice.\n")))
        await self.act(lambda: self.reacted("rocket") == 3)
        self.answer = await self.asks(branch="topic", batch=json.loads(appends("From a program.\n")))
        await self.act(lambda: self.checks("graftsman/patch") == 6)
        await self.asks(branch="agents/news", payload=appends("News.\n", "NEWS.md"), issue=self.issue.number)
        await self.act(lambda: self.checks("graftsman/patch") == 7)
        await self.says("/rollback")
        await self.act(lambda: self.reacted("rocket") == 4)
        await self.says("/apply", who=self.rex)
        await self.act(lambda: self.reacted("-1") == 1)
        for number in (self.pr.number, self.pull("graftsman/patch/").number):
            self.later()
            await self.ada.merge(NAME, number)
            await self.act(lambda: True)
        await self.ada.close(NAME, self.pull("agents/").number)
        await self.act(lambda: len(self.said("delivery")) == 3)
        await self._another_sweep()
        await self.act(lambda: True)

    async def _begin(self):
        self.playground.create_user("rex", "Rex")
        self.playground.set_permission(NAME, "rex", "read")
        self.rex = self.playground.as_user("rex")
        self.playground.install(self.app, "acme", ["platform"])
        await self.ada.push_files(NAME, "main", {"LICENSE": b"Free.\n"}, when=WHEN)
        await self.ada.push_files(NAME, "topic", {"notes.md": b"mine\n"}, when=WHEN)
        self.pr = await self.ada.open_pull(NAME, "topic", "Greet better")
        self.issue = await self.ada.open_issue(NAME, "Say where it comes from")
        await self.act(lambda: "graftsman/folder" in self.repository.labels)

    def later(self):
        """Time passes on GitHub: what was pushed was seen by whoever comments next."""
        self.playground.clock.advance(20)

    async def says(self, body, *, number=None, who=None):
        self.later()
        return await (who or self.ada).comment(NAME, number or self.pr.number, body)

    async def asks(self, **members):
        """The program asks until it is answered, as a client does whose server was killed."""
        self.later()
        headers = {"Authorization": f"Bearer {TOKEN}"}
        while True:
            with contextlib.suppress(aiohttp.ClientError):
                async with (
                    aiohttp.ClientSession(headers=headers) as session,
                    session.post(f"{self.bot.url}/api/patches/apply", json={"repository": NAME, **members}) as answer,
                ):
                    told = await answer.json()
                    if answer.status == 200:
                        return told
                    assert answer.status in {202, 503}, told
            await asyncio.sleep(0.03)

    def reacted(self, content):
        """How many reactions of this kind the bot has given."""
        return sum(
            reaction.content == content and reaction.user.login == BOT
            for issue in self.repository.issues.values()
            for comment in issue.comments
            for reaction in comment.reactions
        )

    def said(self, kind):
        """The bot's comments of one kind."""
        start = f"<!-- graftsman:{kind} "
        comments = [one for issue in self.repository.issues.values() for one in issue.comments]
        return [one for one in comments if one.user.login == BOT and one.body.startswith(start)]

    def pull(self, start):
        (found,) = [one for one in self.repository.pulls if one.head_ref.startswith(start)]
        return found
