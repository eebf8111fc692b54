"""A comment with slash commands: each is carried out once, keyed by its comment (law 1).

Read afresh, whatever said to look: the comment, who wrote it, what they may do. What was carried out already is known
by the record of its order, by the ledger and, for what changed something in git, by the run's trailer on the branch.
Where all records are lost, the bot's own last reaction on the comment still says that it was carried out.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack

from bot.contracts.github import Comment
from bot.contracts.policy import CommandRule
from bot.errors import Refusal
from bot.planning.commands import Command as Written
from bot.planning.commands import nearest, parse
from bot.runs.queue import Target
from bot.workflows.bodies import refusal_text
from bot.workflows.context import Context
from bot.workflows.gates.audit import note_edited_orders
from bot.workflows.landing.patch_report import remarks_of, report
from bot.workflows.names import comment_of
from bot.workflows.orders.acknowledge import comment_if_there
from bot.workflows.orders.follow_up import follow_ups
from bot.workflows.orders.order_records import (
    OrderRecord,
    comment_key,
    load_orders,
    put,
    remembers,
    save_orders,
)
from bot.workflows.orders.orders import Command, Order, order_key
from bot.workflows.orders.rights import rights_of
from bot.workflows.orders.rules import check_rules
from bot.workflows.ports import GitHub
from bot.workflows.scene import RepositoryScene, repository_scene
from bot.workflows.status_comment import show
from templates import render

Request = Callable[[Sequence[Target]], Awaitable[None]]
ENDS = frozenset({"rocket", "confused", "-1"})
"""The reactions that say that an order was carried out, refused, or not allowed."""


async def reconcile_comment(ctx: Context, target: Target, commands: Mapping[str, Command], *, request: Request) -> None:
    """Carries out what is new in one comment. ``target.key`` is ``owner/name#number!comment``.

    ``request`` is asked to look again at what an order changed. Raises ``WorldError`` when GitHub or git fail: what
    was done by then is found again.
    """
    number, identity = comment_of(target.key)
    github = ctx.github(target.installation, target.repository)
    comment = await comment_if_there(github, identity)
    if comment is None or comment.bot:
        return
    written = [each for each in parse(comment.body).commands if each.name in commands or nearest(each.name, commands)]
    done = await ctx.memory.get(comment_key(github.full_name, comment.id)) or []
    new = [each for each in written if order_key(comment.id, each) not in done]
    gone = set(done) - {order_key(comment.id, each) for each in written}
    await note_edited_orders(ctx, github, number, comment, len(gone))
    if not new:
        return
    async with AsyncExitStack() as stack:
        try:
            scene = await stack.enter_async_context(repository_scene(ctx, github))
        except Refusal as refusal:  # the settings cannot be read: nobody knows who may do what
            await _unreadable(ctx, github, number, comment, new, commands, refusal)
            return
        if scene is not None:
            await _all(scene, number, comment, new, commands, target, request)


async def _all(
    scene: RepositoryScene,
    number: int,
    comment: Comment,
    new: Sequence[Written],
    commands: Mapping[str, Command],
    target: Target,
    request: Request,
) -> None:
    github = scene.github
    issue = await github.issue(number)
    pull = await github.pull(number) if issue.pull_request is not None else None
    rights = await rights_of(github, comment, scene.settings.commands)
    records = await load_orders(scene.ctx, github.full_name, number)
    ended = not await remembers(scene.ctx, github.full_name, number, comment.id) and await _ended(github, comment)
    for written in new:
        order = Order(scene, issue, pull, comment, written, tuple(records), rights, commands)
        record = await _one(order, ended=ended)
        records = put(records, record)
        await save_orders(scene.ctx, github.full_name, number, records)
        await report(scene, number, records, record)
        await github.react(comment.id, _reaction(record))
        await request(await follow_ups(order, record, target))
        await _mark(scene.ctx, github, comment, [order.key])
        if written is not new[-1] and (record.commit is not None or record.state == "done"):  # the next one sees it
            issue = await github.issue(number)
            pull = await github.pull(number) if issue.pull_request is not None else None


async def _mark(ctx: Context, github: GitHub, comment: Comment, orders: Sequence[str]) -> None:
    key = comment_key(github.full_name, comment.id)
    await ctx.memory.set(key, [*(await ctx.memory.get(key) or []), *orders])


async def _ended(github: GitHub, comment: Comment) -> bool:
    """Whether the bot's own reaction says that the comment's orders were carried out, whatever is remembered."""
    return any(who == github.bot_login and how in ENDS for who, how in await github.reactions(comment.id))


def _reaction(record: OrderRecord) -> str:
    if record.state == "not-allowed":
        return "-1"
    return "confused" if record.state in {"refused", "unknown"} else "rocket"


async def _one(order: Order, *, ended: bool) -> OrderRecord:
    before = next((each for each in order.records if each.order == order.key), None)
    if before is not None:  # carried out, and a kill came before the comment was marked as done
        return before
    command = order.commands.get(order.written.name)
    if command is None:
        name = order.written.name
        hint = render("comments/unknown-command.md", name=name, meant=nearest(name, order.commands) or "")
        return order.record("unknown", text=hint)
    if ended and not command.found_by_effect:
        return order.record("done", text=render("comments/orders/taken-as-done.md"))
    if not await order.rights.may(command):
        return order.record("not-allowed", text=order.rights.who(command))
    if not command.stands_on(pull=order.pull is not None):
        where = "an issue" if order.pull is not None else "a pull request"
        return order.record("unknown", text=render("comments/not-here.md", name=command.name, where=where))
    return await _carried_out(order, command)


async def _carried_out(order: Order, command: Command) -> OrderRecord:
    try:
        check_rules(order.scene, order.commands)
        record = await command.run(order)
    except Refusal as refusal:
        # Nothing of an issue's stands on the default branch: no check belongs there.
        head = None if order.pull is None else order.pull.head.sha
        record = order.record("refused", **_said_of(refusal), head=head)
        if not command.found_by_effect:
            await order.tell("ORDER_REFUSED", code=refusal.code)
        return record
    if not command.found_by_effect:
        said = record.text if record.state == "done" else ""
        await order.tell("ORDER_CARRIED_OUT", state=record.state, said=said, **record.told)
    return record


def _said_of(refusal: Refusal) -> dict[str, object]:
    return {"code": refusal.code, "text": refusal_text(refusal), "remarks": remarks_of(refusal)}


async def _unreadable(
    ctx: Context,
    github: GitHub,
    number: int,
    comment: Comment,
    new: Sequence[Written],
    commands: Mapping[str, Command],
    refusal: Refusal,
) -> None:
    """Every order is refused while the settings cannot be read; who may give it by the command's own rule is told."""
    rights = await rights_of(github, comment, dict[str, CommandRule]())
    records = await load_orders(ctx, github.full_name, number)
    now = await github.now()
    for written in new:
        key, command = order_key(comment.id, written), commands.get(written.name)
        record = OrderRecord(order=key, command=written.name, by=comment.user, at=now, state="not-allowed")
        if command is not None and await rights.may(command):
            record = record.model_copy(update={"state": "refused", **_said_of(refusal)})
        records = put(records, record)
        await save_orders(ctx, github.full_name, number, records)
        await show(ctx, github, number, orders=records)
        await github.react(comment.id, _reaction(record))
        await _mark(ctx, github, comment, [key])
