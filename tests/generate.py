"""Writes the pages that are made from the code, so that they cannot rot.

``python -m tests.generate`` writes them, ``python -m tests.generate --check`` only says which are out of date.
"""

from __future__ import annotations

import json
import sys
import types
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin

from jinja2 import meta, nodes
from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from bot.config import ApiTokens, RepositorySettings, ServerSettings
from bot.contracts.api import ApplyAnswer, ApplyRequest, EventRecord, NewEvent
from bot.contracts.certificate import Certificate
from bot.contracts.event import PatchEvent
from bot.contracts.explain import Explanation
from bot.contracts.migration import Manifest
from bot.contracts.patch import PatchBatch
from bot.contracts.refusal import Refused
from bot.contracts.report import DeliveryReport
from bot.contracts.spec import SpecFront, SpecIndex, SpecReport
from bot.contracts.task import TaskPlan
from handlers.commands import COMMANDS, Command
from templates import FOLDER, _environment, render

ROOT = Path(__file__).parent.parent
MADE = "<!-- Made by `python -m tests.generate`; edit what it is made from instead. -->"
SECRETS_DIR = "GRAFTSMAN_SECRETS_DIR"

SCHEMAS: dict[str, tuple[type[BaseModel], Literal["validation", "serialization"]]] = {
    "manifest": (Manifest, "validation"),
    "repository-settings": (RepositorySettings, "validation"),
    "patch-batch": (PatchBatch, "validation"),
    "certificate": (Certificate, "serialization"),
    "patch-event": (PatchEvent, "serialization"),
    "delivery-report": (DeliveryReport, "serialization"),
    "refusal": (Refused, "serialization"),
    "new-event": (NewEvent, "validation"),
    "event-record": (EventRecord, "serialization"),
    "apply-request": (ApplyRequest, "validation"),
    "apply-answer": (ApplyAnswer, "serialization"),
    "api-tokens": (ApiTokens, "validation"),
    "explanation": (Explanation, "serialization"),
    "spec-front": (SpecFront, "validation"),
    "spec-index": (SpecIndex, "serialization"),
    "task-plan": (TaskPlan, "validation"),
    "spec-report": (SpecReport, "serialization"),
}
"""What people write is described as it is read, what the bot writes as it is written."""


# --- schemas


def schema(name: str) -> str:
    """The JSON Schema of a contract."""
    model, mode = SCHEMAS[name]
    made = model.model_json_schema(by_alias=True, mode=mode)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": made.pop("title")}
    return json.dumps(_plain({**head, **made}), indent=2, ensure_ascii=False) + "\n"


def _plain(value: Any) -> Any:
    """Descriptions in one line and with Markdown's single backticks."""
    if isinstance(value, dict):
        return {
            key: prose(each) if key == "description" and isinstance(each, str) else _plain(each)
            for key, each in value.items()
        }
    return [_plain(each) for each in value] if isinstance(value, list) else value


def prose(text: str | None) -> str:
    """A docstring as Markdown on one line."""
    return " ".join((text or "").replace("``", "`").split())


# --- settings


def configuration() -> str:
    """``docs/configuration.md``."""
    server = [
        f"| `{variable(name)}` | {type_text(field)} | {default_text(field)} | {prose(field.description)} |"
        for name, field in ServerSettings.model_fields.items()
    ]
    repository = [
        f"| `{key}` | {type_text(field)} | {default_text(field)} | {prose(field.description) or describe(key)} |"
        for key, field in repository_fields()
    ]
    return page(
        "Configuration",
        "The server is set up by its environment, a repository by a file on its default branch.",
        "",
        "## The server",
        "",
        "`graftsman serve`, `receive` and `doctor` read these environment variables. With "
        f"`{SECRETS_DIR}` set to a folder, each may also stand in a file of that folder, named like the variable "
        "(a variable that is set wins). A setting that is wrong ends the command with exit code 2 and names "
        "the variable, never its value. `graftsman doctor` checks them all.",
        "",
        "| Variable | Type | Default | What it is |",
        "|---|---|---|---|",
        *server,
        "",
        "Required for `serve`: `GRAFTSMAN_CLIENT_ID` (or `GRAFTSMAN_APP_ID`), `GRAFTSMAN_PRIVATE_KEY` (or "
        "`GRAFTSMAN_PRIVATE_KEY_FILE`) and `GRAFTSMAN_WEBHOOK_SECRET`.",
        "",
        "## A repository",
        "",
        "`.github/graftsman.yml` on the default branch. The onboarding pull request brings it; until it is there, nothing "
        "else happens in the repository. All keys may be left out; an unknown key, a wrong type or a value out of range "
        "is refused with file, line and column, on the issue. Its schema: "
        "[repository-settings.json](schemas/repository-settings.json).",
        "",
        "| Key | Type | Default | What it is |",
        "|---|---|---|---|",
        *repository,
        "",
        "The file as the onboarding pull request brings it:",
        "",
        "```yaml",
        (FOLDER / "repository/graftsman.yml").read_text("utf-8").rstrip(),
        "```",
    )


