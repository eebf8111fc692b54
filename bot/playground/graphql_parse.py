"""Reading GraphQL: operations, fields, aliases, arguments, variables and inline fragments."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TOKEN = re.compile(
    r'\s*(?:#[^\n]*\s*)*(?:(?P<block>"""(?:.|\n)*?""")|(?P<string>"(?:[^"\\\n]|\\.)*")|(?P<number>-?\d+(?:\.\d+)?)'
    r"|(?P<name>[A-Za-z_]\w*)|(?P<mark>\.\.\.|[!$()\[\]{}:=@|,]))"
)


class GraphQLSyntaxError(Exception):
    """The query cannot be read."""


@dataclass
class Field:
    """One field that is asked for. ``alias`` is its name in the answer."""

    name: str
    alias: str
    arguments: dict[str, Any]
    fields: list[Field] = field(default_factory=list)


@dataclass
class Operation:
    """``query`` or ``mutation``."""

    kind: str
    name: str | None
    fields: list[Field]


def tokens(text: str) -> list[tuple[str, str]]:
    """Cuts the text. Raises ``GraphQLSyntaxError``."""
    found, at = [], 0
    text = text.rstrip()
    while at < len(text):
        match = TOKEN.match(text, at)
        if match is None:
            if re.fullmatch(r"\s*(#[^\n]*\s*)*", text[at:]):
                break
            raise GraphQLSyntaxError(f"Parse error on {text[at : at + 20]!r}")
        kind = match.lastgroup or ""
        if match[kind] != ",":
            found.append((kind, match[kind]))
        at = match.end()
    return found


class _Reader:
    def __init__(self, text: str, variables: Mapping[str, Any]) -> None:
        self.tokens = tokens(text)
        self.at = 0
        self.variables = dict(variables)

    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def next(self) -> tuple[str, str]:
        if self.at >= len(self.tokens):
            raise GraphQLSyntaxError("Unexpected end of document")
        self.at += 1
        return self.tokens[self.at - 1]

    def take(self, text: str) -> bool:
        if self.peek() != text:
            return False
        self.at += 1
        return True

    def expect(self, text: str) -> None:
        if not self.take(text):
            raise GraphQLSyntaxError(f"Parse error on {self.peek()!r}, expected {text!r}")

    def operation(self) -> Operation:
        if self.peek() == "{":
            return Operation("query", None, self.selection())
        _, kind = self.next()
        if kind not in {"query", "mutation"}:
            raise GraphQLSyntaxError(f"Parse error on {kind!r}")
        name = None if self.peek() in {"{", "("} else self.next()[1]
        if self.take("("):
            self.definitions()
        return Operation(kind, name, self.selection())

    def definitions(self) -> None:
        while not self.take(")"):
            self.expect("$")
            _, name = self.next()
            self.expect(":")
            required = False
            while self.peek() not in {"$", ")", "="}:
                required = self.next()[1] == "!"
            default = self.value() if self.take("=") else None
            if self.variables.get(name) is None:
                if required and default is None:
                    raise GraphQLSyntaxError(f"Variable ${name} of a required type was provided invalid value")
                self.variables[name] = default

    def selection(self) -> list[Field]:
        self.expect("{")
        fields: list[Field] = []
        while not self.take("}"):
            if self.take("..."):
                if self.take("on"):
                    self.next()
                fields += self.selection()
            else:
                fields.append(self.field())
        return fields

    def field(self) -> Field:
        kind, alias = self.next()
        if kind != "name":
            raise GraphQLSyntaxError(f"Parse error on {alias!r}")
        name = self.next()[1] if self.take(":") else alias
        arguments = {}
        if self.take("("):
            while not self.take(")"):
                _, key = self.next()
                self.expect(":")
                arguments[key] = self.value()
        return Field(name, alias, arguments, self.selection() if self.peek() == "{" else [])

    def value(self) -> Any:
        kind, text = self.next()
        if kind == "block":
            return text[3:-3].strip("\n")
        if kind in {"string", "number"}:
            return json.loads(text)
        if kind == "name":
            return {"true": True, "false": False, "null": None}.get(text, text)
        if text == "$":
            name = self.next()[1]
            if name not in self.variables:
                raise GraphQLSyntaxError(f"Variable ${name} is used but not declared")
            return self.variables[name]
        if text == "[":
            items = []
            while not self.take("]"):
                items.append(self.value())
            return items
        if text == "{":
            members = {}
            while not self.take("}"):
                _, key = self.next()
                self.expect(":")
                members[key] = self.value()
            return members
        raise GraphQLSyntaxError(f"Parse error on {text!r}")


def parse(text: str, variables: Mapping[str, Any], name: str | None = None) -> Operation:
    """Reads a document and picks the named operation (or the first). Raises ``GraphQLSyntaxError``."""
    reader = _Reader(text, variables)
    operations = []
    while reader.peek():
        operations.append(reader.operation())
    for one in operations:
        if name in {None, one.name}:
            return one
    raise GraphQLSyntaxError("No operation to execute")
