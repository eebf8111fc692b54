r"""The one kind of back-reference that stays linear: to a group that is one character out of a short list.

RE2 has no back-references. ``(['"])x\1``, a quoted string, is what people want them for; it means the same as
``(['])x[']`` or ``(["])x["]``, and those RE2 takes.
"""

from __future__ import annotations

import itertools
import re
from typing import Final

MOST_VARIANTS: Final = 16

_TOKEN = re.compile(r"\\(?s:.)|\[\^?\]?(?:\\(?s:.)|\[:\w+:\]|[^\]\\])*\]|\((?:\?(?:P?<\w+>|[a-zA-Z-]*[:)]))?|(?s:.)")
_CHOICE = re.compile(r"\[((?:[^\]\[\\^-]|\\[\"'`])+)\]")


def variants(pattern: str) -> tuple[str, ...]:
    """The patterns that together mean ``pattern``, without such back-references; the pattern alone if it has none.

    A back-reference to any other group is left where it is: RE2 then refuses it, with its own words.
    """
    if not re.search(r"\\[1-9]", pattern) or r"\Q" in pattern:
        return (pattern,)
    pieces = _TOKEN.findall(pattern)
    used = {int(piece[1]) for piece in pieces if re.fullmatch(r"\\[1-9]", piece)}
    places = {number: at for number, at in _groups(pieces).items() if number in used and _is_choice(pieces, at)}
    choices = {number: _characters(pieces[at + 1]) for number, at in places.items()}
    count = 1
    for characters in choices.values():
        count *= len(characters)
    if not choices or count > MOST_VARIANTS:
        return (pattern,)
    return tuple(
        "".join(_spelt(pieces, places, dict(zip(choices, picked, strict=True))))
        for picked in itertools.product(*choices.values())
    )


def _groups(pieces: list[str]) -> dict[int, int]:
    """Where each capturing group opens, by its number."""
    opening = [at for at, piece in enumerate(pieces) if piece == "(" or re.match(r"\(\?P?<", piece)]
    return dict(enumerate(opening, 1))


def _is_choice(pieces: list[str], at: int) -> bool:
    """Whether a group is one character out of a list, once: repeated or left out, it would mean something else."""
    if at + 2 >= len(pieces) or pieces[at + 2] != ")" or _CHOICE.fullmatch(pieces[at + 1]) is None:
        return False
    return "".join(pieces[at + 3 : at + 4]) not in {"?", "*", "+", "{"}


def _characters(choice: str) -> tuple[str, ...]:
    found = _CHOICE.fullmatch(choice)
    return tuple(dict.fromkeys(found[1].replace("\\", ""))) if found is not None else ()


def _spelt(pieces: list[str], places: dict[int, int], picked: dict[int, str]) -> list[str]:
    spelt = list(pieces)
    for number, character in picked.items():
        spelt[places[number] + 1] = re.escape(character)
        spelt = [re.escape(character) if piece == f"\\{number}" else piece for piece in spelt]
    return spelt
