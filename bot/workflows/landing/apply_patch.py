"""``/apply``: the patch in a comment lands on the pull request's branch; on an issue it gets a branch of its own."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from bot.contracts.github import Activity, Pull
from bot.contracts.patch import PatchBatch
from bot.errors import Place, Refusal, WorldError
from bot.git.repository import CommitInfo
from bot.patching.batch import batch_id
from bot.planning.commands import Command, parse
from bot.planning.heads import SHORTLY, Moment, head_at
from bot.workflows import names
from bot.workflows.landing.carry_patch import Asker, carry_out
from bot.workflows.landing.land import Ask, Convert, Landed, by_run, our_commits
from bot.workflows.landing.patch_pull import open_pull
from bot.workflows.migrations.opened import certify_head
from bot.workflows.orders.order_records import OrderRecord, Remark
from bot.workflows.orders.orders import Order, order_key, payload
from bot.workflows.patches import convert_on
from bot.workflows.scene import RepositoryScene, run_id
from templates import render

PAYLOAD_NAME = "comment"
"""What places call the comment."""


async def apply_patch(order: Order) -> OrderRecord:
    """Carries out one ``/apply``. Raises ``Refusal`` with the line of the comment, ``WorldError``."""
    order = await on_task(order)
    given = await payload_of(order)
    subject = names.batch_subject(hashlib.sha256(given).hexdigest())
    asker = Asker(order.comment.user, "apply", order.issue.number, subject, editor=order.rights.editor)
    ask = await ask_of(order, given)
    if order.pull is not None:
        asker = replace(asker, pull=order.pull.number)
    else:
        asker = replace(asker, opens=lambda landed: _open(order, ask, landed))
    carried = await carry_out(order.scene, ask, asker)
    if order.pull is not None and carried.landed.commit is not None:
        await certify_head(order.scene, order.pull)
    opened = order.pull.number if order.pull is not None and order.pull.number != order.issue.number else carried.opened
    return landed_record(order, carried.landed, pull=opened)


async def on_task(order: Order) -> Order:
    """On a task's issue an order is about its pull request. Raises ``Refusal`` (``task-not-begun``), ``WorldError``."""
    if order.pull is not None or names.TASK_LABEL not in {label.lower() for label in order.issue.labels}:
        return order
    pull = await task_pull(order.scene, order.issue.number)
    if pull is None:
        raise Refusal("task-not-begun", values={"issue": order.issue.number})
    return replace(order, pull=pull)


async def task_pull(scene: RepositoryScene, number: int) -> Pull | None:
    """The open pull request of a task. Raises ``WorldError``."""
    for pull in await scene.github.pulls(state="open"):
        here = pull.head.repo is not None and pull.head.repo.full_name.lower() == scene.github.full_name.lower()
        if here and names.task_of_branch(pull.head.ref) == number:
            return await scene.github.pull(pull.number)
    return None


async def payload_of(order: Order) -> bytes:
    """What an order was given: the comment's own patch or, with ``review ID``, that of a review on the same page.

    Raises ``Refusal`` (``no-patch``) where that is nothing, ``WorldError``.
    """
    given = await _given(order)
    if not given.strip():
        raise Refusal("no-patch", Place(PAYLOAD_NAME, order.written.line))
    return given


async def _given(order: Order) -> bytes:
    words = order.written.arguments
    if order.pull is None or len(words) != 2 or words[0].lower() != "review" or not words[1].isdecimal():
        return payload(order.comment.body, order.written)
    try:
        review = await order.scene.github.review(order.pull.number, int(words[1][:18]))
    except WorldError as error:
        if getattr(error, "status", None) not in {404, 410}:
            raise
        raise Refusal("review-missing", Place(PAYLOAD_NAME, order.written.line), {"review": words[1][:18]}) from None
    edit = await order.scene.github.last_review_edit(review)
    if edit is not None and edit.login.lower() != review.user.lower():
        raise Refusal("review-edited", Place(PAYLOAD_NAME, order.written.line), {"who": edit.login})
    return review.body.encode("utf-8", "surrogatepass")


