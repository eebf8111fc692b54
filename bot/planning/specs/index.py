"""The generated index of the specs: from the same specs the same bytes."""

from __future__ import annotations

import json
from collections.abc import Iterable

from bot.contracts.spec import IndexedRequirement, IndexedSpec, SpecIndex
from bot.planning.specs.model import Spec, SpecSet


def build_index(specs: Iterable[Spec]) -> SpecIndex:
    """The index of these specs; those with faults are left out."""
    made = []
    for spec in specs:
        front = spec.front
        if front is None:
            continue
        made.append(
            IndexedSpec(
                id=front.id,
                title=front.title,
                path=spec.path.encode("utf-8", "backslashreplace").decode("utf-8"),
                covers=front.covers,
                owners=front.owners,
                status=front.status if isinstance(front.status, str) else None,
                last_review=front.last_review,
                content=spec.content,
                requirements=tuple(IndexedRequirement(id=r.id, text=r.text, done=r.done) for r in spec.requirements),
            )
        )
    return SpecIndex(specs=tuple(sorted(made, key=lambda each: (each.id, each.path))))


def update_index(specs: Iterable[Spec]) -> bytes:
    """The index file for these specs: JSON, UTF-8, with a line end at its end."""
    value = build_index(specs).model_dump(mode="json", by_alias=True)
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "replace")


def index_is_stale(specs: SpecSet) -> bool:
    """Whether the index beside these specs is not theirs. Without a spec none is needed."""
    if specs.index is None:
        return bool(specs.specs)
    return specs.index != update_index(specs.specs)
