"""What the spec guard judges, read from two trees. Cost follows what differs, but for the search of evidence."""

from __future__ import annotations

from datetime import date
from typing import Literal

from bot.config import SpecSettings
from bot.contracts.tree import FILE, Tree
from bot.patching.trees import Difference, differences
from bot.planning.specs.evidence import Memo, evidence_matcher, find_evidence
from bot.planning.specs.model import Approvals, Case, Change, Evidence, Named, SpecSet
from bot.planning.specs.read import MOST_BYTES, entry_at, read_spec, read_specs


def case_of(
    base: Tree,
    head: Tree,
    settings: SpecSettings,
    today: date,
    *,
    approvals: Approvals = "not-checked",
    named: Named | None = None,
    memo: Memo | None = None,
) -> Case:
    """The case of a head against its merge base. ``settings`` are those of the branch that it goes into.

    For the approvals: build it without them, ask ``judge.wanted_approvals``, derive those, and put them in with
    ``dataclasses.replace``. ``memo`` keeps from one search to the next which blobs hold which ids. Raises ``Refusal``
    (``too-many-specs``, ``bad-glob``).
    """
    before = read_specs(base, settings.folder, settings.index)
    after = read_specs(head, settings.folder, settings.index)
    found = differences(base, head)
    evidence, lost = _evidence(base, head, after, found, settings, memo)
    changed = tuple(Change(each.path, _state(each)) for each in found)
    return Case(before, after, changed, settings, today, approvals, evidence, lost, named)


def named_spec(tree: Tree, path: str | None, manifest: str, *, required: bool) -> Named:
    """The spec that a migration's manifest names, read on the base."""
    entry = None if path is None else entry_at(tree, path)
    if path is None or entry is None or entry.mode & 0o170000 != FILE & 0o170000:
        return Named(path, None, required, manifest)
    data = tree.read(entry.oid) if tree.size(entry.oid) <= MOST_BYTES else b""
    return Named(path, read_spec(path, data), required, manifest)


def _evidence(
    base: Tree, head: Tree, specs: SpecSet, found: list[Difference], settings: SpecSettings, memo: Memo | None
) -> tuple[Evidence | None, Evidence]:
    """Where the head's requirements are pointed at, and where in changed files of the base the others were."""
    if not settings.evidence:
        return None, Evidence()
    matches = evidence_matcher(settings.evidence, settings.folder, settings.index)
    wanted = {each.id for spec in specs.specs for each in spec.requirements}
    evidence = find_evidence(head, wanted, matches, memo=memo)
    missing = wanted - evidence.found.keys()
    paths = [each.path for each in found if each.before is not None]
    return evidence, find_evidence(base, missing, matches, paths=paths, memo=memo)


def _state(each: Difference) -> Literal["added", "changed", "deleted"]:
    return "added" if each.before is None else "deleted" if each.after is None else "changed"
