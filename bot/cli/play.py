"""The demo's play: who does what on the stage, and what is said of it."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from rich.console import Console
from rich.markup import escape

from bot.cli.sample import GREETING, GREETING_PATH, WRONG_NUMBERS, WRONG_TEXT
from bot.playground import Playground
from bot.playground.people import Person
from bot.playground.records import Issue
from bot.playground.state import Pull, Repository

SAY: Final = Console(soft_wrap=True, highlight=False)
DELIVERY, PATCH = "graftsman/delivery", "graftsman/patch"
Settle = Callable[[], Awaitable[None]]
LATER: Final = 20
"""Seconds between a push and a comment, so that its author surely saw what was pushed."""


@dataclass
class Stage:
    """Everything on the demo's stage."""

    playground: Playground
    running: Any
    repository: Repository
    ada: Person
    ben: Person
    manifest: str
    is_sample: bool = True
    """Whether it is the sample repository, whose files the play knows."""

    async def quiet(self) -> None:
        """Waits until no webhook is under way and the bot has nothing left to do, twice in a row."""
        for _ in range(2):
            await self.playground.world.hooks.settled()
            await self.running.idle(600)


async def play(act: Stage) -> None:
    """The play: installation, onboarding, a migration with one merge and its delivery report; then patches."""
    name, repository = act.repository.full_name, act.repository
    teller = Teller(repository)
    watch = asyncio.create_task(teller.watch())
    SAY.print(f"A GitHub for this machine runs at {act.playground.url}; ada administers {name}, ben may write.")

    async def settle() -> None:
        await act.quiet()
        teller.tell()

    SAY.print("\n[bold]ada[/] installs Graftsman.")
    owner, _, short = name.partition("/")
    act.playground.install(next(iter(act.playground.world.apps)), owner, [short])
    await settle()
    onboarding = next(iter(repository.pulls))
    SAY.print(f"[bold]ada[/] merges #{onboarding.number}.")
    await act.ada.merge(name, onboarding.number)
    await settle()
    issue = await _migration(act, settle)
    if act.is_sample:
        await _patches(act, settle)
    watch.cancel()
    _sum_up(act, issue.number)


async def _migration(act: Stage, settle: Settle) -> Issue:
    """A manifest becomes pull requests; the first one is merged."""
    name, repository = act.repository.full_name, act.repository
    issue = await act.ada.open_issue(name, "Migration: staging", f"### Manifest\n\n{act.manifest}\n")
    SAY.print(
        f"\n[bold]ada[/] opens issue #{issue.number}, which names {act.manifest}, and labels it [blue]migration[/]."
    )
    await act.ada.label(name, issue.number, "migration")
    await settle()
    first = _first_to_merge(repository)
    if first is not None:
        SAY.print(f"\n[bold]ben[/] approves and merges #{first.number}.")
        await act.ben.review(name, first.number, "APPROVE", "The certificate says it all.")
        await act.ben.merge(name, first.number)
        await settle()
    return issue


async def _patches(act: Stage, settle: Settle) -> None:
    """What a model wrote lands on a pull request; what does not fit is refused with what mends it."""
    name = act.repository.full_name
    await act.ben.create_branch(name, "greeting")
    await act.ben.push_files(name, "greeting", {GREETING_PATH: GREETING.encode()}, "Greet people")
    pull = await act.ben.open_pull(name, "greeting", "Greet people", "The console should say hello.")
    SAY.print(f"\n[bold]ben[/] opens #{pull.number}, a pull request of his own.")
    await settle()
    for diff, what in ((WRONG_NUMBERS, "The line numbers are wrong"), (WRONG_TEXT, "The old text is wrong, too")):
        act.playground.clock.advance(LATER)
        SAY.print(
            f"\n[bold]ben[/] pastes a model's diff into a comment on #{pull.number}, with [blue]/apply[/]. {what}."
        )
        await act.ben.comment(name, pull.number, f"The model says:\n\n```diff\n{diff}```\n\n/apply\n")
        await settle()


def _first_to_merge(repository: Repository) -> Pull | None:
    """The folder that another one waits for, where there is one."""
    opened = [pull for pull in repository.pulls if pull.issue.state == "open"]
    return next((pull for pull in opened if pull.head_ref.endswith("/shared-types")), opened[0] if opened else None)


class Teller:
    """Says what happens as it happens, by looking at the playground's records; says each thing once."""

    def __init__(self, repository: Repository) -> None:
        self._repository = repository
        self._said: set[str] = set()

    async def watch(self) -> None:
        """Looks again and again, until it is cancelled."""
        while True:
            self.tell()
            await asyncio.sleep(0.05)

    def tell(self) -> None:
        """Says what is new."""
        for line in self._happenings():
            if line not in self._said:
                self._said.add(line)
                SAY.print(line)

    def _happenings(self) -> Iterator[str]:
        for issue in list(self._repository.issues.values()):
            if issue.pull is not None:
                if issue.app is not None:
                    yield f"  #{issue.number} {issue.title}"
                for check in list(self._repository.checks.values()):
                    if check.head_sha == issue.pull.head_sha and check.conclusion is not None:
                        mark = "[green]✔[/]" if check.conclusion == "success" else "·"
                        yield f"     {mark} #{issue.number} {check.name}: {check.title}"
            for comment in list(issue.comments):
                if comment.app is not None:
                    for line in _told(comment.body):
                        yield f"  #{issue.number} now says: {escape(line)}"


_ORDER = re.compile(r"^\| `(\w+)` \| \[?`(/\w+)`.*? \| (.+) \|$", re.MULTILINE)
_WHY = re.compile(r"^#### .+\n\n(.+)\n\n\*\*(Next:)\*\* (.+)$", re.MULTILINE)


def _told(body: str) -> Iterator[str]:
    """A comment in short: its heading, or the newest order with the words of a refusal."""
    order = _ORDER.search(body)
    if order is None:
        yield _plain(next((line for line in body.splitlines() if line.startswith("#")), body[:80]).lstrip("# "))
        return
    yield _plain(f"{order[2]} by {order[1]}: {order[3]}")
    if why := _WHY.search(body):
        yield _plain(why[1])
        yield _plain(f"{why[2]} {why[3]}")


def _plain(text: str) -> str:
    return re.sub(r"[`*\\]", "", text)


def _sum_up(act: Stage, issue: int) -> None:
    pulls = [pull for pull in act.repository.pulls if pull.issue.state == "open"]
    heads = {pull.head_sha for pull in act.repository.pulls if pull.issue.user.type == "Bot"}
    checks = [
        check
        for check in act.repository.checks.values()
        if check.name not in {DELIVERY, PATCH} and check.head_sha in heads
    ]
    green = sum(1 for check in checks if check.conclusion == "success")
    here = f"{act.playground.url}/{act.repository.full_name}"
    SAY.print(f"\n{len(pulls)} pull requests are open; {green} of {len(checks)} checks of folders are green.")
    SAY.print(f"The plan and its state are on {here}/issues/{issue}")
    if act.is_sample:
        SAY.print(f"The patches and what became of them are on {here}/pull/{max(pull.number for pull in pulls)}")
