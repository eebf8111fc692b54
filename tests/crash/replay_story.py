"""The third story: the base moves under open pull requests, which people and orders have added commits to."""

from collections import Counter
from typing import ClassVar

from tests.crash.patch_files import says
from tests.crash.patch_story import BOT, WHEN, PatchReader, PatchStage
from tests.crash.story import NAME

MANIFEST = """\
version: 1
name: staging
folders:
  - {id: chat, source: STAGING/chat, destination: apps/chat}
  - {id: types, source: STAGING/types, destination: packages/types, mode: move}
"""
CHAT = "".join(f"line {number}\n" for number in range(1, 13))
CONTENT = {
    ".github/graftsman.yml": "version: 1\n",
    "migrations/staging.yml": MANIFEST,
    "STAGING/chat/index.md": CHAT,
    "STAGING/types/session.ts": "export type Session = number;\n",
    "CHANGES.md": CHAT,
}
BRANCH = "graftsman/staging/chat"


def diff(path, line, new):
    """A patch of one line of a file, by its number."""
    around = "".join(
        f" line {each}\n" if each != line else f"-line {line}\n+{new}\n" for each in range(line - 1, line + 2)
    )
    return f"--- a/{path}\n+++ b/{path}\n@@ -{line - 1},3 +{line - 1},3 @@\n{around}"


class ReplayReader(PatchReader):
    """A replayed order has a check on each of its commits, and one on none twice."""

    def _once(self):
        checks = self.repository.checks.values()
        runs = Counter((check.name, check.external_id, check.head_sha) for check in checks)
        assert set(runs.values()) <= {1}, runs
        for issue in self.repository.issues.values():
            marks = Counter(one.body.split("\n")[0] for one in issue.comments if one.user.login == BOT)
            assert set(marks.values()) <= {1}, marks


class ReplayStage(PatchStage):
    """Two folders and a patch; Ada works on both."""

    content: ClassVar = {path: text.encode() for path, text in CONTENT.items()}
    reader_of = ReplayReader

    async def _story(self):
        self.playground.install(self.app, "acme", ["platform"])
        await self.ada.push_files(NAME, "main", {"LICENSE": b"Free.\n"}, when=WHEN)
        await self.act(lambda: "graftsman/folder" in self.repository.labels)
        issue = await self.ada.open_issue(NAME, "Move", "### Manifest\n\nmigrations/staging.yml\n")
        self.issue = await self.ada.open_issue(NAME, "Say more")
        await self.ada.label(NAME, issue.number, "migration")
        await self.act(lambda: self.checks("graftsman/spec-guard") == 2)
        self.pr = self.pull(BRANCH)
        await self.ada.push_files(NAME, BRANCH, {"notes.md": b"mine\n"}, when=WHEN)
        await self.act(lambda: self.checks("graftsman/spec-guard") == 3)
        await self.says(says(diff("apps/chat/index.md", 10, "ten")))
        await self.act(lambda: self.reacted("rocket") == 1)
        await self.says(says(diff("CHANGES.md", 10, "ten")), number=self.issue.number)
        await self.act(lambda: self.reacted("rocket") == 2)
        await self.moves(2, "two")
        await self.act(lambda: self.checks("graftsman/patch") == 4)
        await self.moves(10, "TEN")
        await self.act(lambda: len(self.said("status")) == 3)
        await self.says("/replay ours")
        await self.act(lambda: self.reacted("rocket") == 3)
        await self.says("/replay theirs", number=self.pull("graftsman/patch/").number)
        await self.act(lambda: self.reacted("rocket") == 4)
        await self._another_sweep()
        await self.act(lambda: True)

    async def moves(self, line, new):
        """The base moves under both pull requests."""
        self.later()
        paths = ("STAGING/chat/index.md", "CHANGES.md")
        store = self.repository.store
        files = {}
        for path in paths:
            _, data = await store.run("cat-file", "blob", f"main:{path}")
            files[path] = data.replace(f"line {line}\n".encode(), f"{new}\n".encode())
        await self.ada.push_files(NAME, "main", files, when=WHEN + line)
