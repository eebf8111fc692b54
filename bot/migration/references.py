"""Paths written down in configuration: those in known files are rewritten in place, all others are listed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from bot.contracts.tree import FOLDER
from bot.migration import imports
from bot.migration.checks import WORKFLOWS
from bot.migration.model import Change, show
from bot.migration.view import below
from bot.source.grammars import language_of
from bot.source.lines import LineIndex, line_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.migration.scene import Scene, Task

KNOWN = re.compile(r"(?:package\.json|[tj]sconfig.*\.json|pyproject\.toml|go\.mod|go\.work)\Z")
KNOWN_ENDINGS = (".json", ".toml", ".mod", ".work")
LISTED_ENDINGS = frozenset(
    "astro bazel bzl cfg cmake conf css dockerfile env gql gradle graphql hcl htm html ini json json5 jsonc kts less "  # noqa: SIM905
    "md mdx mk nix properties proto ps1 rst sass scss sh bash sql svelte tf toml txt vue xml yaml yml".split()
)
PAGE_ENDINGS = (".vue", ".svelte", ".astro", ".html", ".htm", ".mdx", ".css", ".scss", ".sass", ".less")
LISTED_NAMES = frozenset(
    "BUILD CODEOWNERS Containerfile Dockerfile Jenkinsfile Justfile Makefile Procfile Tiltfile WORKSPACE justfile "  # noqa: SIM905
    "makefile .dockerignore .eslintignore .gitattributes .gitignore .gitmodules .npmignore .prettierignore".split()
)
JSON = re.compile(rb'//[^\n]*|/\*(?:[^*]|\*(?!/))*+(?:\*/)?|"((?:[^"\\\r\n]|\\.)*+)("?)')
TOML = re.compile(
    rb'#[^\n]*|"{3}(?:[^"\\]|\\.|"(?!""))*+(?:"{3})?|"((?:[^"\\\r\n]|\\.)*+)("?)'
    rb"|'{3}(?:[^']|'(?!''))*+(?:'{3})?|'([^'\r\n]*+)('?)",
    re.DOTALL,
)
"""Both take comments, texts of many lines and strings that do not end whole: no search starts inside one."""
BARE = re.compile(rb"//[^\n]*|(?<![^\s(])(\.{1,2}(?:/[^\s\"`)]*)?)(?![^\s)])")
PAGES = re.compile(
    rb"[\"'`](\.{1,2}/[^\"'`\s<>$]*)[\"'`]|\burl\(\s*(\.{1,2}/[^\s)\"'$]*)\s*\)|\bsrc=(\.{1,2}/[^\s>\"'$]*)"
)
SCRIPTS = re.compile(
    rb"///[ \t]*<reference[ \t]+path[ \t]*=[ \t]*[\"']([^\"'\r\n]+)[\"']"
    rb"|\bdeclare\s+module\s+[\"'](\.{1,2}/[^\"'\r\n]*)[\"']"
    rb"|\bnew\s+URL\(\s*[\"'`](\.{1,2}/[^\"'`\r\n$]*)[\"'`]\s*,\s*import\.meta\b"
)
SCRIPT_SIGNS = (b"<reference", b"declare", b"new URL")
ENDS = re.compile(r"[\"'`\\\x00-\x1f\x7f]")
"""What might end the string that a path stands in, or be read otherwise: a path with it is listed, not written."""
PARTS = re.compile(r"(?P<mark>!?(?:file:|link:|portal:)?)(?P<path>[^\s*?{\[]*)(?P<rest>.*)\Z", re.DOTALL)
BASE_URL = re.compile(rb'"baseUrl"\s*:\s*"([^"\\]*)"')
PATH_KEYS = frozenset(
    {b"include", b"exclude", b"files", b"path", b"rootDir", b"rootDirs", b"baseUrl", b"typeRoots", b"workspaces"}
)
"""Keys of ``tsconfig.json`` and ``package.json`` whose values, down to the next key, are paths and nothing else."""
PATHS = re.compile(rb'"paths"\s*:\s*\{[^{}]*\}')
MOST_LISTED = 200
"""So many mentions are listed for one file; more would bury the others."""


def is_known(path: str) -> bool:
    """Whether this file's strings are paths that may be rewritten."""
    return path.endswith(KNOWN_ENDINGS) and KNOWN.match(path.rpartition("/")[2]) is not None


