"""Reads strict YAML: one document, without aliases, anchors, tags, directives and merge keys."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)
from ruamel.yaml.reader import ReaderError

from bot.source.nodes import Node, Path, shown
from bot.source.scalars import is_canonical, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.errors import Refusal
    from bot.source.nodes import Source

_SURROGATE = re.compile(r"[\ud800-\udfff]")
_MERGE: Final = "<<"


def read_yaml(source: Source, max_depth: int) -> Node:
    """Parse a document; an empty one is a null scalar.

    Raises ``Refusal``: ``bad-yaml``, ``duplicate-key``, ``alias``, ``anchor``, ``tag``, ``merge-key``,
    ``several-documents``, ``too-deep``.
    """
    return _Reader(source, max_depth).document()


class _Reader:
    def __init__(self, source: Source, max_depth: int) -> None:
        self.source = source
        self.max_depth = max_depth
        self.events = self._events()

    def _events(self) -> Iterator[Any]:
        try:
            yield from YAML(typ="safe", pure=True).parse(self.source.text)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            problem = error.problem or error.context or "it cannot be read"
            raise self._bad(mark.index if mark is not None else 0, problem) from None
        except ReaderError as error:
            character = self.source.text[error.position : error.position + 1]
            raise self._bad(error.position, f"the character {character!r} may not stand there") from None
        except (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError):
            # The parser trips over some malformed texts instead of saying so: the fault is the text's all the same.
            raise self._bad(0, "it cannot be read") from None

    def _bad(self, offset: int, problem: object, path: Path = ()) -> Refusal:
        return self.source.refusal("bad-yaml", offset, path, problem=shown(" ".join(str(problem).split()), 200))

    def document(self) -> Node:
        root: Node | None = None
        for event in self.events:
            if isinstance(event, DocumentStartEvent):
                at = event.start_mark.index
                if root is not None:
                    raise self.source.refusal("several-documents", at)
                if event.version or event.tags:
                    raise self._bad(at, "directives are not taken")
                root = self._node(next(self.events), ())
            elif not isinstance(event, (DocumentEndEvent, StreamStartEvent, StreamEndEvent)):
                raise self._bad(event.start_mark.index, "nothing may stand there")
        return root if root is not None else Node(0, "scalar", None, "null", "", canonical=False)

    def _node(self, event: Any, path: Path) -> Node:
        at = event.start_mark.index
        if isinstance(event, AliasEvent):
            raise self.source.refusal("alias", at, path, alias=shown(event.anchor))
        if event.anchor is not None:
            raise self.source.refusal("anchor", at, path, anchor=shown(event.anchor))
        tag = event.tag
        if tag is not None:
            raise self.source.refusal("tag", at, path, tag=shown(tag))
        if isinstance(event, ScalarEvent):
            return self._scalar(event, path)
        if len(path) >= self.max_depth:
            raise self.source.refusal("too-deep", at, path, most=self.max_depth)
        return self._mapping(at, path) if isinstance(event, MappingStartEvent) else self._list(at, path)

    def _scalar(self, event: Any, path: Path) -> Node:
        text, at = event.value, event.start_mark.index
        if _SURROGATE.search(text):
            raise self._bad(at, "an escape stands for half a character", path)
        if event.style:
            return Node(at, "scalar", text)
        kind, value = resolve(text)
        return Node(at, "scalar", value, kind, text, kind == "text" or is_canonical(text))

    def _list(self, at: int, path: Path) -> Node:
        node = Node(at, "list")
        while not isinstance(event := next(self.events), SequenceEndEvent):
            node.items.append(self._node(event, (*path, len(node.items))))
        return node

    def _mapping(self, at: int, path: Path) -> Node:
        node = Node(at, "mapping")
        while not isinstance(event := next(self.events), MappingEndEvent):
            key, start = self._key(event, path), event.start_mark.index
            if key in node.members:
                first = self.source.place(node.members[key][0]).line
                raise self.source.refusal("duplicate-key", start, (*path, key), key=shown(key), first=first)
            value = self._node(next(self.events), (*path, key))
            if value.plain == "":
                value.start = start  # nothing is there: a person looks at the key
            node.members[key] = (start, value)
        return node

    def _key(self, event: Any, path: Path) -> str:
        """A key's text, as written: ``on`` is no boolean here."""
        at = event.start_mark.index
        if isinstance(event, (MappingStartEvent, SequenceStartEvent)):
            raise self._bad(at, "a key must be text", path)
        node = self._node(event, path)
        if node.plain == _MERGE:
            raise self.source.refusal("merge-key", at, path)
        return node.plain if node.plain is not None else str(node.value)
