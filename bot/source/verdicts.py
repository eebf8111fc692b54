"""Turns pydantic's errors about a document into verdicts in our words: code, path, values.

Where a model takes one of several (``Folder | Each``), only the errors about the one the author meant are kept: the
one whose own keys are there.
"""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from bot.source.branches import Trace, meant, trace
from bot.source.nodes import Node, Path, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pydantic import BaseModel

_AMBIGUOUS: Final = "\0ambiguous"
"""Stands in a mapping of its own for a scalar that nobody should guess about: no field accepts it."""

_TYPES: Final = {
    "string_type": "text",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "tuple_type": "a list",
    "list_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "model_type": "a mapping",
    "model_attributes_type": "a mapping",
    "none_required": "null",
    "date_type": "a date",
}
_LIMITS: Final = {
    "string_too_short": "text of {min_length} or more characters",
    "string_too_long": "text of at most {max_length} characters",
    "string_pattern_mismatch": "text that matches {pattern}",
    "too_short": "a list of {min_length} or more entries",
    "too_long": "a list of at most {max_length} entries",
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
}
_SCALARS: Final = {"text": "text", "boolean": "true or false", "number": "a number", "null": "nothing"}
_READ_AS: Final = {"boolean": "a boolean", "number": "a number", "null": "null", "text": "text"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """One fault. ``on_key`` says that the key is at fault, not its value."""

    code: str
    path: Path
    values: dict[str, object] = field(default_factory=dict)
    on_key: bool = False


def to_json(node: Node) -> str:
    """A document for pydantic, with what is ambiguous made unacceptable."""
    return json.dumps(_plain(node), ensure_ascii=False)


def _plain(node: Node) -> object:
    if node.shape == "mapping":
        return {key: _plain(value) for key, (_, value) in node.members.items()}
    if node.shape == "list":
        return [_plain(item) for item in node.items]
    return node.value if node.canonical else {_AMBIGUOUS: 0}


def ambiguous(node: Node, path: Path = ()) -> list[Verdict]:
    """Verdicts on every ambiguous scalar: for a model that would have accepted anything."""
    if node.shape == "mapping":
        return [fault for key, (_, value) in node.members.items() for fault in ambiguous(value, (*path, key))]
    if node.shape == "list":
        return [fault for index, item in enumerate(node.items) for fault in ambiguous(item, (*path, index))]
    return [] if node.canonical else [_ambiguous(node, path, "text")]


def verdicts(errors: Iterable[Mapping[str, Any]], root: Node, model: type[BaseModel]) -> list[Verdict]:
    """One verdict for each fault."""
    traces = [(error, trace(model, error["loc"], root)) for error in errors]
    kept = meant(traces, root)
    found: dict[tuple[Path, bool], Verdict] = {}
    for error, step in kept:
        if _is_echo(error, root.at(step.path)):
            continue
        verdict = _verdict(error, step, root)
        place = (verdict.path, verdict.on_key)
        before = found.get(place)
        if before is None:
            found[place] = verdict
        elif before.code == verdict.code == "wrong-type":
            either = list(dict.fromkeys((str(before.values["expected"]), str(verdict.values["expected"]))))
            found[place] = Verdict("wrong-type", verdict.path, {**before.values, "expected": " or ".join(either)})
    return _without_echoes(list(found.values()))


def _is_echo(error: Mapping[str, Any], node: Node | None) -> bool:
    """Whether a list is called too short only because entries of it are wrong, which is said already."""
    return error["type"] == "too_short" and node is not None and len(node.items) >= error["ctx"]["min_length"]


def _without_echoes(found: list[Verdict]) -> list[Verdict]:
    """A misspelt key is one fault: that the right one is missing goes without saying."""
    unknown = [verdict for verdict in found if verdict.code == "unknown-key"]
    meant_keys = {(*verdict.path[:-1], str(verdict.values["nearest"])) for verdict in unknown}
    return [v for v in found if v.code != "missing-key" or v.path not in meant_keys]


def _verdict(error: Mapping[str, Any], step: Trace, root: Node) -> Verdict:
    kind, path = error["type"], step.path
    for length in range(len(path) + (kind != "extra_forbidden")):
        node = root.at(path[:length])
        if node is not None and not node.canonical:
            expected = _expected(error) if length == len(path) else "a mapping"
            expected = "a mapping" if kind in {"missing", "extra_forbidden"} else expected
            return _of_ambiguous(node, path[:length], expected)
    if kind == "missing":
        return Verdict("missing-key", path, {"name": str(path[-1])})
    if kind == "extra_forbidden":
        name = str(path[-1])
        nearest = "".join(difflib.get_close_matches(name, step.known, n=1))
        values: dict[str, object] = {
            "name": shown(name),
            "nearest": nearest,
            "known": sorted(step.known),
        }
        return Verdict("unknown-key", path, values, on_key=True)
    if kind in {"union_tag_invalid", "union_tag_not_found"}:
        return _of_tag(error, path, root)
    node = root.at(path)
    if node is None:
        return Verdict("bad-value", path, {"value": "", "expected": _expected(error)})
    return _of_value(error, node, path)


def _of_tag(error: Mapping[str, Any], path: Path, root: Node) -> Verdict:
    """The key that says which of several models a mapping is (``op``) is missing, or says none of them."""
    name = str(error["ctx"]["discriminator"]).strip("'")
    node = root.at((*path, name))
    whole = root.at(path)
    if node is None and whole is not None and whole.shape == "mapping":
        return Verdict("missing-key", (*path, name), {"name": name})
    if node is None:
        return _of_value({"type": "model_type"}, whole or root, path)
    tags = re.findall(r"'([^']*)'", str(error["ctx"].get("expected_tags", "")))
    near = difflib.get_close_matches(str(node.value), tags, n=1)
    rest = [f"'{tag}'" for tag in dict.fromkeys([*near, *tags])]
    expected = " or ".join([", ".join(rest[:-1]), *rest[-1:]])
    return _of_value({"type": "literal_error", "ctx": {"expected": expected}}, node, (*path, name))


def _of_ambiguous(node: Node, path: Path, expected: str) -> Verdict:
    if expected in {"a mapping", "a list"}:
        return Verdict("wrong-type", path, {"expected": expected, "got": _got(node)})
    return _ambiguous(node, path, expected)


def _of_value(error: Mapping[str, Any], node: Node, path: Path) -> Verdict:
    expected = _expected(error)
    wrong = error["type"] in _TYPES or (node.shape != "scalar" and error["type"] in {"literal_error", "enum"})
    if error["type"] in {"literal_error", "enum"} and not wrong:
        text_due = "'" in expected
        wrong = text_due != (node.kind == "text")
        expected = f"text: {expected}" if wrong and text_due else expected
    if not wrong:
        value = shown(node.value) if node.shape == "scalar" else _got(node)
        return Verdict("bad-value", path, {"value": value, "expected": expected})
    if expected.startswith("text") and node.plain is not None and node.kind != "text":
        return _ambiguous(node, path, expected)
    return Verdict("wrong-type", path, {"expected": expected, "got": _got(node)})


def _ambiguous(node: Node, path: Path, expected: str) -> Verdict:
    values: dict[str, object] = {
        "text": shown(node.plain or ""),
        "reads_as": _READ_AS[node.kind],
        "expected": expected,
    }
    return Verdict("ambiguous-scalar", path, values)


def _expected(error: Mapping[str, Any]) -> str:
    """What was due, in words."""
    kind, context = error["type"], error.get("ctx") or {}
    if kind in _TYPES:
        return _TYPES[kind]
    if kind in _LIMITS:
        return _LIMITS[kind].format(**context)
    if kind in {"literal_error", "enum"}:
        return str(context.get("expected", ""))
    return str(error["msg"]).removeprefix("Value error, ")


def _got(node: Node) -> str:
    if node.shape != "scalar":
        return {"mapping": "a mapping", "list": "a list"}[node.shape]
    return _SCALARS[node.kind]
