"""A button of a check run that somebody pressed: an order like a slash command, by whoever GitHub says pressed it.

GitHub keeps no record of presses, so that a lost webhook loses one: the person presses again. One press is one order,
named by the check run, the button and the person.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial

from bot.contracts.github import Pull
from bot.contracts.patch import Operation, PatchBatch
from bot.contracts.policy import RANKS
from bot.errors import Refusal, WorldError
from bot.git.repository import CommitInfo
from bot.patching.hunks import between, create
from bot.planning.specs.fixes import record_reviews
from bot.planning.specs.index import update_index
from bot.planning.specs.model import SpecSet
from bot.planning.specs.read import read_specs
from bot.runs.queue import Target
from bot.workflows import names
from bot.workflows.bodies import refusal_text
from bot.workflows.context import Context
from bot.workflows.gates.check_runs import is_ours
from bot.workflows.gates.judge import judge
from bot.workflows.gates.pull_scene import PullScene, look_at
from bot.workflows.gates.specs import RECORD
from bot.workflows.landing.apply_patch import record_values
from bot.workflows.landing.carry_patch import Asker, carry_out
from bot.workflows.landing.land import Ask
from bot.workflows.migrations.migration import read_file
from bot.workflows.orders.order_records import OrderRecord, load_orders, put, save_orders
from bot.workflows.ports import GitHub
from bot.workflows.scene import RepositoryScene, repository_scene, run_id
from bot.workflows.status_comment import show


async def reconcile_action(ctx: Context, target: Target) -> Sequence[Target]:
    """Does what a button says. ``target.key`` is ``owner/name#check!identifier!login``.

    Gives the pull request, to be looked at again. Raises ``WorldError``.
    """
    check_id, identifier, who = target.key.rpartition("#")[2].split("!", 2)
    github = ctx.github(target.installation, target.repository)
    try:
        check = await github.check_run(int(check_id))
    except WorldError as error:
        if getattr(error, "status", None) in {404, 410}:
            return ()
        raise
    if identifier not in names.BUTTONS or not is_ours(github, check):
        return ()
    pulls = [pull for pull in await github.pulls(state="open") if pull.head.sha == check.head_sha]
    press = Press(f"action-{check.id}-{identifier}-{who}", identifier, who)
    async with AsyncExitStack() as stack:
        try:
            scene = await stack.enter_async_context(repository_scene(ctx, github))
        except Refusal as refusal:  # the settings cannot be read
            for pull in pulls:
                await _carried_out(ctx, github, pull, press, refusal)
            return ()
        if scene is None:
            return ()
        for pull in pulls:
            await _carried_out(ctx, github, await github.pull(pull.number), press, scene)
    keys = [names.pull_key(github.full_name, pull.number) for pull in pulls]
    return [Target(names.PULL, key, target.repository, target.installation) for key in keys]


@dataclass(frozen=True, slots=True)
class Press:
    """A button that somebody pressed, and the key of this order."""

    key: str
    button: str
    who: str


async def _carried_out(ctx: Context, github: GitHub, pull: Pull, press: Press, on: RepositoryScene | Refusal) -> None:
    """Carries a press out, once, and says what became of it. ``on``: what there is, or why nothing can be done."""
    records = await load_orders(ctx, github.full_name, pull.number)
    if any(record.order == press.key for record in records):
        return
    values = {"order": press.key, "command": press.button, "by": press.who, "at": await github.now()}
    if RANKS.get(await github.permission(press.who), 0) < RANKS["write"]:
        record = OrderRecord.model_validate({**values, "state": "not-allowed"})
    else:
        try:
            if isinstance(on, Refusal):
                raise on
            record = OrderRecord.model_validate({**values, **await _mend(on, pull, press)})
        except Refusal as refusal:
            told = {"state": "refused", "code": refusal.code, "text": refusal_text(refusal), "head": pull.head.sha}
            record = OrderRecord.model_validate({**values, **told})
    records = put(records, record)
    await save_orders(ctx, github.full_name, pull.number, records)
    await show(ctx, github, pull.number, orders=records)


async def _mend(scene: RepositoryScene, pull: Pull, press: Press) -> dict[str, object]:
    """Lands the fix on the head that the button stood on, as a batch like any other."""
    found = await look_at(scene, pull)
    if found is None or found.fork:
        raise Refusal("fork-pull", values={"pull": pull.number})
    gates = await judge(found)
    paths = sorted({each.path for each in gates.spec.verdict.findings if each.fix == "record-review"})
    records = dict(gates.spec.records)
    files = records if press.button == RECORD else await asyncio.to_thread(_fix, found, press.button, paths)
    run = run_id(scene.github.full_name, press.key)
    convert = partial(_batch, scene, files, press.button)
    ask = Ask(press.key, run, pull.number, pull.head.ref, pull.head.sha, (pull.head.sha,), convert)
    asker = Asker(press.who, press.button, pull.number, names.batch_subject(run), pull=pull.number)
    carried = await carry_out(scene, ask, asker)
    return record_values(carried.landed)


def _fix(found: PullScene, identifier: str, paths: Sequence[str]) -> dict[str, bytes]:
    told = found.scene.settings.spec
    specs: SpecSet = read_specs(found.head_tree, told.folder.strip("/"), told.index)
    if identifier == "update-index":
        return {told.index: update_index(specs.specs)}
    there = {path: data for path in paths if (data := read_file(found.head_tree, path)) is not None}
    return record_reviews(specs, there, list(there), found.scene.now.date(), told.index)


def _batch(scene: RepositoryScene, files: dict[str, bytes], identifier: str, base: CommitInfo) -> PatchBatch:
    tree = scene.mirror.repository.tree(base.tree)
    operations: list[Operation] = []
    for path, data in sorted(files.items()):
        before = read_file(tree, path)
        operations += [create(path, data, 0o100644)] if before is None else list(between(path, before, data))
    if not operations:
        raise Refusal("nothing-to-commit")
    reason = {
        "record-review": "Record today's review of a spec",
        "update-index": "Update the index of the specs",
        RECORD: "Record the approval of a spec",
    }
    return PatchBatch(version=1, base=base.oid, operations=tuple(operations), reason=reason[identifier])
