"""The part of YAML that issue forms are written in: blocks of mappings and lists, plain, quoted and block scalars.

Every scalar is read as text (``true`` is ``"true"``, nothing is ``""``). Whatever is not understood is refused.
"""

from __future__ import annotations

import json
import re
from typing import Any

_KEY = re.compile(r"""(?P<key>[A-Za-z0-9_-]+|"[^"\\]*"|'[^']*'):(?:[ ]+(?P<rest>.*)|$)""")
_BLOCK = re.compile(r"[|>](?P<chomp>[+-]?)$")
DEEPEST = 20


class _Reader:
    def __init__(self, text: str) -> None:
        self.lines = text.replace("\r\n", "\n").split("\n")
        self.at = 0

    def peek(self) -> tuple[int, str] | None:
        """The next line that says something, and its indentation."""
        while self.at < len(self.lines):
            line = self.lines[self.at]
            words = line.strip(" ")
            if words and not words.startswith("#") and not (words == "---" and self.at == 0):
                if "\t" in line[: len(line) - len(line.lstrip())]:
                    raise ValueError("a tab in the indentation")
                return len(line) - len(line.lstrip(" ")), words
            self.at += 1
        return None

    def value(self, least: int, depth: int = 0) -> Any:
        """The block that begins at the next line, if that is indented enough."""
        following = self.peek()
        if following is None or following[0] < least:
            return ""
        if depth > DEEPEST:
            raise ValueError("too deep")
        indent, words = following
        if words == "-" or words.startswith("- "):
            return self.sequence(indent, depth)
        if _KEY.match(words):
            return self.mapping(indent, depth)
        raise ValueError(f"line {self.at + 1} is not understood")

    def sequence(self, indent: int, depth: int) -> list[Any]:
        made = []
        while (line := self.peek()) and line[0] == indent and (line[1] == "-" or line[1].startswith("- ")):
            rest = line[1][1:].lstrip(" ")
            if not rest:
                self.at += 1
                made.append(self.value(indent + 1, depth + 1))
            elif _KEY.match(rest):
                inner = indent + len(line[1]) - len(rest)
                self.lines[self.at] = " " * inner + rest
                made.append(self.mapping(inner, depth + 1))
            else:
                self.at += 1
                made.append(self.scalar(rest, indent))
        if line and line[0] > indent:
            raise ValueError(f"line {self.at + 1} is indented too far")
        return made

    def mapping(self, indent: int, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        while (line := self.peek()) and line[0] == indent and (found := _KEY.match(line[1])):
            key, rest = found["key"].strip("\"'"), found["rest"] or ""
            if key in made:
                raise ValueError(f"{key} stands twice")
            self.at += 1
            if rest and not rest.startswith("#"):
                made[key] = self.scalar(rest, indent)
            else:
                following = self.peek()
                listed = following is not None and following[0] == indent and following[1].startswith("-")
                made[key] = self.value(indent if listed else indent + 1, depth + 1)
        if line and (line[0] > indent or (line[0] == indent and not line[1].startswith("-"))):
            raise ValueError(f"line {self.at + 1} is not understood")
        return made

    def scalar(self, text: str, indent: int) -> Any:
        if found := _BLOCK.match(text):
            return self.block(text[0] == "|", found["chomp"], indent)
        if text[0] in "&*!|>%@`{?":
            raise ValueError(f"line {self.at} is not understood")
        if text[0] == "[":
            return self.flow(text)
        if text[0] in "\"'":
            return self.quoted(text)
        return text.split(" #", maxsplit=1)[0].strip()

    def quoted(self, text: str) -> str:
        pattern = r'("(?:[^"\\]|\\.)*")' if text[0] == '"' else r"'((?:[^']|'')*)'"
        found = re.fullmatch(pattern + r"(?:\s+#.*|\s*)", text)
        if found is None:
            raise ValueError(f"line {self.at}: a quote is not closed")
        return str(json.loads(found[1])) if text[0] == '"' else found[1].replace("''", "'")

    def flow(self, text: str) -> list[str]:
        text = text.split(" #", maxsplit=1)[0].strip()
        parts = re.findall(r"""\s*("[^"\\]*"|'[^']*'|[^,\[\]{}"']+?)\s*(?:,|$)""", text[1:-1])
        if not text.endswith("]") or "[" in text[1:] or "{" in text:
            raise ValueError(f"line {self.at}: a list is not closed")
        return [part.strip().strip("\"'") for part in parts]

    def block(self, literal: bool, chomp: str, indent: int) -> str:
        lines: list[str] = []
        inner = 0
        while self.at < len(self.lines):
            line = self.lines[self.at]
            here = len(line) - len(line.lstrip(" "))
            if line.strip() and here <= indent:
                break
            if line.strip() and not inner:
                inner = here
            lines.append(line[inner:] if inner else "")
            self.at += 1
        text = "\n".join(lines)
        if not literal:
            text = re.sub(r"(?<=[^\n])\n(?=[^\n ])", " ", text)
        return text.rstrip("\n") + ("" if chomp == "-" else "\n")


def read(text: str) -> Any:
    """Reads a document. Raises ``ValueError`` for what is not understood."""
    reader = _Reader(text.removeprefix("\ufeff"))
    value = reader.value(0)
    if reader.peek() is not None:
        raise ValueError(f"line {reader.at + 1} is not understood")
    return value
