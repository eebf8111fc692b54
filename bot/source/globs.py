"""Globs over repository paths, anchored at both ends, in time linear in the path (RE2).

``*`` any characters but ``/``; ``?`` one; ``[abc]``, ``[a-z]``, ``[!abc]`` one of a class, never ``/``; ``**`` between
slashes any number of parts, also none (``a/**`` takes what is below ``a``, not ``a``); ``{a,b}`` either, nested at
will. A leading dot is nothing special. A backslash escapes nothing and is refused; ``[*]`` is a star.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

import re2

from bot.errors import Place, Refusal

MOST_ALTERNATIVES: Final = 256
"""So many patterns may the braces of one glob stand for."""
MOST_LENGTH: Final = 1024
MOST_DEPTH: Final = 16
"""Braces may be nested so deep."""

_MAGIC = re.compile(r"[*?\[]")
_REFUSED = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff\U0010ff00-\U0010ffff]")
_ESCAPED_BYTE = re.compile(r"[\udc80-\udcff]")


class _BadGlobError(Exception):
    """Why a pattern is no glob."""


@dataclass(frozen=True)
class Glob:
    """A compiled glob. Made by :func:`compile_glob`."""

    pattern: str
    everything: bool
    """The pattern is ``**``: it takes every path."""
    _paths: frozenset[str] = field(repr=False, compare=False)
    _ends: tuple[str, ...] = field(repr=False, compare=False)
    _regex: Any = field(repr=False, compare=False)

    def matches(self, path: str) -> bool:
        """Whether the whole path matches."""
        if self.everything or path in self._paths or (self._ends and path.endswith(self._ends)):
            return True
        if self._regex is None:
            return False
        try:
            raw = path.encode("utf-8")
        except UnicodeEncodeError:
            # A byte that is no UTF-8 counts as one character: one that no pattern may hold stands for it.
            text = _ESCAPED_BYTE.sub(lambda found: chr(ord(found[0]) - 0xDC00 + 0x10FF00), path)
            raw = text.encode("utf-8", "replace")
        return self._regex.fullmatch(raw) is not None


def either(globs: Iterable[Glob]) -> Glob:
    """One glob that matches where one of some does: much faster than one after the other.

    Raises ``Refusal('bad-glob')`` where they are too large together.
    """
    some = tuple(globs)
    pattern = "{" + ",".join(glob.pattern for glob in some) + "}"
    paths: frozenset[str] = frozenset().union(*(glob._paths for glob in some))  # noqa: SLF001 - our own
    ends = tuple(end for glob in some for end in glob._ends)  # noqa: SLF001
    sources = [glob._regex.pattern.decode() for glob in some if glob._regex is not None]  # noqa: SLF001
    try:
        return Glob(pattern, any(glob.everything for glob in some), paths, ends, _compiled(sources))
    except re2.error:
        raise Refusal("bad-glob", Place(), {"pattern": pattern, "reason": "it is too large"}) from None


def compile_glob(pattern: str, place: Place | None = None) -> Glob:
    """Compile a glob. Raises ``Refusal('bad-glob')`` with ``pattern`` and ``reason``."""
    try:
        return _compile(pattern)
    except (_BadGlobError, re2.error) as error:
        reason = str(error) if isinstance(error, _BadGlobError) else "it is too large"
        shown = pattern.encode("utf-8", "backslashreplace").decode("utf-8")
        raise Refusal("bad-glob", place or Place(), {"pattern": shown, "reason": reason}) from None


def alternatives(pattern: str) -> tuple[str, ...]:
    """The globs without braces that a glob stands for, each once. Raises ``Refusal('bad-glob')``."""
    compile_glob(pattern)
    return tuple(dict.fromkeys(_expand(pattern)))


@lru_cache(maxsize=1024)
def _compile(pattern: str) -> Glob:
    if not pattern:
        raise _BadGlobError("it is empty")
    if len(pattern) > MOST_LENGTH:
        raise _BadGlobError(f"it is longer than {MOST_LENGTH} characters")
    if "\\" in pattern:
        raise _BadGlobError("it holds a backslash, which escapes nothing here: write [*] for a star")
    if _REFUSED.search(pattern):
        raise _BadGlobError("it holds a control character, or one that is not valid Unicode")
    paths: set[str] = set()
    ends: list[str] = []
    regexes: list[str] = []
    alternatives = list(dict.fromkeys(_expand(pattern)))
    for text in alternatives:
        _check(text)
        end = text.removeprefix("**/*")
        if not _MAGIC.search(text):
            paths.add(text)
        elif end != text and end and "/" not in end and not _MAGIC.search(end):
            ends.append(end)
        else:
            regexes.append(_regex(text))
    return Glob(pattern, "**" in alternatives, frozenset(paths), tuple(ends), _compiled(regexes))


def _compiled(regexes: list[str]) -> Any:
    """All patterns as one. Not an ``re2.Set``: that answers "no" without a word when it runs out of memory."""
    if not regexes:
        return None
    options = re2.Options()
    options.log_errors = False
    return re2.compile(("(?s)(?:" + "|".join(regexes) + ")").encode("utf-8"), options)


def _check(text: str) -> None:
    """Refuse what could never match a path, or what other tools read in another way."""
    if text.startswith("/"):
        raise _BadGlobError("it starts with a slash; paths here are relative")
    if text.endswith("/"):
        raise _BadGlobError("it ends with a slash; write /** for all that is below")
    for part in text.split("/"):
        if not part:
            raise _BadGlobError("a part of it is empty")
        if part in {".", ".."}:
            raise _BadGlobError(f"it holds {part!r} as a part")
        if part != "**" and "**" in re.sub(r"\[[!^]?\]?[^\]]*\]", "?", part):
            raise _BadGlobError("** stands alone between slashes, or means nothing")


def _expand(pattern: str) -> list[str]:
    """The patterns without braces that a pattern stands for, as a shell expands them."""
    found, rest = _sequence(pattern, 0, 0)
    if rest != len(pattern):
        raise _BadGlobError("a closing brace has no opening one")
    return found


def _sequence(pattern: str, at: int, depth: int) -> tuple[list[str], int]:
    """Expands up to a closing brace, a comma inside braces, or the end."""
    if depth > MOST_DEPTH:
        raise _BadGlobError(f"its braces are nested more than {MOST_DEPTH} deep")
    found = [""]
    while at < len(pattern):
        char = pattern[at]
        if char == "}" or (char == "," and depth):
            break
        if char == "{":
            choices, at = _braces(pattern, at + 1, depth + 1)
        elif char == "[":
            end = _class_end(pattern, at)
            choices, at = [pattern[at:end]], end
        else:
            choices, at = [char], at + 1
        if len(found) * len(choices) > MOST_ALTERNATIVES:
            raise _BadGlobError(f"its braces stand for more than {MOST_ALTERNATIVES} patterns")
        found = [before + choice for before in found for choice in choices]
    return found, at


def _braces(pattern: str, at: int, depth: int) -> tuple[list[str], int]:
    choices: list[str] = []
    while True:
        start = at
        some, at = _sequence(pattern, at, depth)
        if at >= len(pattern):
            raise _BadGlobError("an opening brace is not closed")
        choices += some
        if len(choices) > MOST_ALTERNATIVES:
            raise _BadGlobError(f"its braces stand for more than {MOST_ALTERNATIVES} patterns")
        if pattern[at] == "}":
            inside = pattern[start:at]
            if choices == [inside] and ("" in choices or ".." in inside):
                raise _BadGlobError("braces hold alternatives with commas between them; there are no ranges")
            return choices, at + 1
        at += 1


def _class_end(pattern: str, at: int) -> int:
    """The offset behind a class that opens here."""
    first = at + 2 if pattern[at + 1 : at + 2] in {"!", "^"} else at + 1
    end = pattern.find("]", first + 1)
    if end < 0:
        raise _BadGlobError("an opening bracket is not closed")
    inside = pattern[first:end]
    if "/" in inside:
        raise _BadGlobError("a class in brackets holds a slash")
    if "[" in inside:
        raise _BadGlobError("a class in brackets holds an opening bracket; named classes are not taken")
    return end + 1


def _regex(text: str) -> str:
    """RE2 for a pattern without braces."""
    parts = text.split("/")
    if parts == ["**"]:
        return ".*"
    out = ""
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        if part != "**":
            out += _part(part) + ("" if last else "/")
        elif not last:
            out += "(?:[^/]+/)*"
        else:
            out += ".+"
    return out


def _part(part: str) -> str:
    out, at = "", 0
    while at < len(part):
        char = part[at]
        if char == "[":
            end = _class_end(part, at)
            out += _class(part[at + 1 : end - 1])
            at = end
            continue
        out += {"*": "[^/]*", "?": "[^/]"}.get(char) or re2.escape(char)
        at += 1
    return out


def _class(inside: str) -> str:
    negated = inside[0] in "!^"
    members = inside[1:] if negated else inside
    out, at = "", 0
    while at < len(members):
        low = members[at]
        if members[at + 1 : at + 2] == "-" and at + 2 < len(members):
            high = members[at + 2]
            if high < low:
                raise _BadGlobError(f"the range {low}-{high} runs backwards")
            if low < "/" < high and not negated:
                raise _BadGlobError(f"the range {low}-{high} runs over the slash")
            out += f"\\x{{{ord(low):x}}}-\\x{{{ord(high):x}}}"
            at += 3
        else:
            out += f"\\x{{{ord(low):x}}}"
            at += 1
    return f"[^/{out}]" if negated else f"[{out}]"