def is_listed(path: str) -> bool:
    """Whether mentions of a path in this file are worth listing."""
    name = path.rpartition("/")[2]
    ending = name.rpartition(".")[2].lower()
    return ending in LISTED_ENDINGS or name in LISTED_NAMES or name.startswith(("Dockerfile.", "Makefile."))


def is_bare(path: str) -> bool:
    """Whether paths stand without quotes in this file: a space would end them."""
    return path.rpartition("/")[2] in {"go.mod", "go.work"}


def is_page(path: str) -> bool:
    """Whether this is a page, a component or a style sheet: no grammar of ours, but full of relative paths."""
    return path.endswith(PAGE_ENDINGS)


def is_workflow(path: str) -> bool:
    """Whether the bot may not touch this file at all."""
    return below(path.casefold(), WORKFLOWS) is not None


@dataclass(frozen=True, slots=True)
class _Reference:
    start: int
    end: int
    mark: str
    path: str
    rest: str
    word: bool = False
    """It stands where only a path can stand, so that even a plain word is one."""

    @property
    def relative(self) -> bool:
        return self.path.startswith(("./", "../")) or self.path in {".", ".."}


def follow(scene: Scene, task: Task, data: bytes) -> list[Change]:
    """Rewrites of the strings that name something that will be elsewhere, seen from this file. Raises nothing."""
    if not task.recompute and task.own is not None:
        return []
    changes = []
    bare = is_bare(task.old)
    index = LineIndex(data)
    folders = _folders(scene, task, data)
    aliases = [found.span() for found in PATHS.finditer(data)] if len(folders) > 1 else []
    for reference in _references(task.old, data):
        counted = any(start < reference.start < end for start, end in aliases)  # from ``baseUrl``
        text = _follow_one(scene, task, reference, folders[::-1] if counted else folders)
        if text is not None and not ENDS.search(text) and not (bare and " " in text):
            before = data[reference.start : reference.end]
            after = text.encode("utf-8", "surrogateescape")
            line = index.line(reference.start)
            changes.append(Change(reference.start, reference.end, after, before, line, "path-reference"))
    return changes


def lost(scene: Scene, task: Task, data: bytes) -> Iterator[tuple[int, str]]:
    """Line and text of relative paths that found something before and, from the file's new place, find nothing."""
    for reference in _references(task.new, data):
        if not reference.relative and not reference.mark.strip("!"):
            continue
        before = imports.climb(task.old_folder, reference.path)
        after = imports.climb(task.new_folder, reference.path)
        was = before is not None and (scene.base.at(before) or imports.find_stem(scene.base, before))
        still = after is not None and (
            scene.after.is_file(after) or scene.after.is_folder(after) or imports.find_stem(scene.after, after)
        )
        if was and not still:
            yield line_of(data, reference.start), show(data[reference.start : reference.end])


def lost_beside_imports(scene: Scene, task: Task, data: bytes) -> Iterator[tuple[int, str]]:
    """The same for paths that are no import by any grammar of ours, in pages and styles, and in scripts.

    There: what stands in quotes or in ``url()``. Here: ``/// <reference path>``, ``declare module`` and ``new URL``.
    """
    page = is_page(task.new)
    if not page and not any(sign in data for sign in SCRIPT_SIGNS):
        return
    for found in (PAGES if page else SCRIPTS).finditer(data):
        text = show(data[found.start(found.lastindex or 0) : found.end(found.lastindex or 0)])
        _, was = imports.find_script(scene.base, task.old_folder, text)
        if was is not None and imports.find_script(scene.after, task.new_folder, text)[1] is None:
            yield line_of(data, found.start()), text


def _folders(scene: Scene, task: Task, data: bytes) -> list[tuple[str, str]]:
    """The folders that paths in this file count from, before and after: its own, and TypeScript's ``baseUrl``."""
    found = [(task.old_folder, task.new_folder)]
    base_url = BASE_URL.search(data)
    if base_url:
        text = base_url[1].decode("utf-8", "surrogateescape")
        old = imports.climb(task.old_folder, text)
        if old is not None and old != task.old_folder:  # it follows its folder, and what counts from it with it
            stays = imports.climb(task.new_folder, text)
            new = (
                stays
                if old and not scene.base.is_folder(old)
                else scene.after.place_folder(old, task.own)
                if old
                else ""
            )
            found += [(old, new)] if new is not None else [(old, stays)] if stays is not None else []
    return found


