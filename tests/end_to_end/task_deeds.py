"""What people do to tasks, for the machine of test_task_machine.py; what GitHub refuses is no deed."""

import contextlib
from dataclasses import dataclass, field

from bot.playground import Problem
from bot.runs.queue import Target
from tests.end_to_end.act import BOT, NAME
from tests.end_to_end.files import SETTINGS
from tests.end_to_end.tasks import form

TASK = "graftsman/task/"
AIMED = 5
"""Who picks with a number from here on picks what is likely to matter."""
MISSING = 999
"""An issue that there never is."""
PATHS = ((), ("src/a.py",), ("src/**",), ("docs/x.md",))
LANES = ("", "design", "build", "nowhere")
RULES = """\
version: 1
tasks:
  dashboard: false
  max_open: {most}
  autopilot: {autopilot}
  lanes:
    design: {{people: [ada], priority: 5}}
    build: {{people: [ben, tess]}}
"""
BROKEN = "version: 1\ntasks: {max_open: many}\n"


@dataclass
class Rules:
    """The settings that are in force; ``most`` is ``None`` where they cannot be read."""

    most: int | None = 10
    autopilot: bool = True

    @property
    def text(self):
        return BROKEN if self.most is None else RULES.format(most=self.most, autopilot=str(self.autopilot).lower())


@dataclass
class Text:
    """An issue's text, from a moment on: what it says that it depends on, and in what lane it is."""

    moment: int
    depends: frozenset[int]
    lane: str
    paths: tuple[str, ...]
    who: str


@dataclass
class Order:
    """A slash command that somebody who may has written, and whether there was something for it to do.

    ``sure``: whether it is known what it met, since the bot had nothing else to do.
    """

    moment: int
    name: str
    meets: bool
    sure: bool


@dataclass
class History:
    """What people did that GitHub does not show afterwards. Moments are ids of the playground: they only grow."""

    texts: dict[int, list[Text]] = field(default_factory=dict)
    orders: dict[int, list[Order]] = field(default_factory=dict)
    subsumed: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    """By issue: when it was ordered that which epic takes it over."""
    pushed: list[tuple[str, str]] = field(default_factory=list)
    """Branch and commit."""
    quiet: list[tuple[int, frozenset[int]]] = field(default_factory=list)
    """When the bot had nothing left to do and knew of everything, and which tasks were open then."""
    ruled: list[tuple[int, Rules]] = field(default_factory=list)
    """From when on which settings were in force."""
    forgotten: bool = False
    """Whether the database was ever lost."""
    loosest: int = 10
    """The highest limit of open pull requests that was in force since it was quiet."""
    excuses: int = 0
    """Deeds since it was quiet that may put a task to work past the limit."""


