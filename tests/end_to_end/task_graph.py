"""Who waits for whom, read a second time and plainly: the part of the oracle that task_oracle.py stands on.

It reads what the playground's GitHub shows, now or at an earlier moment (task_past.py), and what people did.
"""

from functools import cached_property

from tests.end_to_end.task_stage import LANES, by_bot, is_task

KNOWN = set(LANES) - {"", "nowhere"}


def names(issue):
    return {label.name for label in issue.labels}


def events(issue, *kinds):
    return [one for one in issue.timeline if one.event in kinds]


def labelled(issue, name):
    """When a label was put on and taken off."""
    return [one for one in events(issue, "labeled", "unlabeled") if one.extra["label"]["name"] == name]


def last(found):
    return found[-1] if found else None


class Graph:
    """Who waits for whom, as GitHub shows it."""

    def __init__(self, deeds):
        self.deeds, self.act, self.history = deeds, deeds.act, deeds.history
        self.issues = deeds.issues()
        self.tasks = {n: one for n, one in self.issues.items() if is_task(one)}
        self.open = {n for n, one in self.tasks.items() if one.state == "open"}

    def epic_of(self, number):
        parent = self.issues[number].parent
        return parent.number if parent is not None and parent.number in self.tasks else None

    def above(self, number):
        while (number := self.epic_of(number)) is not None:
            yield number

    def children(self, number):
        """The parts of an epic, also those that are no tasks."""
        return [child.number for child in self.issues[number].sub_issues]

    def left(self, number):
        """The parts of an epic that are open."""
        return {child for child in self.children(number) if self.issues[child].state == "open"}

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

    def in_the_way(self, number, dropped):
        """What a task, or an epic for its parts, waits for and is not done; also what was dropped, if that counts."""
        for one in self.native(number) - {number}:
            where = self.whereabouts(one)
            if (where == "dropped" and dropped) or (
                isinstance(where, int) and where != number and number not in self.above(where)
            ):
                yield one

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
