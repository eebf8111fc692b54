"""A person does whatever comes to mind: what must hold holds afterwards, and all along."""

import contextlib
import random
import re

import pytest

from bot.playground import Problem
from bot.workflows.migrate import migrate
from tests.end_to_end.act import BOT, NAME
from tests.end_to_end.files import MANIFEST, THREE, files

FOLDERS = ("types", "terminal", "chat")
STEPS = 12
RULED = THREE.replace("destination: apps/chat}", "destination: apps/chat, exclude: ['*.md']}")
BROKEN = THREE.replace("mode: move", "mode: fly")
BOT_COMMIT = re.compile(r"^Graftsman-Base: ([0-9a-f]{40})$", re.MULTILINE)


class Walk:
    """One walk of a person through the repository. Steps that GitHub refuses are no steps."""

    def __init__(self, act, seed):
        self.act = act
        self.dice = random.Random(seed)
        self.taken = []
        self.theirs = {}
        """Commits of people by the branch they were pushed to, as long as no person took them away."""

    async def step(self):
        names = [name for name in dir(self) if name.startswith("do_")]
        name = self.dice.choice(names)
        self.taken.append(name)
        with contextlib.suppress(Problem):
            await getattr(self, name)()
        self.act.later(self.dice.choice((0, 2)))
        if self.dice.random() < 0.7:  # else the next step comes while the bot is at work
            await self.act.settle()
            self.check()

    @property
    def number(self):
        return self.act.issue.number

    def some_pull(self):
        pulls = [one for one in self.act.pulls if one.head_ref.startswith("graftsman/staging/")]
        return self.dice.choice(pulls).number if pulls else 0

    def some_branch(self):
        return f"graftsman/staging/{self.dice.choice(FOLDERS)}"

    def some_comment(self):
        return self.dice.choice([c.id for c in self.act.repository.comments.values() if c.user.login == BOT] or [0])

    async def do_label(self):
        await self.act.ada.label(NAME, self.number, "migration")

    async def do_unlabel(self):
        await self.act.ada.unlabel(NAME, self.number, "migration")

    async def do_triage_label(self):
        await self.act.tess.unlabel(NAME, self.number, "migration")
        await self.act.tess.label(NAME, self.number, "migration")

    async def do_edit_title(self):
        await self.act.ada.edit_issue(NAME, self.number, title=f"Title {self.dice.random()}")

    async def do_edit_manifest(self):
        await self.act.commits({MANIFEST: self.dice.choice((THREE, RULED, BROKEN))})

    async def do_merge(self):
        await self.act.ben.merge(NAME, self.some_pull(), self.dice.choice(("merge", "squash", "rebase")))

    async def do_merge_more(self):
        await self.do_merge()

    async def do_close(self):
        await self.act.ben.close(NAME, self.some_pull())

    async def do_reopen(self):
        await self.act.ben.reopen(NAME, self.some_pull())

    async def do_close_issue(self):
        await self.act.ada.close(NAME, self.number)

    async def do_reopen_issue(self):
        await self.act.ada.reopen(NAME, self.number)

    async def do_push(self):
        branch = self.some_branch()
        commit = await self.act.commits({f"notes/{self.dice.random()}.txt": "mine\n"}, branch, who="ben")
        self.theirs[branch] = commit

    async def do_delete_branch(self):
        branch = self.some_branch()
        await self.act.ben.delete_branch(NAME, branch)
        self.theirs.pop(branch, None)

    async def do_delete_comment(self):
        # The delivery comment of one folder is not edited within the half minute in which a 404 is taken for a lag.
        await self.act.ada.delete_comment(NAME, self.dice.choice([one.id for one in self.act.said()] or [0]))

    async def do_edit_comment(self):
        await self.act.ada.edit_comment(NAME, self.some_comment(), "Whatever.")

    async def do_move_main(self):
        await self.act.commits({f"src/{self.dice.random()}.txt": "on\n"})

    async def do_touch_source(self):
        await self.act.commits({f"STAGING/chat/more-{self.dice.random()}.md": "more\n"})

    async def do_restart(self):
        await self.act.restart(forget=self.dice.random() < 0.5)

    def check(self):
        """What holds whenever the bot has nothing left to do."""
        act, where = self.act, self.taken
        assert len(act.said()) <= 1, where
        assert len(act.said(kind="final")) <= 1, where
        for folder in FOLDERS:
            opened = [one for one in act.pulls_of(folder) if one.issue.state == "open"]
            assert len(opened) <= 1, where
            for pull in act.pulls_of(folder):
                assert len(act.said(pull.issue, "delivery")) <= 1, where
        checks = [(one.head_sha, one.name, one.external_id) for one in act.repository.checks.values()]
        assert len(checks) == len(set(checks)), where
        for branch, commit in self.theirs.items():
            assert act.repository.branch(branch) == commit, (where, branch)

    async def check_trees(self):
        """Every branch that holds the bot's commit alone is what the engine makes of the base that it names."""
        for folder in FOLDERS:
            branch = f"graftsman/staging/{folder}"
            head = self.act.repository.branch(branch)
            if head is None or branch in self.theirs:
                continue
            commit = await self.act.commit(head)
            base = BOT_COMMIT.search(commit.message)[1]
            assert commit.parents == (base,), (self.taken, folder)
            manifest = await self.act.file(MANIFEST, base)
            store = self.act.repository.store.path
            (result,) = migrate(store, base, manifest, name=MANIFEST, dry_run=True, folders=[folder]).folders
            assert commit.tree == result.tree, (self.taken, folder)

    async def end(self):
        """At last everything is put right by people, and the bot ends its work."""
        act = self.act
        await act.settle()
        await act.does(act.commits({MANIFEST: THREE}))
        for deed in (act.ada.reopen(NAME, self.number), act.ada.unlabel(NAME, self.number, "migration")):
            with contextlib.suppress(Problem):
                await deed
        act.later()
        await act.does(act.ada.label(NAME, self.number, "migration"))
        self.check()
        await self.check_trees()
        assert act.said(), self.taken
        for folder in FOLDERS:
            pulls = act.pulls_of(folder)
            held = f"graftsman/staging/{folder}" in self.theirs
            waits = folder == "terminal" and not any(one.merged_at for one in act.pulls_of("types"))
            assert pulls or held or waits or "nothing to do" in act.state(folder), (self.taken, folder, act.plan)
        # And one more look finds nothing to do.
        with act.counting() as counted:
            await act.restart()
        assert counted.writes == [], self.taken


@pytest.mark.parametrize("seed", range(8))
async def test_whatever_people_do(stage, seed):
    act = await stage(files())
    await act.begins()
    walk = Walk(act, seed)
    for _ in range(STEPS):
        await walk.step()
    await walk.end()
