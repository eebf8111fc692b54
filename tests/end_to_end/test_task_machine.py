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

from bot.contracts.task import STATES
from bot.playground import Playground
from tests.end_to_end.act import Act
from tests.end_to_end.task_checks import complaints
from tests.end_to_end.task_deeds import AIMED, PATHS, Deeds, Rules
from tests.end_to_end.task_scenes import SCENES
from tests.end_to_end.tasks import repository
from tests.fuzz import FACTOR

SCALE = 0.005
"""One of GitHub's minutes is 0.3 s."""
PLAYS, STEPS = 3, 10
MORE_STEPS = 25
"""In a long run a play has so many."""

TOLD_ANEW = {
    "PATCH /repos/acme/platform/issues/comments/N",
    "POST /repos/acme/platform/issues/comments/N/reactions",
}
"""After a loss of the database the answers to orders are written anew: what they were is in the ledger, not in words."""

which = st.integers(0, 2 * AIMED - 1)
rests = st.sampled_from([True, True, False])
"""Whether people wait for the bot before they go on."""
picks = st.lists(st.sampled_from([0, 0, 0, 1, 1, 1, 2, 2, 3, 3, -1, -2]), max_size=2).map(tuple)
files = st.sampled_from(["src/a.py", "src/b.py", "docs/x.md"])
lanes = st.sampled_from(["", "", "design", "design", "build", "build", "nowhere"])
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