def variable(name: str) -> str:
    """The environment variable of a server setting."""
    return f"GRAFTSMAN_{name.upper()}"


def describe(key: str) -> str:
    """What needs no words in the model."""
    return {"version": "The format of this file."}.get(key, "")


def repository_fields(model: type[BaseModel] = RepositorySettings, around: str = "") -> list[tuple[str, FieldInfo]]:
    """Every key of the repository's settings by its whole path."""
    found: list[tuple[str, FieldInfo]] = []
    for name, field in model.model_fields.items():
        key = f"{around}{field.alias or name}"
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            found += repository_fields(inner, f"{key}.")
            continue
        found.append((key, field))
        for each in get_args(inner):  # a list or a mapping of models
            if isinstance(each, type) and issubclass(each, BaseModel):
                found += repository_fields(each, f"{key}[]." if get_origin(inner) is tuple else f"{key}.NAME.")
    return found


_WORDS = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "`true` or `false`",
    Path: "path",
    SecretStr: "secret",
}


def type_text(field: FieldInfo) -> str:
    """A field's type and limits in words."""
    words = _type(field.annotation)
    limits = {
        limit: getattr(each, limit)
        for each in field.metadata
        for limit in ("ge", "gt", "le", "lt")
        if hasattr(each, limit)
    }
    signs = {"ge": "at least", "gt": "above", "le": "at most", "lt": "below"}
    told = [f"{signs[name]} {value:,}" for name, value in limits.items() if value is not None]
    return ", ".join([words, *told])


