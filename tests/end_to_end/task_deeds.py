"""What people do to tasks, for the machine of test_task_machine.py; what GitHub refuses is no deed."""

import contextlib

from bot.playground import Problem
from tests.end_to_end.act import NAME
from tests.end_to_end.files import SETTINGS
from tests.end_to_end.task_history import Order, Text
from tests.end_to_end.task_stage import AIMED, MISSING, MOST, Stage, is_task
from tests.end_to_end.tasks import form


class Deeds(Stage):
    """The people."""

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

    async def opens(self, author, labeller, picks, inline, lane, paths):
        if len(self.numbers) >= MOST:
            return
        number = self.act.repository.next_number()
        depends = self.named([pick for pick in picks if pick != -2], number)
        body = self.text_of(number, depends, inline, lane, paths, author)
        issue = await getattr(self.act, author).open_issue(NAME, f"Work {len(self.numbers)}", body)
        assert issue.number == number, "somebody else took its number"
        self.numbers.append(number)
        self.act.later()
        if labeller:
            await self.do(getattr(self.act, labeller).label(NAME, number, "task"))

    def waits_by_text(self, number):
        return bool(self.history.texts[number][-1].depends) and not self.is_closed(number)

    async def writes(self, which, who, picks, inline, lane, paths):
        number = self.some(which, lambda _: True, self.waits_by_text)
        if who == "rex" and self.act.repository.issue(number).user.login != "rex":
            who = "ada"
        body = self.text_of(number, self.named(picks, number), inline, lane, paths, who)
        if body == self.act.repository.issue(number).body:
            self.history.texts[number].pop()
            return
        await self.do(getattr(self.act, who).edit_issue(NAME, number, body=body))

    async def renames(self, which, title):
        await self.do(self.act.ada.edit_issue(NAME, self.some(which, lambda _: True, self.open_pull), title=title))

    async def labels(self, which, who, name):
        number = self.some(which, lambda one: not self.has(one, name), self.is_free)
        if number is not None:
            self.history.excuses += name == "task"
            await self.do(getattr(self.act, who).label(NAME, number, name))

    async def toggles(self, which, name):
        """A label goes off; where nobody has it, it is put on."""
        number = self.some(which, lambda one: self.has(one, name), self.open_pull)
        if number is None or (name != "task" and which % 2):
            await self.labels(which, "ada", name)
        else:
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
        """One of those that are open; of the last one or two another one is opened again."""
        left = [number for number in self.numbers if not self.is_closed(number)]
        if len(left) <= 2:
            await self.reopens(which)
            return
        number = self.some(which, lambda number: not self.is_closed(number), self.matters)
        if number is not None:
            await self.do(self.act.ada.close(NAME, number, reason))

    async def reopens(self, which):
        number = self.some(which, self.is_closed, self.pulls)
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

    async def pushes(self, which, path, again):
        """A commit on the branch of a task that is at work; ``again``: on that of any, which may be gone."""
        pull = self.pull(which) if again else self.at_work(which)
        if pull is None or pull.merged_at is not None:
            return
        with contextlib.suppress(Problem):
            commit = await self.act.commits({path: f"a = {self.moment()}\n"}, pull.head_ref, who="ben")
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
        epic, before = self.number(which), {number for number in taken if not self.is_closed(number)}
        await self._says(epic, "/subsume " + " ".join(f"#{each}" for each in sorted(taken)), taken)
        carried_out = before == taken and all(map(self.is_closed, taken))
        if carried_out and self.history.orders[epic][-1].sure:
            self.history.wrong += self._not_handed_on(epic)

    def _links(self, epic, taken):
        """Who is to wait for whom once an epic has taken tasks over: first waits for second."""
        there = [self.act.repository.issue(number) for number in self.numbers]
        links = {(one.number, epic) for one in there for two in one.blocked_by if two.number in taken and is_task(one)}
        links |= {(epic, two.number) for one in there if one.number in taken for two in one.blocked_by}
        left = {one.number for one in there if one.state == "open"} - taken
        return {(waits, on) for waits, on in links if waits != on and {waits, on} <= left}

    def _not_handed_on(self, epic):
        """Of the links that were to come with the last order those that did not."""
        for waits, on in sorted(self.links):
            issue, other = self.act.repository.issue(waits), self.act.repository.issue(on)
            if other not in issue.blocked_by and other.parent is not self.act.repository.issue(epic):
                yield f"#{epic} took tasks over, and #{waits} does not wait for #{on}"

    async def _says(self, number, text, taken=frozenset()):
        sure = not self.deaf
        if sure:
            await self.settles()
        self.act.later(20)
        name, *words = text.split()
        self.links = self._links(number, taken)
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
        """Whether there is something to do for an order: nothing is open, and for ``/retry`` something was.

        While the settings cannot be read every order is refused.
        """
        issue = self.act.repository.issue(number)
        free = issue.state == "open" and self.open_pull(number) is None and self.rules.most is not None
        return free and (name == "/start" or (bool(self.pulls(number)) and is_task(issue)))

    async def rules_are(self, rules):
        if rules.text != self.rules.text:
            self.rules = rules
            self.history.loosest = max(self.history.loosest, rules.most or 0)
            self.history.ruled.append((self.moment(), rules))
            await self.act.commits({SETTINGS: rules.text})
            self.act.later()

    async def moves_main(self):
        await self.act.commits({"src/main.py": f"main = {self.moment()}\n"})
        self.act.later()
