"""The answers of a task's form, one by one: what is believed, and what is a fault with its line."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from difflib import get_close_matches
from typing import Final, TypeVar

from bot.contracts.task import PRIORITIES, Priority
from bot.errors import Place
from bot.planning.tasks.faults import Faults
from bot.planning.tasks.text.boxes import BOX, Box, one_line
from bot.planning.tasks.text.code_spans import SPAN, unquoted
from bot.planning.tasks.text.form_sections import is_empty
from bot.planning.tasks.text.form_text import loud
from bot.planning.tasks.text.links import REFERENCE, Reference, depends_on_in, reference, references
from bot.planning.tasks.text.shown import Shown
from bot.source.globs import compile_glob
from bot.source.nodes import shown
from bot.source.paths import check_path

T = TypeVar("T")
MOST_DEPENDENCIES: Final = 50
"""GitHub takes so many blockers of one issue; what is beyond could not be made its own."""
MOST_BOXES: Final = 200
MOST_PATHS: Final = 200
LONGEST_BOX: Final = 1_000
WORDS: Final[dict[str, Priority]] = {
    "critical": "critical", "urgent": "critical", "highest": "critical", "blocker": "critical", "p0": "critical",
    "high": "high", "p1": "high",
    "medium": "medium", "normal": "medium", "middle": "medium", "p2": "medium",
    "low": "low", "lowest": "low", "minor": "low", "p3": "low",
}  # fmt: skip
"""What people call the priorities."""
_BULLET: Final = re.compile(r"[ \t]*(?:(?:[-+*]|[0-9]{1,9}[.)])[ \t]+)*(?:\[[ xX]?\][ \t]+)?")
_NO_TEXT: Final = re.compile(r"\[[ xX]?\]\s*")
_EMPTY_BOX: Final = re.compile(r"\[\][ \t]+")
_PATHLIKE: Final = re.compile(r"\w[/.]\w|[/*]")
_ZERO: Final = re.compile("[\u200b\u200c\u200d\u2060\ufe0f\ufeff]")
_LINK: Final = re.compile(r"\[[^\[\]]*\]\(([^()\s]+)\)\Z")
_BARE: Final = re.compile(r"[ \t]*[0-9]+(?:(?:[ \t,;&]|and\b)+[0-9]+)*[ \t.,;]*\Z", re.IGNORECASE | re.ASCII)
_NUMBER: Final = re.compile(r"[0-9]+", re.ASCII)
_STRAY: Final = re.compile(r"#\w+")
_MAGIC: Final = re.compile(r"[*?\[{]")
_WORD: Final = re.compile(r"[a-z]+[0-9]*")
_OTHER: Final = re.compile(r"[^a-z0-9]+")
_LANE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}")


def answer_lines(lines: Sequence[Shown]) -> Iterator[tuple[int, str]]:
    """The lines of a short answer: number, and text without bullets, boxes and what is drawn as nothing.

    Code counts, as people put globs into it; what is quoted or hidden does not.
    """
    for line in lines:
        text = line.text if line.kind == "text" else line.raw
        skipped = line.hidden or (line.kind == "text" and not line.plain)
        fence = line.kind == "code" and text.lstrip().startswith(("```", "~~~"))
        text = _EMPTY_BOX.sub("", _BULLET.sub("", _ZERO.sub("", text), count=1), count=1).strip()
        if text and not skipped and not fence and not is_empty(text):
            yield line.number, text


class Reading:
    """Reads the answers of one form and collects what is wrong with them."""

    def __init__(self, repository: str | None) -> None:
        self._repository = repository
        self.faults = Faults()

    def acceptance(self, lines: Sequence[Shown]) -> tuple[Box, ...]:
        """One box for each item of a list; for each line, too, where people left the lists out."""
        made: list[tuple[int, bool, list[str]]] = []
        for line in lines:
            text = _EMPTY_BOX.sub("", line.text, count=1)
            if not line.plain or is_empty(text) or _NO_TEXT.fullmatch(text):
                continue
            if made and not line.item and line.before:  # it is indented: the item above goes on
                made[-1][2].append(text)
                continue
            box = BOX.match(text)
            made.append((line.number, bool(box) and text[1] != " ", [text[box.end() :] if box else text]))
        found = [Box(one_line(loud(" ".join(texts))), ticked, number) for number, ticked, texts in made]
        for each in found:
            if (size := len(each.text)) > LONGEST_BOX:
                self.faults.add("task-too-long", _at(each.line), what="acceptance", size=size, most=LONGEST_BOX)
        found = [each for each in found if len(each.text) <= LONGEST_BOX]
        return tuple(self._most(found, "acceptance", MOST_BOXES, lambda each: each.line))

    def _most(self, found: list[T], what: str, most: int, line: Callable[[T], int]) -> list[T]:
        if len(found) > most:
            self.faults.add("task-too-many", _at(line(found[most])), what=what, count=len(found), most=most)
        return found[:most]

    def paths(self, lines: Sequence[Shown]) -> tuple[str, ...]:
        """The globs, each as it compiles: ``./`` is taken off, and a slash at the end means all that is below."""
        found: dict[str, int] = {}
        for number, text in answer_lines(lines):
            for pattern in patterns_in(text):
                if " " in pattern and "`" not in text:
                    spaced = "it holds a space; put it between back-ticks if it does"
                    self.faults.add("bad-glob", _at(number), pattern=shown(pattern), reason=spaced)
                    continue
                with self.faults.noting():
                    found.setdefault(safe_glob(pattern, _at(number)), number)
        return tuple(name for name, _ in self._most(list(found.items()), "paths", MOST_PATHS, lambda each: each[1]))

    def lane(self, lines: Sequence[Shown], lanes: Collection[str]) -> str:
        """The lane that is named, in its own spelling; ``""`` for one that there is not."""
        said = {bare(text): number for number, text in reversed(list(answer_lines(lines)))}
        names = {_slug(text.removeprefix("lane")): number for text, number in said.items()}
        known = {_slug(lane): lane for lane in lanes}
        if not names:
            return ""
        (name, line), *others = reversed(names.items())
        if not others and (name in known or (not lanes and _LANE.fullmatch(name))):
            return known.get(name, name)
        given = shown(", ".join(reversed(said)))
        self.faults.add("task-lane-unknown", _at(line), lane=given, known=sorted(lanes), nearest=_near(name, known))
        return ""

    def priority(self, lines: Sequence[Shown]) -> Priority | None:
        """The priority that is named by one of our words or people's."""
        said = list(answer_lines(lines))
        words = [word for _, text in said for word in _WORD.findall(text.lower()) if word not in {"priority", "prio"}]
        meant = {WORDS.get(word) for word in words}
        if not said:
            return None
        found = next(iter(meant), None)
        if len(meant) == 1 and found is not None:
            return found
        given = shown(", ".join(text for _, text in said))
        self.faults.add("task-priority-unknown", _at(said[0][0]), priority=given, known=list(PRIORITIES))
        return None

    def spec(self, lines: Sequence[Shown]) -> str:
        """The path of a mini-spec; a link's target counts."""
        said = dict.fromkeys(text for _, text in answer_lines(lines))
        if not said:
            return ""
        line = next(answer_lines(lines))[0]
        if len(said) > 1:
            self.faults.add("task-spec-ambiguous", _at(line), specs=[shown(text) for text in said][:10])
            return ""
        text = next(iter(said))
        link = _LINK.search(text)
        path = link[1] if link else unquoted(text)
        with self.faults.noting():
            return check_path(path.removeprefix("./"), _at(line))
        return ""

    def dependencies(self, lines: Sequence[Shown], body: Sequence[Shown]) -> dict[int, int]:
        """The numbers that the field names, then those of ``Depends on`` lines, each with its line."""
        found: dict[int, int] = {}
        for number, text in answer_lines(lines):
            self._take(found, _named(text, self._repository), number)
            if (stray := _stray(text)) is not None:
                self._unreadable(number, stray)
        mine = {line.number for line in lines}
        for each, number in depends_on_in((line for line in body if line.number not in mine), self._repository):
            self._take(found, [each], number)
        return dict(self._most(list(found.items()), "dependencies", MOST_DEPENDENCIES, lambda each: each[1]))

    def _take(self, found: dict[int, int], named: Sequence[Reference], line: int) -> None:
        for each in named:
            if each.number is None:
                self._unreadable(line, each.text)
            else:
                found.setdefault(each.number, line)

    def _unreadable(self, line: int, text: str) -> None:
        self.faults.add("task-dependency-unreadable", _at(line), text=shown(text), repository=self._repository or "")


