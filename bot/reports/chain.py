"""The ledger's hash chain as plain data: how an entry is linked, how it stands in one line of a git note.

Entry ``n`` of a repository holds ``sha256(previous hash, LF, canonical JSON of the event)``; the first one's previous
hash is empty. So a changed, lost or inserted entry shows.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from bot.contracts.event import PatchEvent

_HASH = re.compile(r"[0-9a-f]{64}")


def canonical(event: PatchEvent) -> str:
    """The one JSON text of an event: members in order of name, no spaces, ASCII."""
    return _text(event.model_dump(mode="json"))


def link(previous: str, text: str) -> str:
    """The hash of an entry (hexadecimal SHA-256) from the hash before it and its canonical text."""
    return hashlib.sha256(f"{previous}\n{text}".encode("ascii")).hexdigest()


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


@dataclass(frozen=True, slots=True)
class Record:
    """One entry: its number in the repository (from 1, also the cursor), the event, its link in the chain."""

    number: int
    event: PatchEvent
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry as it is stored: its event is the canonical text, to the byte."""

    number: int
    previous: str
    hash: str
    text: str

    def line(self) -> str:
        """The line of a git note that holds all of it."""
        return f'{{"number":{self.number},"previous":"{self.previous}","hash":"{self.hash}","event":{self.text}}}'

    def event(self) -> PatchEvent:
        """The event. Raises ``ValidationError`` where the text is none."""
        return PatchEvent.model_validate_json(self.text)


def entry_of(line: str) -> Entry | None:
    """The entry that a line of a git note holds; ``None`` for what is no entry (people may write notes, too)."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or value.keys() != {"number", "previous", "hash", "event"}:
        return None
    number, previous, own, event = value["number"], value["previous"], value["hash"], value["event"]
    hashes = isinstance(previous, str) and isinstance(own, str) and _HASH.fullmatch(own)
    if not hashes or type(number) is not int or not isinstance(event, dict):
        return None
    return Entry(number, previous, own, _text(event))


@dataclass(slots=True)
class Walk:
    """Follows a chain, entry by entry: how many are sound so far, and the last one's hash."""

    entries: int = 0
    head: str = ""

    def step(self, entry: Entry) -> str | None:
        """What is wrong with the next entry; ``None``, and one step further, when it is sound."""
        if entry.number != self.entries + 1:
            return f"entry {self.entries + 1} is missing"
        if entry.previous != self.head:
            return f"entry {entry.number} does not follow the one before it"
        if entry.hash != link(self.head, entry.text):
            return f"entry {entry.number} was changed"
        self.entries, self.head = entry.number, entry.hash
        return None


@dataclass(frozen=True, slots=True)
class Chain:
    """A chain read from lines: its sound entries in order, and the first fault, if any, at the entry after them."""

    entries: tuple[Entry, ...]
    fault: str | None = None

    @property
    def head(self) -> str:
        """The last sound entry's hash; empty for an empty chain."""
        return self.entries[-1].hash if self.entries else ""


def assemble(lines: Iterable[str]) -> Chain:
    """Puts the entries that lines hold, in whatever order, together again, and proves the chain.

    Lines that are no entries are passed over: what they should have held is then missing. The same line twice is one.
    """
    found: dict[int, Entry] = {}
    twice: set[int] = set()
    for line in lines:
        entry = entry_of(line)
        if entry is not None and found.setdefault(entry.number, entry) != entry:
            twice.add(entry.number)
    walk, ids = Walk(), set[str]()
    sound: list[Entry] = []
    for number in sorted(found):
        entry = found[number]
        fault = walk.step(entry) or (f"entry {number} is told in two ways" if number in twice else _fault(entry, ids))
        if fault is not None:
            return Chain(tuple(sound), fault)
        sound.append(entry)
    return Chain(tuple(sound))


def _fault(entry: Entry, ids: set[str]) -> str | None:
    """What is wrong with an event, though its hash fits: whoever can write to git can compute hashes, too."""
    try:
        event = entry.event()
    except ValidationError:
        return f"entry {entry.number} holds no patch event"
    if canonical(event) != entry.text:
        return f"entry {entry.number} is not in the one form that an event has"
    if event.id in ids:
        return f"entry {entry.number} repeats the id of an earlier one"
    ids.add(event.id)
    return None
