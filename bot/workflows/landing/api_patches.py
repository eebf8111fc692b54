"""Batches that come over the API: an order is kept, carried out by the queue, and answered; the same one again is not.

The order's name is the hash of the request, so that a client may repeat it after any failure (law 2).
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from bot.contracts.api import ApplyAnswer, ApplyRequest
from bot.contracts.github import Issue, Pull
from bot.contracts.patch import PatchBatch
from bot.contracts.refusal import Refused
from bot.errors import Place, Refusal, WorldError
from bot.git.repository import CommitInfo
from bot.runs.queue import Target
from bot.workflows import names
from bot.workflows.bodies import refusal_text
from bot.workflows.context import Context
from bot.workflows.landing.apply_patch import record_values, task_pull
from bot.workflows.landing.carry_patch import Asker, carry_out
from bot.workflows.landing.land import Ask, Landed, by_run, look
from bot.workflows.landing.patch_pull import open_pull, run_of
from bot.workflows.landing.patch_report import remarks_of, report
from bot.workflows.migrate import refuse_in_the_way
from bot.workflows.orders.order_records import OrderRecord, load_orders, put, save_orders
from bot.workflows.patches import convert_on
from bot.workflows.scene import RepositoryScene, repository_scene, run_id
from templates import explain_plain

PATIENCE: Final = 20.0
"""Seconds that an answer is waited for; then the order is ``accepted`` and the same request asks again."""
LOOKS: Final = 0.05


@dataclass(frozen=True)
class PatchApi:
    """The work behind ``POST /api/patches/apply``."""

    ctx: Context
    find: Callable[[str], Awaitable[tuple[str, int]]]
    """A repository as GitHub spells it and its installation, by a name in any case. Raises ``Refusal``."""
    request: Callable[[Sequence[Target]], Awaitable[None]]
    patience: float = PATIENCE

    async def apply(self, request: ApplyRequest, token: str) -> ApplyAnswer:
        """Answers one request by the token of this name. Raises ``Refusal``, ``WorldError``."""
        name, installation = await self.find(request.repository)
        request = request.model_copy(update={"repository": name})
        if request.mode != "apply":
            return await self._look(request, installation)
        digest = hashlib.sha256(request.model_dump_json(exclude={"mode"}).encode()).hexdigest()[:32]
        key = order_key(name, digest)
        value = {"request": request.model_dump(mode="json", exclude_defaults=True), "token": token, "state": "wanted"}
        await self.ctx.memory.set(key, value)
        await self.request([Target(names.ORDER, f"{name}!{digest}", name, installation)])
        return await self._wait(key, request)

    async def _look(self, request: ApplyRequest, installation: int) -> ApplyAnswer:
        async with repository_scene(self.ctx, self.ctx.github(installation, request.repository)) as found:
            scene = _there(found, request)
            await _issue(scene, request)
            request = await _on_task(scene, request)
            ask = await _ask(scene, request, "api-look")
            landed = await asyncio.to_thread(look, scene, ask)
        return _answer(request, landed, "valid" if request.mode == "validate" else "dry-run")

    async def _wait(self, key: str, request: ApplyRequest) -> ApplyAnswer:
        for _ in range(round(self.patience / LOOKS)):
            value = await self.ctx.memory.get(key) or {}
            if value.get("state") == "done":
                return ApplyAnswer.model_validate_json(value["answer"])
            if value.get("state") == "refused":
                raise refusal_of(value["refused"])
            await asyncio.sleep(LOOKS)
        return ApplyAnswer(status="accepted", id="", repository=request.repository, branch=request.branch)


def order_key(repository: str, digest: str) -> str:
    """Where an order is kept."""
    return f"api-order:{repository.lower()}!{digest}"


async def reconcile_order(ctx: Context, target: Target) -> None:
    """Carries out one order of the API. ``target.key`` is ``owner/name!digest``.

    Raises ``WorldError`` when GitHub or git fail (the queue tries again).
    """
    digest = target.key.rpartition("!")[2]
    key = order_key(target.repository, digest)
    value = await ctx.memory.get(key)
    if value is None or value["state"] != "wanted":
        return
    request = ApplyRequest.model_validate_json(json.dumps(value["request"]))
    try:
        async with repository_scene(ctx, ctx.github(target.installation, target.repository)) as scene:
            there = _there(scene, request)
            answer = await _carry_out(there, await _on_task(there, request), f"api-{digest}", value["token"])
    except Refusal as refusal:
        # Not the request any more: it may be large, and whoever asks again sends it again.
        await ctx.memory.set(key, {"state": "refused", **Refused.of(refusal, explain_plain).plain()})
        return
    await ctx.memory.set(key, {"state": "done", "answer": answer.model_dump_json()})


def refusal_of(faults: Sequence[Mapping[str, Any]]) -> Refusal:
    """A refusal again, from its plain form."""
    first, *rest = (Refusal(each["code"], Place(**each["place"]), dict(each["values"])) for each in faults)
    return Refusal(first.code, first.place, first.values, also=tuple(rest))


def _there(scene: RepositoryScene | None, request: ApplyRequest) -> RepositoryScene:
    if scene is None:
        raise Refusal("not-onboarded", Place(key="repository"), {"repository": request.repository})
    return scene


async def _carry_out(scene: RepositoryScene, request: ApplyRequest, order: str, token: str) -> ApplyAnswer:
    actor = f"token:{token}"
    issue = await _issue(scene, request)
    pull = await _open_pull(scene, request.branch, run_id(scene.github.full_name, order))
    number = pull.number if pull is not None else request.issue
    asker = Asker(actor, "apply", number, names.batch_subject(order.removeprefix("api-")))
    ask = await _ask(scene, request, order, number)
    gone = await _landed_and_gone(scene, request, ask)
    if gone is not None:
        return gone
    if pull is not None:
        asker = replace(asker, pull=pull.number)
    elif _is_young(scene, ask):
        asker = replace(
            asker, opens=lambda landed: open_pull(scene, ask.branch, landed, issue, ask.run, asked_by=actor)
        )
    told = await scene.ctx.ledger.of_order(scene.github.full_name, order)
    repeated = any(each.type == "PROCESSING_COMPLETED" for each in told)
    try:
        carried = await carry_out(scene, ask, asker)
    except Refusal as refusal:
        values: dict[str, Any] = {
            "state": "refused",
            "code": refusal.code,
            "text": refusal_text(refusal),
            "head": ask.head,
        }
        await _report(scene, number, order, actor, {**values, "remarks": remarks_of(refusal)})
        raise
    values = record_values(carried.landed)
    await _report(scene, number or carried.opened, order, actor, {**values, "pull": carried.opened})
    again = repeated and carried.landed.pushed
    return _answer(request, carried.landed, "already-applied" if again else values["state"])


async def _on_task(scene: RepositoryScene, request: ApplyRequest) -> ApplyRequest:
    """Where no branch is named, that of the task. Raises ``Refusal`` (``no-task``, ``task-not-begun``)."""
    if request.branch or request.issue is None:
        return request
    issue = await _issue(scene, request)
    if issue is None or names.TASK_LABEL not in {label.lower() for label in issue.labels}:
        raise Refusal("no-task", Place(key="issue"), {"number": request.issue})
    pull = await task_pull(scene, request.issue)
    if pull is None:
        raise Refusal("task-not-begun", Place(key="issue"), {"issue": request.issue})
    return request.model_copy(update={"branch": pull.head.ref})


async def _issue(scene: RepositoryScene, request: ApplyRequest) -> Issue | None:
    """The issue that a request names. Raises ``Refusal('issue-missing')``."""
    if request.issue is None:
        return None
    try:
        return await scene.github.issue(request.issue)
    except WorldError as error:
        if getattr(error, "status", None) in {404, 410}:
            raise Refusal("issue-missing", Place(key="issue"), {"issue": request.issue}) from None
        raise


async def _landed_and_gone(scene: RepositoryScene, request: ApplyRequest, ask: Ask) -> ApplyAnswer | None:
    """What this very request had landed, where its branch was merged, deleted or reset since: once is once."""
    if not ask.new and by_run(scene, ask.head, ask.run) is not None:
        return None
    events = await scene.ctx.ledger.of_order(scene.github.full_name, ask.order)
    done = next((each for each in events if each.type == "PATCH_APPLIED"), None)
    if done is None:
        return None
    return ApplyAnswer(
        status="already-applied",
        id=done.subject.removeprefix("batch:"),
        repository=request.repository,
        branch=request.branch,
        commit=done.commit,
        base=done.base,
        replayed_from=done.details.get("replayed_from"),
    )


def _is_young(scene: RepositoryScene, ask: Ask) -> bool:
    """Whether a branch has nothing of its own but what this order lands: then it gets a pull request.

    Also where a kill came between the push and the pull request: so it is not asked whether the branch is new.
    """
    if ask.new:
        return True
    done = by_run(scene, ask.head, ask.run)
    start = ask.head if done is None else done.parents[0]
    return scene.mirror.repository.is_ancestor(start, scene.default.oid)


async def _report(scene: RepositoryScene, number: int | None, order: str, actor: str, values: dict[str, Any]) -> None:
    if number is None:
        return
    record = OrderRecord.model_validate({**values, "order": order, "command": "apply", "by": actor, "at": scene.now})
    records = await load_orders(scene.ctx, scene.github.full_name, number)
    before = next((each for each in records if each.order == order and each.commit is not None), None)
    if before is not None and before.commit == record.commit:
        record = before.model_copy(update={"remarks": record.remarks})  # a repetition: it stands as it was told first
    records = put(records, record)
    await save_orders(scene.ctx, scene.github.full_name, number, records)
    await report(scene, number, records, record)


async def _open_pull(scene: RepositoryScene, branch: str, run: str) -> Pull | None:
    """The open pull request that a branch had before the order: not the one that this very order has opened."""
    github = scene.github
    found = next((pull for pull in await github.pulls_from(branch) if pull.state == "open"), None)
    mine = found is not None and found.user == github.bot_login and run_of(found) == run
    return None if mine else found


async def _ask(scene: RepositoryScene, request: ApplyRequest, order: str, number: int | None = None) -> Ask:
    if request.branch == scene.repository.default_branch:
        raise Refusal("default-branch", Place(key="branch"), {"branch": request.branch})
    there = scene.head(request.branch)
    if there is None:
        if request.branch.startswith(names.BRANCHES):
            raise Refusal("reserved-branch", Place(key="branch"), {"branch": request.branch})
        refuse_in_the_way(scene.refs, [f"refs/heads/{request.branch}"])
    head = there or scene.default.oid
    named = request.base or (request.batch.base if request.batch is not None else "")
    if named and named != head and not request.replay:
        raise Refusal("base-differs", Place(key="base"), {"given": named, "base": head})
    base = named or head
    if not scene.mirror.repository.has(base):
        raise Refusal("base-unknown", Place(key="base"), {"base": base[:12], "head": head[:12]})
    run = run_id(scene.github.full_name, order)
    convert = _converter(scene, request)
    return Ask(order, run, request.issue or number, request.branch, head, (base,), convert, new=there is None)


def _converter(scene: RepositoryScene, request: ApplyRequest) -> Callable[[CommitInfo], PatchBatch]:
    def convert(base: CommitInfo) -> PatchBatch:
        if request.batch is not None:
            if request.base and request.batch.base and request.base != request.batch.base:
                values = {"given": request.batch.base, "base": request.base}
                raise Refusal("base-differs", Place(key="batch.base"), values)
            return request.batch
        payload = (request.payload or "").encode("utf-8", "surrogatepass")
        tree = scene.mirror.repository.tree(base.tree)
        return convert_on(tree, payload, request.format, base=request.base or "", name="payload")

    return convert


def _answer(request: ApplyRequest, landed: Landed, status: Any) -> ApplyAnswer:
    applied = landed.applied
    if landed.commit is None and applied is None:
        status = "nothing-to-do"
    return ApplyAnswer(
        status=status,
        id=landed.id,
        repository=request.repository,
        branch=request.branch,
        commit=landed.commit,
        tree=landed.tree,
        base=landed.base,
        replayed_from=landed.replayed_from,
        paths=applied.paths if applied is not None else (),
        notes=tuple(f"{note.code} {note.path}" for note in applied.notes) if applied is not None else (),
    )
