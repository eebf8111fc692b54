"""Regexes that a user wrote, over bytes, in time linear in the text (RE2).

``re`` would let one hostile pattern stall the process (FACTS.md, Sandbox).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, NamedTuple

import re2

from bot.errors import Place, Refusal
from bot.source.back_references import variants

MOST_MEMORY: Final = 2 << 20
"""Bytes that one compiled pattern may take: larger ones take long to compile, and longer to be found too large."""

_REFERENCE = re.compile(r"\\(.?)", re.DOTALL)
_MODES = re.compile(r"\\[AzZQ]|\(\?[a-zA-Z]*-?[a-zA-Z]*[ms]")
"""What means another thing in a text of many lines than in one line."""
_ONE_BYTE = re.compile(r"(?:[^\\]|\\[^C])*\\C", re.DOTALL)


class Span(NamedTuple):
    """One replacement: byte offsets into the data, what stands there and what is to stand there."""

    start: int
    end: int
    before: bytes
    after: bytes


@dataclass(frozen=True)
class Regex:
    """A compiled pattern. Made by :func:`compile_regex`."""

    pattern: str
    groups: int
    """How many capturing groups it has; group 0, the whole match, not counted."""
    _text: tuple[Any, ...] = field(repr=False, compare=False)
    """RE2's patterns, which together mean this one: see ``bot.source.back_references``."""
    _bytes: tuple[Any, ...] | None = field(repr=False, compare=False)
    """The same over single bytes, for data that is not UTF-8; ``None`` when the pattern itself is not ASCII."""

    def rewrites(self, data: bytes, to: str) -> list[Span]:
        """Every match that is not empty, in order and apart, with the replacement that ``to`` makes of it.

        In data that is not UTF-8 each byte counts as one character. Groups that did not take part are empty.
        Raises ``IndexError`` when ``to`` names a group that there is not: see :func:`check_replacement`.
        """
        pieces: list[bytes | int] | None = None
        spans = []
        for match in _matches(self._for(data), data):
            start, end = match.span()
            if start == end:
                continue
            pieces = pieces if pieces is not None else _pieces(to)
            after = b"".join(piece if isinstance(piece, bytes) else match.group(piece) or b"" for piece in pieces)
            spans.append(Span(start, end, data[start:end], after))
        return spans

    def matches(self, data: bytes) -> bool:
        """Whether the pattern occurs in the data at all."""
        return any(regex.search(data) is not None for regex in self._for(data))

    @property
    def size(self) -> int:
        """The instructions that it was compiled to: what compiling it took."""
        return sum(regex.programsize for regex in (*self._text, *(self._bytes or ())))

    @property
    def is_line_by_line(self) -> bool:
        """Whether it must be searched in each line by itself, which is some ten times slower: ``\\A``, ``(?s)``."""
        return bool(_MODES.search(self.pattern))

    def lines(self, data: bytes, most: int) -> list[int]:
        """The lines, from 1, in which it matches, ``most`` at most; ``^`` and ``$`` are a line's ends.

        A line ends with ``\\n`` or ``\\r\\n``, and no match crosses its end.
        """
        text = data.replace(b"\r\n", b"\n")
        return self._lines_apart(text, most) if self.is_line_by_line else self._lines_together(text, most)

    def _lines_together(self, text: bytes, most: int) -> list[int]:
        """The same in one pass: from each match on to the next line."""
        found: set[int] = set()
        size = len(text) - text.endswith(b"\n")  # nothing follows the last line end
        for regex in _by_line(self.pattern, utf8=self._bytes is None or _is_utf8(text)):
            here = line = at = seen = 0
            while here < most and at <= size and (match := regex.search(text, at)) is not None:
                start = match.start()
                if start > size or not text:
                    break
                line, seen = line + text.count(b"\n", seen, start), start
                found.add(line + 1)
                here += 1
                end = text.find(b"\n", start)
                at = end + 1 if end >= 0 else size + 1
        return sorted(found)[:most]

    def _lines_apart(self, text: bytes, most: int) -> list[int]:
        found = []
        lines = text.split(b"\n")
        regexes = self._for(text)
        for number, line in enumerate(lines if lines[-1] else lines[:-1], 1):
            if any(regex.search(line) is not None for regex in regexes):
                found.append(number)
                if len(found) >= most:
                    break
        return found

    def _for(self, data: bytes) -> tuple[Any, ...]:
        return self._text if self._bytes is None or _is_utf8(data) else self._bytes