def _at(line: int) -> Place:
    return Place("issue", line)


def bare(text: str) -> str:
    """An answer of one word or two without marks around it."""
    return " ".join(text.lower().replace("`", " ").replace("*", " ").split())


def _slug(text: str) -> str:
    return _OTHER.sub("-", text.lower()).strip("-")


def _near(name: str, known: Collection[str]) -> str:
    return "".join(get_close_matches(name[:64], sorted(known), 1))


def patterns_in(text: str) -> list[str]:
    """The globs of a line: those in back-ticks, and what stands between commas; braces count as one.

    Beside back-ticks only what looks like a path counts: people say what the paths are, too.
    """
    spans = [unquoted(span[0]) for span in SPAN.finditer(text)]
    found, depth, start = [], 0, 0
    rest = SPAN.sub(",", text)
    for at, char in enumerate(rest):
        depth += (char in "{[") - (char in "}]")
        if char in ",;" and depth <= 0:
            found.append(rest[start:at])
            start = at + 1
    plain = [each.strip() for each in (*found, rest[start:])]
    return spans + [each for each in plain if each and (not spans or (_PATHLIKE.search(each) and " " not in each))]


def safe_glob(pattern: str, place: Place) -> str:
    """A glob as it compiles: without ``./``, and with ``**`` behind a slash at its end.

    Raises ``Refusal`` (``bad-glob``, ``unsafe-path``).
    """
    pattern = pattern.removeprefix("./")
    pattern = f"{pattern}**" if pattern.endswith("/") and len(pattern) > 1 else pattern
    if not _MAGIC.search(pattern):
        check_path(pattern, place)
    compile_glob(pattern, place)
    return pattern


def _named(text: str, repository: str | None) -> list[Reference]:
    if _BARE.match(text):
        return [reference(found[0]) for found in _NUMBER.finditer(text)]
    return references(text, repository)


def _stray(text: str) -> str | None:
    """What of a line looks like a reference and is none; all of a line without one."""
    if _BARE.match(text):
        return None
    rest = REFERENCE.sub(" ", text)
    if rest == text:
        return text
    stray = _STRAY.search(rest)
    return stray[0] if stray else None
