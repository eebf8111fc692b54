"""The fourth story: tasks that start, wait for each other, are worked on, let go, asked for again and given up."""

from collections import Counter
from typing import ClassVar

from tests.crash.patch_files import appends, says
from tests.crash.patch_story import WHEN, PatchReader, PatchStage
from tests.crash.story import NAME
from tests.end_to_end.tasks import form

SETTINGS = "version: 1\ntasks: {dashboard: false, lanes: {build: {people: [ada]}}}\n"


class TaskReader(PatchReader):
    """Also tells who is assigned and who waits for whom."""

    async def state(self):
        told = await super().state()
        for issue in told["issues"]:
            one = self.repository.issues[issue["number"]]
            issue["assignees"] = sorted(login.login for login in one.assignees)
            issue["blocked_by"] = sorted(other.number for other in one.blocked_by)
        return told

    def _once(self):
        super()._once()
        branches = Counter(pull.head_ref for pull in self.repository.pulls if pull.issue.state == "open")
        assert set(branches.values()) <= {1}, branches


class TaskStage(PatchStage):
    """Two tasks of one lane, in a repository whose plan has no drafts; Ada does everything."""

    content: ClassVar = {".github/graftsman.yml": SETTINGS.encode(), "CHANGES.md": b"# Changes\n"}
    reader_of = TaskReader

    async def _story(self):
        self.repository.drafts = False
        self.playground.install(self.app, "acme", ["platform"])
        await self.ada.push_files(NAME, "main", {"LICENSE": b"Free.\n"}, when=WHEN)
        await self.act(lambda: "status/done" in self.repository.labels)
        first = await self.ada.open_issue(NAME, "First", form(lane="build", acceptance=["It works"]))
        second = await self.ada.open_issue(NAME, "Second", form(lane="build", depends=f"#{first.number}"))
        for one in (first, second):
            self.later()
            await self.ada.label(NAME, one.number, "task")
        await self.act(lambda: self.has(first, "status/in-progress") and self.has(second, "status/blocked"))
        await self.says(says(appends("From its issue.\n", "CHANGES.md")), number=first.number)
        await self.act(lambda: self.reacted("rocket") == 1)
        pull = self.pull(f"graftsman/task/{first.number}-")
        self.later()
        await self.ada.unlabel(NAME, pull.number, "graftsman/draft")
        await self.act(lambda: self.has(first, "status/in-review"))
        self.later()
        await self.ada.merge(NAME, pull.number)
        await self.act(lambda: self.has(first, "status/done") and self.has(second, "status/in-progress"))
        self.later()
        await self.ada.unlabel(NAME, second.number, "task")
        await self.act(lambda: not second.labels or not self.has(second, "status/in-progress"))
        self.later()
        await self.ada.label(NAME, second.number, "task")
        await self.act(lambda: self.has(second, "status/in-progress"))
        self.later()
        await self.ada.close(NAME, second.number, "not_planned")
        await self.act(lambda: self.has(second, "status/deprecated"))
        await self._another_sweep()
        await self.act(lambda: True)

    def has(self, issue, name):
        """Whether an issue has a label."""
        return name in {label.name for label in issue.labels}
