"""What a plain YAML scalar is: by YAML 1.1, which many programs still read, and the few forms taken here.

Source: https://yaml.org/type/ (bool, null, int, float), as PyYAML implements it, and the core schema of YAML 1.2.2.
"""

from __future__ import annotations

import re
from typing import Final, Literal

Kind = Literal["text", "boolean", "null", "number"]

_BOOLEANS: Final = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"), False),
}
_NULLS: Final = {"", "~", "null", "Null", "NULL"}
_PLAIN_INTEGER = re.compile(r"-?(?:0|[1-9][0-9]{0,17})")
_PLAIN_FLOAT = re.compile(r"-?(?:0|[1-9][0-9]{0,17})\.[0-9]{1,30}(?:[eE][+-]?[0-9]{1,2})?")
_BASES = (
    (2, re.compile(r"([-+]?)0b([01_]+)")),
    (16, re.compile(r"([-+]?)0x([0-9a-fA-F_]+)")),
    (8, re.compile(r"([-+]?)0o?([0-7_]+)")),
    (10, re.compile(r"([-+]?)([0-9][0-9_]*)")),
)
_FLOAT = re.compile(r"[-+]?(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?")
_SEXAGESIMAL = re.compile(r"([-+]?)([0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?)")
_SPECIAL = re.compile(r"([-+]?)\.(inf|Inf|INF|nan|NaN|NAN)")
_MOST_DIGITS: Final = 100
"""Longer numbers keep their text as value: none is due anywhere, and converting them costs quadratic time."""


def resolve(text: str) -> tuple[Kind, object]:
    """The kind and Python value of a plain scalar by YAML 1.1 (and by 1.2 where only that sees a number)."""
    if text in _NULLS:
        return "null", None
    if text in _BOOLEANS:
        return "boolean", _BOOLEANS[text]
    if text[0] not in "0123456789+-.":
        return "text", text
    if len(text) > _MOST_DIGITS:
        return ("number" if _FLOAT.fullmatch(text) or _SEXAGESIMAL.fullmatch(text) else "text"), text
    return _number(text)


def _number(text: str) -> tuple[Kind, object]:
    for base, pattern in _BASES:
        if (found := pattern.fullmatch(text)) and (digits := found[2].replace("_", "")):
            value = int(digits, base)
            return "number", -value if found[1] == "-" else value
    if _FLOAT.fullmatch(text):
        return "number", float(text.replace("_", ""))
    if found := _SEXAGESIMAL.fullmatch(text):
        total: float = 0
        for part in found[2].replace("_", "").split(":"):
            total = total * 60 + (float(part) if "." in part else int(part))
        return "number", -total if found[1] == "-" else total
    if found := _SPECIAL.fullmatch(text):
        return "number", float(found[1] + found[2])
    return "text", text


def is_canonical(text: str) -> bool:
    """Whether a plain scalar that is no text is written as all read it: ``true``, ``false``, a decimal number."""
    if text in {"true", "false"}:
        return True
    return bool(_PLAIN_INTEGER.fullmatch(text) or _PLAIN_FLOAT.fullmatch(text))
