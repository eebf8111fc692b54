"""The base of every contract: frozen, strict about members and types, JSON by alias."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict
from pydantic_core import PydanticCustomError


class Contract(BaseModel):
    """A frozen model: unknown members are refused, and nothing is coerced (``"1"`` is not an integer)."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, populate_by_name=True, use_attribute_docstrings=True
    )


def _whole(value: object) -> object:
    """``true`` and ``1.0`` equal 1 in Python, and are none."""
    if isinstance(value, bool | float):
        raise PydanticCustomError("int_type", "Input should be a valid integer")
    return value


First = Annotated[Literal[1], BeforeValidator(_whole)]
"""The version of a format that has had one so far."""
