"""Strict YAML and JSON: every value knows its line and column, and every fault is a refusal that names them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from functools import lru_cache
from typing import Any, Final, Literal, TypeVar

from pydantic import BaseModel, ValidationError

from bot.errors import Place, Refusal
from bot.source.json_reader import read_json
from bot.source.nodes import Node, Path, Source, key_path, shown
from bot.source.verdicts import ambiguous, to_json, verdicts
from bot.source.yaml_reader import read_yaml

Format = Literal["yaml", "json"]
Model = TypeVar("Model", bound=BaseModel)

MOST_BYTES: Final = 1 << 20
MOST_DEPTH: Final = 32
MOST_FAULTS: Final = 50
"""So many refusals are reported at once; more teach nothing."""
_BOM: Final = b"\xef\xbb\xbf"


class Document:
    """A document that was read. Made by :func:`load`."""

    def __init__(self, root: Node, source: Source) -> None:
        self._root = root
        self._source = source

    @property
    def value(self) -> Any:
        """Plain Python (``dict``, ``list``, ``str``, ``int``, ``float``, ``bool``, ``None``), made anew each time.

        Plain YAML scalars are resolved by YAML 1.1 (``yes`` is ``True``), dates stay text; keys are always text.
        """
        return self._root.python()

    def place(self, path: Path, *, key: bool = False) -> Place:
        """Where the value at a path starts, or with ``key`` its key.

        For a path that the document does not hold: the deepest part that it does, under the whole path's name.
        """
        offset = self._root.start
        node: Node | None = self._root
        for number, part in enumerate(path):
            last = number == len(path) - 1
            child = node.child(part) if node is not None else None
            if node is None or child is None:
                break
            named = key and last and isinstance(part, str)
            offset = node.members[str(part)][0] if named else child.start
            node = child
        return self._source.place(offset, path)


def load(
    data: bytes,
    format: Format,  # noqa: A002
    name: str,
    *,
    max_bytes: int = MOST_BYTES,
    max_depth: int = MOST_DEPTH,
) -> Document:
    """Read one document. ``name`` is the file's, for places.

    Raises ``Refusal``: ``too-large``, ``not-utf8``, ``bad-yaml``, ``bad-json``, ``duplicate-key``, ``alias``,
    ``anchor``, ``tag``, ``merge-key``, ``several-documents``, ``too-deep``.
    """
    return Document(*_nodes(bytes(data), format, name, max_bytes, max_depth))


@lru_cache(maxsize=2)  # a manifest is loaded for its places and read for its model, one after the other
def _nodes(data: bytes, format: Format, name: str, max_bytes: int, max_depth: int) -> tuple[Node, Source]:  # noqa: A002
    if len(data) > max_bytes:
        raise Refusal("too-large", Place(name), {"size": len(data), "most": max_bytes})
    source = Source(name, _decode(data, name))
    return (read_yaml if format == "yaml" else read_json)(source, max_depth), source


def _decode(data: bytes, name: str) -> str:
    data = data.removeprefix(_BOM)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        before = data[: error.start]
        line = before.count(b"\n") + 1
        column = len(before[before.rfind(b"\n") + 1 :].decode("utf-8", "replace")) + 1
        raise Refusal("not-utf8", Place(name, line, column), {"byte": f"0x{data[error.start]:02x}"}) from None


def read(data: bytes, format: Format, name: str, model: type[Model], *, max_bytes: int = MOST_BYTES) -> Model:  # noqa: A002
    """Read one document as a model: strictly, nothing coerced, lists where the model has tuples.

    Raises ``Refusal``, the first fault in the text with all others in ``also``: the codes of :func:`load`, and
    ``unknown-key``, ``missing-key``, ``wrong-type``, ``ambiguous-scalar``, ``bad-value``.
    """
    return fit(load(data, format, name, max_bytes=max_bytes), model)


def fit(document: Document, model: type[Model], *, keys: Collection[str] | None = None) -> Model:
    """A document as a model: see :func:`read`. With ``keys`` the other members of its mapping may hold anything.

    Raises ``Refusal``, as :func:`read` does.
    """
    root = document._root  # noqa: SLF001 - our own
    if keys is not None and root.shape == "mapping":
        root = replace(root, members={key: root.members[key] for key in root.members if key in keys})
    try:
        result = model.model_validate_json(to_json(root))
    except ValidationError as error:
        found = verdicts(error.errors(include_url=False), root, model)
    else:
        found = ambiguous(root)
        if not found:
            return result
    refusals = []
    for verdict in found:
        place = document.place(verdict.path, key=verdict.on_key)
        refusals.append(Refusal(verdict.code, place, {"key": shown(key_path(verdict.path), 200), **verdict.values}))
    refusals.sort(key=lambda refusal: (refusal.place.line or 0, refusal.place.column or 0))
    first, *rest = refusals[:MOST_FAULTS]
    raise Refusal(first.code, first.place, first.values, also=tuple(rest))
