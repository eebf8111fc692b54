"""The migration manifest: which folders move where, and how their imports change.

The published JSON Schema is made from these models. The rules that no schema can hold (safe paths, overlaps, cycles,
regexes that RE2 takes) are checked by ``bot.migration.manifest``.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from bot.contracts.base import Contract, First

Text = Annotated[str, Field(min_length=1, max_length=1024)]
Identifier = Annotated[str, Field(min_length=1, max_length=100)]
Mode = Literal["copy", "move"]
RelativeImports = Literal["recompute", "keep"]


class ExactRule(Contract):
    """Replaces one module specifier, found by syntax.

    ``from: x/*`` with ``to: y/*`` takes what is below (Python: ``x.*``).
    """

    files: Text = "**"
    """Glob relative to the folder."""
    from_: Annotated[str, Field(alias="from", min_length=1, max_length=1024)]
    to: Text


class RegexRule(Contract):
    """Replaces every match of an RE2 pattern in any text; ``to`` may name groups as ``\\1``."""

    files: Text = "**"
    """Glob relative to the folder."""
    regex: Text
    to: Annotated[str, Field(max_length=1024)]


ImportRule = ExactRule | RegexRule


class Options(Contract):
    """What a folder and an ``each`` entry have in common."""

    include: tuple[Text, ...] = ("**",)
    """Globs relative to the source; a file must match one."""
    exclude: tuple[Text, ...] = ()
    """Globs relative to the source; a file must match none."""
    imports: tuple[ImportRule, ...] = ()
    mode: Mode = "copy"
    relative_imports: RelativeImports | None = None
    """Relative imports that leave the folder: ``recompute`` (default of ``move``) or ``keep`` (default of ``copy``)."""
    depends_on: tuple[Identifier, ...] = ()
    """Ids of folders whose pull requests must be merged first."""
    refactor: tuple[Text, ...] = ()
    """Patterns or prompts to run after the copy. Not supported yet."""
    verify: tuple[Text, ...] = ()
    """Checks to run in the sandbox. Not supported yet."""

    @property
    def recompute(self) -> bool:
        """Whether relative imports that leave the folder are recomputed."""
        return (self.relative_imports or ("recompute" if self.mode == "move" else "keep")) == "recompute"


class Folder(Options):
    """One folder: becomes one branch and one pull request."""

    id: Identifier
    source: Text
    """Path of a folder in the repository."""
    destination: Text
    """Path that the folder will have."""


class Each(Options):
    """One folder for each folder that the glob matches; ``{name}`` stands for the last part of its path."""

    each: Text
    id: Text = "{name}"
    destination: Text


class Manifest(Contract):
    """A migration manifest, version 1."""

    version: First
    name: Identifier | None = None
    """The migration's name; by default the manifest file's name without its ending."""
    spec: Text | None = None
    """Path of the mini-spec that covers this migration."""
    folders: Annotated[tuple[Folder | Each, ...], Field(min_length=1, max_length=5000)]
