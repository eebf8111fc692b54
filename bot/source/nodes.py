"""A parsed document with positions: what the readers of YAML and JSON make, and what refusals name places in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from bot.errors import Place, Refusal
from bot.source.lines import LineIndex
from bot.source.scalars import Kind

Path: TypeAlias = tuple[str | int, ...]
"""Keys and indexes from the top of a document."""


@dataclass(slots=True)
class Node:
    """A value and where it stands. ``start`` is an offset in characters."""

    start: int
    shape: Literal["mapping", "list", "scalar"]
    value: object = None
    """A scalar's Python value."""
    kind: Kind = "text"
    """What kind of scalar the value is."""
    plain: str | None = None
    """A plain YAML scalar's text: written without quotes, so that its kind is a guess."""
    canonical: bool = True
    """The scalar is written as everybody reads it; ``yes`` and ``0x10`` are not."""
    items: list[Node] = field(default_factory=list)
    members: dict[str, tuple[int, Node]] = field(default_factory=dict)
    """Of a mapping: for each key where the key starts, and its value."""

    def python(self) -> object:
        """The value as plain Python, made anew."""
        if self.shape == "mapping":
            return {key: node.python() for key, (_, node) in self.members.items()}
        if self.shape == "list":
            return [node.python() for node in self.items]
        return self.value

    def child(self, part: str | int) -> Node | None:
        """The value under a key or index; ``None`` when there is none."""
        if isinstance(part, str) and part in self.members:
            return self.members[part][1]
        if isinstance(part, int) and not isinstance(part, bool) and 0 <= part < len(self.items):
            return self.items[part]
        return None

    def at(self, path: Path) -> Node | None:
        """The value at a path; ``None`` when there is none."""
        node: Node | None = self
        for part in path:
            node = node.child(part) if node is not None else None
        return node


@dataclass(slots=True)
class Source:
    """A document's text while it is read: makes places and refusals from offsets."""

    name: str
    text: str
    _index: LineIndex | None = None

    def place(self, offset: int, path: Path | None = None) -> Place:
        """Line and column (in characters) of an offset, with the key path."""
        if self._index is None:
            self._index = LineIndex(self.text)
        line, column = self._index.place(min(offset, len(self.text)))
        return Place(self.name, line, column, key_path(path) if path else None)

    def refusal(self, code: str, offset: int, path: Path | None = None, **values: object) -> Refusal:
        """A refusal of what stands at an offset."""
        return Refusal(code, self.place(offset, path), values)


def key_path(path: Path) -> str:
    """``("folders", 2, "source")`` as ``folders[2].source``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def shown(value: object, most: int = 80) -> str:
    """A value as one line of text for a refusal, cut to ``most`` characters, free of lone surrogates."""
    text = value if isinstance(value, str) else repr(value)
    text = text if len(text) <= most else text[: most - 1] + "…"
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
