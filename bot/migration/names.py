"""Ids: of folders, and of the migration itself. They become parts of branch names."""

from __future__ import annotations

import posixpath
import re

IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z")


def is_identifier(text: str) -> bool:
    """Whether this can be the id of a folder and part of a branch name."""
    return bool(IDENTIFIER.match(text)) and ".." not in text and not text.lower().endswith((".", ".lock"))


def sanitized(text: str) -> str:
    """The id nearest to a text: what is not allowed becomes ``-``. May be '' when nothing of it is left."""
    text = re.sub(r"[^A-Za-z0-9._-]", "-", text).lstrip("._-")
    text = re.sub(r"\.{2,}", ".", text).rstrip(".")
    return re.sub(r"\.lock\Z", "-lock", text, flags=re.IGNORECASE)[:100]


def default_name(file: str) -> str:
    """A migration's name from its manifest's file name."""
    stem = posixpath.basename(file.replace("\\", "/")).rpartition(".")
    return sanitized(stem[0] or stem[2]) or "migration"
