"""What people see of patches: a check run for each order, and the one status comment, edited in place."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, Protocol

from bot.contracts.github import Annotation
from bot.errors import Refusal, WorldError
from bot.runs.intents import once
from bot.workflows import names
from bot.workflows.context import Context
from bot.workflows.orders.order_records import OrderRecord, Remark
from bot.workflows.ports import GitHub
from bot.workflows.scene import RepositoryScene, run_id
from bot.workflows.status_comment import show
from templates import explain_plain, printable, render

_LINE: Final = re.compile(r"(?:line )?([1-9][0-9]{0,8})\b")
MOST_ANNOTATIONS: Final = 200
MOST_MESSAGE: Final = 4_000
PAYLOADS: Final = frozenset({"batch", "comment", "payload"})
"""What places call an input that is no file of the repository."""
CHECKED: Final = frozenset({"applied", "refused", "rolled-back"})
OF_PATCHES: Final = frozenset({"apply", "rollback"})
"""Orders that are about a patch: only these have a check run."""


async def report(scene: RepositoryScene, number: int, records: Sequence[OrderRecord], new: OrderRecord) -> None:
    """Says what became of a new order: its check run on the head it made or was judged on, and the status comment."""
    await check(scene, new)
    await show(scene.ctx, scene.github, number, orders=list(records))


class Where(Protocol):
    """What a check needs of a job's scene, whichever it is."""

    @property
    def ctx(self) -> Context: ...  # noqa: D102
    @property
    def github(self) -> GitHub: ...  # noqa: D102


async def check(scene: Where, record: OrderRecord) -> None:
    """The check run ``graftsman/patch`` of one order, with an annotation at each refused or risky operation."""
    github = scene.github
    sha = record.commit or record.head
    if record.state not in CHECKED or record.command not in OF_PATCHES or sha is None:
        return
    run = run_id(github.full_name, record.order)
    said: dict[str, Any] = {
        "conclusion": "neutral" if record.state == "refused" else "success",
        "title": render("checks/patch-title.md", record=record)[:255],
        "summary": render("checks/patch.md", record=record),
        "annotations": annotations_of(record),
    }

    async def find() -> dict[str, Any] | None:
        runs = await github.check_runs(sha, names.PATCH_CHECK, latest=False)  # several orders may share a head
        mine = next((each for each in runs if each.external_id == run), None)
        if mine is not None and mine.status != "completed":  # a kill came before its last annotations
            await github.update_check(mine.id, **said)
        return {"id": mine.id} if mine is not None else None

    async def make() -> dict[str, Any]:
        made = await github.create_check(name=names.PATCH_CHECK, sha=sha, external_id=run, **said)
        return {"id": made.id}

    key = f"{github.full_name.lower()}!check/{run}/{sha}"
    try:
        # Looked up even when it was never recorded: an order is read anew after its database was lost.
        await once(scene.ctx.intents, key, find=find, make=make, known_fresh=False)
    except WorldError as error:
        # A head that is gone takes no check any more; the comment says the same.
        if getattr(error, "status", None) not in {404, 422}:
            raise


def annotations_of(record: OrderRecord) -> list[Annotation]:
    """A record's remarks as GitHub takes them."""
    level: Any = "failure" if record.state == "refused" else "notice"
    return [
        Annotation(
            path=remark.path,
            start_line=remark.line,
            end_line=remark.line,
            annotation_level=level,
            title=remark.code,
            message=remark.text[:MOST_MESSAGE],
        )
        for remark in record.remarks[:MOST_ANNOTATIONS]
        if remark.path.isprintable() and remark.path
    ]


def remarks_of(refusal: Refusal) -> tuple[Remark, ...]:
    """Each fault of a refusal at its place in the repository, where it has one."""
    found = []
    for each in refusal.all:
        path = each.path
        if path is None or ("path" not in each.values and path in PAYLOADS):
            continue  # the fault is in what was asked, not in a file
        line = each.place.line if each.place.file == path and each.place.line else _nearest(each)
        text = explain_plain(Refusal(each.code, each.place, each.values))
        found.append(Remark(code=each.code, path=path, line=line, text=printable(text)[:MOST_MESSAGE]))
    return tuple(found)


def _nearest(refusal: Refusal) -> int:
    """The line of the file that comes nearest to what was not found there, or the first that may be meant; else 1."""
    told = refusal.values.get("nearest") or next(iter(refusal.values.get("candidates", ())), "")
    found = _LINE.match(str(told))
    return int(found[1]) if found else 1
