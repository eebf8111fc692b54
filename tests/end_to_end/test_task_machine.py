"""People do whatever comes to mind to tasks, in any order, and webhooks are lost, doubled and late: in the end labels,
branches, pull requests and relations agree with the graph.

The machine plays people, GitHub's faults and the bot's restarts; task_oracle.py is a second reading of the rules.
Each play has a seed of its own: ``make test`` plays a few, the same each time; ``make fuzz`` plays many, and longer ones.
"""

import asyncio
import tempfile
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, reject, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from bot.playground import Playground
from tests.end_to_end.act import Act
from tests.end_to_end.task_checks import complaints
from tests.end_to_end.task_deeds import Deeds
from tests.end_to_end.task_history import Rules
from tests.end_to_end.task_scenes import DEEDS, SCENES
from tests.end_to_end.tasks import repository
from tests.fuzz import FACTOR

SCALE = 0.005
"""One of GitHub's minutes is 0.3 s."""
PLAYS, STEPS = 3, 8
MORE_STEPS = 25
"""In a long run a play has so many."""

TOLD_ANEW = {
    "PATCH /repos/acme/platform/issues/comments/N",
    "POST /repos/acme/platform/issues/comments/N/reactions",
}
"""After a loss of the database the answers to orders are written anew: what they were is in the ledger, not in words."""

rests = st.sampled_from([True, True, False])
"""Whether people wait for the bot before they go on."""


class Play(RuleBasedStateMachine):
    """One repository with its people, its bot and its wire."""

    def __init__(self):
        super().__init__()
        self.loop = self.playground = self.act = self.deeds = None

    def run(self, work):
        return self.loop.run(work)

    async def _set(self):
        home = Path(self.folder.name)
        self.playground = await Playground(home / "github", clock_scale=SCALE).start()
        self.act = Act(self.playground, home, SCALE)
        await self.act.set(repository(Rules().text))
        self.deeds = Deeds(self.act)

    async def look(self):
        """Waits for the bot; where webhooks were lost that needs a sweep. Then everything must be as it must be."""
        await self.deeds.settles()
        if self.deeds.deaf:
            await self.deeds.sweeps()
        await self.agrees()
        await self.deeds.rests()

    def teardown(self):
        if self.loop is None:
            return
        try:
            self.run(self.end())
        finally:
            self._clear()

    def _clear(self):
        if self.act is not None:
            self.run(self.act.stop())
        if self.playground is not None:
            self.run(self.playground.stop())
        self.loop.close()
        self.folder.cleanup()

    async def end(self):
        """At last everything is put right, and nothing that is told again changes anything."""
        self.playground.faults.clear()
        await self.deeds.rules_are(Rules(self.deeds.rules.most or 10, self.deeds.rules.autopilot))
        await self.deeds.sweeps()
        await self.look()
        await self.deeds.notes()
        await self.writes_nothing("delivered again", self.act.delivered_again)
        await self.writes_nothing("restarted", partial(self.deeds.restarts, forget=False))
        await self.writes_nothing("forgotten", self.forgets, but=TOLD_ANEW)
        await self.agrees()

    async def forgets(self):
        await self.act.restart(forget=True)
        await self.deeds.sweeps()

    async def writes_nothing(self, what, again, but=frozenset()):
        with self.act.counting() as counted:
            await again()
        assert counted.kinds().keys() <= but, (what, counted.writes)

    async def agrees(self):
        found = await complaints(self.deeds)
        assert not found, "\n".join(found)

    def begin(self, dull, scene):
        if dull:  # hypothesis begins with the play in which nothing happens
            reject()
        self.folder = tempfile.TemporaryDirectory()
        self.loop = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self.run(self._set())
        for name, *words in scene:
            self.run(getattr(self.deeds, name)(*words))
        self.run(self.look())

    @rule(deed=DEEDS, rest=rests)
    def somebody(self, deed, rest):
        """One rule for all: of many, hypothesis would leave out half in each play, and most plays would come to rest."""
        name, *words = deed
        self.run(getattr(self.deeds, name)(*words))
        if rest:
            self.run(self.look())


def play(number):
    """The machine of one play: each begins with another kind of scene, in turn."""
    begin = initialize(dull=st.booleans().map(lambda drawn: not drawn), scene=SCENES[number % len(SCENES)])
    return type("Play", (Play,), {"begin": begin(Play.begin)})


@pytest.mark.fuzz
@pytest.mark.timeout(120 if FACTOR == 1 else 3600)
@pytest.mark.parametrize("number", range(PLAYS * FACTOR))
def test_whatever_people_do_to_tasks_the_graph_is_shown(number):
    once = settings(
        max_examples=1,  # more of one seed would be much the same
        stateful_step_count=STEPS if FACTOR == 1 else MORE_STEPS,
        database=None,
        deadline=None,
        phases=[Phase.generate, *([Phase.shrink] if FACTOR > 1 else [])],
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(seed(number)(play(number)), settings=once)
