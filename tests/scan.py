"""Reads from the code itself which refusal codes it raises, with which values, and which templates it names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
OURS = ("bot", "handlers", "templates")

PASSED_ON = {
    ("bot/source/faults.py", "Refusal(code, place, values)"): "Faults.add: its callers are read instead",
    (
        "bot/patching/faults.py",
        "Refusal(code, place, {'path': place.file or '', **values})",
    ): "fault: its callers are read",
    ("bot/patching/bridges/faults.py", "Refusal(code, place, values)"): "Faults.add: its callers are read instead",
    (
        "bot/workflows/landing/api_patches.py",
        "Refusal(each['code'], Place(**each['place']), dict(each['values']))",
    ): "a refusal that was kept as JSON is raised again",
    ("bot/source/nodes.py", "Refusal(code, self.place(offset, path), values)"): "Source.refusal: its callers are read",
}
"""Refusals whose code is an argument, each with the reason why that is no loss. ``x.code`` passes a refusal on."""


@dataclass(frozen=True)
class Raised:
    """One place that makes a refusal. ``values``: the names it gives, ``None`` where they are not written there."""

    code: str
    file: str
    line: int
    values: frozenset[str] | None


@dataclass(frozen=True)
class Dynamic:
    """One place whose code cannot be read."""

    file: str
    line: int
    text: str


def sources() -> Iterator[tuple[str, str]]:
    """Every module of ours: its path from the root, and its text."""
    for top in OURS:
        for path in sorted((ROOT / top).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), path.read_text("utf-8")


def refusals(file: str, source: str) -> tuple[list[Raised], list[Dynamic]]:
    """The refusals that a module makes, and those whose code is not to be seen."""
    raised: list[Raised] = []
    dynamic: list[Dynamic] = []
    tree = ast.parse(source)
    for function in [tree, *(n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef))]:
        for call in _calls(function):
            maker = _maker(call, file)
            if maker is None or (not call.args and not call.keywords):
                continue
            code = next((kw.value for kw in call.keywords if kw.arg == "code"), call.args[0] if call.args else None)
            found = _texts(code, function)
            if found:
                values = _values(call, maker, function)
                raised += [Raised(text, file, call.lineno, values) for text in found]
            elif not (isinstance(code, ast.Attribute) and code.attr == "code"):
                dynamic.append(Dynamic(file, call.lineno, ast.unparse(call)))
    return raised, dynamic


def _calls(function: ast.AST) -> Iterator[ast.Call]:
    """Calls of one function (or of the module), without those of functions inside it."""
    stack = list(ast.iter_child_nodes(function))
    while stack:
        node = stack.pop()
        if isinstance(node, ast.Call):
            yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            stack += ast.iter_child_nodes(node)


def _maker(call: ast.Call, file: str) -> str | None:
    """Which of the ways to make a refusal this is: its name, or ``None``."""
    target = call.func
    if isinstance(target, ast.Name) and (
        target.id in {"Refusal", "Misplaced"}
        or (target.id == "Verdict" and file == "bot/source/verdicts.py")
        or (target.id == "fault" and file.startswith("bot/patching/"))
    ):
        return target.id
    if isinstance(target, ast.Attribute) and target.attr == "refusal":
        return "refusal"
    if isinstance(target, ast.Attribute) and target.attr == "add" and ast.unparse(target.value).endswith("faults"):
        return "add"
    return None


def _texts(node: ast.AST | None, function: ast.AST) -> list[str]:
    """The texts that an expression can be, as far as the function itself tells; none when it does not."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return [node.value]
    if isinstance(node, ast.IfExp):
        both = [_texts(node.body, function), _texts(node.orelse, function)]
        return both[0] + both[1] if all(both) else []
    if isinstance(node, ast.Name):
        given = [_texts(value, function) for value in _assigned(node.id, function)]
        return [text for texts in given for text in texts] if given and all(given) else []
    return []


def _assigned(name: str, function: ast.AST) -> list[ast.expr]:
    return [
        node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets)
    ]


def _values(call: ast.Call, maker: str, function: ast.AST) -> frozenset[str] | None:
    if maker in {"add", "refusal"}:
        names = [kw.arg for kw in call.keywords]
        return None if None in names else frozenset(name for name in names if name is not None)
    if maker in {"fault", "Misplaced"}:  # the path is added to what they are given
        given_names = {kw.arg for kw in call.keywords}
        return None if None in given_names else frozenset({*map(str, given_names), "path"})
    place = {"Refusal": 2, "Verdict": 2}[maker]
    given = next((kw.value for kw in call.keywords if kw.arg == "values"), None)
    given = given or (call.args[place] if len(call.args) > place else ast.Dict([], []))
    names_ = _keys(given, function)
    # What a Verdict says becomes a refusal's values together with its key.
    return names_ | {"key"} if names_ is not None and maker == "Verdict" else names_


def _keys(node: ast.AST, function: ast.AST) -> frozenset[str] | None:
    if isinstance(node, ast.Name):
        given = _assigned(node.id, function)
        return _keys(given[0], function) if len(given) == 1 else None
    if not isinstance(node, ast.Dict):
        return None
    keys: frozenset[str] = frozenset()
    for key, value in zip(node.keys, node.values, strict=True):
        inner = _keys(value, function) if key is None else None
        if isinstance(key, ast.Constant):
            keys |= {str(key.value)}
        elif inner is not None:
            keys |= inner
        else:
            return None
    return keys


def names_of_templates(source: str) -> Iterator[re.Pattern[str]]:
    """Patterns for the template names that a module writes down; what is filled in may be any part of a name."""
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and re.search(r"\.(md|txt|html)\Z", node.value)
        ):
            yield re.compile(re.escape(node.value))
        elif isinstance(node, ast.JoinedStr):
            text = "".join(
                re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"[A-Za-z0-9._-]+"
                for part in node.values
            )
            if re.search(r"/.*\.(md|txt|html)\Z", text.replace("\\", "")):
                yield re.compile(text)
