"""Check runs. More annotations than one request takes are appended, and counted so that none is doubled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from bot.contracts.github import Annotation, CheckAction, CheckRun
from bot.github.errors import AnswerError, UncertainError
from bot.github.room import (
    MAX_ACTION,
    MAX_ACTIONS,
    MAX_ANNOTATION_BYTES,
    MAX_ANNOTATIONS,
    MAX_CHECK_TEXT,
    MAX_CHECK_TITLE,
    Room,
    read,
    read_all,
    within,
)


class Checks(Room):
    """The check runs of a repository's commits."""

    async def check_runs(self, sha: str, name: str | None = None, *, latest: bool = True) -> list[CheckRun]:
        """The latest check run of each name (or of this name) and App on a commit, or all of them."""
        wanted = {} if name is None else {"check_name": name}
        path = "/commits/{sha}/check-runs{?check_name,filter,per_page}"
        which = "latest" if latest else "all"
        return read_all(CheckRun, await self._every(path, key="check_runs", sha=sha, filter=which, **wanted))

    async def create_check(
        self,
        *,
        name: str,
        sha: str,
        external_id: str,
        conclusion: str | None,
        title: str,
        summary: str,
        text: str = "",
        annotations: Sequence[Annotation] = (),
        details_url: str | None = None,
        actions: Sequence[CheckAction] = (),
    ) -> CheckRun:
        """Creates a check run: completed when ``conclusion`` is given, else in progress.

        With more annotations than one request takes it stays in progress until the last ones are there, so that one
        that a kill left unfinished can be told from a whole one (``update_check`` with all of them finishes it).
        Raises ``ValueError`` for texts over GitHub's limits.
        """
        output, buttons = _output(title, summary, text), _actions(actions)
        listed = [_annotation(each) for each in annotations]
        first, whole = listed[:MAX_ANNOTATIONS], len(listed) <= MAX_ANNOTATIONS
        data: dict[str, Any] = {"name": name, "head_sha": sha, "external_id": external_id}
        data |= _state(conclusion if whole else None)
        if details_url is not None:
            data["details_url"] = details_url
        data["output"] = {**output, "annotations": first} if first else output
        data |= {"actions": buttons} if buttons else {}
        made = await self._send("POST", "/check-runs", data)
        run = read(CheckRun, made)
        return run if whole else await self._append(run.id, conclusion, output, listed, buttons, there=len(first))

    async def update_check(
        self,
        check_id: int,
        *,
        conclusion: str,
        title: str,
        summary: str,
        text: str = "",
        annotations: Sequence[Annotation] = (),
        actions: Sequence[CheckAction] = (),
    ) -> CheckRun:
        """Completes a check run, or changes what it says.

        ``annotations`` are all that it should have; those that it has already are taken to be the first of them.
        ``actions`` are all its buttons: without any, those that it had go.
        """
        output, buttons = _output(title, summary, text), _actions(actions)
        listed = [_annotation(each) for each in annotations]
        there = await self._annotations_there(check_id) if listed else 0
        return await self._append(check_id, conclusion, output, listed, buttons, there=there)

    async def _append(
        self,
        check_id: int,
        conclusion: str | None,
        output: dict[str, Any],
        listed: list[dict[str, Any]],
        buttons: list[dict[str, str]],
        *,
        there: int,
    ) -> CheckRun:
        """Sends the annotations from the ``there``-th on; the last request completes the run.

        GitHub appends what every update brings. After an update that may or may not have run, the run's own count says
        where to go on.
        """
        uncertain = 0
        while True:
            chunk = listed[there : there + MAX_ANNOTATIONS]
            last = there + len(chunk) >= len(listed)
            data: dict[str, Any] = {**_state(conclusion if last else None), "output": output, "actions": buttons}
            if chunk:
                data["output"] = {**output, "annotations": chunk}
            try:
                answer = await self._send("PATCH", "/check-runs/{id}", data, repeatable=not chunk, id=check_id)
            except UncertainError:
                uncertain += 1
                if uncertain > 3:
                    raise
                there = await self._annotations_there(check_id)
                continue
            there += len(chunk)
            if last:
                return read(CheckRun, answer)

    async def check_run(self, check_id: int) -> CheckRun:
        """One check run. Raises ``NotFoundError`` when it is gone."""
        return read(CheckRun, await self._get("/check-runs/{id}", id=check_id))

    async def _annotations_there(self, check_id: int) -> int:
        run = await self._get("/check-runs/{id}", id=check_id)
        count = (run.get("output") or {}).get("annotations_count") if isinstance(run, dict) else None
        if not isinstance(count, int):
            raise AnswerError("a check run without a count of annotations", method="GET", path="/check-runs")
        return count


def _state(conclusion: str | None) -> dict[str, str]:
    return {"status": "in_progress"} if conclusion is None else {"status": "completed", "conclusion": conclusion}


def _output(title: str, summary: str, text: str) -> dict[str, Any]:
    output = {
        "title": within("a check run's title", title, MAX_CHECK_TITLE),
        "summary": within("a check run's summary", summary, MAX_CHECK_TEXT),
    }
    if text:
        output["text"] = within("a check run's text", text, MAX_CHECK_TEXT)
    return output


def _actions(given: Sequence[CheckAction]) -> list[dict[str, str]]:
    if len(given) > MAX_ACTIONS:
        raise ValueError(f"a check run has {len(given)} actions; GitHub takes {MAX_ACTIONS}")
    made = [each.model_dump() for each in given]
    for each in made:
        for name, most in MAX_ACTION.items():
            within(f"an action's {name}", each[name], most)
    return made


def _annotation(given: Annotation) -> dict[str, Any]:
    if len(given.message.encode("utf-8", "replace")) > MAX_ANNOTATION_BYTES:
        raise ValueError("an annotation's message is over GitHub's 64 KB")
    if given.title is not None:
        within("an annotation's title", given.title, MAX_CHECK_TITLE)
    return given.model_dump(by_alias=True, exclude_none=True)
