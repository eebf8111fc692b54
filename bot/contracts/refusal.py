"""A refusal as programs read it: on the command line's standard output, and in the API's answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from bot.contracts.base import Contract
from bot.errors import Refusal


class RefusedPlace(Contract):
    """Where in the input the fault is; what does not apply is left out. Lines and columns count from 1."""

    file: str | None = None
    line: int | None = None
    column: int | None = None
    key: str | None = None
    """The path of the key in a document, for example ``folders[2].imports[0].regex``."""
    operation: int | None = None
    """The operation's index in its batch, from 0."""


class RefusedFault(Contract):
    """One fault."""

    code: str
    """Stable, in kebab-case: see docs/refusals.md."""
    place: RefusedPlace
    values: dict[str, Any]
    """What the message was made with."""
    message: str
    """For people: the sentence and the next step."""


class Refused(Contract):
    """Why nothing was done: every fault that was found in the input."""

    refused: tuple[RefusedFault, ...]

    @classmethod
    def of(cls, refusal: Refusal, explain: Callable[[Refusal], str]) -> Refused:
        """The faults of a refusal, each explained by itself. Nothing is checked: a path may be no UTF-8."""
        return cls.model_construct(
            refused=tuple(
                RefusedFault.model_construct(
                    code=each.code,
                    place=RefusedPlace.model_construct(**asdict(each.place)),
                    values=each.values,
                    message=explain(Refusal(each.code, each.place, each.values)),
                )
                for each in refusal.all
            )
        )

    def plain(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "refused": [
                {
                    "code": each.code,
                    "place": {key: value for key, value in each.place if value is not None},
                    "values": each.values,
                    "message": each.message,
                }
                for each in self.refused
            ]
        }
