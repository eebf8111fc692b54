"""Follows pydantic's error locations through a model's types, and tells which member of a union an author meant.

pydantic reports a value that fits no member of ``A | B`` once for each member, with the member's name in the location.
"""

from __future__ import annotations

import difflib
from collections import Counter
from dataclasses import dataclass, field
from types import NoneType, UnionType
from typing import TYPE_CHECKING, Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from bot.source.nodes import Node, Path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(slots=True)
class Passage:
    """A union that a location passes: where in the document, and the member's name."""

    path: Path
    tag: str
    members: tuple[type[BaseModel], ...]


@dataclass(slots=True)
class Trace:
    """A location as a path in the document, with the unions it passes and the keys known where it ends."""

    path: Path = ()
    unions: list[Passage] = field(default_factory=list)
    known: tuple[str, ...] = ()


def trace(model: type[BaseModel], location: tuple[str | int, ...], root: Node) -> Trace:
    """Follow a location from a model. What cannot be followed by types is followed by what the document holds."""
    found = Trace()
    type_: Any = model
    for part in location:
        type_, tagged = _bare(type_)
        members = _members(type_)
        if members:
            if not tagged:
                found.unions.append(Passage(found.path, str(part), _models(members)))
            type_ = _member(members, str(part), tagged=tagged)
            continue
        if _is_model(type_):
            found.known = keys(type_)
            field_ = _field(type_, part)
            type_ = field_ if field_ is not None else Any
        elif type_ is Any:
            node = root.at(found.path)
            if node is None or node.child(part) is None:
                continue
        elif part == "[key]":
            continue
        else:
            type_ = _item(type_, part)
        found.path = (*found.path, part)
    return found


def meant(traces: Sequence[tuple[Mapping[str, Any], Trace]], root: Node) -> list[tuple[Mapping[str, Any], Trace]]:
    """Without the errors about members of unions that the author did not mean."""
    counts: Counter[tuple[Path, str]] = Counter()
    members: dict[Path, tuple[type[BaseModel], ...]] = {}
    for _, step in traces:
        for union in step.unions:
            counts[union.path, union.tag] += 1
            members[union.path] = union.members
    chosen = {path: _choose(types, root.at(path), path, counts) for path, types in members.items()}
    return [
        (error, step) for error, step in traces if all(chosen[union.path] in {None, union.tag} for union in step.unions)
    ]


def _choose(
    members: tuple[type[BaseModel], ...], node: Node | None, path: Path, counts: Counter[tuple[Path, str]]
) -> str | None:
    """The name of the member whose own keys the mapping holds, or nearly; ``None`` when that cannot be told."""
    if node is None or node.shape != "mapping" or not members:
        return None
    scores = []
    every = [set(keys(member)) for member in members]
    for index, member in enumerate(members):
        own = every[index].difference(*(other for number, other in enumerate(every) if number != index))
        there = len(own & set(node.members))
        near = sum(bool(difflib.get_close_matches(key, own)) for key in node.members if key not in set().union(*every))
        faults = counts[path, member.__name__]
        scores.append((there, near, index if there else 0, -faults, -index, member.__name__))
    return max(scores)[-1]


def keys(model: type[BaseModel]) -> tuple[str, ...]:
    """The keys that a document may have for a model."""
    return tuple(field_.alias or name for name, field_ in model.model_fields.items())


def _field(model: type[BaseModel], part: str | int) -> FieldInfo | None:
    for name, field_ in model.model_fields.items():
        if part in {field_.alias or name, name}:
            return field_
    return None


def _bare(type_: Any) -> tuple[Any, bool]:
    """A type without ``Annotated``, aliases and ``| None``; and whether it is a union that names its member itself."""
    tagged = False
    while True:
        if isinstance(type_, FieldInfo):
            tagged = tagged or type_.discriminator is not None
            type_ = type_.annotation
        elif get_origin(type_) is Annotated:
            type_, *marks = get_args(type_)
            tagged = tagged or any(getattr(mark, "discriminator", None) is not None for mark in marks)
        elif hasattr(type_, "__value__"):
            type_ = type_.__value__
        elif (members := _members(type_)) and len(members) == 1:
            type_ = members[0]
        else:
            return type_, tagged


def _members(type_: Any) -> tuple[Any, ...]:
    """The members of a union, without ``None``; ``()`` for any other type."""
    if get_origin(type_) not in {Union, UnionType}:
        return ()
    return tuple(member for member in get_args(type_) if member is not NoneType)


def _models(members: tuple[Any, ...]) -> tuple[type[BaseModel], ...]:
    return tuple(bare for member in members if _is_model(bare := _bare(member)[0]))


def _member(members: tuple[Any, ...], tag: str, *, tagged: bool) -> Any:
    models = _models(members)
    if tagged:
        return next((model for model in models if any(tag in _literals(f) for f in model.model_fields.values())), Any)
    return next((model for model in models if model.__name__ == tag), Any)


def _literals(field_: FieldInfo) -> tuple[str, ...]:
    return tuple(value for value in get_args(_bare(field_)[0]) if isinstance(value, str))


def _is_model(type_: Any) -> bool:
    return isinstance(type_, type) and issubclass(type_, BaseModel)


def _item(type_: Any, part: str | int) -> Any:
    """The type of an entry of a list, tuple or mapping."""
    origin, arguments = get_origin(type_), get_args(type_)
    if origin is tuple and isinstance(part, int) and Ellipsis not in arguments:
        return arguments[part] if part < len(arguments) else Any
    if isinstance(origin, type) and arguments:
        return arguments[1] if len(arguments) == 2 and isinstance(part, str) else arguments[0]
    return Any
