"""What a field of GraphQL is here: its type, its arguments, and how it is found. Types are written as GitHub does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.playground.access import Caller
from bot.playground.problems import Problem
from bot.playground.state import World


@dataclass(frozen=True)
class Context:
    """Who asks, of what."""

    world: World
    caller: Caller


class GraphQLError(Exception):
    """An error beside the data; ``kind`` is GitHub's ``type``."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


Resolver = Callable[[Context, Any, Mapping[str, Any]], Any]


@dataclass(frozen=True)
class Spec:
    """A field. ``type`` and the arguments' types are GitHub's own (``String!``); a test holds them to its schema."""

    type: str
    resolve: Resolver
    arguments: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Made:
    """A value of a type that has no record of its own: its members are given, and answer by their names."""

    type: str
    members: Mapping[str, Any]


def given(kind: str, of: Callable[[Any], Any]) -> Spec:
    """A field without arguments that is read off its parent."""
    return Spec(kind, lambda _context, parent, _arguments: of(parent))


def member(kind: str, name: str) -> Spec:
    """A field of a ``Made``."""
    return given(kind, lambda made: made.members[name])


def as_error(problem: Problem) -> GraphQLError:
    """What REST says with a status, GraphQL says with a type."""
    kinds = {401: "FORBIDDEN", 403: "FORBIDDEN", 404: "NOT_FOUND"}
    return GraphQLError(kinds.get(problem.status, "UNPROCESSABLE"), problem.message)
