"""Module specifiers of JavaScript and TypeScript.

Some forms are newer than the grammars, or parse as something else (``f<typeof import("x")>("y")`` as two comparisons).
They are replaced, byte for byte as long, by forms that the grammars take, before parsing; the tree then says whether
what was replaced was code at all, and offsets stay true. Text is always taken from the file as it is.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from bot.source.strings import decode_script
from bot.source.syntax import Found, Grammar, Kind, matches, parse, text_of

if TYPE_CHECKING:
    from tree_sitter import Node, Tree

Script: TypeAlias = Literal["javascript", "jsx", "typescript", "tsx"]

_GRAMMARS: Final[dict[str, Grammar]] = {
    "javascript": "javascript",
    "jsx": "javascript",
    "typescript": "typescript",
    "tsx": "tsx",
}
_MOCKS: Final = (
    "mock", "doMock", "unmock", "dontMock", "doUnmock", "deepUnmock", "setMock", "requireActual", "requireMock",
    "createMockFromModule", "genMockFromModule", "unstable_mockModule", "unstable_unmockModule", "importActual",
    "importMock", "module",
)  # fmt: skip
_STATEMENTS: Final = """
(import_statement source: (string) @import)
(export_statement source: (string) @export)
(call_expression function: (import)) @dynamic
"""
_TYPED_STATEMENTS: Final = _STATEMENTS + "(import_require_clause source: (string) @require)"
_CALLS: Final = "(call_expression function: (identifier) @function arguments: (arguments) @arguments)"
_MEMBER_CALLS: Final = """
(call_expression function: (member_expression property: (property_identifier) @property) @member
  arguments: (arguments) @arguments)