class Deeds:
    """The people. ``which`` picks one of the issues in the order in which they were opened."""

    def __init__(self, act):
        self.act = act
        self.rules = Rules()
        self.numbers = []
        self.history = History()
        self.deaf = False
        """Whether webhooks were lost since the bot was last made to look."""
        self.touched = set()
        """Branch and path of what people ever pushed."""
        self.history.ruled.append((0, self.rules))

    def moment(self):
        return self.act.playground.world.next_id()

    def number(self, which):
        return self.numbers[which % len(self.numbers)]

    def issues(self):
        """All issues that are no pull requests, by number."""
        return {number: one for number, one in self.act.repository.issues.items() if one.pull is None}

    def some(self, which, fits, better=lambda _: True):
        """One of the issues that fit, ``None`` where none does; from ``AIMED`` on one of the better ones."""
        found = [number for number in self.numbers if fits(number)]
        if which >= AIMED:
            found = [number for number in found if better(number)] or found
        return found[which % len(found)] if found else None

    def at_work(self, which):
        """An open pull request of a task."""
        number = self.some(which, self.open_pull, self.matters)
        return None if number is None else self.open_pull(number)

    def matters(self, number):
        """Whether something that is open waits for an issue, or it is a part of something."""
        issue = self.act.repository.issue(number)
        return issue.parent is not None or any(one.state == "open" for one in issue.blocking)

    def is_free(self, number):
        """Whether it is an open task that nobody is at."""
        issue = self.act.repository.issue(number)
        return is_task(issue) and issue.state == "open" and self.open_pull(number) is None

    def has(self, number, label):
        return label in {one.name for one in self.act.repository.issue(number).labels}

    def is_closed(self, number):
        return self.act.repository.issue(number).state == "closed"

    def issue(self, which):
        return self.act.repository.issue(self.number(which))

    def pulls(self, number):
        return [one for one in self.act.pulls if one.head_ref.startswith(f"{TASK}{number}-")]

    def pull(self, which):
        return max(self.pulls(self.number(which)), key=lambda one: one.number, default=None)

    def open_pull(self, number):
        return next((one for one in self.pulls(number) if one.issue.state == "open"), None)

    async def do(self, *deeds):
        for deed in deeds:
            with contextlib.suppress(Problem):
                await deed
            self.act.later()

    def text_of(self, number, depends, inline, lane, paths, who):
        """A form; what it depends on stands in its field, or in a line below it."""
        named = ", ".join(f"#{one}" for one in sorted(depends))
        more = f"\n\nDepends on {named}\n" if named and inline else ""
        said = Text(self.moment(), frozenset(depends), lane, paths, who)
        self.history.texts.setdefault(number, []).append(said)
        return form(goal="Do it.", paths=paths, lane=lane, depends="" if inline else named, more=more)

    def named(self, picks, own):
        """The issues that picks name: -1 is one that is not there, -2 the issue itself."""
        special = {-1: MISSING, -2: own}
        return {special[pick] if pick < 0 else self.number(pick) for pick in picks if pick < 0 or self.numbers}

    # --- issues

    async def opens(self, author, labeller, picks, inline, lane, paths, title="Work"):
        number = self.act.repository.next_number()
        depends = self.named([pick for pick in picks if pick != -2], number)
        body = self.text_of(number, depends, inline, lane, paths, author)
        issue = await getattr(self.act, author).open_issue(NAME, f"{title} {len(self.numbers)}", body)
        assert issue.number == number, "somebody else took its number"
        self.numbers.append(number)
        self.act.later()
        if labeller:
            await self.do(getattr(self.act, labeller).label(NAME, number, "task"))

    async def writes(self, which, who, picks, inline, lane, paths):
        number = self.some(which, lambda _: True, lambda one: self.history.texts[one][-1].depends)
        if who == "rex" and self.act.repository.issue(number).user.login != "rex":
            who = "ada"
        body = self.text_of(number, self.named(picks, number), inline, lane, paths, who)
        if body == self.act.repository.issue(number).body:
            self.history.texts[number].pop()
            return
        await self.do(getattr(self.act, who).edit_issue(NAME, number, body=body))

    async def renames(self, which, title):
        await self.do(self.act.ada.edit_issue(NAME, self.number(which), title=title))

    async def labels(self, which, who, name):
        number = self.some(which, lambda one: not self.has(one, name), self.is_free)
        if number is not None:
            self.history.excuses += name == "task"
            await self.do(getattr(self.act, who).label(NAME, number, name))

    async def unlabels(self, which, name):
        number = self.some(which, lambda one: self.has(one, name), self.open_pull)
        if number is not None:
            await self.do(self.act.ada.unlabel(NAME, number, name))

    async def wrong_status(self, which, state, off):
        """Somebody puts a status on that is not so, and takes off the one that is."""
        issue = self.issue(which)
        if not is_task(issue):
            return
        if off:
            there = [label.name for label in issue.labels if label.name.startswith("status/")]
            await self.do(self.act.tess.unlabel(NAME, issue.number, *there))
        await self.do(self.act.tess.label(NAME, issue.number, f"status/{state}"))

    async def closes(self, which, reason):
        number = self.some(which, lambda number: not self.is_closed(number), self.matters)
        if number is not None:
            await self.do(self.act.ada.close(NAME, number, reason))

    async def reopens(self, which):
        number = self.some(which, self.is_closed)
        if number is not None:
            self.history.excuses += 1
            await self.do(self.act.ada.reopen(NAME, number))

    async def blocks(self, which, by):
        await self.do(self.act.ada.block(NAME, self.number(which), self.number(by)))

    async def unblocks(self, which, by):
        number = self.some(which, lambda number: self.act.repository.issue(number).blocked_by)
        if number is not None:
            waits = self.act.repository.issue(number).blocked_by
            await self.do(self.act.ada.unblock(NAME, number, waits[by % len(waits)].number))

    async def adopts(self, which, epic):
        if which != epic:
            await self.do(self.act.ada.add_sub_issue(NAME, self.number(epic), self.number(which), replace_parent=True))

    async def leaves_epic(self, which):
        number = self.some(which, lambda number: self.act.repository.issue(number).parent is not None)
        if number is not None:
            parent = self.act.repository.issue(number).parent
            await self.do(self.act.ada.remove_sub_issue(NAME, parent.number, number))

    # --- pull requests

    async def pushes(self, which, path, content, again=False):
        """A commit on the branch of a task that is at work; ``again``: on that of any, which may be gone."""
        pull = self.pull(which) if again else self.at_work(which)
        if pull is None or pull.merged_at is not None:
            return
        with contextlib.suppress(Problem):
            commit = await self.act.commits({path: content}, pull.head_ref, who="ben")
            self.history.pushed.append((pull.head_ref, commit))
            self.touched.add((pull.head_ref, path))
        self.act.later()

    async def drafts(self, which, draft):
        pull = self.at_work(which)
        if pull is not None:
            await self.do(self.act.ben.ready(NAME, pull.number, draft=draft))

    async def merges(self, which, method):
        pull = self.at_work(which)
        if pull is not None:
            await self.do(self.act.ben.ready(NAME, pull.number), self.act.ben.merge(NAME, pull.number, method))

    async def closes_pull(self, which):
        pull = self.at_work(which)
        if pull is not None:
            await self.do(self.act.ben.close(NAME, pull.number))

    async def reopens_pull(self, which):
        number = self.some(which, lambda number: self.pulls(number) and not self.open_pull(number))
        if number is not None:
            pull = self.pulls(number)[-1]
            self.history.excuses += 1
            await self.do(self.act.ben.reopen(NAME, pull.number))

    async def deletes_branch(self, which):
        number = self.some(which, self.pulls)
        if number is not None:
            pull = self.pulls(number)[-1]
            with contextlib.suppress(Problem):
                await self.act.ben.delete_branch(NAME, pull.head_ref)
                self.history.pushed = [each for each in self.history.pushed if each[0] != pull.head_ref]
            self.act.later()

    # --- orders and rules

    async def says(self, which, text):
        """A command of somebody who may; it is known what it did where the bot had nothing else to do."""
        number = self.some(which, lambda _: True, self.is_free)
        await self._says(number, text)

    async def subsumes(self, which, others):
        """An epic takes over what nobody is at, and what others wait for rather than what they do not."""
        free = [number for number in self.numbers if self.is_free(number)]
        free.sort(key=lambda number: not self.matters(number))
        taken = {free[other % len(free)] if which >= AIMED and free else self.number(other) for other in others}
        await self._says(self.number(which), "/subsume " + " ".join(f"#{each}" for each in sorted(taken)))

    async def _says(self, number, text):
        sure = not self.deaf
        if sure:
            await self.settles()
        self.act.later(20)
        name, *words = text.split()
        asked = Order(self.moment(), name, self.meets(number, name), sure)
        await self.do(self.act.ben.comment(NAME, number, text))
        self.act.later(20)
        self.history.orders.setdefault(number, []).append(asked)
        self.history.excuses += 1
        for word in words:
            self.history.subsumed.setdefault(int(word[1:]), []).append((asked.moment, number))
        if sure:
            await self.settles()

    def meets(self, number, name):
        """Whether there is something to do for an order: nothing is open, and for ``/retry`` something was."""
        issue = self.act.repository.issue(number)
        free = issue.state == "open" and self.open_pull(number) is None
        return free and (name == "/start" or (bool(self.pulls(number)) and is_task(issue)))

    async def rules_are(self, rules):
        if rules.text != self.rules.text:
            self.rules = rules
            self.history.loosest = max(self.history.loosest, rules.most or 0)
            self.history.ruled.append((self.moment(), rules))
            await self.act.commits({SETTINGS: rules.text})
            self.act.later()

    async def moves_main(self, content):
        await self.act.commits({"src/main.py": content})
        self.act.later()

    # --- the bot and the wire

    async def settles(self):
        """Waits until the bot has nothing left to do; what failed is tried again."""
        await self.act.settle()

    def rested(self):
        """The bot has nothing left to do, and knows of everything."""
        tasks = (n for n in self.numbers if is_task(one := self.act.repository.issue(n)) and one.state == "open")
        self.history.quiet.append((self.moment(), frozenset(tasks)))
        self.history.loosest, self.history.excuses = self.rules.most or 0, 0

    async def sweeps(self):
        """What the schedule does: the repository is looked at, told or not."""
        installation = self.act.installation.id
        await self.act.running.queue.request([Target("repository", NAME, NAME, installation)])
        await self.act.settle()
        self.deaf = False

    async def notes(self):
        """What the schedule does: the ledger goes into git."""
        await self.act.settle()
        await self.act.running.queue.request([Target("ledger", NAME, NAME, self.act.installation.id)])
        await self.act.settle()

    async def restarts(self, forget):
        if forget:
            await self.notes()
            self.history.forgotten = True
        await self.act.restart(forget=forget)
        await self.sweeps()  # the one at the start may be late on a busy machine


def is_task(issue):
    return issue.pull is None and "task" in {label.name for label in issue.labels}


def by_bot(event):
    return event.actor.login == BOT
