"""Values in Markdown's code spans: read back as they were, whatever they hold."""

from __future__ import annotations

import re
from typing import Final

SPAN: Final = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_PLAIN_VALUE: Final = re.compile(r"[\w ,.;:/'’%=?–—-]*", re.ASCII)


def unquoted(text: str) -> str:
    """A value without the code span that holds the whole of it."""
    found = SPAN.fullmatch(text)
    if found is None:
        return text
    inside = found[2]
    return inside[1:-1] if inside.startswith(" ") and inside.endswith(" ") and inside.strip() else inside


def quoted(text: str) -> str:
    """A value that is read back as it is, whatever it holds: in a code span, where it is not quite plain."""
    plain = text and text == text.strip() and _PLAIN_VALUE.fullmatch(text)
    return text if plain else spanned(text)


def spanned(text: str) -> str:
    """A value in a code span."""
    ticks = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    pad = " " if text[:1] in {"`", " "} or text[-1:] in {"`", " "} else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"
