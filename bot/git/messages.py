"""Commit messages and their trailers: the last paragraph, one ``Key: value`` a line, as git itself reads them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

_KEY: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]*\Z")
_LINE: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)\s*: ?(.*)\Z")


def with_trailers(message: str, values: Mapping[str, str]) -> str:
    """``message`` with these trailers at its end, in the mapping's order, ending in one line end.

    A trailer of the same key that stands there already is replaced, so that text from elsewhere cannot speak for us.
    Raises ``ValueError`` for a message without a subject, a key that is not one, or a value of several lines.
    """
    if not message.strip():
        raise ValueError("a message without a subject")
    for key, value in values.items():
        if not _KEY.match(key) or value.strip() != value or not value or len(value.splitlines()) != 1:
            raise ValueError(f"not a trailer: {key!r}: {value!r}")
    body, block = _split(message)
    ours = {key.lower() for key in values}
    kept = [f"{key}: {value}" for key, value in block if key.lower() not in ours]
    lines = kept + [f"{key}: {value}" for key, value in values.items()]
    return "\n\n".join(part for part in (body, "\n".join(lines)) if part) + "\n"


def without_trailers(message: str, prefix: str) -> str:
    """``message`` without the trailers whose key begins with ``prefix``, in letters of any case."""
    body, block = _split(message)
    kept = [f"{key}: {value}" for key, value in block if not key.lower().startswith(prefix.lower())]
    return message if len(kept) == len(block) else "\n\n".join(part for part in (body, "\n".join(kept)) if part) + "\n"


def trailers(message: str) -> dict[str, str]:
    """The trailers of a message. Of a key that stands twice the last one counts; continued lines are joined."""
    return dict(_split(message)[1])


def _split(message: str) -> tuple[str, list[tuple[str, str]]]:
    """A message without its trailers, and those. A subject alone is never a trailer; a mixed paragraph holds none."""
    text = message.replace("\r\n", "\n").strip("\n")
    body, gap, last = text.rpartition("\n\n")
    if not gap:
        return text, []
    found: list[tuple[str, str]] = []
    for line in last.strip("\n").split("\n"):
        if line[:1] in {" ", "\t"} and found:
            key, value = found[-1]
            found[-1] = key, f"{value} {line.strip()}"
        elif match := _LINE.match(line):
            found.append((match[1], match[2].strip()))
        else:
            return text, []
    return body.rstrip("\n"), found
