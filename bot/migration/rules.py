"""Import rules, compiled once for each set of options, and the static checks on them."""

from __future__ import annotations

import keyword
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.contracts.migration import ExactRule
from bot.errors import Place, Refusal
from bot.source.globs import compile_glob
from bot.source.regexes import check_replacement, compile_regex

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.contracts.migration import ImportRule, Options
    from bot.source.globs import Glob
    from bot.source.grammars import Language
    from bot.source.regexes import Regex

UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\"'`\\]|\$\{")
"""What would end a string literal, or hide: never part of a specifier that we write."""


@dataclass(frozen=True, slots=True)
class Exact:
    """``from`` and ``to`` of an exact rule; ``below`` is the separator of a wildcard (``/`` or ``.``), else ''."""

    index: int
    glob: Glob
    from_: str
    to: str
    below: str
    literal: bytes

    def applies(self, language: Language | None) -> bool:
        """Whether the wildcard's separator is the language's own."""
        return not self.below or (self.below == ".") == (language == "python")

    def rewrite(self, text: str) -> str | None:
        """The specifier this rule makes of one that it matches wholly, else ``None``."""
        if not self.below:
            return self.to if text == self.from_ else None
        if text.startswith(self.from_) and len(text) > len(self.from_):
            return self.to + text[len(self.from_) :]
        return None


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regex rule."""

    index: int
    glob: Glob
    regex: Regex
    to: str


@dataclass(frozen=True, slots=True)
class Rules:
    """A folder's rules in order."""

    exact: tuple[Exact, ...]
    patterns: tuple[Pattern, ...]

    def for_file(self, rel: str, language: Language | None) -> Rules:
        """Those whose ``files`` glob takes this path (relative to the source)."""
        if not self.exact and not self.patterns:
            return self
        exact = tuple(rule for rule in self.exact if rule.applies(language) and rule.glob.matches(rel))
        return Rules(exact, tuple(rule for rule in self.patterns if rule.glob.matches(rel)))

    def __bool__(self) -> bool:
        return bool(self.exact or self.patterns)


@lru_cache(maxsize=256)
def compile_rules(options: Options) -> Rules:
    """The rules of checked options."""
    exact, patterns = [], []
    for index, rule in enumerate(options.imports):
        glob = compile_glob(rule.files)
        if isinstance(rule, ExactRule):
            from_, to, below = split_wildcard(rule)
            exact.append(Exact(index, glob, from_, to, below, from_.encode("utf-8", "surrogateescape")))
        else:
            patterns.append(Pattern(index, glob, compile_regex(rule.regex, Place()), rule.to))
    return Rules(tuple(exact), tuple(patterns))


def split_wildcard(rule: ExactRule) -> tuple[str, str, str]:
    """``from``, ``to`` without the star, and the separator before it ('' when there is no wildcard).

    Raises ``bad-wildcard`` when only one side has one, they differ in kind, or a star stands elsewhere.
    """
    ends = [side[-2] if side.endswith(("/*", ".*")) and len(side) > 2 else "" for side in (rule.from_, rule.to)]
    bodies = [side[:-1] if end else side for side, end in ((rule.from_, ends[0]), (rule.to, ends[1]))]
    if ends[0] != ends[1] or any("*" in body for body in bodies):
        raise Refusal("bad-wildcard", Place(), {"from": rule.from_, "to": rule.to})
    return bodies[0], bodies[1], ends[0]


def check_rule(rule: ImportRule, place: Callable[[str], Place]) -> None:
    """Refuse what cannot work. ``place`` tells where a member of the rule stands.

    Raises ``bad-glob``, ``bad-regex``, ``bad-replacement``, ``bad-wildcard``, ``bad-specifier``.
    """
    compile_glob(rule.files, place("files"))
    if not isinstance(rule, ExactRule):
        check_replacement(compile_regex(rule.regex, place("regex")), rule.to, place("to"))
        return
    try:
        split_wildcard(rule)
    except Refusal as refusal:
        raise Refusal(refusal.code, place("from"), refusal.values) from None
    for member, text in (("from", rule.from_), ("to", rule.to)):
        if UNSAFE.search(text) or text != text.strip():
            raise Refusal("bad-specifier", place(member), {"specifier": text})


def is_dotted(text: str, *, relative: bool) -> bool:
    """Whether this can stand as a Python module name in an import statement."""
    name = text.lstrip(".")
    if name != text and not relative:
        return False
    parts = name.split(".")
    return (not name and bool(text)) or all(part.isidentifier() and not keyword.iskeyword(part) for part in parts)
