"""What a repository allows a batch to do: its limits and the paths that no batch may touch."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from bot.errors import Refusal
from bot.source.globs import Glob, compile_glob
from bot.source.paths import twin_key

PROTECTED: Final = (".github/workflows/**", "**/.gitmodules", "**/.gitattributes")
"""GitHub runs the first with the repository's secrets; git itself obeys the other two."""
MOST_FILE_BYTES: Final = 100 * 1000 * 1000
"""GitHub blocks pushes of files above 100 MB (documentation: "About large files on GitHub")."""

_SHORT: Final = re.compile(r"([^~]{1,6})~[0-9]+(?:\..*)?")
"""A short name of Windows (8.3): up to six characters and a number."""
_PLAIN: Final = re.compile(r"(?:[A-Za-z0-9_/-]|\.(?=[A-Za-z0-9_-]))+")
"""Paths in which nothing but case can be folded."""
_HASHED: Final = re.compile(r"(..)[0-9a-f]{4}")
"""What stands before the number when four files have such a name already: two letters and a hash of the long name."""


@dataclass(frozen=True)
class Policy:
    """Limits of one batch. ``protected`` are globs of paths, compared without case and in every disguise."""

    max_operations: int = 20_000
    max_files: int = 5_000
    max_bytes: int = 25 << 20
    """Bytes of all texts together."""
    protected: tuple[str, ...] = PROTECTED
    check_syntax: bool = True
    """Refuse a batch after which a source file does not parse that did before."""
    max_edited: int = 256 << 20
    """Bytes of all files together whose text is edited: they are held in memory, old and new."""

    @cached_property
    def _globs(self) -> tuple[tuple[str, Glob], ...]:
        return tuple((glob, compile_glob(_foldable(glob))) for glob in self.protected)

    @cached_property
    def _any(self) -> Glob | None:
        """All globs as one, with the folders whose content they protect, since most paths match none of them.

        ``None`` where that is too large.
        """
        globs = [_foldable(glob) for glob in self.protected]
        globs += [folder for glob in globs if (folder := glob.removesuffix("/**")) not in {glob, "**"}]
        try:
            return compile_glob(globs[0] if len(globs) == 1 else f"{{{','.join(globs)}}}")
        except Refusal:
            return None

    @cached_property
    def _shorts(self) -> frozenset[str]:
        """How the short names of protected names begin."""
        literal = {part.strip(". ") for glob in self.protected for part in _foldable(glob).split("/")}
        stems = {re.sub(r"[. ]", "", part) for part in literal if not re.search(r"[*?\[{]", part)}
        return frozenset({stem[:6] for stem in stems} | {stem[:2] for stem in stems})

    def protects(self, path: str) -> str | None:
        """The glob that forbids this path, or the part of it that is a disguise; ``None`` when it is free."""
        if not self.protected:
            return None
        key = folded(path)
        if "~" in key:
            for part in key.split("/"):
                if (short := _SHORT.fullmatch(part)) and self._is_short(short[1]):
                    return part
        below = f"{key}/x"  # a file in the place of a folder whose content is protected
        if self._any is not None and not self._any.matches(key):
            return None
        return next((glob for glob, each in self._globs if each.matches(key) or each.matches(below)), None)

    def _is_short(self, stem: str) -> bool:
        hashed = _HASHED.fullmatch(stem)
        return stem in self._shorts or (hashed is not None and hashed[1] in self._shorts)


def folded(path: str) -> str:
    """A path as the file system that folds most reads it: case, ignored characters, tails, streams."""
    if _PLAIN.fullmatch(path):
        return path.lower()
    return "/".join(part.partition(":")[0].rstrip(". ") or part for part in twin_key(path).split("/"))


def _foldable(glob: str) -> str:
    """A glob as paths are folded; where that tears it apart (``[a:b]``), without case alone."""
    try:
        compile_glob(folded(glob))
    except Refusal:
        return glob.lower()
    return folded(glob)


def policy(
    protected: Iterable[str] = (),
    *,
    lifted: bool = False,
    check_syntax: bool = True,
    max_operations: int = Policy.max_operations,
    max_files: int = Policy.max_files,
    max_bytes: int = Policy.max_bytes,
) -> Policy:
    """The default policy with more protected paths; ``lifted`` protects nothing (a person on their own machine)."""
    globs = () if lifted else tuple(dict.fromkeys((*PROTECTED, *protected)))
    return Policy(max_operations, max_files, max_bytes, globs, check_syntax)
