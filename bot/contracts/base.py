"""The base of every contract: frozen, strict about members and types, JSON by alias."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Contract(BaseModel):
    """A frozen model: unknown members are refused, and nothing is coerced (``"1"`` is not an integer)."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, populate_by_name=True, use_attribute_docstrings=True
    )
