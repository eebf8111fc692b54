"""The error tree: whose fault a failure is, and what a person may be shown.

Only :class:`Refusal` is shown to people word for word (rendered from ``templates/refusals/<code>.md``). Everything
else is shown as "internal error" with a delivery id.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar


class GraftsmanError(Exception):
    """Anything that Graftsman raises on purpose. ``exit_code`` is what the command line ends with."""

    exit_code: ClassVar[int] = 70


@dataclass(frozen=True, slots=True)
class Place:
    """Where in the input the fault is. Lines and columns count from 1; what does not apply is ``None``."""

    file: str | None = None
    line: int | None = None
    column: int | None = None
    key: str | None = None
    """The path of the key in a document, for example ``folders[2].imports[0].regex``."""
    operation: int | None = None
    """The operation's index in its batch, from 0."""

    def __str__(self) -> str:
        """``file:line:column, key, operation n``, without the parts that are not known."""
        where = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        rest = [where] if where else []
        if self.key is not None:
            rest.append(self.key)
        if self.operation is not None:
            rest.append(f"operation {self.operation}")
        return ", ".join(rest)


@dataclass(eq=False)
class Refusal(GraftsmanError):
    """The input's fault: nothing was changed. A stable code, the exact place, and the values its sentence needs.

    The sentence a person reads, with the next step, is the template ``templates/refusals/<code>.md``, which is
    rendered with ``values``. ``also`` holds further refusals found in the same input, so that a person can mend them
    in one step.
    """

    code: str
    place: Place = field(default_factory=Place)
    values: dict[str, Any] = field(default_factory=dict)
    also: tuple[Refusal, ...] = ()
    message: str = ""
    """The sentence with its next step, where an entry for programs (``bot.workflows.patches``) has filled it in."""
    exit_code: ClassVar[int] = 3

    def __post_init__(self) -> None:
        Exception.__init__(self, self.code)

    def __str__(self) -> str:
        """One line for logs: code, place, values."""
        parts = [self.code]
        if place := str(self.place):
            parts.append(f"at {place}")
        if self.values:
            parts.append(", ".join(f"{key}={value!r}" for key, value in sorted(self.values.items())))
        return " ".join(parts)

    @property
    def path(self) -> str | None:
        """The repository's path that it is about, where there is one."""
        path = self.values.get("path", self.place.file)
        return path if isinstance(path, str) else None

    @property
    def all(self) -> tuple[Refusal, ...]:
        """This refusal and those found with it."""
        return (self, *self.also)


class WorldError(GraftsmanError):
    """The world's fault (network, GitHub, git): trying again later may help."""

    exit_code: ClassVar[int] = 4


class UsageError(GraftsmanError):
    """The command line or a setting was used wrongly."""

    exit_code: ClassVar[int] = 2
