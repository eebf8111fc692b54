"""One pull request as it is now: everything that its gates are judged by, read once, afresh (law 1)."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.contracts.github import Issue, Pull, Review
from bot.contracts.tree import Entry, Tree
from bot.errors import WorldError
from bot.git.repository import CommitInfo
from bot.patching.trees import Difference, differences
from bot.reports.markers import marker_of
from bot.workflows.names import DRAFT_LABEL, ISSUE_TRAILER, task_of_branch
from bot.workflows.ports import GitHub
from bot.workflows.scene import RepositoryScene

KEPT = "refs/graftsman/pulls/"
"""Where the mirror keeps heads of pull requests: those of forks, and those that a review was given for."""
MOST_COMMITS: Final = 1_000
"""So many commits of a pull request are asked which issue they are for."""
MOST_ISSUES: Final = 20
"""So many issues are read of one pull request."""
Content = tuple[int, str] | None
"""What stands at a path: mode and blob oid; ``None`` for nothing."""


@dataclass
class PullScene:
    """A pull request in its repository. ``base`` is where its branch left ``tip``, the base branch's present head."""

    scene: RepositoryScene
    pull: Pull
    head: CommitInfo
    base: CommitInfo
    tip: CommitInfo
    changes: tuple[Difference, ...]
    """What it changes against its base."""
    reviews: list[Review]
    issues: tuple[Issue, ...] = ()
    """The issues that it is for, as its commits and its marker name them; what the commits name comes first."""
    contents: dict[str, dict[str, tuple[Content, Content]] | None] = field(default_factory=dict)
    """What each commit that a review was given for changed against its own base, once asked for."""

    @property
    def number(self) -> int:
        """The pull request's."""
        return self.pull.number

    @property
    def issue(self) -> Issue | None:
        """The issue that Graftsman opened it for."""
        return next(iter(self.issues), None)

    @property
    def ours(self) -> bool:
        """Whether Graftsman opened it."""
        return self.pull.user == self.scene.github.bot_login and not self.fork

    @property
    def fork(self) -> bool:
        """Whether its branch is in another repository: read, checked and reported on, never pushed to."""
        repo = self.pull.head.repo
        return repo is None or repo.full_name.lower() != self.scene.github.full_name.lower()

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths that it changes, sorted."""
        return tuple(each.path for each in self.changes)

    @property
    def base_tree(self) -> Tree:
        """What stood where its branch left the base branch."""
        return self.scene.mirror.repository.tree(self.base.tree)

    @property
    def tip_tree(self) -> Tree:
        """The base branch as it is now: what governs is read from here."""
        return self.scene.mirror.repository.tree(self.tip.tree)

    @property
    def head_tree(self) -> Tree:
        """What the pull request proposes."""
        return self.scene.mirror.repository.tree(self.head.tree)


def is_draft(pull: Pull) -> bool:
    """Whether a pull request is a draft: GitHub's own, or our label where the repository's plan has none."""
    return pull.draft or DRAFT_LABEL in {label.lower() for label in pull.labels}


async def look_at(scene: RepositoryScene, pull: Pull) -> PullScene | None:
    """Reads what there is to read; ``None`` where its head or its base branch is not to be had.

    Raises ``WorldError`` when GitHub or git fail.
    """
    tip = await asyncio.to_thread(_tip, scene, pull)
    if tip is None or not await have(scene, f"refs/pull/{pull.number}/head", pull.head.sha, f"{pull.number}/head"):
        return None
    reviews = await scene.github.reviews(pull.number)
    found = await asyncio.to_thread(_look, scene, pull, tip, reviews)
    if found is not None:
        numbers = await asyncio.to_thread(_issues_of, found)
        issues = [await issue_or_none(scene.github, number) for number in numbers]
        found.issues = tuple(issue for issue in issues if issue is not None)
    return found


def _tip(scene: RepositoryScene, pull: Pull) -> str | None:
    """The base branch as the pull request meets it; of a merged one, as it was before: by now it holds the change."""
    if pull.merged_at is None:
        return scene.head(pull.base.ref)
    repository = scene.mirror.repository
    if pull.merge_commit_sha is None or not repository.has(pull.merge_commit_sha):
        return None
    return next(iter(repository.commit_info(pull.merge_commit_sha).parents), None)


def _look(scene: RepositoryScene, pull: Pull, tip: str, reviews: Sequence[Review]) -> PullScene | None:
    repository = scene.mirror.repository
    base = repository.merge_base(tip, pull.head.sha)
    if base is None:
        return None
    head, left = repository.commit_info(pull.head.sha), repository.commit_info(base)
    changes = tuple(differences(repository.tree(left.tree), repository.tree(head.tree)))
    return PullScene(scene, pull, head, left, repository.commit_info(tip), changes, list(reviews))


def issue_of(scene: RepositoryScene, pull: Pull) -> int | None:
    """The issue that Graftsman opened a pull request for, as its marker says; a marker of others proves nothing."""
    marker = marker_of(pull.body) if pull.user == scene.github.bot_login else None
    number = marker.fields.get("issue", "") if marker is not None and marker.kind in {"folder", "patch", "task"} else ""
    return int(number) if number.isdecimal() and len(number) < 10 else None


def _issues_of(scene: PullScene) -> list[int]:
    """The numbers of the issues that a pull request is for, other than itself.

    Whoever may write may edit the text of a pull request, marker and all: the trailers of our commits come first, and
    what others say in theirs can only add somebody who asked.
    """
    whole = scene.scene
    log = whole.mirror.repository.log(f"{scene.base.oid}..{scene.head.oid}", MOST_COMMITS)
    told = [(whole.ours(commit), commit.trailers.get(ISSUE_TRAILER, "")) for commit in log][::-1]
    named = [text for ours, text in told if ours] + [text for ours, text in told if not ours]
    numbers = [int(text[1:]) for text in named if text[:1] == "#" and text[1:].isdecimal() and len(text) <= 10]
    marked = issue_of(whole, scene.pull)
    # Text and commits can be taken away; a branch of a task, also one that a person made, keeps its name.
    named_for = None if scene.fork else task_of_branch(scene.pull.head.ref)
    numbers += [number for number in (marked, named_for) if number is not None]
    return [number for number in dict.fromkeys(numbers) if number != scene.number][:MOST_ISSUES]


async def issue_or_none(github: GitHub, number: int) -> Issue | None:
    """An issue; ``None`` where it is gone. Raises ``WorldError``."""
    try:
        return await github.issue(number)
    except WorldError as error:
        if getattr(error, "status", None) not in {404, 410, 301}:
            raise
        return None


async def have(scene: RepositoryScene, source: str, oid: str, name: str) -> bool:
    """Whether a commit is in the mirror, fetched (by ref or oid) where need be and kept there under a name."""
    repository = scene.mirror.repository
    if await asyncio.to_thread(repository.has, oid):
        return True
    try:
        await asyncio.to_thread(scene.mirror.fetch, await scene.github.git_credential(), (f"+{source}:{KEPT}{name}",))
    except WorldError:  # a head that GitHub has thrown away; a network that is down fails louder elsewhere
        return False
    return await asyncio.to_thread(repository.has, oid)


async def change_of(scene: PullScene, commit: str) -> dict[str, tuple[Content, Content]] | None:
    """What a commit changed against where it left the base branch, by path; ``None`` where nobody knows any more."""
    if commit not in scene.contents:
        there = await have(scene.scene, commit, commit, f"{scene.number}/{commit}")
        scene.contents[commit] = await asyncio.to_thread(_change, scene, commit) if there else None
    return scene.contents[commit]


def _change(scene: PullScene, commit: str) -> dict[str, tuple[Content, Content]] | None:
    if commit == scene.head.oid:
        return _by_path(scene.changes)
    repository = scene.scene.mirror.repository
    base = repository.merge_base(scene.tip.oid, commit)
    if base is None:
        return None
    before, after = (repository.tree(repository.commit_info(oid).tree) for oid in (base, commit))
    return _by_path(differences(before, after))


def _by_path(changes: Sequence[Difference]) -> dict[str, tuple[Content, Content]]:
    def content(entry: Entry | None) -> Content:
        return None if entry is None else (entry.mode, entry.oid)

    return {each.path: (content(each.before), content(each.after)) for each in changes}


async def moved_since(scene: PullScene, commit: str | None) -> frozenset[str] | None:
    """The paths whose change, old and new content and mode, is another at the present head than at ``commit``.

    The comparison is of content, not of commit ids: a replay or a rebase that leaves a file as it was moves nothing.
    ``None`` where the commit is not to be had: then nothing is proven.
    """
    then = await change_of(scene, commit) if commit is not None else None
    now = await change_of(scene, scene.head.oid)
    if then is None or now is None:
        return None
    return frozenset(path for path in then.keys() | now.keys() if then.get(path) != now.get(path))
