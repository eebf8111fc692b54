"""String literals of JavaScript and TypeScript."""

from __future__ import annotations

import re
from typing import Final

_ESCAPE = re.compile(
    r"\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|u\{([0-9a-fA-F]{1,6})\}|(\r\n|[\n\r\u2028\u2029])|(.))", re.DOTALL
)
_SIMPLE: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "0": "\0"}
_PAIR = re.compile(r"[\ud800-\udbff][\udc00-\udfff]")


def decode_script(raw: bytes) -> str:
    """What the inside of a literal says. Bytes that are not UTF-8 become lone surrogates."""
    text = raw.decode("utf-8", "surrogateescape")
    if "\\" not in text:
        return text
    text = _ESCAPE.sub(_unescape, text)
    return _PAIR.sub(lambda pair: pair[0].encode("utf-16-le", "surrogatepass").decode("utf-16-le"), text)


def _unescape(found: re.Match[str]) -> str:
    digits = found[1] or found[2] or found[3]
    if digits:
        code = int(digits, 16)
        return chr(code) if code <= 0x10FFFF else found[0]
    if found[4]:
        return ""
    return _SIMPLE.get(found[5], found[5])
