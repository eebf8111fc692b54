"""A comment with slash commands: each is carried out once, keyed by its comment (law 1).

Read afresh, whatever said to look: the comment, who wrote it, what they may do. What was carried out already is known
by the record of its order and, for what changed something, by the run's trailer on the branch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.contracts.github import Comment, Issue, Pull
from bot.errors import Refusal, WorldError
from bot.planning.commands import Command as Written
from bot.planning.commands import nearest, parse
from bot.runs.queue import Target
from bot.workflows.bodies import refusal_text
from bot.workflows.context import Context
from bot.workflows.landing.patch_report import remarks_of, report
from bot.workflows.names import comment_of
from bot.workflows.orders.order_records import OrderRecord, load_orders, put, save_orders
from bot.workflows.orders.orders import Command, Order, lesser, may, order_key
from bot.workflows.ports import GitHub
from bot.workflows.scene import RepositoryScene, repository_scene
from templates import render

GONE = frozenset({404, 410})


async def reconcile_comment(ctx: Context, target: Target, commands: Mapping[str, Command]) -> None:
    """Carries out what is new in one comment. ``target.key`` is ``owner/name#number!comment``.

    Raises ``WorldError`` when GitHub or git fail: what was done by then is found again.
    """
    number, identity = comment_of(target.key)
    github = ctx.github(target.installation, target.repository)
    comment = await _comment(github, identity)
    if comment is None or comment.bot:
        return
    written = [each for each in parse(comment.body).commands if each.name in commands or nearest(each.name, commands)]
    done = await ctx.memory.get(_key(github, comment)) or []
    new = [each for each in written if order_key(comment.id, each) not in done]
    if not new:
        return
    async with repository_scene(ctx, github) as scene:
        if scene is not None:
            await _all(scene, number, comment, new, commands)
            await ctx.memory.set(_key(github, comment), [*done, *(order_key(comment.id, each) for each in new)])


def _key(github: GitHub, comment: Comment) -> str:
    return f"comment:{github.full_name.lower()}!{comment.id}"


async def _comment(github: GitHub, identity: int) -> Comment | None:
    try:
        return await github.comment(identity)
    except WorldError as error:
        if getattr(error, "status", None) in GONE:
            return None
        raise


async def _all(
    scene: RepositoryScene, number: int, comment: Comment, new: Sequence[Written], commands: Mapping[str, Command]
) -> None:
    github = scene.github
    known = [each for each in new if each.name in commands]
    if known:
        await github.react(comment.id, "eyes")
    issue = await github.issue(number)
    pull = await github.pull(number) if issue.pull_request is not None else None
    role = await _role(github, comment)
    records = await load_orders(scene.ctx, github.full_name, number)
    for written in new:
        record = await _one(scene, issue, pull, comment, written, commands, role, records)
        records = put(records, record)
        await save_orders(scene.ctx, github.full_name, number, records)
        await report(scene, number, records, record)
        await github.react(comment.id, _reaction(record))
        if pull is not None and record.commit is not None:
            pull = await github.pull(number)


async def _role(github: GitHub, comment: Comment) -> str:
    """What a comment's orders may count on: its author's role, and no more than that of whoever edited it last.

    REST does not tell who edited a comment, and those who may not write may still be let to edit others' (law 7).
    """
    role = await github.permission(comment.user)
    edit = await github.last_comment_edit(comment)
    if edit is None or edit.login.lower() == comment.user.lower():
        return role
    return lesser(role, await github.permission(edit.login))


def _reaction(record: OrderRecord) -> str:
    if record.state == "not-allowed":
        return "-1"
    return "confused" if record.state in {"refused", "unknown"} else "rocket"


async def _one(
    scene: RepositoryScene,
    issue: Issue,
    pull: Pull | None,
    comment: Comment,
    written: Written,
    commands: Mapping[str, Command],
    role: str,
    records: Sequence[OrderRecord],
) -> OrderRecord:
    order = Order(scene, issue, pull, comment, written, tuple(records))
    before = next((each for each in records if each.order == order.key), None)
    if before is not None:  # carried out, and a kill came before the comment was marked as done
        return before
    command = commands.get(written.name)
    if command is None:
        hint = render("comments/unknown-command.md", name=written.name, meant=nearest(written.name, commands) or "")
        return order.record("unknown", text=hint)
    if not may(role, command.permission):
        return order.record("not-allowed")
    if not command.stands_on(pull=pull is not None):
        where = "an issue" if pull is not None else "a pull request"
        hint = render("comments/not-here.md", name=written.name, where=where)
        return order.record("unknown", text=hint)
    try:
        return await command.run(order)
    except Refusal as refusal:
        values = {"code": refusal.code, "text": refusal_text(refusal), "remarks": remarks_of(refusal)}
        # Nothing of an issue's stands on the default branch: no check belongs there.
        return order.record("refused", **values, head=None if pull is None else pull.head.sha)
