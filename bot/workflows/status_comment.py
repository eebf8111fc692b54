"""The one status comment of an issue or pull request (law 8): parts that different jobs write, kept by edits.

Every job of a repository runs alone, so that parts are never written at the same time. The part that tells of orders
is made anew each time from their records; the others are remembered as they were last said.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from bot.contracts.github import Comment
from bot.reports.markers import Marker
from bot.workflows.bodies import MAX_BODY
from bot.workflows.context import Context
from bot.workflows.orders.order_records import OrderRecord, load_orders
from bot.workflows.orders.order_text import orders_text
from bot.workflows.ports import GitHub
from bot.workflows.standing_comment import keep_comment

Part = Literal["task", "plan", "phases", "gates", "replay", "forecast"]
PARTS: Final[tuple[Part, ...]] = ("task", "plan", "phases", "gates", "replay", "forecast")
"""In the order in which they are shown; the orders come last."""
FOR_ORDERS: Final = 20_000
"""Bytes that the other parts leave for the orders, where there are some."""
ORDERS: Final = "\n### Orders\n"
"""Where the part about orders begins."""
_BETWEEN: Final = "\n\n"


async def show(
    ctx: Context,
    github: GitHub,
    number: int,
    part: Part | None = None,
    text: str = "",
    *,
    also: Mapping[Part, str] | None = None,
    orders: list[OrderRecord] | None = None,
    comments: list[Comment] | None = None,
    fresh: bool = False,
) -> None:
    """Makes one part say this (``""`` takes it away), or, without a part, says again what the comment should say.

    ``also`` holds further parts that are said with it.

    ``orders`` are the records where the caller has just saved them, ``comments`` those that are there where the
    caller knows (kept up to date). ``fresh``: no comment can be there that this database does not know of.
    Where there is nothing to say and no comment yet, none is made. Raises ``WorldError``.
    """
    name = github.full_name
    known: dict[Part, str] | None = await ctx.memory.get(_key(name, number))
    parts: dict[Part, str] = known or {}
    if known is None and not fresh:
        comments = await github.comments(number) if comments is None else comments
        parts = _said_before(github, number, comments)
    told: dict[Part, str] = dict(also or {}) if part is None else {part: text, **(also or {})}
    new: dict[Part, str] = {each: said for each, said in {**parts, **told}.items() if said}
    if new != parts:
        parts = new
        await ctx.memory.set(_key(name, number), parts)
    records = await load_orders(ctx, name, number) if orders is None else orders
    marker, other = (_marker(kind, number) for kind in (("plan", "status") if "plan" in parts else ("status", "plan")))
    body = compose(marker, parts, records)
    key = _intent(name, number)
    if body == str(marker) and (await ctx.intents.get(key)).state == "absent":
        return
    there = await github.comments(number) if comments is None else comments
    await keep_comment(ctx, github, number, marker, body, key=key, comments=there, fresh=fresh, earlier=(other,))


def _said_before(github: GitHub, number: int, comments: list[Comment]) -> dict[Part, str]:
    """The plan as the comment still has it, where a lost database has forgotten it: an order must not take it away."""
    plan = str(_marker("plan", number))
    for comment in comments:
        body = comment.body.replace("\r\n", "\n")
        if comment.user == github.bot_login and body.startswith(plan):
            said = body.removeprefix(plan).partition(ORDERS)[0].strip()
            return {"plan": said} if said else {}
    return {}


def _marker(kind: str, number: int) -> Marker:
    return Marker(kind, {"issue": str(number)})


async def say_again(ctx: Context, github: GitHub, number: int) -> None:
    """Mends the comment where somebody edited or deleted it; makes none where there never was one."""
    if (await ctx.intents.get(_intent(github.full_name, number))).state != "absent":
        await show(ctx, github, number)


async def room(ctx: Context, full_name: str, number: int, part: Part) -> int:
    """How many bytes a part may have beside those that are there."""
    parts: dict[str, str] = await ctx.memory.get(_key(full_name, number)) or {}
    others = sum(_bytes(said) + len(_BETWEEN) for each, said in parts.items() if each != part)
    orders = FOR_ORDERS if await load_orders(ctx, full_name, number) else 0
    return MAX_BODY - 200 - others - orders


def compose(marker: Marker, parts: Mapping[Part, str], records: list[OrderRecord]) -> str:
    """The whole comment: the marker, the parts in their order, and as much of the orders as fits."""
    told = [str(marker)]
    for part in PARTS:
        said = parts.get(part, "").strip()
        # What grew at the same time elsewhere is cut rather than lost silently by GitHub.
        if said and sum(map(_bytes, told)) + _bytes(said) < MAX_BODY - 100:
            told.append(said)
    if records:
        left = MAX_BODY - sum(_bytes(each) + len(_BETWEEN) for each in told)
        told.append(orders_text(records, limit=left))
    return told[0] + "\n" + _BETWEEN.join(told[1:]) if told[1:] else told[0]


def _key(full_name: str, number: int) -> str:
    return f"status-parts:{full_name.lower()}#{number}"


def _intent(full_name: str, number: int) -> str:
    return f"{full_name.lower()}#{number}//status-comment"


def _bytes(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