def _references(path: str, data: bytes) -> Iterator[_Reference]:
    name = path.rpartition("/")[2]
    pattern = BARE if is_bare(path) else JSON if name.endswith(".json") else TOML
    word = False
    for found in pattern.finditer(data):
        group = next((number for number in range(1, pattern.groups + 1, 2) if found[number]), 0)
        if not group or (pattern is not BARE and not found[group + 1]):
            continue  # a comment, an empty string, or one that does not end
        if pattern is JSON and _is_key(data, found.end()):
            word = found[group] in PATH_KEYS
            continue
        text = found[group].decode("utf-8", "surrogateescape")
        if not text or "\\" in text or "://" in text or len(text) > 1024:
            continue
        parts = PARTS.match(text)
        if parts is None or parts["path"].startswith(("/", "@", "#", "~", "$")) or any(c.isspace() for c in text):
            continue
        yield _Reference(found.start(group), found.end(group), parts["mark"], parts["path"], parts["rest"], word)


def _is_key(data: bytes, end: int) -> bool:
    return data[end : end + 64].lstrip()[:1] == b":"


def _follow_one(scene: Scene, task: Task, reference: _Reference, folders: list[tuple[str, str]]) -> str | None:
    plain = not reference.relative and not reference.mark.strip("!")
    fixed, tail = reference.path, reference.rest
    if tail:  # a glob: only whole parts before its first magic one are a path
        fixed, _, part = fixed.rpartition("/")
        tail = f"/{part}{tail}" if fixed else part + tail
        if not fixed:
            return None
    if plain and "/" not in fixed and not tail and not reference.word:
        return None  # a plain word may be anything
    # What stands somewhere counts first, from either folder; then a relative path to nothing, from the file's own.
    for old, new, must_exist in [*((*pair, True) for pair in folders), *(() if plain else [(*folders[0], False)])]:
        stem = imports.climb(old, fixed)
        target = _target(scene, task, stem, must_exist=must_exist) if stem is not None else None
        if target is None:
            continue
        if imports.climb(new, fixed) == target:
            return None
        spelled = imports.spell(new, target)
        if not reference.relative:
            spelled = spelled.removeprefix("./")
        slash = "/" if fixed.endswith("/") and not spelled.endswith("/") else ""
        return reference.mark + spelled + slash + tail
    return None


def _target(scene: Scene, task: Task, stem: str, *, must_exist: bool) -> str | None:
    """Where the thing at a path will be; ``None`` when there is nothing, or a part of it stays behind."""
    own = task.own
    entry = scene.base.at(stem) if stem else None
    if not stem:
        return ""
    if entry is not None:
        return scene.after.place_folder(stem, own) if entry.mode == FOLDER else scene.after.place(stem, own)
    hit = imports.find_stem(scene.base, stem)
    if hit is not None:
        return hit.stem_at(scene.after.place(hit.file, own))
    return None if must_exist else scene.after.place_text(stem, own)


def words(scene: Scene, task: Task, data: bytes) -> Iterator[tuple[int, str]]:
    """Line and text of plain words that are the name of a folder beside this file which goes away: paths, perhaps."""
    for reference in _references(task.old, data) if is_known(task.old) else ():
        path = reference.path
        if reference.mark or reference.rest or reference.word or "/" in path or path in {".", ".."}:
            continue
        stem = imports.climb(task.old_folder, path)
        if stem and scene.base.is_folder(stem):
            target = scene.after.place_folder(stem, task.own)
            if target is None or imports.climb(task.new_folder, path) != target:
                yield line_of(data, reference.start), line_text(data, reference.start)


def listed(scene: Scene, data: bytes) -> Iterator[tuple[int, str]]:
    """Line and text of what still mentions an old place of a folder that moves."""
    places = scene.mentioned(data)
    if not places:
        return
    seen: set[int] = set()
    index = LineIndex(data)
    for moved in places:
        for found in chain(moved.mentions.finditer(data), moved.dotted.finditer(data) if moved.dotted else ()):
            line = index.line(found.start())
            if line not in seen:
                seen.add(line)
                yield line, line_text(data, found.start())
            if len(seen) >= MOST_LISTED:
                return


def line_text(data: bytes, offset: int) -> str:
    """The line around an offset, without its white space, cut to 200 characters."""
    start = data.rfind(b"\n", 0, offset) + 1
    end = data.find(b"\n", offset)
    return show(data[start : len(data) if end < 0 else end].strip())[:200]


def is_readable(path: str) -> bool:
    """Whether the search for importers looks into this file."""
    return language_of(path) is not None or is_known(path) or is_listed(path) or is_workflow(path)
