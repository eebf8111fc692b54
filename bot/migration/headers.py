"""Import specifiers of a file by the fastest way that is sure to be right.

Parsing takes a hundred times longer than searching (FACTS.md), and nearly all imports stand at the top of a file, in
plain statements. So the top is read by regular expressions that take only what can be nothing else, from the very
first byte on; where they stop, the rest of the file is searched for what would matter; only when that is found, or
the top is left in the middle of something, the whole file is parsed.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from bot.source.grammars import Specifier, specifiers

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.source.grammars import Language

BOM = b"\xef\xbb\xbf"
LINE_COMMENT = rb"//(?:[^\n\r\xe2]|\xe2(?!\x80[\xa8\xa9]))*"
SCRIPT_SPACE = re.compile(rb"(?:[ \t\r\n]+|" + LINE_COMMENT + rb"|/\*.*?\*/)*", re.DOTALL)
DIRECTIVE = re.compile(rb"(['\"])use [a-z]+\1[ \t]*;?(?=[ \t]*[\r\n])")
SCRIPT_IMPORT = re.compile(
    rb"""(?:import(?=[\s{*'"])\s*+(?:[\w$\s,*{}]+?(?<=[\s}])from\s*)?"""
    rb"""|export\s+(?:type\s+)?(?:\*\s*(?:as\s+[\w$]+\s+)?|\{[\w$\s,]*\}\s*)from\s*"""
    rb"""|export\s*(?:\*|\{[\w$\s,]*\})\s*from\s*)"""
    rb"""(['"])([\x20\x21\x23-\x26\x28-\x5b\x5d-\x7e]*)\1(?=[ \t]*(?:;|[\r\n]|\Z))[ \t]*;?"""
)
PYTHON_SPACE = re.compile(rb"(?:[ \t\f]*(?:#[^\r\n]*)?\r?\n)*")
DOCSTRING = re.compile(
    rb'[rRuU]?(?:"""(?:[^\\"]|\\.|"(?!""))*"""|\'\'\'(?:[^\\\']|\\.|\'(?!\'\'))*\'\'\')[ \t]*\r?\n', re.DOTALL
)
NAME = rb"[A-Za-z_][A-Za-z0-9_]*"
DOTTED = NAME + rb"(?:\." + NAME + rb")*"
AS = rb"(?:[ \t]+as[ \t]+" + NAME + rb")?"
END = rb"[ \t]*(?:#[^\r\n]*)?(?:\r?\n|\Z)"
PLAIN = re.compile(rb"import[ \t]+(" + DOTTED + AS + rb"(?:[ \t]*,[ \t]*" + DOTTED + AS + rb")*)" + END)
GAP = rb"(?:[ \t]|#[^\r\n]*+|\r?\n)*+"  # possessive: a row of # has one reading, not two to the power of its length
ITEM = NAME + AS
ITEMS = ITEM + rb"(?:[ \t]*,[ \t]*" + ITEM + rb")*"
GROUP = GAP + ITEM + rb"(?:" + GAP + rb"," + GAP + ITEM + rb")*(?:" + GAP + rb",)?" + GAP
MODULE = rb"\.*" + DOTTED + rb"|\.+"
FROM = re.compile(
    rb"from[ \t]+(" + MODULE + rb")[ \t]+import[ \t]+(?:(\*|" + ITEMS + rb")|\((" + GROUP + rb")\))" + END
)
PYTHON_MORE = re.compile(rb"\b(?:from|import|import_module|__import__)\b")
GO_TOP = re.compile(rb"package[ \t]+[A-Za-z_]\w*[ \t]*;?(?=[ \t]*(?:[\r\n]|//|\Z))")
GO_SPEC = rb"(?:[A-Za-z_.]\w*[ \t]+)?\"([\x21\x23-\x5b\x5d-\x7e]+)\"[ \t]*;?(?=[ \t]*(?:[\r\n]|//|\Z))"
GO_ONE = re.compile(rb"import[ \t]+" + GO_SPEC)
GO_OPEN = re.compile(rb"import[ \t]*\(")
GO_ITEM = re.compile(GO_SPEC)
GO_MORE = re.compile(rb"^[ \t]*import\b", re.MULTILINE)


class Interest(NamedTuple):
    """What makes a specifier matter, beside being relative."""

    starts: tuple[bytes, ...] = ()
    """It begins with one of these (Python: holds their last part)."""
    names: tuple[bytes, ...] = ()
    """It holds one of these as a part of its path."""


@lru_cache(maxsize=1024)
def pattern(language: Language, interest: Interest) -> re.Pattern[bytes]:
    """Finds, in any text of a language, what may be such a specifier; nothing that is one is missed."""
    if language == "python":
        last = [start.rpartition(b".")[2] or start.rpartition(b".")[0].rpartition(b".")[2] for start in interest.starts]
        return re.compile(
            rb"(?<![A-Za-z0-9_])" + _any((*last, *interest.names)) + rb"(?![A-Za-z0-9_])|\bfrom\s*\\?\s*\."
        )
    relative = rb"" if language == "go" else rb"|\.{1,2}[\"'`/]"
    quoted = rb"(?<=[\"'`])(?:" + _any(interest.starts) + relative + rb")"
    # One set of characters to begin with: the regular expression engine skips to those at once.
    return re.compile(rb"[\"'`/~@#](?:" + quoted + rb"|" + _any(interest.names) + rb"[/\"'`.?#])")


def alternation(literals: tuple[bytes, ...]) -> re.Pattern[bytes]:
    """Finds any of several texts, the longest at each place."""
    return re.compile(_any(literals))


def _any(literals: tuple[bytes, ...]) -> bytes:
    longest_first = sorted(set(literals), key=lambda text: (-len(text), text))
    return rb"(?:" + b"|".join(map(re.escape, longest_first)) + rb")" if longest_first else rb"(?!)"


def find_specifiers(language: Language, data: bytes, interest: Interest | None = None) -> tuple[Specifier, ...]:
    """The specifiers that :func:`bot.source.grammars.specifiers` finds; of these, at least all that may matter."""
    if interest is None:
        return specifiers(language, data)
    matters = pattern(language, interest)
    if matters.search(data) is None:
        return ()
    if language == "go":
        found, at = _go(data)
        more = at < 0 or GO_MORE.search(data, at) is not None
    elif language == "python":
        found, at = _python(data)
        more = PYTHON_MORE.search(data, at) is not None and matters.search(data, at) is not None
    else:
        found, at = _script(data)
        more = matters.search(data, at) is not None
    return specifiers(language, data) if more else tuple(found)


class _Lines:
    """Lines of rising offsets."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at, self.count = data, 0, 1

    def __call__(self, offset: int) -> int:
        self.count += self.data.count(b"\n", self.at, offset)
        self.at = offset
        return self.count


def _script(data: bytes) -> tuple[list[Specifier], int]:
    found: list[Specifier] = []
    line = _Lines(data)
    at = len(BOM) if data.startswith(BOM) else 0
    if data.startswith(b"#!", at):
        return found, 0
    while True:
        match = SCRIPT_SPACE.match(data, at)
        at = match.end() if match else at
        statement = SCRIPT_IMPORT.match(data, at)
        if statement is not None:
            start, end = statement.span(2)
            kind = "export" if data[at : at + 1] == b"e" else "import"
            found.append(Specifier(start, end, statement[2].decode("ascii"), kind, line(start)))  # type: ignore[arg-type]
        else:
            statement = DIRECTIVE.match(data, at)
        if statement is None:
            return found, at
        at = statement.end()


def _python(data: bytes) -> tuple[list[Specifier], int]:
    found: list[Specifier] = []
    line = _Lines(data)
    at = len(BOM) if data.startswith(BOM) else 0
    while True:
        match = PYTHON_SPACE.match(data, at)
        at = match.end() if match else at
        statement = PLAIN.match(data, at)
        if statement is not None:
            for name in re.finditer(rb"(" + DOTTED + rb")" + AS, statement[1]):
                start = statement.start(1) + name.start(1)
                text = name[1].decode("ascii")
                found.append(Specifier(start, start + len(text), text, "import", line(start)))
            at = statement.end()
            continue
        statement = FROM.match(data, at)
        if statement is not None:
            start, end = statement.span(1)
            names = tuple(_names(statement[2] or statement[3]))
            if statement[1] != b"__future__":  # an order to the compiler, no module
                found.append(Specifier(start, end, statement[1].decode("ascii"), "import", line(start), names))
            at = statement.end()
            continue
        statement = DOCSTRING.match(data, at)
        if statement is None:
            return found, at
        at = statement.end()


def _names(items: bytes) -> Iterator[str]:
    for item in re.sub(rb"#[^\r\n]*", b"", items).split(b","):
        words = item.split()
        if words and words[0] != b"*":
            yield words[0].decode("ascii")


def _go(data: bytes) -> tuple[list[Specifier], int]:
    """Go's imports stand before everything else. An offset of -1 says that the reading stopped inside a group."""
    found: list[Specifier] = []
    line = _Lines(data)
    at = _skip(data, len(BOM) if data.startswith(BOM) else 0)
    top = GO_TOP.match(data, at)
    if top is None:
        return found, -1
    at = _skip(data, top.end())
    while True:
        one = GO_ONE.match(data, at)
        if one is not None:
            found.append(_go_spec(one, line))
            at = _skip(data, one.end())
            continue
        group = GO_OPEN.match(data, at)
        if group is None:
            return found, at
        at = _skip(data, group.end())
        while (item := GO_ITEM.match(data, at)) is not None:
            found.append(_go_spec(item, line))
            at = _skip(data, item.end())
        if data[at : at + 1] != b")":
            return found, -1
        at = _skip(data, at + 1)


def _go_spec(match: re.Match[bytes], line: _Lines) -> Specifier:
    start, end = match.span(1)
    return Specifier(start, end, match[1].decode("ascii"), "import", line(start))


def _skip(data: bytes, at: int) -> int:
    match = SCRIPT_SPACE.match(data, at)
    return match.end() if match else at