"""
_MEMBERS: Final = {b"require", b"resolve", *(name.encode() for name in _MOCKS)}
_HAS_MEMBERS = re.compile(rb"\.\s{0,99}(?:" + b"|".join(sorted(_MEMBERS)) + rb")\b")
_ROOTS: Final = {b"jest", b"vi", b"vitest"}
_NO_CHAIN: Final = {b"fn", b"spyOn", b"mocked", b"hoisted"} | {
    name.encode() for name in _MOCKS if name.startswith(("require", "import", "create", "gen"))
}
_TYPES: Final = {
    "type_identifier",
    "nested_type_identifier",
    "type_query",
    "type_annotation",
    "type_alias_declaration",
}
_WORTH = re.compile(rb"import|require|from|mock|Mock")

# Every repetition is bounded: these run over hostile text with a backtracking engine.
_IMPORT_CALL = re.compile(
    rb"(?<![\w$.#])import(\s{0,99}\(\s{0,99}(?:/\*(?:[^*]|\*(?!/)){0,500}\*/\s{0,99}){0,9}"
    rb"(?:\"((?:[^\"\\\r\n]|\\.){0,999})\"|'((?:[^'\\\r\n]|\\.){0,999})'|`((?:[^`\\$]|\\.|\$(?!\{)){0,999})`)"
    rb"\s{0,99},?\s{0,99}\))",
    re.DOTALL,
)
_TYPE_ARGUMENTS = re.compile(
    rb"\b(?:require|" + "|".join(_MOCKS).encode() + rb")\s{0,9}(<[\w$\s.,|&\[\]<>\"'-]{1,500}>)(?=\s{0,99}\()"
)
_EXPORT_IMPORT = re.compile(rb"\bexport(?=\s+import\s+(?:type\s+)?[\w$]+\s*=\s*require\b)")
_EXPORT_TYPE_ALL = re.compile(rb"(\bexport\s+)type(?=\s*\*)")
_PHASE = re.compile(rb"(\bimport\s+)(?:defer(?=\s*\*)|source(?=\s+[\w$]+\s+from\b))")
_ASSERT = re.compile(rb"(?<=[\"'])(\s*)assert(?=\s*\{)")
_STAND_IN: Final = b"imp0rt"
_MOST_STAND_INS: Final = 2000
"""Each is looked up in the tree from its top; those above this number are parsed as they are."""


def tree_of(language: Script, data: bytes) -> tuple[Grammar, Tree | None, list[re.Match[bytes]]]:
    """The grammar that was used, its tree, and the ``import()`` calls that the tree shows as plain names."""
    grammar = _GRAMMARS[language]
    tree, calls = _parse(grammar, data)
    if grammar == "javascript" and tree is not None and tree.root_node.has_error:
        # Flow's type annotations, mostly; TSX takes nearly all of them.
        typed, typed_calls = _parse("tsx", data)
        if typed is not None and not typed.root_node.has_error:
            return "tsx", typed, typed_calls
    return grammar, tree, calls


def _parse(grammar: Grammar, data: bytes) -> tuple[Tree | None, list[re.Match[bytes]]]:
    calls: list[re.Match[bytes]] = []
    masked = data
    if b"assert" in data:
        masked = _ASSERT.sub(rb"\1with  ", masked)
    if b"import" in data and (b"defer" in data or b"source" in data):
        masked = _PHASE.sub(_blank, masked)
    if grammar != "javascript":
        masked = _EXPORT_IMPORT.sub(b"      ", masked)
        masked = _EXPORT_TYPE_ALL.sub(rb"\1    ", masked)
        if b"import" in data:
            calls = list(islice(_IMPORT_CALL.finditer(masked), _MOST_STAND_INS))
            stand_in = _IMPORT_CALL.sub(lambda call: _STAND_IN + b" " * len(call[1]), masked, count=_MOST_STAND_INS)
            masked = stand_in if calls else masked
        masked = _TYPE_ARGUMENTS.sub(_without_arguments, masked)
    return parse(grammar, masked), calls


def _without_arguments(call: re.Match[bytes]) -> bytes:
    """Blanks the type arguments of a call, which may parse as comparisons."""
    return call[0][: call.start(1) - call.start()] + b" " * len(call[1])


def _blank(found: re.Match[bytes]) -> bytes:
    return found[1] + b" " * (len(found[0]) - len(found[1]))


def find(language: Script, data: bytes) -> list[Found]:
    """Every specifier, in order."""
    if not _WORTH.search(data):
        return []
    grammar, tree, calls = tree_of(language, data)
    if tree is None:
        return []
    found: list[Found | None] = [_stood_in(data, tree, call) for call in calls]
    statements = _STATEMENTS if grammar == "javascript" else _TYPED_STATEMENTS
    for captures in matches(grammar, statements, tree):
        for kind, nodes in captures.items():
            found += [_of_statement(data, node, kind) for node in nodes]
    # Most files hold no such call, and their every call would have to be looked at.
    if b"require" in data:
        for captures in matches(grammar, _CALLS, tree):
            if text_of(data, captures["function"][0]) == b"require":
                found.append(_first(data, captures["arguments"][0], "require"))
    if _HAS_MEMBERS.search(data):
        for captures in matches(grammar, _MEMBER_CALLS, tree):
            found.append(_of_member(data, captures))
    return sorted({each for each in found if each is not None})


def _of_statement(data: bytes, node: Node, kind: str) -> Found | None:
    if kind == "dynamic":
        arguments = node.child_by_field_name("arguments")
        if arguments is None or arguments.type != "arguments":
            return None
        return _first(data, arguments, "type" if _in_type(node) else "dynamic")
    return _string(data, node, "import" if kind == "import" else "export" if kind == "export" else "require")


def _of_member(data: bytes, captures: dict[str, list[Node]]) -> Found | None:
    name = text_of(data, captures["property"][0])
    kind = _kind_of_member(data, captures["member"][0], name) if name in _MEMBERS else None
    return _first(data, captures["arguments"][0], kind) if kind is not None else None


def _kind_of_member(data: bytes, member: Node, name: bytes) -> Kind | None:
    """What a call of ``object.name`` does with its first argument; ``None`` when it names no module."""
    target = member.child_by_field_name("object")
    if target is None:
        return None
    text = text_of(data, target)
    if name == b"require":
        return "require" if text == b"module" else None
    if name == b"resolve":
        if text == b"require":
            return "require"
        return "dynamic" if target.type == "meta_property" and re.sub(rb"\s", b"", text) == b"import.meta" else None
    if name == b"module":
        return "mock" if text == b"mock" or (target.type == "member_expression" and text.endswith(b".mock")) else None
    return "mock" if _is_mocker(data, target) else None


def _is_mocker(data: bytes, node: Node) -> bool:
    """Whether an expression is ``jest`` or ``vi``, or a chain of calls on it that gives it back."""
    while True:
        if node.type == "identifier":
            return text_of(data, node) in _ROOTS
        function = node.child_by_field_name("function") if node.type == "call_expression" else None
        if function is None or function.type != "member_expression":
            return False
        name, target = function.child_by_field_name("property"), function.child_by_field_name("object")
        if name is None or target is None or text_of(data, name) in _NO_CHAIN:
            return False
        node = target


def _stood_in(data: bytes, tree: Tree, call: re.Match[bytes]) -> Found | None:
    """An ``import()`` that was parsed as a name: nothing, unless the tree has just that name there."""
    at = call.start()
    node = tree.root_node.descendant_for_byte_range(at, at + len(_STAND_IN))
    if node is None:
        return None
    if (node.start_byte, node.end_byte) == (at, at + len(_STAND_IN)):
        if node.type not in {"identifier", "type_identifier"}:
            return None
        kind: Kind = "type" if _in_type(node) else "dynamic"
    elif node.type == "call_expression":
        kind = "type"  # between a function and its arguments: these were type arguments
    else:
        return None
    group = next(number for number in (2, 3, 4) if call[number] is not None)
    start, end = call.span(group)
    if start == end:
        return None
    return Found(start, end, decode_script(data[start:end]), kind)


def _in_type(node: Node | None) -> bool:
    while node is not None:
        if node.type in _TYPES:
            return True
        parent = node.parent
        passes = {"identifier", "import", "call_expression", "member_expression", "nested_identifier"}
        if parent is None or node.type not in passes:
            return False
        if node.type == "call_expression" and parent.type == "arguments":
            return False
        node = parent
    return False


def _first(data: bytes, arguments: Node, kind: Kind) -> Found | None:
    """The first argument, when it is a literal."""
    for child in arguments.named_children:
        if child.type != "comment":
            return _string(data, child, kind)
    return None


def _string(data: bytes, node: Node, kind: Kind) -> Found | None:
    """A string or a template without substitution as a specifier; empty and unended ones are none."""
    start, end = node.start_byte + 1, node.end_byte - 1
    if node.type == "template_string":
        if any(child.type == "template_substitution" for child in node.named_children):
            return None
    elif node.type != "string":
        return None
    if end <= start or data[start - 1] != data[end]:
        return None
    return Found(start, end, decode_script(data[start:end]), kind)
