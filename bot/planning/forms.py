"""Issue forms: GitHub renders each answer as ``### Label``, a blank line, and the value (FACTS.md)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.errors import Place, Refusal
from bot.source.paths import check_path

_HEADING = re.compile(r"^###[ \t]+(.+?)[ \t]*$")
EMPTY = "_No response_"
MANIFEST_LABEL = "manifest"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a form: its label in lower case, its text, and the line of its first line in the body, from 1."""

    label: str
    text: str
    line: int


def answers(body: str) -> tuple[Answer, ...]:
    """The answers of a form, in order; an empty one is ``""``. Text before the first heading belongs to none."""
    found: list[tuple[str, int, list[str]]] = []
    for number, line in enumerate(body.replace("\r\n", "\n").split("\n"), 1):
        if heading := _HEADING.match(line):
            found.append((heading[1].strip().lower(), number + 1, []))
        elif found:
            found[-1][2].append(line)
    made = []
    for label, start, lines in found:
        skipped = next((index for index, line in enumerate(lines) if line.strip()), 0)
        text = "\n".join(lines).strip()
        made.append(Answer(label, "" if text == EMPTY else text, start + skipped))
    return tuple(made)


def manifest_path(body: str) -> str:
    """The manifest that a migration issue names: the form's answer, or the only line that is such a path.

    Raises ``Refusal`` (``manifest-not-named``, ``unsafe-path``) with the line of the issue's body.
    """
    for answer in answers(body):
        if answer.label.startswith(MANIFEST_LABEL) and answer.text:
            first = answer.text.split("\n")[0].strip().strip("`").strip()
            return check_path(first.removeprefix("./"), Place("issue", answer.line))
    bare = [
        (number, line.strip().strip("`").strip())
        for number, line in enumerate(body.replace("\r\n", "\n").split("\n"), 1)
        if re.fullmatch(r"[ \t]*`?[^\s`]+\.(?:ya?ml|json)`?[ \t]*", line)
    ]
    if len(bare) == 1:
        return check_path(bare[0][1].removeprefix("./"), Place("issue", bare[0][0]))
    raise Refusal("manifest-not-named", Place("issue"), {"candidates": [path for _, path in bare]})
