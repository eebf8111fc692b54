"""The gate for repository paths, and what is done with paths that are through it.

Paths are ``str`` with ``/`` between parts, relative to the repository; ``''`` is its root. Bytes that are not UTF-8
are lone surrogates (``surrogateescape``). Rules of the gate: FACTS.md (git and pygit2); the disguises of ``.git`` are
those of git's own ``is_hfs_dotgit`` and ``is_ntfs_dotgit``, drawn wider: a path wrongly refused costs a rename.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from bot.errors import Place, Refusal

MOST_PATH_BYTES: Final = 1000
MOST_PART_BYTES: Final = 255

_PLAIN = re.compile(r"[A-Za-z0-9_@][A-Za-z0-9_@.+-]*[A-Za-z0-9_+-]|[A-Za-z0-9_@]")
_PLAIN_PATH = re.compile(rf"(?:{_PLAIN.pattern})(?:/(?:{_PLAIN.pattern}))*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_BIDIRECTIONAL = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_LONE_SURROGATE = re.compile(r"[\ud800-\udfff]")
_FOREIGN_SURROGATE = re.compile(r"[\ud800-\udc7f\udd00-\udfff]")
_DRIVE = re.compile(r"[A-Za-z]:")
# What file systems leave out when they compare names (HFS+'s list), and all that is drawn as nothing besides.
_IGNORED = re.compile(
    r"[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f"
    r"\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_SHORT_GIT = re.compile(r"git~[0-9]+")


def check_path(path: str, place: Place | None = None, *, surrogates: bool = False) -> str:
    """Return the path if it may be a file's or folder's path in a repository.

    ``surrogates`` lets through the lone surrogates that stand for bytes that are not UTF-8 (names read from git).
    Raises ``Refusal('unsafe-path')`` with ``path`` and ``reason``.
    """
    if len(path) <= MOST_PART_BYTES and _PLAIN_PATH.fullmatch(path):
        return path
    reason = _fault(path, surrogates=surrogates)
    if reason:
        shown = path.encode("utf-8", "backslashreplace").decode("utf-8")
        raise Refusal("unsafe-path", place or Place(), {"path": shown[:MOST_PATH_BYTES], "reason": reason})
    return path


def _fault(path: str, *, surrogates: bool) -> str:
    if not path:
        return "it is empty"
    if (_FOREIGN_SURROGATE if surrogates else _LONE_SURROGATE).search(path):
        return "it is not valid Unicode"
    if len(path.encode("utf-8", "surrogateescape")) > MOST_PATH_BYTES:
        return f"it is longer than {MOST_PATH_BYTES} bytes"
    if _CONTROL.search(path):
        return "it holds a control character"
    if _BIDIRECTIONAL.search(path):
        return "it holds a character that changes the direction of text"
    if "\\" in path:
        return "it holds a backslash"
    if path.startswith("/"):
        return "it is absolute"
    if _DRIVE.match(path):
        return "it starts with a drive letter"
    return next((reason for part in path.split("/") if (reason := _part_fault(part))), "")


def _part_fault(part: str) -> str:
    if not part:
        return "a part of it is empty"
    if part in {".", ".."}:
        return f"it holds {part!r} as a part"
    if len(part.encode("utf-8", "surrogateescape")) > MOST_PART_BYTES:
        return f"a part of it is longer than {MOST_PART_BYTES} bytes"
    if _is_git(part):
        return "a part of it is .git, or is taken for .git by some file system"
    bare = _IGNORED.sub("", part).rstrip(". ")
    if bare != part and not bare and not part.strip(". "):
        return "a part of it is only dots and spaces"
    return ""


def _is_git(part: str) -> bool:
    """Whether some file system takes this name for ``.git``: case, ignored characters, tails, streams, short names."""
    for form in (part, unicodedata.normalize("NFKC", part)):
        bare = _IGNORED.sub("", form).casefold()
        bare = bare.partition(":")[0].rstrip(". \t").lstrip(" \t")
        if bare == ".git" or _SHORT_GIT.fullmatch(bare):
            return True
    return False


def twin_key(path: str) -> str:
    """A key, equal for paths that some file system takes for one: by case, normal form, ignored characters.

    NTFS also drops dots and spaces at the end of a part. Works for names and for paths; never a path to use.
    """
    if path.isascii():
        folded = path.lower()
    else:
        folded = unicodedata.normalize("NFKC", _IGNORED.sub("", path)).casefold()
        folded = unicodedata.normalize("NFKC", folded).casefold()
    if "." in folded or " " in folded:
        return "/".join(part.rstrip(". ") or part for part in folded.split("/"))
    return folded


def join(folder: str, name: str) -> str:
    """The path of a name (or relative path) inside a folder; either may be ``''``."""
    return f"{folder}/{name}" if folder and name else folder or name


def parent(path: str) -> str:
    """The folder a path stands in; ``''`` for the root and what stands in it."""
    return path.rpartition("/")[0]


def name(path: str) -> str:
    """A path's last part."""
    return path.rpartition("/")[2]


def is_inside(path: str, folder: str) -> bool:
    """Whether a path is the folder or stands below it. All is inside the root ``''``."""
    return not folder or path == folder or path.startswith(f"{folder}/")


def resolve(folder: str, relative: str) -> str | None:
    """Where a relative path leads from a folder, by text alone; ``None`` when it climbs out of the repository.

    ``''`` is the root. An absolute path leads out, too.
    """
    if relative.startswith("/"):
        return None
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


def relative_to(folder: str, target: str) -> str:
    """The relative path that leads from a folder to a target; it always starts with ``./`` or ``../``.

    The folder itself is ``./``, its parent ``../``.
    """
    here = folder.split("/") if folder else []
    there = target.split("/") if target else []
    same = 0
    while same < len(here) and same < len(there) and here[same] == there[same]:
        same += 1
    up = "../" * (len(here) - same)
    return (up or "./") + "/".join(there[same:])