def _matches(regexes: tuple[Any, ...], data: bytes) -> Iterator[Any]:
    """The matches that do not overlap, leftmost first; of two that start together, the earlier pattern's."""
    if len(regexes) == 1:
        yield from regexes[0].finditer(data)
        return
    at = 0
    found = [regex.search(data) for regex in regexes]
    while any(match is not None for match in found):
        first = min((match for match in found if match is not None), key=lambda match: match.start())
        yield first
        at = max(first.end(), first.start() + 1)
        found = [
            regex.search(data, at) if match is not None and match.start() < at else match
            for regex, match in zip(regexes, found, strict=True)
        ]


def compile_regex(pattern: str, place: Place | None = None) -> Regex:
    """Compile an RE2 pattern. Raises ``Refusal('bad-regex')`` with ``pattern`` and RE2's ``reason``."""
    try:
        return _compile(pattern)
    except (re2.error, UnicodeEncodeError, ValueError) as error:
        reason = error.args[0] if error.args else "it cannot be compiled"
        if isinstance(error, UnicodeEncodeError):
            reason = "it is not valid Unicode"
        text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        shown = pattern.encode("utf-8", "backslashreplace").decode("utf-8")
        raise Refusal("bad-regex", place or Place(), {"pattern": shown, "reason": text}) from None


@lru_cache(maxsize=512)
def _compile(pattern: str) -> Regex:
    if _ONE_BYTE.match(pattern):
        raise ValueError(r"\C is not taken: it may split a character")
    raw = [variant.encode("utf-8") for variant in variants(pattern)]
    text = tuple(re2.compile(variant, _options(re2.Options.Encoding.UTF8)) for variant in raw)
    single = None
    if pattern.isascii():
        single = tuple(re2.compile(variant, _options(re2.Options.Encoding.LATIN1)) for variant in raw)
    return Regex(pattern, text[0].groups, text, single)


@lru_cache(maxsize=512)
def _by_line(pattern: str, *, utf8: bool) -> tuple[Any, ...]:
    encoding = re2.Options.Encoding.UTF8 if utf8 else re2.Options.Encoding.LATIN1
    options = _options(encoding)
    options.never_nl = True
    return tuple(re2.compile(b"(?m)" + each.encode("utf-8"), options) for each in variants(pattern))


def _options(encoding: Any) -> Any:
    options = re2.Options()
    options.encoding = encoding
    options.log_errors = False
    options.max_mem = MOST_MEMORY
    return options


def check_replacement(regex: Regex, to: str, place: Place | None = None) -> None:
    r"""Refuse a replacement that cannot be made: only ``\0`` to ``\9`` and ``\\`` are taken, and the group must exist.

    Raises ``Refusal('bad-replacement')`` with ``replacement``, ``reference`` and ``groups``.
    """
    for found in _REFERENCE.finditer(to):
        known = found[1] == "\\" or (found[1].isascii() and found[1].isdigit() and int(found[1]) <= regex.groups)
        if not known:
            shown = to.encode("utf-8", "backslashreplace").decode("utf-8")
            values = {"replacement": shown, "reference": found[0], "groups": regex.groups}
            raise Refusal("bad-replacement", place or Place(), values)


def _pieces(to: str) -> list[bytes | int]:
    """A replacement as bytes and group numbers in turn."""
    found: list[bytes | int] = []
    at = 0
    for match in _REFERENCE.finditer(to):
        found.append(to[at : match.start()].encode("utf-8", "surrogateescape"))
        found.append(b"\\" if match[1] == "\\" else int(match[1]))
        at = match.end()
    found.append(to[at:].encode("utf-8", "surrogateescape"))
    return found


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return True
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
