"""GitHub's own GraphQL schema, as a judge of queries and answers.

``GraphQL.query_faults(text)`` says what GitHub would not have taken, ``faults(exchange)`` also what it would not have
answered. The schema comes from ``python -m tests.fetch``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from bot.playground import Exchange
from bot.playground.graphql.parse import Field, GraphQLSyntaxError, Operation, parse

SCHEMA = Path(__file__).parent.parent / ".cache" / "api.github.com.graphql.json"
ROOTS = {"query": "Query", "mutation": "Mutation"}


def written(kind: dict[str, Any]) -> str:
    """A type of the schema as one writes it: ``[ID!]!``."""
    if kind["kind"] == "NON_NULL":
        return f"{written(kind['ofType'])}!"
    return f"[{written(kind['ofType'])}]" if kind["kind"] == "LIST" else str(kind["name"])


def named(text: str) -> str:
    return re.sub(r"[\[\]!]", "", text)


def _is_time(value: Any) -> bool:
    return isinstance(value, str) and datetime.fromisoformat(value).tzinfo is not None


SCALARS = {
    "String": lambda value: isinstance(value, str),
    "ID": lambda value: isinstance(value, str),
    "Int": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "Boolean": lambda value: isinstance(value, bool),
    "DateTime": _is_time,
    "GitObjectID": lambda value: isinstance(value, str) and re.fullmatch("[0-9a-f]{40}", value) is not None,
    "URI": lambda value: isinstance(value, str) and "://" in value,
}


class GraphQL:
    """The schema, ready to judge."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.types: dict[str, Any] = {one["name"]: one for one in document["__schema"]["types"]}

    @classmethod
    @cache
    def load(cls, path: Path = SCHEMA) -> GraphQL:
        """Reads the file, once. Raises ``FileNotFoundError`` when it was not fetched."""
        return cls(json.loads(path.read_bytes()))

    def field(self, kind: str, name: str) -> tuple[str, dict[str, str]] | None:
        """The type of a field and the types of its arguments."""
        for one in self.types.get(kind, {}).get("fields") or []:
            if one["name"] == name:
                return written(one["type"]), {arg["name"]: written(arg["type"]) for arg in one["args"]}
        return None

    def inputs(self, kind: str) -> dict[str, str] | None:
        """The members of an input object, with their types; ``None`` for what is none."""
        found = self.types.get(kind, {}).get("inputFields")
        return None if found is None else {one["name"]: written(one["type"]) for one in found}

    def values(self, kind: str) -> set[str] | None:
        """The values of an enumeration."""
        found = self.types.get(kind, {}).get("enumValues")
        return None if found is None else {one["name"] for one in found}

    def possible(self, kind: str) -> set[str]:
        """The types that a type may turn out to be."""
        found = self.types.get(kind, {}).get("possibleTypes")
        return {one["name"] for one in found} if found else {kind}

    # -- queries --

    def query_faults(self, text: str, variables: dict[str, Any] | None = None) -> list[str]:
        """What GitHub would have against a query."""
        try:
            operation = parse(text, variables or dict.fromkeys(re.findall(r"\$(\w+)\s*:", text), "x"))
        except GraphQLSyntaxError as error:
            return [str(error)]
        return list(self._selection(operation, ROOTS[operation.kind], operation.fields, operation.kind))

    def _selection(self, operation: Operation, kind: str, fields: list[Field], path: str) -> Iterator[str]:
        for field in fields:
            here = f"{path}.{field.alias}"
            where = kind
            for on in field.on:
                if on not in self.types or not self.possible(on) & self.possible(where):
                    yield f"{here}: {where} can never be {on}"
                where = on
            if field.name == "__typename":
                continue
            found = self.field(where, field.name)
            if found is None:
                yield f"{here}: {where} has no field {field.name}"
                continue
            inner, arguments = named(found[0]), found[1]
            for name in field.arguments.keys() - arguments.keys():
                yield f"{here}: takes no argument {name}"
            for name, type_ in arguments.items():
                yield from self._argument(operation, field, name, type_, f"{here}({name})")
            leaf = self.types[inner]["kind"] in {"SCALAR", "ENUM"}
            if leaf == bool(field.fields):
                yield f"{here}: {inner} {'has no fields' if leaf else 'needs fields'}"
            yield from self._selection(operation, inner, field.fields, here)

    def _argument(self, operation: Operation, field: Field, at: str, type_: str, path: str) -> Iterator[str]:
        value: Any = field.arguments
        for part in at.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if at in field.variables:
            declared = operation.types[field.variables[at]]
            if declared not in {type_, f"{type_}!"}:
                yield f"{path}: a variable of type {declared} where {type_} is wanted"
        elif value is None:
            if type_.endswith("!"):
                yield f"{path}: is required"
        elif (members := self.inputs(named(type_))) is not None:
            for name in value.keys() - members.keys():
                yield f"{path}: {named(type_)} has no member {name}"
            for name, inner in members.items():
                yield from self._argument(operation, field, f"{at}.{name}", inner, f"{path}.{name}")
        else:
            yield from self._leaf(named(type_), value, path)

    # -- answers --

    def faults(self, exchange: Exchange) -> list[str]:
        """What is wrong with an exchange: nothing for one that GitHub could have had, or that it would have refused."""
        body = exchange.response_body
        if exchange.forced or exchange.kind != "graphql" or not isinstance(body, dict) or "data" not in body:
            return []
        sent = exchange.request_body
        found = self.query_faults(sent["query"], sent.get("variables") or {})
        if found:
            return [f"GraphQL query {fault}" for fault in found]
        operation = parse(sent["query"], sent.get("variables") or {}, sent.get("operationName"))
        failed = {".".join(map(str, one.get("path", ()))) for one in body.get("errors", ())}
        root = ROOTS[operation.kind]
        return [f"GraphQL answer {fault}" for fault in self._answers(root, operation.fields, body["data"], "", failed)]

    def _answers(self, kind: str, fields: list[Field], value: Any, path: str, failed: set[str]) -> Iterator[str]:
        asked = [field for field in fields if not field.on or kind in self.possible(field.on[-1])]
        for name in value.keys() - {field.alias for field in asked}:
            yield f"{path}.{name}: was not asked of {kind}"
        for field in asked:
            here = f"{path}.{field.alias}".removeprefix(".")
            if field.alias not in value:
                yield f"{here}: is missing"
            elif field.name == "__typename":
                if value[field.alias] not in self.possible(kind):
                    yield f"{here}: {value[field.alias]} is not {kind}"
            elif here not in failed:
                found = self.field(kind, field.name)
                if found is None:
                    yield f"{here}: {kind} has no field {field.name}"
                    continue
                yield from self._answer(found[0], field, value[field.alias], here, failed)

    def _answer(self, type_: str, field: Field, value: Any, here: str, failed: set[str]) -> Iterator[str]:
        if value is None:
            if type_.endswith("!"):
                yield f"{here}: null where {type_} is promised"
            return
        type_ = type_.removesuffix("!")
        if type_.startswith("["):
            for at, item in enumerate(value):
                yield from self._answer(type_[1:-1], field, item, f"{here}.{at}", failed)
        elif self.types[type_]["kind"] in {"SCALAR", "ENUM"}:
            yield from self._leaf(type_, value, here)
        else:
            yield from self._composite(type_, field, value, here, failed)

    def _composite(self, type_: str, field: Field, value: Any, here: str, failed: set[str]) -> Iterator[str]:
        """Of an interface, some type that it may be has all that is there."""
        tried = [list(self._answers(kind, field.fields, value, here, failed)) for kind in sorted(self.possible(type_))]
        if all(tried):
            yield min(tried, key=len)[0]

    def _leaf(self, kind: str, value: Any, path: str) -> Iterator[str]:
        allowed = self.values(kind)
        if allowed is not None:
            if value not in allowed:
                yield f"{path}: {value!r} is no {kind}"
        elif kind not in SCALARS:
            yield f"{path}: the judge does not know the scalar {kind}"
        elif not SCALARS[kind](value):
            yield f"{path}: {value!r} is no {kind}"
