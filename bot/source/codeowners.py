"""CODEOWNERS: who answers for which paths. The last pattern that matches a path decides.

Patterns are gitignore's with the exceptions of GitHub's "About code owners": ``!``, ``[ ]`` and ``\\#`` do not
work, ``docs/*`` takes no deeper file. A line that is wrong is skipped, as GitHub does, and told. A pattern without
owners takes its paths away from the owners before it. Every pattern becomes a glob, so matching is linear in the path.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from bot.errors import Refusal
from bot.source.globs import Glob, compile_glob, either

PLACES: Final = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where the file may be; the first that exists is the one."""
MOST_BYTES: Final = 3 << 20
"""GitHub's limit: a larger file has no effect there."""
MOST_WILDCARDS: Final = 5_000
"""So many patterns with wildcards are taken. Each may have to be tried on each path; plain paths are looked up."""
MOST_FAULTS: Final = 200
"""So many faults are told; more teach nothing."""

_BOM: Final = b"\xef\xbb\xbf"
_PATTERN: Final = re.compile(r"(?:[^\\ \t]|\\.)+", re.DOTALL)
_USER: Final = re.compile(r"@[A-Za-z0-9][A-Za-z0-9_-]{0,99}(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,99})?", re.ASCII)
_EMAIL: Final = re.compile(r"[^\s@#,;<>\"\\]{1,64}@[A-Za-z0-9.-]{1,255}", re.ASCII)
_MAGIC: Final = re.compile(r"[*?\[]")
_PLAIN: Final = re.compile(r"[^*?{}\[\]\\\x00-\x1f\x7f]+")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_CHUNK: Final = 50
"""So many wildcard patterns are tried at once."""

Why = Literal[
    "negated", "range", "escaped-hash", "hash-inside", "bad-owner", "bad-pattern", "not-utf8", "too-large", "too-many"
]
Owners = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that was skipped, counted from 1; 0 where the whole file was."""

    line: int
    why: Why


@dataclass(frozen=True, slots=True)
class _Rule:
    """One pattern. Of equal rank with all others: the greatest ``number`` that matches decides."""

    number: int
    owners: Owners
    globs: tuple[Glob, ...] = ()


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Some patterns with wildcards, the last one first. ``any`` matches where one of them does."""

    rules: tuple[_Rule, ...]
    any: Glob


@dataclass(frozen=True, slots=True)
class CodeOwners:
    """A file that was read. Made by :func:`parse`."""

    path: str
    faults: tuple[Fault, ...] = ()
    usable: bool = True
    """Whether the file was read at all; else nobody knows who owns what."""
    _chunks: tuple[_Chunk, ...] = ()
    """Those with wildcards, the last ones first."""
    _plain: dict[str, _Rule] = field(default_factory=dict)
    """Plain names and paths as keys of ``_keys``."""

    def owners(self, path: str) -> Owners:
        """Who owns a path, as the file has it: lower case, without ``@`` (an email stays one); empty: nobody."""
        found = [self._plain[key] for key in _keys(path) if key in self._plain]
        best = max(found, key=lambda rule: rule.number, default=None)
        for chunk in self._chunks:
            if best is not None and chunk.rules[0].number < best.number:
                break
            if chunk.any.matches(path):
                first = next((rule for rule in chunk.rules if any(glob.matches(path) for glob in rule.globs)), None)
                if first is not None:
                    best = first if best is None or first.number > best.number else best
                    break
        return best.owners if best is not None else ()

    def groups(self, paths: Iterable[str]) -> dict[Owners, tuple[str, ...]]:
        """The paths by the set of their owners (sorted); those of nobody under the empty tuple."""
        found: defaultdict[Owners, list[str]] = defaultdict(list)
        for path in dict.fromkeys(paths):
            found[tuple(sorted(self.owners(path)))].append(path)
        return {owners: tuple(own) for owners, own in found.items()}


