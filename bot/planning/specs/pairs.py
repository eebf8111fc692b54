"""Which spec of the head is which of the base: by path, or moved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.planning.specs.model import ApprovalKey, Case, Spec


@dataclass(frozen=True)
class Pairs:
    """``before`` gives, by the path of a head's spec, what it was; ``removed`` has no successor in the head."""

    before: Mapping[str, Spec]
    removed: tuple[Spec, ...]


def pair(case: Case) -> Pairs:
    """Pairs the specs of base and head.

    A file that is new in the head follows one that is gone: of the same content, else of the same id. Each follows one
    at most, so that of two that go away one does not hide the other.
    """
    base, head = case.base.by_path, case.head.by_path
    before = {path: base[path] for path in head if path in base}
    gone = [spec for spec in case.base.specs if spec.path not in head]
    come = [spec for spec in case.head.specs if spec.path not in base]
    for same in (_same_content, _same_id):
        for new in [spec for spec in come if spec.path not in before]:
            old = next((spec for spec in gone if same(spec, new)), None)
            if old is not None:
                before[new.path] = old
                gone.remove(old)
    return Pairs(before, tuple(gone))


def _same_content(old: Spec, new: Spec) -> bool:
    return old.content == new.content


def _same_id(old: Spec, new: Spec) -> bool:
    return old.id is not None and old.id == new.id


def has_new_content(spec: Spec, pairs: Pairs) -> bool:
    """Whether the head brings this content: then it is approved anew."""
    before = pairs.before.get(spec.path)
    return before is None or before.content != spec.content


def approval_keys(spec: Spec, pairs: Pairs) -> tuple[ApprovalKey, ...]:
    """Under which keys a spec's content may be approved: its own path, and the one it was moved from unchanged."""
    before = pairs.before.get(spec.path)
    moved = before is not None and before.path != spec.path and before.content == spec.content
    keys = (ApprovalKey(spec.path, spec.content),)
    return (*keys, ApprovalKey(before.path, spec.content)) if before is not None and moved else keys