class Play(RuleBasedStateMachine):
    """One repository with its people, its bot and its wire."""

    def __init__(self):
        super().__init__()
        self.count = 0
        self.loop = self.playground = self.act = self.deeds = None

    def run(self, work):
        return self.loop.run(work)

    async def _set(self):
        home = Path(self.folder.name)
        self.playground = await Playground(home / "github", clock_scale=SCALE).start()
        self.act = Act(self.playground, home, SCALE)
        await self.act.set(repository(Rules().text))
        self.deeds = Deeds(self.act)

    def does(self, work, rest):
        self.run(work)
        if rest:
            self.run(self.look())

    async def look(self):
        """Waits for the bot; where webhooks were lost that needs a sweep. Then everything must be as it must be."""
        await self.deeds.settles()
        if self.deeds.deaf:
            await self.deeds.sweeps()
        await self.agrees()
        self.deeds.rested()

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

    # --- issues

    def begin(self, dull, scene):
        if dull:  # hypothesis begins with the play in which nothing happens
            reject()
        self.folder = tempfile.TemporaryDirectory()
        self.loop = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self.run(self._set())
        for name, *words in scene:
            self.run(getattr(self.deeds, name)(*words))
        self.run(self.look())

    @rule(author=st.sampled_from(["ada", "rex"]), labeller=st.sampled_from(["ada", "ben", "tess", ""]),
          picks=picks, inline=st.booleans(), lane=lanes, paths=st.sampled_from(PATHS), rest=rests)  # fmt: skip
    def open_issue(self, author, labeller, picks, inline, lane, paths, rest):
        if len(self.deeds.numbers) < 6:
            self.does(self.deeds.opens(author, labeller, picks, inline, lane, paths), rest)

    @rule(which=which, who=st.sampled_from(["ada", "ada", "rex"]), picks=picks, inline=st.booleans(), lane=lanes,
          paths=st.sampled_from(PATHS), rest=rests)  # fmt: skip
    def edit_form(self, which, who, picks, inline, lane, paths, rest):
        self.does(self.deeds.writes(which, who, picks, inline, lane, paths), rest)

    @rule(which=which, title=st.sampled_from(["Other work", "Work 0", "Ünïcode"]), rest=rests)
    def rename(self, which, title, rest):
        self.does(self.deeds.renames(which, title), rest)

    @rule(which=which, who=st.sampled_from(["ada", "tess"]), rest=rests,
          name=st.sampled_from(["task", "task", "graftsman/hold", "graftsman/pilot", "lane/design", "lane/build"]))  # fmt: skip
    def label(self, which, who, name, rest):
        self.does(self.deeds.labels(which, who, name), rest)

    @rule(which=which, rest=rests,
          name=st.sampled_from(["task", "graftsman/hold", "graftsman/pilot", "lane/design"]))  # fmt: skip
    def unlabel(self, which, name, rest):
        self.does(self.deeds.unlabels(which, name), rest)

    @rule(which=which, state=st.sampled_from(STATES), off=st.booleans(), rest=rests)
    def wrong_status(self, which, state, off, rest):
        self.does(self.deeds.wrong_status(which, state, off), rest)

    @rule(which=which, reason=st.sampled_from(["completed", "not_planned"]), rest=rests)
    def close(self, which, reason, rest):
        self.does(self.deeds.closes(which, reason), rest)

    @rule(which=which, rest=rests)
    def reopen(self, which, rest):
        self.does(self.deeds.reopens(which), rest)

    @rule(which=which, by=which, rest=rests)
    def block(self, which, by, rest):
        self.does(self.deeds.blocks(which, by), rest)

    @rule(which=which, by=which, rest=rests)
    def unblock(self, which, by, rest):
        self.does(self.deeds.unblocks(which, by), rest)

    @rule(which=which, epic=which, rest=rests)
    def add_sub_issue(self, which, epic, rest):
        self.does(self.deeds.adopts(which, epic), rest)

    @rule(which=which, rest=rests)
    def remove_sub_issue(self, which, rest):
        self.does(self.deeds.leaves_epic(which), rest)

    # --- pull requests

    @rule(which=which, path=files, again=st.booleans(), rest=rests)
    def push(self, which, path, again, rest):
        self.count += 1
        self.does(self.deeds.pushes(which, path, f"a = {self.count}\n", again), rest)

    @rule(which=which, draft=st.booleans(), rest=rests)
    def draft(self, which, draft, rest):
        self.does(self.deeds.drafts(which, draft), rest)

    @rule(which=which, method=st.sampled_from(["merge", "squash", "rebase"]), rest=rests)
    def merge(self, which, method, rest):
        self.does(self.deeds.merges(which, method), rest)

    @rule(which=which, rest=rests)
    def close_pull(self, which, rest):
        self.does(self.deeds.closes_pull(which), rest)

    @rule(which=which, rest=rests)
    def reopen_pull(self, which, rest):
        self.does(self.deeds.reopens_pull(which), rest)

    @rule(which=which, rest=rests)
    def delete_branch(self, which, rest):
        self.does(self.deeds.deletes_branch(which), rest)

    # --- orders and rules

    @rule(which=which, order=st.sampled_from(["/start", "/retry", "/hold", "/unhold"]))
    def order(self, which, order):
        self.does(self.deeds.says(which, order), True)

    @rule(which=which, others=st.lists(which, min_size=1, max_size=2, unique=True))
    def subsume(self, which, others):
        self.does(self.deeds.subsumes(which, others), True)

    @rule(most=st.sampled_from([None, 1, 2, 10]), autopilot=st.booleans(), rest=rests)
    def change_rules(self, most, autopilot, rest):
        self.does(self.deeds.rules_are(Rules(most, autopilot)), rest)

    @rule(rest=rests)
    def move_main(self, rest):
        self.count += 1
        self.does(self.deeds.moves_main(f"main = {self.count}\n"), rest)

    # --- the bot and the wire

    @rule(forget=st.booleans())
    def restart(self, forget):
        self.does(self.deeds.restarts(forget), True)

    @rule(how=st.sampled_from(["lost", "doubled", "late", "mended"]))
    def wire(self, how):
        faults = self.playground.faults
        faults.clear()
        if how == "lost":
            faults.drop_webhooks(lambda _: self.hears())
        elif how == "doubled":
            faults.duplicate_webhooks(lambda _: True, new_guid=True, after=0.1)
        elif how == "late":
            faults.reorder_webhooks(lambda one: one.id % 2 == 0, by=0.3)

    def hears(self):
        self.deeds.deaf = True
        return True

    @rule(call=st.sampled_from(FAULTS), after=st.booleans(), cut=st.booleans())
    def fault(self, call, after, cut):
        when = "after" if after else "before"
        if cut:
            self.playground.faults.disconnect(call, when)
        else:
            self.playground.faults.fail_requests(call, 502, when=when)


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
