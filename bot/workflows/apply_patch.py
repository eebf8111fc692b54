"""``/apply``: the patch in a comment lands on the pull request's branch; on an issue it gets a branch of its own."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import datetime

from bot.contracts.github import Pull
from bot.contracts.patch import PatchBatch
from bot.errors import Place, Refusal, WorldError
from bot.git.repository import CommitInfo
from bot.patching.batch import batch_id
from bot.planning.heads import SHORTLY, Moment, head_at
from bot.workflows import names
from bot.workflows.carry_patch import Asker, carry_out
from bot.workflows.land import Ask, Convert, Landed
from bot.workflows.order_records import OrderRecord, Remark
from bot.workflows.orders import Order, payload
from bot.workflows.patch_pull import open_pull
from bot.workflows.patch_scene import PatchScene
from bot.workflows.patches import convert_on
from templates import render

PAYLOAD_NAME = "comment"
"""What places call the comment."""


async def apply_patch(order: Order) -> OrderRecord:
    """Carries out one ``/apply``. Raises ``Refusal`` with the line of the comment, ``WorldError``."""
    given = payload(order.comment.body, order.written)
    if not given.strip():
        raise Refusal("no-patch", Place(PAYLOAD_NAME, order.written.line))
    subject = names.batch_subject(hashlib.sha256(given).hexdigest())
    asker = Asker(order.comment.user, "apply", order.issue.number, subject)
    if order.pull is not None:
        ask = await _on_pull(order, order.pull, given)
        asker = replace(asker, pull=order.pull.number)
    else:
        ask = await _on_issue(order, given)
        asker = replace(asker, opens=lambda landed: _open(order, ask, landed))
    carried = await carry_out(order.scene, ask, asker)
    return landed_record(order, carried.landed, pull=carried.opened)


async def _open(order: Order, ask: Ask, landed: Landed) -> int:
    return await open_pull(order.scene, ask.branch, landed, order.issue, order.run, asked_by=order.comment.user)


def landed_record(order: Order, landed: Landed, **more: object) -> OrderRecord:
    """The record of what landed."""
    values = record_values(landed)
    return order.record(str(values.pop("state")), **values, **more)


def record_values(landed: Landed) -> dict[str, object]:
    """What a record holds of what landed."""
    files = landed.applied.files if landed.applied is not None else ()
    state = "nothing-to-do" if landed.commit is None else "already-applied" if landed.earlier else "applied"
    notes = landed.applied.notes if landed.applied is not None else ()
    return {
        "state": state,
        "batch": landed.id,
        "commit": landed.commit,
        "head": landed.base,
        "replayed_from": landed.replayed_from,
        "files": len(files),
        "added": sum(each.added for each in files),
        "removed": sum(each.removed for each in files),
        "operations": landed.operations,
        "remarks": tuple(
            Remark(code=note.code, path=note.path, line=note.line, text=render(f"checks/patch-notes/{note.code}.md"))
            for note in notes
        ),
    }


def converter(scene: PatchScene, given: bytes) -> Convert:
    """Makes the batch of a payload for one base."""

    def convert(base: CommitInfo) -> PatchBatch:
        batch = convert_on(scene.mirror.repository.tree(base.tree), given, "auto", base="", name=PAYLOAD_NAME)
        return batch if batch.base else batch.model_copy(update={"base": base.oid})

    return convert


async def _on_pull(order: Order, pull: Pull, given: bytes) -> Ask:
    scene = order.scene
    if pull.head.repo is None or pull.head.repo.full_name.lower() != scene.github.full_name.lower():
        raise Refusal("fork-pull", values={"pull": pull.number})
    head = scene.head(pull.head.ref)
    if pull.state != "open" or head is None:
        raise Refusal("pull-closed", values={"pull": pull.number})
    bases = await heads_seen(order, pull.head.ref, head)
    return _ask(order, pull.head.ref, head, bases, given)


async def _on_issue(order: Order, given: bytes) -> Ask:
    scene = order.scene
    if order.issue.state != "open":
        raise Refusal("issue-closed", values={"issue": order.issue.number})
    default = scene.repository.default_branch
    bases = await heads_seen(order, default, scene.default.oid)
    ask = _ask(order, default, scene.default.oid, bases, given)
    batch = ask.convert(scene.mirror.repository.commit_info(bases[-1]))
    branch = names.patch_branch(order.issue.number, batch_id(batch))
    there = scene.head(branch)
    # Made before, by this order or by another one with the same batch: it is found there by its trailer.
    return replace(ask, branch=branch, head=there or ask.head, new=there is None)


def _ask(order: Order, branch: str, head: str, bases: tuple[str, ...], given: bytes) -> Ask:
    convert = converter(order.scene, given)
    return Ask(order.key, order.run, order.issue.number, branch, head, bases, convert)


async def heads_seen(order: Order, branch: str, head: str) -> tuple[str, ...]:
    """The heads of a branch that the author of a comment may have seen, the newest last.

    A patch that leads to the same tree from each of them leaves no doubt. An ``@oid`` in the order names the one.
    Raises ``Refusal('head-unclear')`` where nothing tells.
    """
    scene = order.scene
    if order.written.head is not None:
        return (_named(scene, order.written.head, head),)
    since = min(order.comment.created_at, order.comment.updated_at) - SHORTLY
    moves = await scene.github.activity(f"refs/heads/{branch}", since=since)
    moments = [Moment(each.after, each.at) for each in moves]
    found: list[str] = []
    for at in sorted({order.comment.created_at, order.comment.updated_at}):
        found += _seen(scene, moments, at, head)
    return tuple(dict.fromkeys(found))


def _seen(scene: PatchScene, moments: list[Moment], at: datetime, head: str) -> list[str]:
    told = head_at(moments, at, head)
    if told.state == "bound":
        return [told.oid]
    if told.state == "pushed-since" and told.seen is not None and _is_below(scene, told.seen, head):
        return [told.seen]
    if told.state == "pushed-before":
        before = [moment for moment in moments if moment.at < at and moment.after != head]
        last = max(before, key=lambda moment: moment.at, default=None)
        if last is None or not _is_below(scene, last.after, head):
            return [head]  # the branch is as young as that: there was nothing else to see
        return [last.after, head]
    raise Refusal("head-unclear", values={"heads": [head[:12]]})


def _named(scene: PatchScene, named: str, head: str) -> str:
    try:
        oid = scene.mirror.repository.resolve(named)
    except (Refusal, WorldError):
        oid = ""
    if not _is_below(scene, oid, head):
        raise Refusal("base-unknown", Place(key=f"@{named}"), {"base": named, "head": head[:12]})
    return oid


def _is_below(scene: PatchScene, oid: str, head: str) -> bool:
    repository = scene.mirror.repository
    return bool(oid) and repository.has(oid) and repository.is_ancestor(oid, head)
