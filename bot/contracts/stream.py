"""The line mode of the command line: one request a line in, one answer a line out."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from bot.contracts.base import Contract


class StreamRequest(Contract):
    """One request. Exactly one of ``batch``, ``payload`` and ``payload_base64`` is given."""

    id: str | int | None = None
    """Comes back in the answer."""
    do: Literal["convert", "check", "apply", "commit"] = "apply"
    """``convert`` gives the batch, ``check`` what it would do, ``apply`` also its objects, ``commit`` a commit."""
    repo: Annotated[str, Field(min_length=1)] | None = None
    """Path of the repository; by default the one of ``--repo``."""
    base: Annotated[str, Field(min_length=1)] = "HEAD"
    """A revision."""
    onto: Annotated[str, Field(min_length=1)] | None = None
    """Replays the batch onto this newer revision."""
    batch: dict[str, Any] | None = None
    payload: str | None = None
    payload_base64: str | None = None
    format: Literal["auto", "diff", "search-replace", "apply-patch", "json", "yaml"] = "auto"
    branch: Annotated[str, Field(min_length=1)] | None = None
    """With ``commit``: the branch that gets it; it must be at the base, or not be there."""
