"""Building HTML: everything is escaped, unless it is ``Safe`` already, which only this package makes."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from datetime import datetime
from typing import TypeAlias
from urllib.parse import quote

VOID = {"br", "hr", "img", "input", "link", "meta"}
URLS = {"href", "src", "action", "formaction"}
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_SCHEME = re.compile(r"[^/?#]*?:")
_GOOD_SCHEME = re.compile(r"(?:https?://|mailto:)", re.IGNORECASE)


class Safe(str):
    """Markup that may stand in a page as it is."""

    __slots__ = ()


Child: TypeAlias = "str | int | Iterable[Child] | None"


def printable(value: object) -> str:
    """Text in which characters that hide, or turn the reading direction, are written out; line ends and tabs stay."""
    return _HIDDEN.sub(_spelled, str(value))


def _spelled(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a name that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return "" if found[0] == "\r" else f"[U+{code:04X}]"


def escape(value: object) -> Safe:
    """Any value as text that is inert in HTML, in and out of attributes."""
    return Safe(html.escape(printable(value), quote=True))


def safe_link(url: str) -> bool:
    """Whether a link leads to a page: http, https, mailto, or within this site; never ``javascript:`` or ``data:``."""
    if any(ord(letter) <= 32 or letter == "\\" for letter in url):  # browsers drop or turn these before they look
        return False
    return not _SCHEME.match(url) or bool(_GOOD_SCHEME.match(url))


def join(*children: Child) -> Safe:
    """Children one after the other: ``Safe`` as it is, text escaped, ``None`` and booleans left out."""
    parts: list[str] = []
    for child in children:
        if isinstance(child, Safe):
            parts.append(child)
        elif isinstance(child, bool) or child is None:
            continue
        elif isinstance(child, str | int):
            parts.append(escape(child))
        else:
            parts.append(join(*child))
    return Safe("".join(parts))


def el(tag: str, /, *children: Child, **attributes: object) -> Safe:
    """An element. ``class_`` gives class, ``data_live`` data-live; ``True`` an attribute without value, ``None`` none.

    Raises ``ValueError`` for a link with another scheme than http, https and mailto.
    """
    parts = [tag]
    for key, value in attributes.items():
        key = key.rstrip("_").replace("_", "-")
        if value is None or value is False:
            continue
        if key in URLS and not safe_link(str(value)):
            raise ValueError(f"not a link for a page: {value!r}")
        parts.append(key if value is True else f'{key}="{escape(value)}"')
    start = f"<{' '.join(parts)}>"
    return Safe(start if tag in VOID else f"{start}{join(*children)}</{tag}>")


def path_url(*parts: str) -> str:
    """A path from its parts, each quoted; slashes within a part stay, bytes that are not UTF-8 too."""
    return "/" + "/".join(quote(part, safe="/", errors="surrogateescape") for part in parts if part)


def when(at: datetime | None) -> Safe:
    """A time, exact, so that a page does not change by itself."""
    if at is None:
        return Safe("")
    return el(
        "time",
        f"{at:%b} {at.day}, {at:%H:%M:%S}",
        datetime=f"{at:%Y-%m-%dT%H:%M:%SZ}",
        title=f"{at:%Y-%m-%d %H:%M:%S} UTC",
    )


def plural(count: int, one: str, many: str = "") -> str:
    """``1 file``, ``2 files``."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
