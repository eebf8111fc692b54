"""What of the tasks that were begun is not as it must be: when they started, how many at once, and whose turn it is."""

import itertools
import re

from tests.end_to_end.act import BOT
from tests.end_to_end.task_graph import events, labelled, names
from tests.end_to_end.task_oracle import FILES, Oracle
from tests.end_to_end.task_past import Past
from tests.end_to_end.task_stage import TASK

PRIORITY = {"design": 5, "build": 0}
SECOND = re.compile(r"^- (.*) changes the same paths.* and goes first: Graftsman merges", re.MULTILINE)


def too_early(oracle, number):
    """No pull request was opened over what was known to stand in its way.

    The bot knows what was so when it was quiet last, and of an issue what was so when it became a task or was opened
    again. What stood in the way then, and did at every moment since, was seen.
    """
    for pull in oracle.deeds.pulls(number):
        if pull.issue.user.login == BOT:
            for each in known(oracle, pull.issue.id, number, Oracle.hindrances):
                yield f"#{pull.number} was opened, and {each}"


def known(oracle, at, number, asked):
    """What of an answer of the oracle was so when the bot was quiet last before a moment, and at all times since.

    Of moments before the last quiet one nothing: that was judged then.
    """
    issue, quiet = oracle.issues[number], oracle.history.quiet[-1][0] if oracle.history.quiet else 0
    if at < quiet:
        return []
    since = [one.id for one in labelled(issue, "task") if one.event == "labeled"]
    since += [one.id for one in events(issue, "reopened")]
    looked = max([quiet, *(one for one in since if one < at)])
    seen = [asked(Oracle(Past(oracle.deeds, moment)), number) for moment in _moments(oracle, looked, at)]
    return sorted(set.intersection(*seen))


def _moments(oracle, start, end):
    """The first, and all at which something happened until the last."""
    told, act = oracle.history, oracle.act
    found = [one.id for issue in act.repository.issues.values() for one in issue.timeline]
    found += [one.moment for kind in (told.texts, told.orders) for some in kind.values() for one in some]
    found += [since for since, _ in told.ruled]
    return [start, *sorted(moment for moment in found if start < moment < end)]


def limit(oracle):
    """What started by itself since the bot was last quiet has not passed the limit."""
    since = oracle.history.quiet[-1][0] if oracle.history.quiet else 0
    new = [one for one in oracle.act.pulls if one.head_ref.startswith(TASK) and one.issue.id > since]
    running, most = len(oracle.running()), oracle.history.loosest + oracle.history.excuses
    if new and running > most:
        yield f"{running} tasks are at work, {[one.number for one in new]} of them new, and {most} may be"


async def turns(oracle):
    """Of two that have changed the same files one says that the other goes first: the lane with priority goes first."""
    where = {number: await _changed(oracle, number) for number in oracle.running()}
    second = {number: _goes_after(oracle, number) for number in where}
    found = []
    for one, other in itertools.combinations(sorted(where), 2):
        told = [(a, b) for a, b in ((one, other), (other, one)) if b in second[a]]
        if len(told) != bool(where[one] & where[other]):
            found.append(f"#{one} and #{other} change {sorted(where[one] & where[other])}, and {told} are told to wait")
        for late, early in told:
            if _must_go_first(oracle, late, early):
                found.append(f"#{late} waits for #{early}, which should wait for it")
    return found


async def _changed(oracle, number):
    """The files that a task's branch changes; where there are none yet, those that it will."""
    pull, act = oracle.deeds.open_pull(number), oracle.act
    _, out = await act.repository.store.run("diff", "--name-only", f"{act.repository.branch('main')}...{pull.head_sha}")
    return set(out.decode().split()) or set().union(*(FILES[path] for path in oracle.text(number).paths))


def _goes_after(oracle, number):
    said = oracle.act.said(oracle.issues[number], "status")
    lines = SECOND.findall(said[0].body) if said else []
    return {int(each) for line in lines for each in re.findall(r"#(\d+)", line)}


def _must_go_first(oracle, one, other):
    """Whether a task surely goes before another one: the other waits for it, or its lane has priority."""
    if oracle.reaches((other, False), (one, False)):
        return not oracle.reaches((one, False), (other, False))
    if any(oracle.waits(each) or oracle.epic_of(each) or oracle.children(each) for each in (one, other)):
        return False
    return _priority(oracle, one) > _priority(oracle, other)


def _priority(oracle, number):
    lanes = [label.removeprefix("lane/") for label in names(oracle.issues[number]) if label.startswith("lane/")]
    return PRIORITY.get(lanes[0], 0) if lanes else 0
