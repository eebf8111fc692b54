"""Carries out what asks for a batch to land, and tells the ledger every step of it, whoever asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.contracts.event import EventType
from bot.errors import Refusal
from bot.workflows import names
from bot.workflows.landing.land import Ask, Landed, land
from bot.workflows.landing.pulls_with_patches import remember_pull
from bot.workflows.scene import RepositoryScene


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asked, where and with what word."""

    actor: str
    command: str
    """``apply`` or ``rollback``."""
    number: int | None
    """The issue or pull request that it belongs to."""
    subject: str
    """What the ledger calls a payload that did not become a batch."""
    pull: int | None = None
    """The pull request that it lands on, where there is one."""
    editor: str = ""
    """Who else wrote the order, having edited its comment."""
    opens: Callable[[Landed], Awaitable[int]] | None = None
    """Opens a pull request for what landed, and gives its number."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What landed, and the pull request that was opened for it."""

    landed: Landed
    opened: int | None = None


async def carry_out(scene: RepositoryScene, ask: Ask, asker: Asker) -> Carried:
    """Lands a batch, and opens a pull request for it where one is due.

    Raises ``Refusal``, which the ledger then holds, and ``WorldError``.
    """
    subject = asker.subject

    async def validated(landed: Landed) -> None:
        nonlocal subject
        subject = names.batch_subject(ask.undone or landed.id)
        await _begin(scene, ask, asker, subject)
        if not landed.earlier:
            passed: tuple[EventType, ...] = ("VALIDATION_PASSED",)
            if ask.undoes is None:
                passed = ("VALIDATION_PASSED", "PATCH_VALIDATED")
            # With the commit, and in the very push that brings it: so it can be told from one that imitates ours.
            await _tell(scene, ask, asker, subject, *passed, commit=landed.commit, base=landed.base)

    try:
        landed = await land(scene, ask, before_push=validated)
    except Refusal as refusal:
        await _refused(scene, ask, asker, subject, refusal)
        raise
    opened = None
    if asker.opens is not None and landed.commit is not None:
        opened = await asker.opens(landed)
    pull = opened if opened is not None else asker.pull
    await _landed(scene, ask, asker, subject, landed, pull)
    if pull is not None and landed.commit is not None:
        await remember_pull(scene.ctx, scene.github.full_name, pull)
    return Carried(landed, opened)


async def _begin(scene: RepositoryScene, ask: Ask, asker: Asker, subject: str) -> None:
    begins: tuple[EventType, ...] = ("PATCH_RECEIVED", "PROCESSING_STARTED")
    if ask.undoes is not None:
        begins = ("ROLLBACK_INITIATED",)
    await _tell(scene, ask, asker, subject, *begins, "VALIDATION_STARTED")


async def _refused(scene: RepositoryScene, ask: Ask, asker: Asker, subject: str, refusal: Refusal) -> None:
    details = {"code": refusal.code, "place": str(refusal.place)[:300], "faults": str(len(refusal.all))}
    await _begin(scene, ask, asker, subject)
    types: tuple[EventType, ...] = ("VALIDATION_FAILED",)
    if refusal.code == "push-refused":
        types = ("DELIVERY_FAILED",)
    ends: tuple[EventType, ...] = ("ROLLBACK_FAILED",)
    if ask.undoes is None:
        ends = ("PROCESSING_FAILED",) if refusal.code == "push-refused" else ("PATCH_REJECTED", "PROCESSING_FAILED")
    await _tell(scene, ask, asker, subject, *types, *ends, details=details)


async def _landed(
    scene: RepositoryScene, ask: Ask, asker: Asker, subject: str, landed: Landed, pull: int | None
) -> None:
    details = {"operations": str(landed.operations)}
    if landed.applied is not None:
        files = landed.applied.files
        details |= {
            "files": str(len(files)),
            "added": str(sum(each.added for each in files)),
            "removed": str(sum(each.removed for each in files)),
        }
    if landed.replayed_from is not None:
        details["replayed_from"] = landed.replayed_from
    if ask.undoes is not None:
        details["undoes"] = ask.undoes
    if asker.editor:
        details["editor"] = asker.editor
    types: tuple[EventType, ...] = ("ROLLBACK_COMPLETED",)
    if ask.undoes is None:
        applied = landed.commit is not None and not landed.earlier  # else another order's events say so
        types = ("PATCH_APPLIED", "PROCESSING_COMPLETED") if applied else ("PROCESSING_COMPLETED",)
    await _tell(scene, ask, asker, subject, *types, details=details, commit=landed.commit, base=landed.base, pull=pull)


async def _tell(
    scene: RepositoryScene,
    ask: Ask,
    asker: Asker,
    subject: str,
    *types: EventType,
    commit: str | None = None,
    base: str | None = None,
    pull: int | None = None,
    details: dict[str, str] | None = None,
) -> None:
    await scene.record(
        *types,
        issue=asker.number,
        subject=subject,
        order=ask.order,
        actor=asker.actor,
        commit=commit,
        base=base or ask.head,
        pull=pull,
        details={"command": asker.command, **(details or {})},
    )
