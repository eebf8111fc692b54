"""Import specs of Go files."""

from __future__ import annotations

import re
from typing import Final

from bot.source.syntax import Found, decode, matches, parse

_QUERY: Final = "(import_spec path: (_) @path)"
_ESCAPE = re.compile(rb"\\(?:([abfnrtv\\\"])|x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3}))")
_SIMPLE: Final = {**dict(zip(b"abfnrtv", b"\a\b\f\n\r\t\v", strict=True)), ord("\\"): ord("\\"), ord('"'): ord('"')}


def find(data: bytes) -> list[Found]:
    """Every import path, in order."""
    if b"import" not in data:
        return []
    tree = parse("go", data)
    if tree is None:
        return []
    found = []
    for captures in matches("go", _QUERY, tree):
        node = captures["path"][0]
        start, end = node.start_byte + 1, node.end_byte - 1
        if end > start:
            raw = data[start:end]
            found.append(Found(start, end, _decode(raw, plain=data[start - 1 : start] == b"`"), "import"))
    return sorted(found)


def _decode(raw: bytes, *, plain: bool) -> str:
    return decode(raw if plain or b"\\" not in raw else _ESCAPE.sub(_unescape, raw))


def _unescape(found: re.Match[bytes]) -> bytes:
    if found[1]:
        return bytes([_SIMPLE[found[1][0]]])
    if found[2] or found[5]:
        return bytes([int(found[2], 16) if found[2] else int(found[5], 8) & 0xFF])
    code = int(found[3] or found[4], 16)
    return chr(code).encode("utf-8", "surrogatepass") if code <= 0x10FFFF else found[0]
