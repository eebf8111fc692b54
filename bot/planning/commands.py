"""Slash commands in comments: which lines are commands, what they were given, and how each is known again.

A command stands in column one, outside code, quotes and whatever is not shown, and is plain ASCII: ``/word`` and then
white space or the line's end. So a path (``/usr/bin``) is none, nor is a word with a hidden character in it.
"""

from __future__ import annotations

import hashlib
import json
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from bot.source.markdown import Fence, Html, Text, scan
from bot.source.markdown_text import Piece, pieces

PAYLOADS: Final = frozenset({"apply", "dry-run"})
"""Commands that take fenced blocks."""
LONGEST_WORD: Final = 40
LIKENESS: Final = 0.8
_COMMAND: Final = re.compile(r"/([A-Za-z][A-Za-z-]*)(?=[ \t]|\Z)")
_HEAD: Final = re.compile(r"@([0-9A-Fa-f]{7,40})\Z")
_ENDS: Final = re.compile(r"\r\n?")
_BETWEEN: Final = re.compile(r"[ \t]+")
_SHOWN_AS_CODE: Final = frozenset({"blockquote", "code", "kbd", "pre", "samp", "tt"})
"""HTML elements that quote what is in them, over several paragraphs too."""


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block. ``line`` is the number of the first line of ``text`` in the comment, from 1."""

    info: str
    text: str
    line: int
    closed: bool
    """Whether its fence was closed; else it ran to the end."""


@dataclass(frozen=True, slots=True)
class Command:
    """One command as it was written. ``name`` is in lower case, ``head`` too; ``arguments`` are without the head."""

    name: str
    arguments: tuple[str, ...]
    head: str | None
    """The 7 to 40 hexadecimal digits of the first ``@oid``."""
    line: int
    blocks: tuple[Block, ...]
    """What it was given to work on. Where the comment's first block stands above the first command that takes blocks,
    each takes those between the one before and itself, and the last one those below it, too; else those after it."""
    key: str
    """The same as long as name, arguments, head and blocks are; a repetition of all these has another."""


@dataclass(frozen=True, slots=True)
class Commands:
    """What a comment asks for, in order, and all its fenced blocks."""

    commands: tuple[Command, ...] = ()
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """A line that begins with a word of ours: the word in lower case, and the words that are shown after it."""

    name: str
    words: tuple[str, ...]
    line: int


def parse(body: str, payloads: Collection[str] = PAYLOADS) -> Commands:
    """Reads a comment; words that are no command of ours are read too. Never raises. ``payloads`` take blocks."""
    reader = _Reader()
    for part in scan(body):
        if isinstance(part, Text):
            reader.text(part)
        elif isinstance(part, Html):
            reader.html(part)
        elif not part.quoted:
            reader.fence(part)
    return Commands(tuple(_commands(reader.written, reader.blocks, payloads)), tuple(reader.blocks))


def written(body: str, word: re.Pattern[str]) -> list[Written]:
    """The lines of a text that begin with a word (its first group is the name) where a command could stand."""
    reader = _Reader(word)
    for part in scan(body):
        if isinstance(part, Text):
            reader.text(part)
        elif isinstance(part, Html):
            reader.html(part)
    return reader.written


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known command that a word was probably meant to be; ``None`` where none is much like it."""
    if len(name) > LONGEST_WORD:
        return None
    return next(iter(get_close_matches(name.lower(), sorted(known), 1, LIKENESS)), None)


class _Reader:
    """Goes through the parts of a comment and keeps in mind which HTML is open."""

    def __init__(self, word: re.Pattern[str] = _COMMAND) -> None:
        self._word = word
        self.written: list[Written] = []
        self.blocks: list[Block] = []
        self._open: Counter[str] = Counter()
        self._hidden = False

    @property
    def _quoted(self) -> bool:
        return self._hidden or self._open.total() > 0

    def fence(self, part: Fence) -> None:
        if not self._quoted:
            self.blocks.append(Block(part.info, part.text, part.line, part.closed))

    def html(self, part: Html) -> None:
        text = part.text
        if self._hidden:  # an HTML comment that an earlier block left open
            _, end, text = text.partition("-->")
            if not end:
                return
            self._hidden = False
        for piece in pieces(text, html=True):
            self._pass(piece)

    def text(self, part: Text) -> None:
        text = "\n".join(line.text for line in part.lines)
        if "<" not in text and not any(line.margin and self._word.match(line.text) for line in part.lines):
            return
        marks, at, start = pieces(text), 0, 0
        for line in part.lines:
            while at < len(marks) and marks[at].start < start:
                self._pass(marks[at])
                at += 1
            covered = at > 0 and marks[at - 1].end > start
            if line.margin and not covered and not self._quoted and (word := self._word.match(line.text)):
                words = _shown(text, (start + word.end(), start + len(line.text)), marks, at)
                self.written.append(Written(word[1].lower(), words, line.number))
            start += len(line.text) + 1
        for piece in marks[at:]:
            self._pass(piece)

    def _pass(self, piece: Piece) -> None:
        if piece.kind == "unended":
            self._hidden = True
        elif piece.name in _SHOWN_AS_CODE:
            self._open[piece.name] = max(0, self._open[piece.name] + (1 if piece.kind == "open" else -1))


def _shown(text: str, ends: tuple[int, int], marks: Sequence[Piece], at: int) -> tuple[str, ...]:
    """The words between two places of a text, without HTML comments. ``at`` is the first mark that may matter."""
    start, end = ends
    kept = []
    while at < len(marks) and marks[at].start < end:
        if marks[at].kind == "comment":
            kept.append(text[start : marks[at].start])
            start = min(marks[at].end, end)
        at += 1
    kept.append(text[start:end])
    return tuple(word for word in _BETWEEN.split(" ".join(kept)) if word)


def _commands(written: Sequence[Written], blocks: Sequence[Block], payloads: Collection[str]) -> Iterator[Command]:
    given = _given([one for one in written if one.name in payloads], blocks)
    seen: Counter[str] = Counter()
    for one in written:
        head = next((found[1].lower() for word in one.words if (found := _HEAD.match(word))), None)
        first = next((at for at, word in enumerate(one.words) if _HEAD.match(word)), len(one.words))
        arguments = one.words[:first] + one.words[first + 1 :]
        own = given.get(one.line, ())
        digest = _digest(one.name, arguments, head, own)
        seen[digest] += 1
        yield Command(one.name, arguments, head, one.line, own, f"{one.name}-{digest}-{seen[digest]}")


def _given(takers: Sequence[Written], blocks: Sequence[Block]) -> dict[int, tuple[Block, ...]]:
    """The blocks of each command that takes some, by its line: see ``Command.blocks``."""
    found: dict[int, list[Block]] = {one.line: [] for one in takers}
    lines = sorted(found)
    # Whoever writes the patch first and its command below does so throughout the comment.
    above = bool(lines) and any(block.line < lines[0] for block in blocks)
    for block in blocks if lines else ():
        at = bisect_left(lines, block.line)
        found[lines[min(at, len(lines) - 1) if above else at - 1]].append(block)
    return {line: tuple(own) for line, own in found.items()}


def _digest(name: str, arguments: Sequence[str], head: str | None, blocks: Sequence[Block]) -> str:
    # Line ends do not count: a form sends its own, so that an edit elsewhere in the comment would change them.
    texts = [[block.info, _ENDS.sub("\n", block.text), block.closed] for block in blocks]
    told = json.dumps([name, list(arguments), head, texts])
    return hashlib.sha256(told.encode()).hexdigest()[:32]
