"""Answering one request of GraphQL."""

from __future__ import annotations

import inspect
from typing import Any

from bot.playground.access import Caller
from bot.playground.graphql.check import faults
from bot.playground.graphql.declared import Context, GraphQLError
from bot.playground.graphql.fields import applies, type_of
from bot.playground.graphql.mutations import TYPES
from bot.playground.graphql.parse import Field, GraphQLSyntaxError, Operation, parse
from bot.playground.state import World

Trouble = tuple[list[dict[str, Any]], list[str]]
"""The errors so far, and the path to where we are."""
ROOTS = {"query": "Query", "mutation": "Mutation"}


async def execute(world: World, caller: Caller, body: Any) -> dict[str, Any]:
    """Answers one request: ``{"data": ...}``, with ``errors`` where there are any."""
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        return {"errors": [{"message": "A query attribute must be specified and must be a string."}]}
    try:
        operation = _parsed(body)
    except GraphQLSyntaxError as error:
        return {"errors": [{"message": str(error)}]}
    root = ROOTS[operation.kind]
    if wrong := list(faults(root, operation.fields)):
        return {"errors": wrong}
    errors: list[dict[str, Any]] = []
    data = await _select(Context(world, caller), root, None, operation.fields, (errors, []))
    return {"data": data} | ({"errors": errors} if errors else {})


async def _select(context: Context, kind: str, parent: Any, fields: list[Field], trouble: Trouble) -> dict[str, Any]:
    errors, path = trouble
    result: dict[str, Any] = {}
    for field in fields:
        if not all(applies(kind, on) for on in field.on[-1:]):
            continue
        here = [*path, field.alias]
        if field.name == "__typename":
            result[field.alias] = kind
            continue
        spec = TYPES[kind][field.name]
        try:
            value = spec.resolve(context, parent, field.arguments)
            value = await value if inspect.isawaitable(value) else value
        except GraphQLError as error:
            errors.append({"type": error.kind, "path": here, "message": str(error)})
            result[field.alias] = None
            continue
        result[field.alias] = await _value(context, value, field, (errors, here))
    return result


async def _value(context: Context, value: Any, field: Field, trouble: Trouble) -> Any:
    if isinstance(value, list):
        return [await _value(context, item, field, trouble) for item in value]
    kind = type_of(value)
    return value if kind is None else await _select(context, kind, value, field.fields, trouble)


def is_mutation(body: Any) -> bool:
    """Whether a request may change something."""
    try:
        return isinstance(body, dict) and _parsed(body).kind == "mutation"
    except GraphQLSyntaxError:
        return False


def _parsed(body: dict[str, Any]) -> Operation:
    return parse(str(body.get("query", "")), body.get("variables") or {}, body.get("operationName"))
