"""Reads strict JSON (RFC 8259) with positions: no duplicate keys, no comments, no ``NaN``, no half characters."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Final

from bot.source.nodes import Node, Path, shown

if TYPE_CHECKING:
    from bot.errors import Refusal
    from bot.source.nodes import Source

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_CHUNK = re.compile(r'[^"\\\x00-\x1f]*')
_HEX = re.compile(r"[0-9a-fA-F]{4}")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_ESCAPES: Final = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORDS: Final = {"true": True, "false": False, "null": None}
_MOST_DIGITS: Final = 400


def read_json(source: Source, max_depth: int) -> Node:
    """Parse a document. Raises ``Refusal``: ``bad-json``, ``duplicate-key``, ``too-deep``."""
    return _Reader(source, max_depth).document()


class _Reader:
    def __init__(self, source: Source, max_depth: int) -> None:
        self.source = source
        self.text = source.text
        self.max_depth = max_depth
        self.at = 0

    def document(self) -> Node:
        self._skip()
        root = self._value(())
        self._skip()
        if self.at < len(self.text):
            raise self._bad("nothing may follow the document")
        return root

    def _bad(self, problem: str, at: int | None = None, path: Path = ()) -> Refusal:
        return self.source.refusal("bad-json", self.at if at is None else at, path, problem=problem)

    def _skip(self) -> str:
        """Pass white space; the character that follows, ``''`` at the end."""
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.text[self.at : self.at + 1]

    def _value(self, path: Path) -> Node:
        start, char = self.at, self.text[self.at : self.at + 1]
        if char in {"{", "["}:
            if len(path) >= self.max_depth:
                raise self.source.refusal("too-deep", start, path, most=self.max_depth)
            self.at += 1
            return self._object(start, path) if char == "{" else self._array(start, path)
        if char == '"':
            return Node(start, "scalar", self._string(path))
        if found := _NUMBER.match(self.text, start):
            return self._number(found, path)
        for word, value in _WORDS.items():
            if self.text.startswith(word, start):
                self.at += len(word)
                return Node(start, "scalar", value, "null" if value is None else "boolean")
        raise self._bad("a value is missing" if char in {"", ",", "]", "}", ":"} else "this is no value", path=path)

    def _number(self, found: re.Match[str], path: Path) -> Node:
        text = found[0]
        if len(text) > _MOST_DIGITS:
            raise self._bad("the number is too long", path=path)
        whole = text.lstrip("-").isdigit()
        value = int(text) if whole else float(text)
        if not whole and not math.isfinite(value):
            raise self._bad("the number is too large", path=path)
        self.at = found.end()
        return Node(found.start(), "scalar", value, "number")

    def _array(self, start: int, path: Path) -> Node:
        node = Node(start, "list")
        if self._skip() == "]":
            self.at += 1
            return node
        while True:
            self._skip()
            node.items.append(self._value((*path, len(node.items))))
            if not self._more("]", path):
                return node

    def _object(self, start: int, path: Path) -> Node:
        node = Node(start, "mapping")
        if self._skip() == "}":
            self.at += 1
            return node
        while True:
            if self._skip() != '"':
                raise self._bad("a key in double quotes is missing", path=path)
            at = self.at
            key = self._string(path)
            if key in node.members:
                first = self.source.place(node.members[key][0]).line
                raise self.source.refusal("duplicate-key", at, (*path, key), key=shown(key), first=first)
            if self._skip() != ":":
                raise self._bad("a colon is missing", path=(*path, key))
            self.at += 1
            self._skip()
            node.members[key] = (at, self._value((*path, key)))
            if not self._more("}", path):
                return node

    def _more(self, end: str, path: Path) -> bool:
        """Pass a comma (more follows) or the closing bracket (nothing does)."""
        char = self._skip()
        if char not in {",", end}:
            raise self._bad(f"a comma or {end} is missing", path=path)
        self.at += 1
        return char == ","

    def _string(self, path: Path) -> str:
        start = self.at
        self.at += 1
        parts: list[str] = []
        while True:
            found = _CHUNK.match(self.text, self.at)
            assert found is not None  # noqa: S101 - it matches the empty text
            parts.append(found[0])
            self.at = found.end()
            char = self.text[self.at : self.at + 1]
            if char == '"':
                self.at += 1
                break
            if char != "\\":
                raise self._bad("a text is not ended" if not char else "a control character must be escaped", path=path)
            parts.append(self._escape(path))
        text = "".join(parts)
        if _SURROGATE.search(text):
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")
            if _SURROGATE.search(text):
                raise self._bad("an escape stands for half a character", start, path)
        return text

    def _escape(self, path: Path) -> str:
        char = self.text[self.at + 1 : self.at + 2]
        if char in _ESCAPES:
            self.at += 2
            return _ESCAPES[char]
        found = _HEX.match(self.text, self.at + 2) if char == "u" else None
        if found is None:
            raise self._bad("this is no escape", path=path)
        self.at += 6
        return chr(int(found[0], 16))
