"""The patch batch: edits of files that apply wholly or not at all, on a pinned base commit.

The published JSON Schema is made from these models. What no schema can hold (safe paths, overlaps, coordinates that
point at exactly one place) is checked by ``bot.patching``.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from bot.contracts.base import Contract, First

LineNumber = Annotated[int, Field(ge=1, le=1 << 31)]
Path = Annotated[str, Field(min_length=1, max_length=4096)]
"""A path in the repository, ``/`` between its parts. What may be one is ``bot.patching.gate``'s to say."""
Text = Annotated[str, Field(max_length=100 << 20)]
Mode = Literal["100644", "100755"]
Encoding = Literal["utf-8", "base64"]
Anchor = Annotated[str, Field(min_length=1, max_length=4096)]
Blob = Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")]


class LineAt(Contract):
    """One line, from 1."""

    line: LineNumber


class LinesAt(Contract):
    """Lines from the first to the second, both included, from 1."""

    lines: tuple[LineNumber, LineNumber]


class MarkerAt(Contract):
    """The one line that holds this text."""

    marker: Anchor


class RegexAt(Contract):
    """The one line in which this regex (RE2) matches; ``^`` and ``$`` are the line's ends."""

    regex: Anchor


Point = LineAt | MarkerAt | RegexAt


class SpanAt(Contract):
    """From one line to another, both included."""

    start: Point
    end: Point


At = LineAt | LinesAt | MarkerAt | RegexAt | SpanAt


class Edited(Contract):
    """What every operation on a file that is there already may say of it."""

    path: Path
    expect_blob: Blob | None = None
    """The oid of the blob that the author saw; the operation is refused when the file is another one."""


class Texted(Edited):
    """An operation that brings text."""

    text: Text
    exact: bool = False
    """Take the bytes as given: no line ends, indentation, byte order mark or final line end are fitted to the file."""
    encoding: Encoding = "utf-8"
    """``base64`` for bytes that are not UTF-8 (``expect`` too); they are taken as given, like with ``exact``."""


class Placed(Texted):
    """An operation that brings text to a place in a file."""

    at: At
    indent: Literal["preserve"] | None = None
    """``preserve`` puts the white space that the anchor line starts with before every line that is not blank."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.indent is not None and (self.exact or self.encoding == "base64"):
            raise ValueError("indent fits text to its file, and exact or base64 text is taken as given")
        return self


class ReplaceBlock(Placed):
    """Puts ``text`` in the place of whole lines; an empty one removes them."""

    op: Literal["replace-block"]
    expect: Text | None = None
    """The exact old text of these lines (with LF for the file's own line ends, unless ``exact``)."""


class InsertBefore(Placed):
    """Puts ``text`` before the first line of the place."""

    op: Literal["insert-before"]
    text: Annotated[Text, Field(min_length=1)]


class InsertAfter(Placed):
    """Puts ``text`` after the last line of the place."""

    op: Literal["insert-after"]
    text: Annotated[Text, Field(min_length=1)]


class Append(Texted):
    """Puts ``text`` at the end of the file."""

    op: Literal["append"]
    text: Annotated[Text, Field(min_length=1)]


class Prepend(Texted):
    """Puts ``text`` at the start of the file (behind a byte order mark)."""

    op: Literal["prepend"]
    text: Annotated[Text, Field(min_length=1)]


class Create(Contract):
    """Makes a file where none is. Its bytes are taken as given."""

    op: Literal["create"]
    path: Path
    content: Text
    encoding: Encoding = "utf-8"
    mode: Mode = "100644"


class Delete(Edited):
    """Removes a file."""

    op: Literal["delete"]


class Move(Edited):
    """Moves a file; other operations on it name its new path."""

    op: Literal["move"]
    to: Path


class Chmod(Edited):
    """Makes a file executable, or not."""

    op: Literal["chmod"]
    mode: Mode


PlacedOperation = ReplaceBlock | InsertBefore | InsertAfter
TextOperation = PlacedOperation | Append | Prepend
Operation = Annotated[TextOperation | Create | Delete | Move | Chmod, Field(discriminator="op")]


class PatchBatch(Contract):
    """A patch batch, version 1. It applies wholly or not at all."""

    version: First
    base: Annotated[str, Field(pattern=r"^[0-9a-f]{40}$")] = ""
    """The full oid of the commit that the coordinates refer to; may be left out where the caller names it."""
    task: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    """The issue it belongs to, for example ``#12``."""
    requester: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    """Who or what wrote it: a record, never a right."""
    reason: Annotated[str, Field(min_length=1, max_length=10_000)] | None = None
    """Why; its first line becomes the commit's subject."""
    operations: Annotated[tuple[Operation, ...], Field(min_length=1, max_length=1_000_000)]