def _type(annotation: Any) -> str:
    if get_origin(annotation) in {Union, types.UnionType}:
        return " or ".join(_type(each) for each in get_args(annotation) if each is not type(None))
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{each}`" for each in get_args(annotation))
    if get_origin(annotation) is tuple:
        return f"list of {_type(get_args(annotation)[0])}"
    if get_origin(annotation) is dict:
        return f"mapping of names to {_type(get_args(annotation)[1])}"
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "mappings"
    if hasattr(annotation, "__metadata__"):
        return _type(annotation.__origin__)
    return _WORDS[annotation]


def default_text(field: FieldInfo) -> str:
    """A field's default as it would be written."""
    value = field.get_default(call_default_factory=True)
    if value is PydanticUndefined or value is None:
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, tuple | dict):
        return f"`{json.dumps(value)}`"
    return f"`{value}`"


# --- slash commands


PLACES = {"pull": "a pull request", "issue": "an issue", "both": "an issue or a pull request"}


def commands() -> str:
    """``docs/commands.md``."""
    return page(
        "Slash commands",
        "A command stands in a comment on an issue or a pull request, at the start of a line. In code and in quotes it is "
        "none. A comment is carried out once; an edit carries out only what is new in it. Whoever may not give a command gets "
        "a 👎 and one line, and nothing happens. Who may is told here; a repository's settings can say otherwise for each command "
        "(see [configuration.md](configuration.md)): `commands: {apply: {permission: maintain, users: [ben], teams: [acme/leads]}}`. "
        "A 👀 shows that a command was heard, a 🚀 that it was carried out, a 😕 that it was refused. A word that is much like a command is answered with the one that was probably meant. What "
        "became of each command stands in the status comment: see [patches.md](patches.md#on-github).",
        "",
        "| Command | Where | Who | What it does |",
        "|---|---|---|---|",
        *[
            f"| [`{each.usage}`](#{name}) | {PLACES[each.where]} | {each.permission} access | {each.summary} |"
            for name, each in COMMANDS.items()
        ],
        *[line for each in COMMANDS.values() for line in command(each)],
    )


def command(told: Command) -> list[str]:
    """The section of one command."""
    takes = (
        "It takes the code blocks of its comment: those after it, up to the next such command. Where the comment's first "
        "block stands above its first such command, each takes those between the one before and itself, and the last one "
        "also those below it."
        if told.payload
        else "It takes no code blocks."
    )
    more = ["", told.details] if told.details else []
    return [
        "",
        f"## {told.name}",
        "",
        f"    {told.usage}",
        "",
        told.summary,
        "",
        f"On {PLACES[told.where]}, by whoever has {told.permission} access to the repository. {takes}",
        *more,
    ]


# --- refusals


def refusals() -> str:
    """``docs/refusals.md``."""
    sections: list[str] = []
    for code in codes():
        sentence, step = parts(render(f"refusals/{code}.md", **sample(code)))
        sections += ["", f"## {code}", "", sentence, "", f"**Next:** {step}"]
    return page(
        "Refusals",
        "What Graftsman refuses, why, and what to do next. A refusal changes nothing. It carries a stable code, the place "
        "(file, line, column, key) and the next step; on GitHub it is told on the issue, and the command line ends with "
        "exit code 3 and the same as JSON on standard output. Words like `‹path›` stand for values. "
        f"These are all {len(codes())} codes.",
        *sections,
    )


def codes() -> list[str]:
    """Every refusal code that has a template."""
    return sorted(path.stem for path in (FOLDER / "refusals").glob("*.md"))


def parts(text: str) -> tuple[str, str]:
    """A rendered refusal's sentence and next step."""
    sentence, _, step = text.strip().partition("\nNext:")
    step = step.strip()
    return sentence.strip(), step[:1].upper() + step[1:]


def sample(code: str) -> dict[str, Any]:
    """Plausible values for a refusal's template: lists where it loops, numbers where it counts, else text."""
    return sample_values((FOLDER / f"refusals/{code}.md").read_text("utf-8"))


_NUMERIC = {"plural", "number", "duration", "int"}
_NUMBERS = {"count": 3}


def sample_values(source: str) -> dict[str, Any]:
    """See ``sample``; for any template's source."""
    tree = _environment().parse(source)
    lists = {each.iter.name for each in tree.find_all(nodes.For) if isinstance(each.iter, nodes.Name)}
    numbers = {
        each.node.name
        for each in tree.find_all(nodes.Filter)
        if each.name in _NUMERIC and isinstance(each.node, nodes.Name)
    }
    values: dict[str, Any] = {}
    for name in sorted(meta.find_undeclared_variables(tree)):
        if name in lists:
            single = {"files": "file", "cycle": "id", "candidates": "path", "known": "name"}.get(name, name)
            values[name] = [f"‹{single}›", f"‹{single}›"]
        elif name in numbers or name in _NUMBERS:
            values[name] = _NUMBERS.get(name, 3)
        else:
            values[name] = f"‹{name.replace('_', ' ')}›"
    return values


# --- writing


def page(title: str, *lines: str) -> str:
    """A Markdown page with its heading."""
    return "\n".join([MADE, "", f"# {title}", "", *lines]) + "\n"


def pages() -> dict[Path, str]:
    """Every generated page by its path."""
    docs = ROOT / "docs"
    made = {
        docs / "commands.md": commands(),
        docs / "configuration.md": configuration(),
        docs / "refusals.md": refusals(),
    }
    return made | {folder / f"{name}.json": schema(name) for folder in schema_folders() for name in SCHEMAS}


def schema_folders() -> tuple[Path, Path]:
    """Where the schemas stand: beside the pages, and in the package, for ``GET /api/schemas``."""
    return ROOT / "docs" / "schemas", ROOT / "bot" / "schemas"


def stale() -> list[str]:
    """The generated pages that are not what they should be, and those that nothing makes any more."""
    wanted = pages()
    old = [path for path, text in wanted.items() if not path.is_file() or path.read_text("utf-8") != text]
    more = [path for folder in schema_folders() for path in folder.glob("*.json") if path not in wanted]
    return sorted(path.relative_to(ROOT).as_posix() for path in (*old, *more))


def main(arguments: list[str]) -> int:
    """Writes or checks. Gives the exit code."""
    if arguments == ["--check"]:
        found = stale()
        for path in found:
            print(f"out of date: {path} (run python -m tests.generate)", file=sys.stderr)
        return int(bool(found))
    if arguments:
        print(__doc__, file=sys.stderr)
        return 2
    for page_path, text in pages().items():
        page_path.parent.mkdir(parents=True, exist_ok=True)
        if not page_path.is_file() or page_path.read_text("utf-8") != text:
            page_path.write_text(text, "utf-8")
            print(f"wrote {page_path.relative_to(ROOT).as_posix()}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
