"""Labels of the repository and of issues."""

from __future__ import annotations

from bot.playground.acts import issues as acts
from bot.playground.acts import labels
from bot.playground.problems import Problem
from bot.playground.rest.issues import READ, WRITE, issue_of
from bot.playground.rest.routing import Answer, Call, Routes
from bot.playground.shapes.issues import label as shape
from bot.playground.state import Label

ROUTES = Routes()


def _page(call: Call, found: list[Label]) -> Answer:
    page, headers = call.page(found)
    return Answer([shape(call.world, call.repo, one) for one in page], headers=headers)


@ROUTES.add("GET", "~/labels", *READ)
async def list_labels(call: Call) -> Answer:
    """The repository's labels."""
    return _page(call, list(call.repo.labels.values()))


@ROUTES.add("POST", "~/labels", *WRITE, role="write", creates=True)
async def create_label(call: Call) -> Answer:
    """A new label."""
    name = call.text("name", resource="Label") or ""
    one = labels.create_label(call.world, call.repo, call.actor, name, call.text("color"), call.text("description"))
    body = shape(call.world, call.repo, one)
    return Answer(body, 201, {"Location": body["url"]})


@ROUTES.add("GET", "~/labels/{name}", *READ)
async def get_label(call: Call) -> Answer:
    """One label."""
    return Answer(shape(call.world, call.repo, call.repo.label(call.params["name"])))


@ROUTES.add("PATCH", "~/labels/{name}", *WRITE, role="write")
async def update_label(call: Call) -> Answer:
    """Changes a label."""
    one = call.repo.label(call.params["name"])
    labels.edit_label(
        call.world, call.repo, call.actor, one,
        name=call.text("new_name"), color=call.text("color"), description=call.text("description"),
    )  # fmt: skip
    return Answer(shape(call.world, call.repo, one))


@ROUTES.add("DELETE", "~/labels/{name}", *WRITE, role="write")
async def delete_label(call: Call) -> Answer:
    """Deletes a label."""
    labels.delete_label(call.world, call.repo, call.actor, call.repo.label(call.params["name"]))
    return Answer(status=204)


@ROUTES.add("GET", "~/issues/{issue_number}/labels", *READ)
async def issue_labels(call: Call) -> Answer:
    """The labels of an issue."""
    return _page(call, issue_of(call).labels)


def _names(call: Call) -> list[str]:
    """The names sent: as ``{"labels": [...]}``, or as a bare list; each a name or an object with one."""
    value = call.json
    value = value.get("labels", []) if isinstance(value, dict) else value
    if isinstance(value, list):
        value = [item.get("name") if isinstance(item, dict) else item for item in value]
    return call.texts("labels", value) or []


@ROUTES.add("POST", "~/issues/{issue_number}/labels", *WRITE)
async def add_labels(call: Call) -> Answer:
    """Puts labels on; those the repository lacks are made."""
    issue = issue_of(call)
    await acts.add_labels(call.world, issue, call.actor, _names(call))
    return Answer([shape(call.world, call.repo, one) for one in issue.labels])


@ROUTES.add("PUT", "~/issues/{issue_number}/labels", *WRITE)
async def set_labels(call: Call) -> Answer:
    """Makes the labels exactly these."""
    issue = issue_of(call)
    await acts.set_labels(call.world, issue, call.actor, _names(call))
    return Answer([shape(call.world, call.repo, one) for one in issue.labels])


@ROUTES.add("DELETE", "~/issues/{issue_number}/labels", *WRITE)
async def clear_labels(call: Call) -> Answer:
    """Takes all labels off."""
    await acts.set_labels(call.world, issue_of(call), call.actor, [])
    return Answer(status=204)


@ROUTES.add("DELETE", "~/issues/{issue_number}/labels/{name}", *WRITE)
async def remove_label(call: Call) -> Answer:
    """Takes one label off. Raises a 404 ``Problem`` when it is not on."""
    issue, name = issue_of(call), call.params["name"].lower()
    one = next((label for label in issue.labels if label.name.lower() == name), None)
    if one is None:
        raise Problem(404, "Label does not exist")
    await acts.remove_label(call.world, issue, call.actor, one)
    return Answer([shape(call.world, call.repo, label) for label in issue.labels])