def parse(data: bytes, path: str) -> CodeOwners:
    """Reads a CODEOWNERS file. Never raises: what is wrong stands in ``faults``."""
    if len(data) >= MOST_BYTES:
        return CodeOwners(path, (Fault(0, "too-large"),), usable=False)
    faults: list[Fault] = []
    globs: list[_Rule] = []
    plain: dict[str, _Rule] = {}
    for number, raw in enumerate(data.removeprefix(_BOM).split(b"\n"), 1):
        try:
            read = _line(raw.decode("utf-8").strip(" \t\r\f\v"))
            if read is None:
                continue
            keys, patterns = _pattern(read[0])
            rule = _Rule(number, read[1], tuple(compile_glob(one) for one in patterns))
        except _SkippedError as skipped:
            faults.append(Fault(number, skipped.why))
        except UnicodeDecodeError:
            faults.append(Fault(number, "not-utf8"))
        except Refusal:
            faults.append(Fault(number, "bad-pattern"))
        else:
            plain.update(dict.fromkeys(keys, rule))
            if patterns:
                globs.append(rule)
            if len(globs) > MOST_WILDCARDS:
                return CodeOwners(path, (Fault(0, "too-many"),), usable=False)
    return CodeOwners(path, tuple(faults[:MOST_FAULTS]), _chunks=tuple(_chunked(globs)), _plain=plain)


def _chunked(rules: list[_Rule]) -> Iterator[_Chunk]:
    for end in range(len(rules), 0, -_CHUNK):
        some = tuple(reversed(rules[max(0, end - _CHUNK) : end]))
        try:
            together = either(glob for rule in some for glob in rule.globs)
        except Refusal:  # too large as one: then each is tried
            together = compile_glob("**")
        yield _Chunk(some, together)


class _SkippedError(Exception):
    """A line that GitHub skips."""

    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why: Why = why


def _line(text: str) -> tuple[str, Owners] | None:
    """The pattern and the owners of a line; ``None`` where it has nothing to say."""
    if not text or text.startswith("#"):
        return None
    found = _PATTERN.match(text)
    if found is None or (rest := text[found.end() :])[:1] == "\\":
        raise _SkippedError("bad-pattern")
    pattern = found[0]
    if pattern.startswith("!"):
        raise _SkippedError("negated")
    if pattern.startswith("\\#"):
        raise _SkippedError("escaped-hash")
    if "#" in pattern:
        # Whether it starts a comment is not documented; if it did, the paths before it would lose their owners.
        raise _SkippedError("hash-inside")
    owners = []
    for word in rest.split():
        if word.startswith("#"):
            break
        if not _USER.fullmatch(word) and not _EMAIL.fullmatch(word):
            raise _SkippedError("bad-owner")
        owners.append(word.removeprefix("@").lower())
    return pattern, tuple(dict.fromkeys(owners))


def _pattern(written: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A pattern as keys (where it is plain) or as globs."""
    text = written if _PLAIN.fullmatch(written) else _glob_text(written)
    below = text.endswith("/")
    anchored = "/" in text.removesuffix("/")
    parts = text.removesuffix("/").removeprefix("/").split("/")
    if not {"", ".", ".."}.isdisjoint(parts) or _CONTROL.search(text):
        raise _SkippedError("bad-pattern")
    if not _MAGIC.search(text):
        return _plain_keys("/".join(parts), anchored=anchored, below=below), ()
    if below and parts[-1] == "**":
        parts[-1] = "*"  # folders at any depth: what is in them
    stem = "/".join(parts if anchored else ["**", *parts])
    if below:
        return (), (f"{stem}/**",)
    return (), (stem,) if parts[-1] in {"*", "**"} else (stem, f"{stem}/**")


def _glob_text(written: str) -> str:
    """A pattern in our globs' own language. Raises for what GitHub does not take."""
    out, at = "", 0
    while at < len(written):
        char = written[at]
        if char in "[]":
            raise _SkippedError("range")
        if char == "\\":
            at += 1
            char = written[at]
            if char in "\\/":
                raise _SkippedError("bad-pattern")
            out += f"[{char}]" if char in "*?{}" else char
            if char in "[]":
                raise _SkippedError("range")
        else:
            out += f"[{char}]" if char in "{}" else char
        at += 1
    # Stars beside other characters are one star (gitignore).
    return "/".join(part if part == "**" else re.sub(r"\*{2,}", "*", part) for part in out.split("/"))


def _plain_keys(name: str, *, anchored: bool, below: bool) -> tuple[str, ...]:
    """Under which of ``_keys`` a plain name is found: as a folder, and, unless it ends with a slash, as the file."""
    start = "/" if anchored else ""
    return (f"{start}{name}/",) if below else (f"{start}{name}/", f"{start}{name}")


def _keys(path: str) -> list[str]:
    """Every name of a path that a plain pattern may have: each folder and the file, by its path and by its name."""
    parts: Sequence[str] = path.split("/")
    found, around = [], "/"
    for folder in parts[:-1]:
        around += f"{folder}/"
        found += [around, f"{folder}/"]
    return [*found, f"/{path}", parts[-1]]
