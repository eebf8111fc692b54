"""Issue forms of a repository (``.github/ISSUE_TEMPLATE/*.yml``): read, shown as a form, answered as GitHub does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.playground.git_cat import tree_entries
from bot.playground.pages.html import Child, Safe, el, join
from bot.playground.pages.markdown import render
from bot.playground.pages.yaml import read
from bot.playground.state import Repository

FOLDER = (".github", "ISSUE_TEMPLATE")
EMPTY = "_No response_"
LARGEST = 50_000
Kept = Mapping[str, list[str]]


@dataclass(frozen=True)
class Question:
    """One element of a form."""

    name: str
    kind: str
    label: str
    description: str = ""
    value: str = ""
    placeholder: str = ""
    options: tuple[tuple[str, bool], ...] = ()
    """The words of each choice, and whether its box must be ticked."""
    required: bool = False
    multiple: bool = False
    render: str | None = None


@dataclass(frozen=True)
class Form:
    """A form; ``number`` is its place in the folder."""

    number: int
    name: str
    description: str
    title: str
    labels: tuple[str, ...] = ()
    questions: tuple[Question, ...] = field(default=())


def _strings(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return tuple(str(item) for item in value) if isinstance(value, list) else ()


def _question(number: int, item: Any) -> Question | None:
    if not isinstance(item, dict) or not isinstance(item.get("attributes", {}), dict):
        return None
    attributes, rules = item.get("attributes", {}), item.get("validations") or {}
    options = []
    for option in attributes.get("options") or []:
        if isinstance(option, dict):
            options.append((str(option.get("label", "")), option.get("required") == "true"))
        else:
            options.append((str(option), False))
    texts = {key: str(attributes.get(key) or "") for key in ("label", "description", "value", "placeholder")}
    return Question(
        f"answer-{number}",
        str(item.get("type", "")),
        **texts,
        options=tuple(options),
        required=isinstance(rules, dict) and rules.get("required") == "true",
        multiple=attributes.get("multiple") == "true",
        render=attributes.get("render"),
    )


def parse(number: int, text: str) -> Form | None:
    """Reads a form; ``None`` for what is not one that can be read here."""
    try:
        told = read(text)
    except ValueError:
        return None
    if not isinstance(told, dict) or not isinstance(told.get("body"), list) or not told.get("name"):
        return None
    questions = [_question(at, item) for at, item in enumerate(told["body"])]
    kinds = {"markdown", "input", "textarea", "dropdown", "checkboxes"}
    if any(one is None or one.kind not in kinds for one in questions):
        return None
    name, description, title = (str(told.get(key) or "") for key in ("name", "description", "title"))
    return Form(number, name, description, title, _strings(told.get("labels")), tuple(one for one in questions if one))


async def forms_of(repo: Repository) -> list[Form]:
    """The forms on the default branch that can be read."""
    tip = repo.branch(repo.default_branch)
    found = await repo.store.commit(tip) if tip else None
    entries: list[tuple[str, str]] = []
    oid = found.tree if found else ""
    for folder in FOLDER:
        tree = await repo.store.read(oid) if oid else None
        oid = next((o for _, name, o in tree_entries(tree[1]) if name == folder), "") if tree else ""
    tree = await repo.store.read(oid) if oid else None
    if tree and tree[0] == "tree":
        entries = [(name, o) for _, name, o in tree_entries(tree[1]) if name.endswith((".yml", ".yaml"))]
    forms = []
    for number, (name, blob) in enumerate(entries):
        data = await repo.store.read(blob)
        if data and data[0] == "blob" and len(data[1]) <= LARGEST and name not in {"config.yml", "config.yaml"}:
            form = parse(number, data[1].decode(errors="replace"))
            forms += [form] if form else []
    return forms


def fields(form: Form, kept: Kept) -> Safe:
    """The questions, with what was answered already."""
    return join([_field(one, kept) for one in form.questions])


def _field(one: Question, kept: Kept) -> Safe:
    if one.kind == "markdown":
        return el("div", render(one.value, breaks=False), class_="markdown")
    given = kept.get(one.name)
    must = el("span", " (required)", class_="muted") if one.required else None
    note: Child = el("div", render(one.description, breaks=False), class_="hint", id=f"{one.name}-hint")
    if not one.description:
        note = None
    common = {"name": one.name, "id": one.name, "aria_describedby": f"{one.name}-hint" if note else None}
    label = el("label", one.label, must, for_=one.name)
    value = given[0] if given else one.value
    if one.kind == "input":
        return join(label, note, el("input", type="text", value=value, placeholder=one.placeholder or None, **common))
    if one.kind == "textarea":
        return join(label, note, el("textarea", "\n" + value, rows=6, placeholder=one.placeholder or None, **common))
    if one.kind == "dropdown":
        options = [el("option", words, value=words, selected=words in (given or [])) for words, _ in one.options]
        first = None if one.multiple else el("option", "None", value="")
        return join(label, note, el("select", first, options, multiple=one.multiple, **common))
    boxes = []
    for at, (words, needed) in enumerate(one.options):
        ticked = str(at) in (given or [])
        box = el("input", type="checkbox", name=one.name, value=at, id=f"{one.name}-{at}", checked=ticked)
        must = el("span", " (required)", class_="muted") if needed else None
        boxes.append(el("label", box, " ", render(words), must, class_="tick"))
    return el("fieldset", el("legend", one.label), note, boxes)


def _answer(one: Question, given: list[str]) -> tuple[str, bool]:
    """The answer as it stands in the body, and whether one that is required is missing."""
    if one.kind == "checkboxes":
        lines = [f"- [{'x' if str(at) in given else ' '}] {words}" for at, (words, _) in enumerate(one.options)]
        missing = any(needed and str(at) not in given for at, (_, needed) in enumerate(one.options))
        return "\n".join(lines), missing
    text = ", ".join(given) if one.kind == "dropdown" else "".join(given[:1])
    text = text.replace("\r\n", "\n").strip("\n") if one.kind == "textarea" else text.strip()
    if not text.strip():
        return EMPTY, one.required
    return (f"```{one.render}\n{text}\n```" if one.render else text), False


def answered(form: Form, given: Kept) -> tuple[str, str]:
    """The body of the issue: ``### Label``, a blank line, the answer; and, where one is missing, a sentence."""
    parts, fault = [], ""
    for one in form.questions:
        if one.kind == "markdown":
            continue
        text, missing = _answer(one, list(given.get(one.name, [])))
        if missing and not fault:
            fault = f"“{one.label}” must be filled in."
        parts.append(f"### {one.label}\n\n{text}")
    return "\n\n".join(parts), fault
