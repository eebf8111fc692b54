"""Where people deal with tasks: which issues there are, and what becomes of the bot, its calls and its webhooks."""

from bot.runs.queue import Target
from tests.end_to_end.act import BOT, NAME
from tests.end_to_end.task_history import History, Rules

TASK = "graftsman/task/"
MOST = 6
"""So many issues are opened."""
AIMED = 4
"""Who picks with a number from here on picks what is likely to matter."""
MISSING = 999
"""An issue that there never is."""
PATHS = ((), ("src/a.py",), ("src/**",), ("docs/x.md",))
LANES = ("", "design", "build", "nowhere")
FAULTS = (
    "POST /repos/*/pulls",
    "PATCH /repos/*/pulls/*",
    "POST /repos/*/labels",
    "DELETE /repos/*/labels/*",
    "POST /repos/*/comments",
    "PATCH /repos/*/comments/*",
    "PATCH /repos/*/issues/*",
    "POST /repos/*/dependencies/blocked_by",
    "DELETE /repos/*/dependencies/blocked_by/*",
    "POST *git-receive-pack",
    "GET /repos/*/issues*",
    "GET /repos/*/pulls*",
)


class Stage:
    """What is there, and the wire. ``which`` picks one of the issues in the order in which they were opened."""

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

    # --- the bot and the wire

    async def settles(self):
        """Waits until the bot has nothing left to do; what failed is tried again."""
        await self.act.settle()

    async def rests(self):
        """The bot has nothing left to do, and knows of everything."""
        await self.settles()
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

    async def wire(self, how):
        """What becomes of webhooks from now on; faults that have not come yet do not come any more."""
        faults = self.act.playground.faults
        faults.clear()
        if how == "lost":
            faults.drop_webhooks(lambda _: self._hears())
        elif how == "doubled":
            faults.duplicate_webhooks(lambda _: True, new_guid=True, after=0.1)
        elif how == "late":
            faults.reorder_webhooks(lambda one: one.id % 2 == 0, by=0.3)

    def _hears(self):
        self.deaf = True
        return True

    async def fault(self, call, after, cut):
        """The bot's next such call fails."""
        when = "after" if after else "before"
        if cut:
            self.act.playground.faults.disconnect(call, when)
        else:
            self.act.playground.faults.fail_requests(call, 502, when=when)

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