async def ask_of(order: Order, given: bytes) -> Ask:
    """What a payload asks for where the order stands. Raises ``Refusal``, ``WorldError``."""
    return await _on_issue(order, given) if order.pull is None else await _on_pull(order, order.pull, given)


async def _open(order: Order, ask: Ask, landed: Landed) -> int:
    return await open_pull(order.scene, ask.branch, landed, order.issue, order.run, asked_by=order.comment.user)


def landed_record(order: Order, landed: Landed, **more: object) -> OrderRecord:
    """The record of what landed."""
    values = record_values(landed)
    return order.record(str(values.pop("state")), editor=order.rights.editor, **values, **more)


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


def converter(scene: RepositoryScene, given: bytes) -> Convert:
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
        # Merged since, perhaps: what this order landed before that is found all the same.
        if not scene.mirror.repository.has(pull.head.sha) or not by_run(
            scene, pull.head.sha, order.run, since=pull.base.sha
        ):
            raise Refusal("pull-closed", values={"pull": pull.number})
        head = pull.head.sha
    bases = await heads_seen(order, pull.head.ref, head)
    ask = _ask(order, pull.head.ref, head, bases, given)
    return ask if pull.state == "open" else replace(ask, since=pull.base.sha)


async def _on_issue(order: Order, given: bytes) -> Ask:
    scene = order.scene
    if order.issue.state != "open":
        raise Refusal("issue-closed", values={"issue": order.issue.number})
    default = scene.repository.default_branch
    bases = await heads_seen(order, default, scene.default.oid)
    ask = _ask(order, default, scene.default.oid, bases, given)
    mine = await asyncio.to_thread(_branch_of, order)
    if mine is not None:  # made before; by now the default branch may have moved on, and another name be due
        return replace(ask, branch=mine, head=scene.head(mine) or ask.head)
    batch = ask.convert(scene.mirror.repository.commit_info(bases[-1]))
    branch = names.patch_branch(order.issue.number, batch_id(batch))
    there = scene.head(branch)
    # Made before, by this order or by another one with the same batch: it is found there by its trailer.
    return replace(ask, branch=branch, head=there or ask.head, new=there is None)


def _branch_of(order: Order) -> str | None:
    """The branch that this very order has made on its issue."""
    start = f"refs/heads/{names.patch_branch(order.issue.number, '')}"
    for name, oid in order.scene.refs.items():
        if name.startswith(start) and by_run(order.scene, oid, order.run) is not None:
            return name.removeprefix("refs/heads/")
    return None


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
    moves, head = await asyncio.to_thread(before_ours, order, moves, head)
    moments = [Moment(each.after, each.at) for each in moves]
    found: list[str] = []
    for at in sorted({order.comment.created_at, order.comment.updated_at}):
        found += _seen(scene, moments, at, head)
    return tuple(dict.fromkeys(found))


def before_ours(order: Order, moves: list[Activity], head: str) -> tuple[list[Activity], str]:
    """How the branch moved, and its head, before this comment's own orders moved it: its author saw none of that."""
    runs = {run_id(order.scene.github.full_name, order_key(order.comment.id, each)) for each in _commands(order)}
    mine = [each for each in our_commits(order.scene, head) if each.trailers.get(names.RUN_TRAILER) in runs]
    if not mine:
        return moves, head
    first = mine[-1]
    at = next((at for at, move in enumerate(moves) if move.after == first.oid), -1)
    return moves[at + 1 :], first.parents[0]


def _commands(order: Order) -> Sequence[Command]:
    return parse(order.comment.body).commands


def _seen(scene: RepositoryScene, moments: list[Moment], at: datetime, head: str) -> list[str]:
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


def _named(scene: RepositoryScene, named: str, head: str) -> str:
    try:
        oid = scene.mirror.repository.resolve(named)
    except (Refusal, WorldError):
        oid = ""
    if not _is_below(scene, oid, head):
        raise Refusal("base-unknown", Place(key=f"@{named}"), {"base": named, "head": head[:12]})
    return oid


def _is_below(scene: RepositoryScene, oid: str, head: str) -> bool:
    repository = scene.mirror.repository
    return bool(oid) and repository.has(oid) and repository.is_ancestor(oid, head)
