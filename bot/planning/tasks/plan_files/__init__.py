"""Plans that stand in files: read by what they hold, checked, and written back."""

from __future__ import annotations

from typing import Final, Literal

from bot.contracts.task import TaskPlan
from bot.errors import Place, Refusal
from bot.planning.tasks.faults import Faults
from bot.planning.tasks.plan_files import markdown_list, markdown_write, own, task_master, task_master_write
from bot.planning.tasks.plan_files.entries import finish, plan_name
from bot.source.documents import Document, load
from bot.source.nodes import shown

Kind = Literal["markdown", "task-master", "json", "spec-index"]
KINDS: Final[tuple[Kind, ...]] = ("markdown", "task-master", "json", "spec-index")
MOST_BYTES: Final = 4 << 20
_BOM: Final = "\ufeff"


def kind_of(data: bytes, name: str) -> Kind:
    """What a plan file is, by what it holds. ``name`` is the file's.

    Raises ``Refusal``: ``plan-not-recognised``, and for JSON the codes of ``bot.source.documents.load``.
    """
    if not _is_json(data, name):
        return "markdown"
    return _kind(_document(data, name), name)


def _kind(document: Document, name: str) -> Kind:
    value = document.value
    if own.is_spec_index(value):
        return "spec-index"
    if own.is_own(value):
        return "json"
    if task_master.is_task_master(value):
        return "task-master"
    raise Refusal("plan-not-recognised", Place(name, 1), {"file": shown(name, 200)})


def read_plan(data: bytes, name: str, *, tag: str | None = None) -> TaskPlan:
    """The plan that a file holds. ``name`` is the file's; ``tag`` is which of task-master's lists.

    Raises ``Refusal`` with file, line and key, the first fault by line with the others in ``also``: the codes of
    :func:`kind_of` and of ``bot.planning.tasks.plan_files.entries.finish``; ``bad-value``, ``wrong-type``,
    ``missing-key``, ``unknown-key``, ``plan-tag-unknown``, ``plan-box-unclear``, ``plan-ambiguous-dependency``,
    ``plan-empty``, ``not-utf8``, ``too-large``.
    """
    faults = Faults()
    plan = plan_name(name)
    if not _is_json(data, name):
        _no_tag(tag, name)
        entries = markdown_list.Reader(name, faults).read(_text(data, name).removeprefix(_BOM))
    else:
        document = _document(data, name)
        kind = _kind(document, name)
        if kind != "task-master":
            _no_tag(tag, name)
        if kind == "spec-index":
            entries = own.read_spec_index(document)
        elif kind == "json":
            said, entries = own.read_own(document)
            plan = said or plan
        else:
            tag = task_master.tag_of(document, tag)
            entries = task_master.read_entries(document, tag, faults)
            plan = plan if tag in {None, task_master.MASTER} else plan_name(f"{plan}.{tag}.json")
    if not entries and not faults.found:
        raise Refusal("plan-empty", Place(name, 1), {"file": shown(name, 200)})
    return finish(entries, plan, faults)


def _no_tag(tag: str | None, name: str) -> None:
    """Only task-master's files have lists by name: what was asked for is not silently something else."""
    if tag is not None:
        raise Refusal("plan-tag-unknown", Place(name), {"tag": shown(tag), "known": []})


def write_plan(
    plan: TaskPlan, kind: Kind, original: bytes | None = None, *, name: str = "", tag: str | None = None
) -> bytes:
    """A plan as a file. With the ``original`` (of that kind, called ``name``) as what it is, brought up to date.

    Markdown: boxes are ticked or not, all else stays to the byte. task-master: title, status, priority and
    dependencies are set, tasks that are new are added, all else stays; where nothing differs, to the byte. Our own
    JSON is written anew. Raises ``Refusal``: ``plan-is-generated`` for the index of specs, ``plan-kind-differs`` where
    the original is of another kind, and what :func:`read_plan` raises of it.
    """
    if kind == "spec-index":
        raise Refusal("plan-is-generated", Place(name or None), {"file": shown(name or "the index", 200)})
    if original is not None:
        there = kind_of(original, name)
        if there != kind:
            raise Refusal("plan-kind-differs", Place(name or None), {"kind": there, "wanted": kind})
        read_plan(original, name, tag=tag)
    if kind == "json":
        return own.write_own(plan)
    if kind == "task-master":
        if original is None:
            return task_master_write.write_fresh(plan)
        return task_master_write.write_into(plan, original, _document(original, name), tag)
    if original is None:
        return markdown_write.write_fresh(plan).encode("utf-8", "replace")
    text = _text(original, name)
    entries = markdown_list.Reader(name, Faults()).read(text.removeprefix(_BOM))
    return markdown_list.write_into(plan, text, entries).encode("utf-8")


def _is_json(data: bytes, name: str) -> bool:
    ending = name.lower().rpartition(".")[2]
    if ending in {"md", "markdown"}:
        return False
    return ending == "json" or data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def _document(data: bytes, name: str) -> Document:
    return load(data, "json", name, max_bytes=MOST_BYTES)


def _text(data: bytes, name: str) -> str:
    """Markdown as text. Raises ``Refusal`` (``too-large``, ``not-utf8``)."""
    if len(data) > MOST_BYTES:
        raise Refusal("too-large", Place(name), {"size": len(data), "most": MOST_BYTES})
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise Refusal("not-utf8", Place(name, line), {"byte": f"0x{data[error.start]:02x}"}) from None
