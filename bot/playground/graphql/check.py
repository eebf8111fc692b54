"""A query is checked before anything of it runs: a mutation that asks for a field too many changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from bot.playground.graphql.fields import INTERFACES
from bot.playground.graphql.mutations import TYPES
from bot.playground.graphql.parse import Field

Fault = dict[str, Any]


def named(written: str) -> str:
    """The name of a type without its marks: ``[Actor!]!`` is of ``Actor``."""
    return re.sub(r"[\[\]!]", "", written)


def faults(kind: str, fields: list[Field], path: tuple[str, ...] = ()) -> Iterator[Fault]:
    """What GitHub would have against a selection on a type, in its words."""
    for field in fields:
        here = (*path, field.alias)
        where = field.on[-1] if field.on else kind
        if field.name == "__typename":
            continue
        known = TYPES.get(where, {})
        if where in INTERFACES:
            interface = INTERFACES[where]
            known = TYPES[min(interface.types)] if field.name in interface.fields else {}
        if field.name not in known:
            yield _fault("undefinedField", f"Field '{field.name}' doesn't exist on type '{where}'", here)
            continue
        spec = known[field.name]
        yield from _arguments(field, spec.arguments, here)
        inner = named(spec.type)
        composite = inner in TYPES or inner in INTERFACES
        if composite and not field.fields:
            yield _fault("selectionMismatch", f"Field must have selections (field '{field.name}')", here)
        elif field.fields and not composite:
            yield _fault("selectionMismatch", f"Selections can't be made on scalars (field '{field.name}')", here)
        else:
            yield from faults(inner, field.fields, here)


def _arguments(field: Field, takes: Any, here: tuple[str, ...]) -> Iterator[Fault]:
    for name in sorted(field.arguments.keys() - takes.keys()):
        yield _fault("argumentNotAccepted", f"Field '{field.name}' doesn't accept argument '{name}'", here)
    for name, written in takes.items():
        if written.endswith("!") and field.arguments.get(name) is None:
            words = f"Field '{field.name}' is missing required arguments: {name}"
            yield _fault("missingRequiredArguments", words, here)


def _fault(code: str, message: str, path: tuple[str, ...]) -> Fault:
    return {"message": message, "path": list(path), "extensions": {"code": code}}
