"""What all crash tests share: which points are picked, and a story played with a kill at one of them."""

import random
from collections import Counter

from tests.crash.story import play

SEED = 20261121
TRIES = 3


def spread(points, count):
    """So many seeded points, one from each part of the run. The very last ones a quicker run may never pass."""
    dice = random.Random(SEED)
    most = 0.85 * len(points)
    return [points[int((number + dice.random()) / count * most)] for number in range(count)]


def dies_and_recovers(calm, home, point, **more):
    """Whether it died there; the story ends all the same as if nothing had happened.

    How often a process commits depends on how fast the machine is just then. A run that ended before the point's number
    came up is a calm one, too, and says where the same share of its own way is.
    """
    for number in range(TRIES):
        stage = play(home / str(number), stage=type(calm), expected=calm.acts, options={"CRASH_AT": point}, **more)
        told, wanted = ([tuple(each) for each in one.ledger["events"]] for one in (stage, calm))
        assert (Counter(told) - Counter(wanted), Counter(wanted) - Counter(told)) == ({}, {}), stage.bot.deaths
        assert stage.ledger == calm.ledger, stage.bot.deaths
        if stage.bot.deaths or more.get("database") is not None:  # that of a calm run cannot be used again
            break
        point = same_share(point, calm.points, stage.points)
    return stage.bot.deaths == [point]


def same_share(point, of, within):
    """The point of the same name that is as far along in another run."""
    name, _, number = point.rpartition(" #")
    there, here = (sum(each.rpartition(" #")[0] == name for each in points) for points in (of, within))
    return f"{name} #{max(1, int(number) * here // there)}"
