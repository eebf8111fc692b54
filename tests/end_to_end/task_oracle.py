"""What a repository of tasks must look like when the bot has nothing left to do: a second, plain reading of the rules.

It reads what the playground's GitHub shows and what people did, and asks none of the bot's own functions. It judges
less than the bot decides: where two readings are fair, both are.
"""

import itertools
from functools import cached_property

from tests.end_to_end.task_deeds import LANES, MISSING, TASK, by_bot, is_task

WRITERS = {"ada", "ben"}
RUNNING = {"in-progress", "in-review"}
FILES = {
    "src/a.py": {"src/a.py"},
    "src/**": {"src/a.py", "src/b.py", "src/main.py"},
    "docs/x.md": {"docs/x.md"},
}
KNOWN = set(LANES) - {"", "nowhere"}


def names(issue):
    return {label.name for label in issue.labels}


def events(issue, *kinds):
    return [one for one in issue.timeline if one.event in kinds]


def last(found):
    return found[-1] if found else None


class Graph:
    """Who waits for whom, as GitHub shows it."""

    def __init__(self, deeds):
        self.deeds, self.act, self.history = deeds, deeds.act, deeds.history
        self.issues = {n: one for n, one in self.act.repository.issues.items() if one.pull is None}
        self.tasks = {n: one for n, one in self.issues.items() if is_task(one)}
        self.open = {n for n, one in self.tasks.items() if one.state == "open"}

    def epic_of(self, number):
        parent = self.issues[number].parent
        return parent.number if parent is not None and parent.number in self.tasks else None

    def above(self, number):
        while (number := self.epic_of(number)) is not None:
            yield number

    def children(self, number):
        return [child.number for child in self.issues[number].sub_issues if child.number in self.tasks]

    def native(self, number):
        return {one.number for one in self.issues[number].blocked_by}

    # --- what became of a blocker

    def subsumed_into(self, number):
        """The epic that took a task over: only then does the bot close one as not planned."""
        issue = self.issues[number]
        closed = last(events(issue, "closed"))
        if number not in self.tasks or issue.state == "open" or not by_bot(closed):
            return None
        if issue.state_reason != "not_planned":
            return None
        ordered = [epic for moment, epic in self.history.subsumed.get(number, ()) if moment < closed.id]
        return ordered[-1] if ordered else None

    def whereabouts(self, number):
        """Whether what a task waits for is done, dropped, or which open issue it is now."""
        seen = set()
        while self.issues[number].state != "open":
            seen.add(number)
            epic = self.subsumed_into(number)
            if epic is None:
                return "done" if self.issues[number].state_reason == "completed" else "dropped"
            if epic in seen:
                return "dropped"
            number = epic
        return number

    def waits(self, number):
        """The open issues that a task itself waits for."""
        found = {self.whereabouts(one) for one in self.native(number)}
        return {one for one in found if isinstance(one, int) and one != number}

    def dropped(self, number):
        return {one for one in self.native(number) if self.whereabouts(one) == "dropped"}

    def handed(self, epic):
        """What an open epic hands down itself: not what is part of it."""
        return {one for one in self.waits(epic) if epic not in self.above(one)} if epic in self.open else set()

    # --- circles

    def _steps(self, vertex, awake=()):
        number, gate = vertex
        epic = self.epic_of(number)
        up = set() if epic is None else {(epic, True)}
        if gate:
            return up | {(one, False) for one in self.handed(number)}
        if number not in self.open and number not in awake:
            return set()
        children = {(one, False) for one in self.children(number) if one in self.open}
        return up | children | {(one, False) for one in self.waits(number)}

    def reaches(self, start, goal, awake=()):
        """Whether one waits for the other, over others too; ``awake`` count as open."""
        seen, edge = set(), [start]
        while edge:
            for one in self._steps(edge.pop(), awake):
                if one == goal:
                    return True
                if one not in seen:
                    seen.add(one)
                    edge.append(one)
        return False

    @cached_property
    def on_circle(self):
        return {n for n in self.open if any(self.reaches((n, gate), (n, gate)) for gate in (False, True))}


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

    def was_let_go(self, number):
        return bool([one for one in events(self.issues[number], "unlabeled") if one.extra["label"]["name"] == "task"])

    def ordered(self, number):
        """Whether a start was ordered that has not come about yet: the moment of the order, or 0."""
        issue = self.issues[number]
        given = [one.moment for one in self.orders(number, "/start", "/retry") if one.meets and one.sure]
        gone = [one.id for one in events(issue, "unlabeled") if one.extra["label"]["name"] == "task"]
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
        pull = self.deeds.open_pull(number)
        alone = (
            ("in-progress" if pull.draft else "in-review") if pull else "blocked" if self.blocked(number) else "ready"
        )
        children = self.children(number)
        if not children or (self.took_over(number) and not self.open & set(children)):
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

    def must_run(self, number):
        """Whether nothing at all stands in the way of a task that has no pull request open."""
        children = self.children(number)
        if self.unsure(number) or self.blocked(number) or not self.asked_for(number):
            return False
        if "graftsman/hold" in names(self.issues[number]) or self.open & set(children):
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

    def decided(self, number):
        """Whether a pull request of a task was closed or merged, and nothing clearly asks for another one."""
        for pull in self.deeds.pulls(number):
            closed = last(events(pull.issue, "closed"))
            since = [one.moment for one in self.orders(number, "/start", "/retry") if one.meets and one.sure]
            if (pull.merged_at is not None or not by_bot(closed)) and closed.id > max(since, default=0):
                return True
        return False

    def must_be_closed(self, number):
        """Whether an open epic's parts are done, and nobody's word on it is open."""
        children = self.children(number)
        if not children or self.open & set(children) or self.took_over(number) or self.blocked(number):
            return False
        if not any(self.state(child) == "done" for child in children):
            return False
        issue = self.issues[number]
        quiet = "graftsman/hold" not in names(issue) and not self.deeds.pulls(number)
        return quiet and issue.state_reason != "reopened"
