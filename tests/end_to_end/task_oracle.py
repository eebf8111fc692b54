"""What a repository of tasks must look like when the bot has nothing left to do: a second, plain reading of the rules.

It reads what the playground's GitHub shows and what people did, and asks none of the bot's own functions. It judges
less than the bot decides: where two readings are fair, both are.
"""

import itertools

from tests.end_to_end.task_graph import KNOWN, Graph, events, last, names
from tests.end_to_end.task_stage import MISSING, TASK, by_bot

WRITERS = {"ada", "ben"}
RUNNING = {"in-progress", "in-review"}
FILES = {
    "src/a.py": {"src/a.py"},
    "src/**": {"src/a.py", "src/b.py", "src/main.py"},
    "docs/x.md": {"docs/x.md"},
}


class Oracle(Graph):
    """What must be so, task by task."""

    # --- what people said

    def text(self, number):
        return self.history.texts[number][-1]

    def orders(self, number, *which):
        return [one for one in self.history.orders.get(number, ()) if one.name in which]

    def unsure(self, number):
        """Whether an order was given that may or may not have met anything."""
        return any(not one.sure for one in self.orders(number, "/start", "/retry"))

    def let_go(self, number):
        """When it was made no task any more."""
        return [one for one in events(self.issues[number], "unlabeled") if one.extra["label"]["name"] == "task"]

    def was_let_go(self, number):
        return bool(self.let_go(number))

    def ordered(self, number):
        """Whether a start was ordered that has not come about yet: the moment of the order, or 0."""
        given = [one.moment for one in self.orders(number, "/start", "/retry") if one.meets and one.sure]
        gone = [one.id for one in self.let_go(number)]
        begun = [pull.issue.id for pull in self.deeds.pulls(number)]
        begun += [one.id for pull in self.deeds.pulls(number) for one in events(pull.issue, "reopened")]
        newest = max(given, default=0)
        return newest if newest > max([*gone, *begun], default=0) else 0

    def asked_for(self, number):
        """Whether somebody who may write has asked for it, and nobody else has edited it since."""
        label = [one for one in events(self.issues[number], "labeled") if one.extra["label"]["name"] == "task"][-1]
        text = self.text(number)
        edited = text.moment if text.who not in WRITERS else 0
        orders = [one.moment for one in self.orders(number, "/start") if one.meets]
        by_order = bool(orders) and (by_bot(label) or orders[-1] > label.id) and edited < orders[-1]
        return by_order or (label.actor.login in WRITERS and edited < label.id)

    # --- relations: what people and texts said

    def said_pairs(self, number):
        """By other issue, whether GitHub must have the relation; ``None`` where both are fair."""
        texts = self.history.texts[number]
        others = set().union(*(one.depends for one in texts)) | self.native(number)
        others |= {one.extra["blocked_by"].number for one in events(self.issues[number], "blocked_by_added")}
        return {other: self._said(number, other) for other in others}

    def _said(self, number, other):
        if other == number or other not in self.issues:
            return False
        if self.subsumed_over(number, other):
            return None
        texts = self.history.texts[number]
        named = other in texts[-1].depends
        since = texts[0].moment
        for before, after in itertools.pairwise(texts):
            if (other in before.depends) != (other in after.depends):
                since = after.moment
        ever = any(other in one.depends for one in texts)
        acts = [
            one
            for one in events(self.issues[number], "blocked_by_added", "blocked_by_removed")
            if one.extra["blocked_by"].number == other and not by_bot(one)
        ]
        act = last(acts)
        taken = act is not None and act.event == "blocked_by_removed"
        if not ever:
            return act is not None and not taken
        if self.was_let_go(number):
            return None
        if not named:
            if act is None or taken:
                return False if act is None or act.id > since else None
            return True if act.id > since and self.seen_between(number, since, act.id) else None
        if taken and act.id > since:
            return False if self.seen_between(number, since, act.id) else None
        if taken:  # and named anew since
            return True if self.seen_between(number, act.id, since) or len(texts) == 1 else None
        if other in self.native(number):
            return True
        return None if self.refused(number, other) else True

    def seen_between(self, number, start, end):
        return any(start < moment < end and number in tasks for moment, tasks in self.history.quiet)

    def subsumed_over(self, number, other):
        """Whether somebody ordered to subsume something that this pair may be about."""
        told = self.history.subsumed
        about = {*told, *(epic for orders in told.values() for _, epic in orders)}
        return bool({number, other} & about)

    def refused(self, number, other):
        """Whether a relation that a text asks for would close a circle, were both open."""
        both = (number, other)
        return any(self.reaches((other, False), (number, gate), both) for gate in (False, True))

    def bad_relations(self, number):
        """Whether the text names what cannot be waited for."""
        wanted = self.text(number).depends
        for other in wanted:
            if other in {number, MISSING}:
                return True
            if (
                other not in self.native(number)
                and self.said_pairs(number)[other] is None
                and self.refused(number, other)
            ):
                return True
        return False

    # --- states

    def blocked(self, number):
        if self.text(number).lane not in {"", *KNOWN} or self.bad_relations(number):
            return True
        over = list(self.above(number))
        if self.waits(number) or any(self.handed(epic) for epic in over) or number in self.on_circle:
            return True
        if self.ordered(number):
            return False
        handed = [epic for epic in over if epic in self.open and not self.ordered(epic) and self.dropped(epic)]
        return bool(self.dropped(number) or handed)

    def took_over(self, number):
        return any(self.subsumed_into(one) == number for one in self.tasks)

    def state(self, number):
        issue = self.issues[number]
        if issue.state == "closed":
            if self.subsumed_into(number) is not None:
                return "subsumed"
            return "done" if issue.state_reason == "completed" else "deprecated"
        if number not in self.tasks:
            return "ready"
        pull = self.deeds.open_pull(number)
        alone = (
            ("in-progress" if pull.draft else "in-review") if pull else "blocked" if self.blocked(number) else "ready"
        )
        children = self.children(number)
        if not children or (self.took_over(number) and not self.left(number)):
            return alone
        begun = {self.state(child) for child in children} & {*RUNNING, "done"}
        free = alone == "ready" or (alone == "blocked" and number not in self.on_circle)
        return "in-progress" if begun and free else alone

    def may_read(self, number, state):
        """The states that a task's label may say: nobody is asked about one that a limit holds."""
        unasked = state == "ready" and not self.asked_for(number)
        fair = {state, "blocked"} if unasked or (self.unsure(number) and state == "ready") else {state}
        return fair | ({"ready"} if self.unsure(number) and state == "blocked" and self.dropped(number) else set())

    # --- what starts and what closes

    def running(self):
        return {number for number in self.open if self.deeds.open_pull(number) is not None}

    def where(self, number):
        """The files that a task is about."""
        files = set().union(*(FILES[path] for path in self.text(number).paths))
        return files | {path for branch, path in self.deeds.touched if branch.startswith(f"{TASK}{number}-")}

    def hindrances(self, number):
        """What stands in the way of a task's start, in words; of what may be fair both ways nothing."""
        if number not in self.open:
            return {"it was no open task"}
        issue, text, over = self.issues[number], self.text(number), list(self.above(number))
        anyway = self.ordered(number) or self.unsure(number)
        found = {f"#{one} stood in its way" for one in self.in_the_way(number, dropped=not anyway)}
        for epic in {*over} & self.open:
            dropped = not (anyway or self.ordered(epic) or self.unsure(epic))
            found |= {f"#{one} stood in the way of its epic #{epic}" for one in self.in_the_way(epic, dropped=dropped)}
        found |= {f"its part #{one} was open" for one in self.left(number)}
        found |= {"it was on a circle" for one in self.on_circle if one == number}
        found |= {f"its text names #{one}" for one in text.depends & {number, MISSING}}
        if "graftsman/hold" in names(issue):
            found.add("it was on hold")
        if text.lane not in {"", *KNOWN}:
            found.add("its lane is not there")
        if self.children(number) and not self.took_over(number):
            found.add("its work was in its parts")
        if self.deeds.rules.most is None:
            found.add("the settings could not be read")
        return found if anyway else found | self._unordered(number)

    def left_open(self, number):
        """Why an epic may not be closed behind its parts, in words."""
        found = {f"its part #{one} was open" for one in self.left(number)}
        found |= {f"it waited for #{one}" for one in self.waits(number)}
        return found | ({"it was on hold"} if "graftsman/hold" in names(self.issues[number]) else set())

    def _unordered(self, number):
        """What stands in a task's way that an order passes over."""
        found = set()
        if not self.asked_for(number):
            found.add("nobody who may had asked for it")
        if self.decided(number, [one.id for one in self.let_go(number)]):
            found.add("its last pull request was decided")
        if not self.deeds.rules.autopilot:
            found.add("the autopilot was off")
        pilots = {one for one in self.open if "graftsman/pilot" in names(self.issues[one])}
        if number not in pilots:
            found |= {f"the pilot #{one} was open" for one in pilots}
        here = set().union(*(FILES[path] for path in self.text(number).paths))
        others = self.running() - {number}
        if not any(self.reaches((other, False), (number, False)) for other in others):
            there = {other: set().union(*(FILES[path] for path in self.text(other).paths)) for other in others}
            found |= {f"#{other} was at work on the same paths" for other, files in there.items() if here & files}
        return found

    def must_run(self, number):
        """Whether nothing at all stands in the way of a task that has no pull request open."""
        children = self.children(number)
        if self.unsure(number) or self.blocked(number) or not self.asked_for(number):
            return False
        if "graftsman/hold" in names(self.issues[number]) or self.left(number):
            return False
        if children and not self.took_over(number):
            return False
        if self.ordered(number):
            return True
        pilots = {one for one in self.open if "graftsman/pilot" in names(self.issues[one])}
        if not self.deeds.rules.autopilot or (pilots and number not in pilots):
            return False
        if self.deeds.rules.most and len(self.running()) >= self.deeds.rules.most:
            return False
        if self.decided(number):
            return False
        here = set().union(*(FILES[path] for path in self.text(number).paths))
        return not any(here & self.where(other) for other in self.running() - {number})

    def decided(self, number, anew=()):
        """Whether a pull request of a task was closed or merged, and nothing clearly asks for another one.

        ``anew``: moments that may have asked for one.
        """
        for pull in self.deeds.pulls(number):
            closed = last(events(pull.issue, "closed"))
            since = [one.moment for one in self.orders(number, "/start", "/retry") if one.meets and one.sure]
            since += anew
            if pull.issue.state == "open":
                continue
            if (pull.merged_at is not None or not by_bot(closed)) and closed.id > max(since, default=0):
                return True
        return False

    def must_be_closed(self, number):
        """Whether an open epic's parts are done, and nobody's word on it is open."""
        children = self.children(number)
        if not children or self.left(number) or self.took_over(number) or self.blocked(number):
            return False
        if not any(self.state(child) == "done" for child in children):
            return False
        issue = self.issues[number]
        quiet = "graftsman/hold" not in names(issue) and not self.deeds.pulls(number)
        return quiet and issue.state_reason != "reopened"
