"""A small language for graphs and what is decided of them.

``1; 2 <1 ^9 draft``: task 2 waits for 1, is part of epic 9, and its pull request is a draft. Words: ``done``,
``dropped``, ``>9`` (subsumed by 9), ``draft``, ``open``, ``merged``, ``closed`` (the pull request), ``hold``, ``pilot``,
``ordered``, ``retry``, ``out``, ``fault``, ``p:GLOB``, ``t:PATH``, ``lane:NAME``, a priority, ``age:DAYS``, ``begun:HOURS``.

A decision reads ``blocked waits-for:1``, ``ready! `` (it starts), ``in-progress$`` (the epic closes).
"""

import json
from datetime import UTC, datetime, timedelta

from bot.contracts.task import PRIORITIES, TaskSettings
from bot.planning.tasks.decide import decide
from bot.planning.tasks.model import Graph, Task

NOW = datetime(2026, 3, 4, 12, 30, tzinfo=UTC)
"""A Wednesday."""
FLAGS = {"hold": "on_hold", "pilot": "pilot", "ordered": "ordered", "retry": "retry", "out": "outside"}
ACTIONS = {"none": "", "start": "!", "close-epic": "$"}


def task(text):
    number, *words = text.split()
    told = {"number": int(number)}
    for word in words:
        head, _, rest = word.partition(":")
        if word in FLAGS:
            told[FLAGS[word]] = True
        elif word in {"done", "dropped"}:
            told["closed"] = "completed" if word == "done" else "not-planned"
        elif word in {"draft", "open", "merged", "closed"}:
            told["pull"] = word
        elif word[0] == "<":
            told["blocked_by"] = tuple(int(each) for each in word[1:].split(","))
        elif word[0] in "^>":
            told["parent" if word[0] == "^" else "subsumed_by"] = int(word[1:])
            if word[0] == ">":
                told.setdefault("closed", "not-planned")
        elif word == "fault":
            told["faults"] = ("bad-form",)
        elif head in {"p", "t"}:
            name = "paths" if head == "p" else "touched"
            told[name] = (*told.get(name, ()), rest)
        elif head == "lane":
            told["lane"] = rest
        elif head == "age":
            told["created"] = NOW - timedelta(days=int(rest))
        elif head == "begun":
            told["started"] = NOW - timedelta(hours=int(rest))
        elif word in PRIORITIES:
            told["priority"] = word
        else:
            raise ValueError(word)
    return Task(**told)


def graph(text):
    tasks = [task(each) for each in text.split(";") if each.strip()]
    return Graph({each.number: each for each in tasks})


def settings(**members):
    return TaskSettings.model_validate_json(json.dumps(members))


def plan(text, starts=(), now=NOW, durations=None, **members):
    return decide(graph(text), settings(**members), now, starts, durations=durations)


def reason(each):
    parts = [each.code, ",".join(map(str, each.numbers)), *each.words]
    return ":".join(part for part in parts if part)


def told(text, **rest):
    """Each decision in words, by number."""
    return {
        number: " ".join([each.state + ACTIONS[each.action], *map(reason, each.because)])
        for number, each in plan(text, **rest).decisions.items()
    }


def what(text, **rest):
    """The same as one text."""
    return "; ".join(f"{number} {each}" for number, each in told(text, **rest).items())


def following(text, **rest):
    """``next``, by number, each with its reasons."""
    return {each.number: [reason(every) for every in each.because] for each in plan(text, **rest).next}
