"""The record of what was asked and answered, for tests that count calls or check shapes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Exchange:
    """One call of the API. ``path`` begins after ``/api/v3``; bodies are JSON, ``None`` where there is none."""

    method: str
    path: str
    query: Mapping[str, str]
    status: int
    is_write: bool
    actor: str
    request_body: Any
    response_body: Any
    headers: Mapping[str, str] = field(default_factory=dict)
    """Of the answer."""
    forced: bool = False
    """A fault that a test switched on made the answer."""
    kind: str = "rest"
    """``rest``, ``graphql`` or ``git`` (which has no bodies here)."""
