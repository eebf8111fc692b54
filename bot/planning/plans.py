"""A migration's plan: its digest, and which of them somebody saw.

A plan has no review: it is approved by a command that is bound to its digest (law 6). Whether that is enough, the
policy decides as it does for reviews (``bot.planning.approvals``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.planning.heads import SHORTLY

DIGITS: Final = 12
"""So many digits of a digest are shown, and at least as many name it."""


def plan_digest(manifest: bytes, folders: Iterable[tuple[str, str]]) -> str:
    """The digest of a plan, 64 hexadecimal digits: of the manifest's bytes and each folder's id and entry's digest."""
    told = [hashlib.sha256(manifest).hexdigest(), sorted(folders)]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Shown:
    """A digest, and when the plan comment began to show it."""

    digest: str
    at: datetime


def digest_seen(shown: Sequence[Shown], at: datetime) -> str | None:
    """The digest that somebody surely saw who wrote at that time; ``None`` where that is not sure.

    ``shown`` is in order. One that was shown for seconds only (``SHORTLY``) may not have been seen, unless it is the
    only one there ever was.
    """
    before = [each for each in shown if each.at <= at]
    if not before:
        return None
    if len(before) > 1 and at - before[-1].at <= SHORTLY:
        return None
    return before[-1].digest
