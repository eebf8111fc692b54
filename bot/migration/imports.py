"""Where module specifiers point, and how to spell them from another place.

A :class:`Hit` ties what a specifier names (``stem``: the path as written, perhaps without ending or ``/index``) to what
it finds (``file``). When the file goes elsewhere, the same tie gives the new stem, so the style of the spelling stays.
Sources: Node's and TypeScript's module resolution, Python's import system, the Go modules reference.
"""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.migration.rules import is_dotted
from bot.migration.view import ancestors, below

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.migration.view import Base, View

SCRIPT_ENDINGS = (
    *(".ts", ".tsx", ".d.ts", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs", ".json"),
    *(".vue", ".svelte", ".node"),
)
EMITTED = {
    ".js": (".ts", ".tsx", ".d.ts"),
    ".jsx": (".tsx",),
    ".mjs": (".mts", ".d.mts"),
    ".cjs": (".cts", ".d.cts"),
    ".ts": (".d.ts",),
    ".tsx": (".d.ts",),
    ".mts": (".d.mts",),
    ".cts": (".d.cts",),
}
"""TypeScript names the file that will be emitted, or that was compiled; the one that is there has another ending."""
INDEXES = tuple(f"index{ending}" for ending in SCRIPT_ENDINGS[:10])
MODULE_LINE = re.compile(rb"^[ \t]*module[ \t]+[\"`]?([^\s\"`/][^\s\"`]*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Hit:
    """What a specifier names and what it finds. ``folder``: it finds a folder, not a file."""

    stem: str
    file: str
    folder: bool = False
    root: str = ""
    """Python: the folder that the dotted name counts from. Go: the module's folder."""

    def stem_at(self, file: str) -> str:
        """What the specifier must name to find the same file at another path."""
        if self.file.startswith(self.stem):
            rest = self.file[len(self.stem) :]
            return file[: len(file) - len(rest)] if rest else file
        ending = posixpath.splitext(self.stem)[1]
        for emitted in sorted(EMITTED.get(ending, ()), key=len, reverse=True):  # ``.d.ts`` before ``.ts``
            if self.file.endswith(emitted):
                return file[: -len(emitted)] + ending
        return file


def climb(folder: str, relative: str) -> str | None:
    """A relative path, resolved; '' is the root, ``None`` outside the repository."""
    parts = folder.split("/") if folder else []
    for part in relative.split("/"):
        if part in {"", "."}:
            continue
        if part == "..":
            if not parts:
                return None
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def spell(folder: str, target: str) -> str:
    """The relative path from a folder to a target: always ``./`` or ``../`` (or ``.``, ``..`` themselves) first."""
    text = posixpath.relpath("/" + target, "/" + folder)
    return text if text.startswith("..") or text == "." else "./" + text


# --- JavaScript and TypeScript


def is_relative(text: str) -> bool:
    """Whether a JavaScript specifier is relative."""
    return text.startswith(("./", "../")) or text in {".", ".."}


def split_query(text: str) -> tuple[str, str]:
    """A bundler's ``?raw`` or ``#part`` behind the path."""
    found = re.search(r"[?#]", text)
    return (text[: found.start()], text[found.start() :]) if found else (text, "")


def find_script(view: View, folder: str, text: str) -> tuple[str | None, Hit | None]:
    """The path that a relative specifier names from a folder (``None``: outside the repository), and what it finds."""
    stem = climb(folder, split_query(text)[0])
    if stem is None:
        return None, None
    only_folder = text.endswith(("/", "/.", "/..")) or text in {".", ".."}
    return stem, find_stem(view, stem, only_folder=only_folder)


def find_stem(view: View, stem: str, *, only_folder: bool = False) -> Hit | None:
    """The file that a path without ending or index names."""
    if not only_folder and stem:
        if view.is_file(stem):
            return Hit(stem, stem)
        for ending in SCRIPT_ENDINGS:
            if view.is_file(stem + ending):
                return Hit(stem, stem + ending)
        base, ending = posixpath.splitext(stem)
        for emitted in EMITTED.get(ending, ()):
            if view.is_file(base + emitted):
                return Hit(stem, base + emitted)
    if view.is_folder(stem):
        for name in (*INDEXES, "package.json"):
            path = f"{stem}/{name}" if stem else name
            if view.is_file(path):
                return Hit(stem, path)
    return None


def respell_script(folder: str, text: str, stem: str) -> str:
    """A relative specifier naming ``stem`` from ``folder``, in the style of the old one (trailing slash, query)."""
    path, query = split_query(text)
    slash = "/" if path.endswith("/") else ""
    return spell(folder, stem) + slash + query


# --- Python


def package_folder(path: str, dots: int) -> str | None:
    """The folder that a relative import with so many dots counts from; ``None`` outside the repository."""
    folder = path.rpartition("/")[0]
    for _ in range(dots - 1):
        if not folder:
            return None
        folder = folder.rpartition("/")[0]
    return folder


def find_module(view: View, stem: str, root: str = "") -> Hit | None:
    """A Python module or package at a path without ending."""
    if stem:
        for ending in (".py", ".pyi"):
            if view.is_file(stem + ending):
                return Hit(stem, stem + ending, root=root)
    for name in ("__init__.py", "__init__.pyi"):
        path = f"{stem}/{name}" if stem else name
        if view.is_file(path):
            return Hit(stem, path, root=root)
    return Hit(stem, stem, folder=True, root=root) if view.is_folder(stem) else None


def find_relative(view: View, path: str, text: str) -> tuple[str | None, Hit | None]:
    """The stem a relative Python import names, and what it finds."""
    name = text.lstrip(".")
    folder = package_folder(path, len(text) - len(name))
    if folder is None:
        return None, None
    stem = "/".join(part for part in (folder, name.replace(".", "/")) if part)
    return stem, find_module(view, stem)


def python_roots(view: View, path: str) -> Iterator[str]:
    """Folders that an absolute import in this file may count from, nearest first: see the module's roots in order.

    A script's own folder or its package's root; then, outwards, folders named ``src`` or ``lib`` and those named so
    beside the way; last the repository's root.
    """
    folder = path.rpartition("/")[0]
    while folder and view.is_file(f"{folder}/__init__.py"):
        folder = folder.rpartition("/")[0]
    yield folder
    for around in (*ancestors(folder), ""):
        if around and around != folder and around.rpartition("/")[2] in {"src", "lib"}:
            yield around
        for name in ("src", "lib"):
            inner = f"{around}/{name}" if around else name
            if view.is_folder(inner) and below(folder, inner) is None:
                yield inner
    if folder:
        yield ""


def find_absolute(view: View, path: str, text: str) -> Hit | None:
    """What an absolute dotted name finds in the repository, if anything."""
    first, _, _ = text.partition(".")
    namespace: Hit | None = None
    for root in python_roots(view, path):
        start = f"{root}/{first}" if root else first
        found = find_module(view, start + text[len(first) :].replace(".", "/"), root)
        if found is not None and not found.folder:
            return found
        namespace = namespace or found  # a real module anywhere on the way goes before a folder without __init__.py
    return namespace


def respell_relative(path: str, stem: str) -> str | None:
    """A relative dotted name for ``stem`` from a file; ``None`` where only the root is common or a part is no name."""
    folder = path.rpartition("/")[0]
    dots = 1
    while folder and below(stem, folder) is None:
        folder = folder.rpartition("/")[0]
        dots += 1
    rest = below(stem, folder) if folder else None
    if rest is None:
        return None
    text = "." * dots + rest.replace("/", ".")
    return text if "." not in rest and is_dotted(text, relative=True) else None


def respell_absolute(view: View, path: str, hit: Hit, stem: str) -> str | None:
    """An absolute dotted name for ``stem``: from the same root where that holds it, else ``src``, ``lib``, the top."""
    named = [
        root for root in python_roots(view, path) if root.rpartition("/")[2] in {"src", "lib"} and below(stem, root)
    ]
    root = hit.root if hit.root and below(stem, hit.root) else max(named, key=len, default="")
    rest = (below(stem, root) or "") if root else stem
    text = rest.replace("/", ".")
    return text if rest and "." not in rest and is_dotted(text, relative=False) else None


# --- Go


def go_module(base: Base, path: str) -> tuple[str, str] | None:
    """The module that a path belongs to: its folder and its name, from the nearest ``go.mod``."""
    for folder in (*ancestors(path), ""):
        entry = base.at(f"{folder}/go.mod" if folder else "go.mod")
        if entry is None:
            continue
        found = MODULE_LINE.search(base.tree.read(entry.oid))
        return (folder, found[1].decode("utf-8", "surrogateescape")) if found else None
    return None


def go_path(module: tuple[str, str], folder: str) -> str:
    """The import path of a folder in a module."""
    rest = below(folder, module[0]) if module[0] else folder
    return f"{module[1]}/{rest}" if rest else module[1]
