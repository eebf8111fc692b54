"""Hidden comment markers: how the bot finds again what it wrote (law 2).

A marker is the first line of a body, an HTML comment: ``<!-- graftsman:plan issue=12 -->``. A marker in somebody
else's text proves nothing; callers check the author as well.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_VALUE = re.compile(r"[A-Za-z0-9._/#:@-]+")
_MARKER = re.compile(r"^<!-- graftsman:([a-z-]+)((?: [a-z]+=[A-Za-z0-9._/#:@%-]+)*) -->(?:\r?\n|$)")
_DASHES = ("--", "-%2D")
"""Two dashes end a comment early for some readers of HTML, so the second one is written otherwise."""


@dataclass(frozen=True, slots=True)
class Marker:
    """What a marker says: a kind and plain fields."""

    kind: str
    fields: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """The marker as it stands in a body. Raises ``ValueError`` for a value that could break out of it."""
        fields = "".join(f" {key}={value.replace(*_DASHES)}" for key, value in self.fields.items())
        text = f"<!-- graftsman:{self.kind}{fields} -->"
        plain = all(_VALUE.fullmatch(value) for value in self.fields.values())
        if not (plain and _MARKER.match(text)) or "--" in text[4:-3]:
            raise ValueError(f"not a marker: {text!r}")
        return text


def marker_of(body: str) -> Marker | None:
    """The marker that a body starts with, or ``None``."""
    found = _MARKER.match(body)
    if found is None:
        return None
    pairs = (pair.split("=", 1) for pair in found[2].split())
    return Marker(found[1], {key: value.replace("%2D", "-") for key, value in pairs})
