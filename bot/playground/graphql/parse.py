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
    on: tuple[str, ...] = ()
    """The types of the fragments that it stands in, outermost first: it is asked of these alone."""
    variables: dict[str, str] = field(default_factory=dict)
    """Where a variable stands in its arguments (``input.pullRequestId``), and which."""


@dataclass
class Operation:
    """``query`` or ``mutation``."""

    kind: str
    name: str | None
    fields: list[Field]
    types: dict[str, str] = field(default_factory=dict)
    """The declared types of its variables (``ID!``)."""


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
        self.types: dict[str, str] = {}
        self.used: dict[str, str] = {}
        """Of the arguments that are being read."""

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
        fields = self.selection()
        return Operation(kind, name, fields, self.types)

    def definitions(self) -> None:
        while not self.take(")"):
            self.expect("$")
            _, name = self.next()
            self.expect(":")
            written = ""
            while self.peek() not in {"$", ")", "="}:
                written += self.next()[1]
            self.types[name] = written
            required = written.endswith("!")
            default = self.value("") if self.take("=") else None
            if self.variables.get(name) is None:
                if required and default is None:
                    raise GraphQLSyntaxError(f"Variable ${name} of a required type was provided invalid value")
                self.variables[name] = default

    def selection(self, on: tuple[str, ...] = ()) -> list[Field]:
        self.expect("{")
        fields: list[Field] = []
        while not self.take("}"):
            if self.take("..."):
                inner = (*on, self.next()[1]) if self.take("on") else on
                fields += self.selection(inner)
            else:
                fields.append(self.field(on))
        return fields

    def field(self, on: tuple[str, ...]) -> Field:
        kind, alias = self.next()
        if kind != "name":
            raise GraphQLSyntaxError(f"Parse error on {alias!r}")
        name = self.next()[1] if self.take(":") else alias
        arguments = {}
        self.used = {}
        if self.take("("):
            while not self.take(")"):
                _, key = self.next()
                self.expect(":")
                arguments[key] = self.value(key)
        used = self.used
        return Field(name, alias, arguments, self.selection() if self.peek() == "{" else [], on, used)

    def value(self, at: str) -> Any:
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
            self.used[at] = name
            return self.variables[name]
        if text == "[":
            items: list[Any] = []
            while not self.take("]"):
                items.append(self.value(f"{at}.{len(items)}"))
            return items
        if text == "{":
            members = {}
            while not self.take("}"):
                _, key = self.next()
                self.expect(":")
                members[key] = self.value(f"{at}.{key}")
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
