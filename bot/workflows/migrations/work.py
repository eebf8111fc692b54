"""Carrying out what was decided for a migration's folders: compute, one push, then each pull request in turn."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.errors import Place, Refusal, WorldError
from bot.git.refs import RefUpdate
from bot.git.transfer import Outcome
from bot.migration.plan import FolderHead
from bot.planning.folders import Decision
from bot.reports.delivery import Counts
from bot.workflows.events import record_events
from bot.workflows.ledger import push_with_notes
from bot.workflows.migrations.migration import Migration, Standing, made_commit
from bot.workflows.migrations.proof import Computed, compute, recompute
from bot.workflows.migrations.publish import publish, published
from bot.workflows.migrations.records import save_record
from bot.workflows.migrations.replayed import replay_details
from bot.workflows.replay.folders import clear, keep_left, pushed, replay
from bot.workflows.replay.said import waits_text
from bot.workflows.replay.told import replayed_tops
from templates import explain

TELL_EVERY = 10
"""How many folders are opened between two edits of the status comment."""
SLICE = 50
"""How many folders one reconcile opens: then the repository's other work has its turn, and the world is read anew."""

Tell = Callable[[Mapping[str, int]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Done:
    """What was carried out: the numbers of the pull requests now open, by folder, and whether more is to do."""

    opened: dict[str, int]
    more: bool


async def carry_out(migration: Migration, decisions: Mapping[str, Decision], *, tell: Tell) -> Done:
    """Does what was decided: pushes all branches at once, then opens up to ``SLICE`` folders.

    Raises ``WorldError`` when GitHub or git fail: everything done so far is found again by the next reconcile.
    """
    computed = await compute(migration, [name for name, made in decisions.items() if made.action == "compute"])
    again = await replay(migration, [name for name, made in decisions.items() if made.action == "replay"])
    if again:
        await _save(migration)
    computed += again
    for each in computed:
        await record_events(
            migration,
            each.head.id,
            ("PATCH_RECEIVED", "PROCESSING_STARTED", "PATCH_VALIDATED"),
            commit=each.commit,
            base=each.base.oid,
            actor=migration.record.started_by or None,
            details=replay_details(each, migration.order),
        )
    pushed = await _push(migration, computed)
    ready = [each for each in computed if each.head.id in pushed]
    ready += await unfinished(migration, [name for name, made in decisions.items() if made.action == "publish"])
    opened: dict[str, int] = {}
    await clear(migration)
    for number, each in enumerate(_in_order(migration, ready)[:SLICE], 1):
        opened[each.head.id] = await publish(migration, each)
        migration.record.folders[each.head.id].pull = opened[each.head.id]
        if number % TELL_EVERY == 0 and number < len(ready):
            await tell(opened)
    return Done(opened, more=len(ready) > SLICE)


def _in_order(migration: Migration, ready: Sequence[Computed]) -> list[Computed]:
    place = {head.id: index for index, head in enumerate(migration.plan.folders)}
    return sorted(ready, key=lambda each: place[each.head.id])


async def unfinished(migration: Migration, folders: Sequence[str]) -> list[Computed]:
    """The folders of which some effect is not recorded as done: proven again on the base that they name."""
    found: list[Computed] = []
    wanted = set(folders)
    for head in migration.heads:
        if len(found) > SLICE:
            break
        made = made_commit(migration, head) if head.id in wanted else None
        standing = migration.standings.get(head.id) if head.id in wanted else None
        if standing is not None and standing.top:
            found += await _unfinished_top(migration, head, standing)
        elif made is not None and not await published(migration, head.id, made.oid):
            computed = await recompute(migration, head, made.oid)
            found += [computed] if computed is not None else []
    for each in found:
        record = migration.record.folders.get(each.head.id)
        if record is not None and record.digest == each.head.digest:  # pushed before a kill, and not recorded then
            record.head, record.base, record.counts = each.commit, each.base.oid, Counts.of(each.certificate)
    return found


async def _unfinished_top(migration: Migration, head: FolderHead, standing: Standing) -> list[Computed]:
    """Our commit with others on top: its proof, where the branch's head still lacks something."""
    if await published(migration, head.id, standing.head):
        return []
    scene = migration.scene
    try:
        computed = await recompute(migration, head, standing.ours.oid)
    except (Refusal, KeyError):  # it was computed from a manifest that its base does not hold
        return []
    if computed is None:
        return []
    moves = await replayed_tops(scene.ctx, scene.github.full_name, scene.mirror.repository, standing.top)
    return [replace(computed, top=standing.head, moves=tuple(moves))]


async def _push(migration: Migration, computed: Sequence[Computed]) -> frozenset[str]:
    """Pushes all branches in one push. Gives the folders whose branch is now right."""
    if not computed:
        return frozenset()
    outcomes = await _one_push(migration, computed)
    good = {each.head.id for each in computed if outcomes[_ref(migration, each)].ok}
    if len(good) < len(computed):
        barred = [each for each in computed if outcomes[_ref(migration, each)].reason in {"denied", "rejected"}]
        if not barred:
            raise WorldError("a branch moved while it was being pushed")
        for each in barred:
            await _refuse(migration, each, outcomes[_ref(migration, each)])
        rest = [each for each in computed if each not in barred]
        # One push is all or nothing: what GitHub's rules forbid is left out, and the rest goes again.
        outcomes = await _one_push(migration, rest) if rest else {}
        good = {each.head.id for each in rest if outcomes[_ref(migration, each)].ok}
        if len(good) < len(rest):
            raise WorldError("a branch moved while it was being pushed")
    for each in computed:
        if each.head.id in good:
            record = migration.record.folders[each.head.id]
            record.head, record.base, record.counts = each.commit, each.base.oid, Counts.of(each.certificate)
            await pushed(migration, each)
    await _save(migration)
    return frozenset(good)


async def _save(migration: Migration) -> None:
    scene = migration.scene
    await save_record(scene.ctx, scene.github.full_name, scene.issue.number, migration.record)


def _ref(migration: Migration, each: Computed) -> str:
    return f"refs/heads/{migration.branch(each.head.id)}"


async def _one_push(migration: Migration, computed: Sequence[Computed]) -> dict[str, Outcome]:
    scene = migration.scene
    updates = [RefUpdate(_ref(migration, each), each.tip, scene.refs.get(_ref(migration, each))) for each in computed]
    outcomes = await push_with_notes(scene.ctx, scene.github, scene.mirror, updates, head=scene.base.oid)
    scene.refs = {**scene.refs, **{u.name: u.new for u in updates if u.new is not None and outcomes[u.name].ok}}
    return outcomes


async def _refuse(migration: Migration, each: Computed, outcome: Outcome) -> None:
    refusal = Refusal(
        "push-refused", Place(), {"branch": migration.branch(each.head.id), "detail": outcome.detail[:500]}
    )
    if each.came_from is not None:
        text = waits_text("push-refused", migration.scene.base.oid, explain(refusal))
        await keep_left(migration, each.head.id, "push-refused", each.came_from, text)
        return
    record = migration.record.folders[each.head.id]
    record.known, record.refusal = "refused", explain(refusal)
