"""docs/patches.md is true: each example is converted and applied, each refusal happens, each program runs."""

import io
import json
import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.cli.app import make_cli
from bot.cli.patch_stream import stream
from bot.config import repository_settings
from bot.contracts.patch import At, Operation, PatchBatch
from bot.contracts.stream import StreamRequest
from bot.errors import Refusal
from bot.patching import bridges
from bot.patching.apply import apply
from bot.patching.ground import Ground
from bot.planning.commands import parse
from handlers.commands import COMMANDS
from tests.docs.test_docs import ROOT
from tests.patching.conftest import result, tree

PAGE = (ROOT / "docs/patches.md").read_text("utf-8")
BLOCK = re.compile(
    r"^(?P<fence>`{3,})(?P<kind>\w*)(?P<words>[^\n]*)\n(?P<body>.*?)^(?P=fence)$", re.MULTILINE | re.DOTALL
)


@dataclass
class Block:
    kind: str
    words: dict[str, str]
    body: str


@dataclass
class Example:
    """The files before, a payload, and either the files after or the code of its refusal."""

    before: dict[str, str]
    payload: Block | None = None
    after: dict[str, str] = field(default_factory=dict)
    modes: dict[str, str] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)

    @property
    def refused(self):
        return self.payload.words.get("refused")


def blocks():
    for found in BLOCK.finditer(PAGE):
        words = {word.partition("=")[0]: word.partition("=")[2] for word in found["words"].split()}
        yield Block(found["kind"], words, found["body"])


BLOCKS = list(blocks())
FILES = {block.words["file"]: block.body for block in BLOCKS if "file" in block.words}


def examples():
    here = Example(dict(FILES))
    for block in BLOCKS:
        words = block.words
        done = here.payload is not None and bool(here.refused or here.after or here.absent)
        if {"before", "payload"} & words.keys() and done:
            yield here
            here = Example(dict(FILES))
        if "payload" in words:
            here.payload = block
        elif "before" in words:
            here.before[words["before"]] = block.body
        elif "after" in words:
            here.after[words["after"]] = block.body
            here.modes |= {words["after"]: words["mode"]} if "mode" in words else {}
        elif "absent" in words:
            here.absent.add(words["absent"])
    yield here


EXAMPLES = list(examples())
GOOD = [each for each in EXAMPLES if not each.refused]
BAD = [each for each in EXAMPLES if each.refused]


def ids(found):
    return [f"{at}-{(each.refused or each.payload.kind)}" for at, each in enumerate(found)]


def converted(example):
    before = tree(example.before)
    return before, bridges.convert(example.payload.body.encode(), "auto", Ground(before).read)


@pytest.mark.parametrize("example", GOOD, ids=ids(GOOD))
def test_every_example_gives_the_files_that_it_shows(example):
    before, batch = converted(example)
    after = before.apply(apply(before, batch).edits).files()
    assert {path: after[path][1].decode() for path in example.after} == example.after
    assert {path: f"{after[path][0]:o}" for path in example.modes} == example.modes
    assert not example.absent & set(after)
    untouched = set(example.before) - set(example.after) - example.absent
    assert all(after[path][1].decode() == example.before[path] for path in untouched)


@pytest.mark.parametrize("example", BAD, ids=ids(BAD))
def test_every_refusal_is_the_one_that_the_page_names(example):
    with pytest.raises(Refusal) as refused:
        apply(*converted(example))
    assert refused.value.code == example.refused


ROW = re.compile(r"^\| `(\".*?\")` \| `(\{.*?\})` \| `(\".*?\")` \|$", re.MULTILINE)


@pytest.mark.parametrize(("before", "operation", "after"), ROW.findall(PAGE))
def test_every_row_about_fitting_text_is_true(before, operation, after):
    made = result({"f": json.loads(before)}, {"path": "f", **json.loads(operation)})
    assert made["f"].decode() == json.loads(after)


def test_the_page_has_them_all():
    assert len(GOOD) >= 15 and len(BAD) >= 10 and len(ROW.findall(PAGE)) >= 8
    kinds = {operation.model_fields["op"].annotation.__args__[0] for operation in models(Operation)}
    shown = {operation.op for each in GOOD for operation in converted(each)[1].operations}
    assert kinds <= shown, kinds - shown
    written = "".join(block.body for block in BLOCKS if "payload" in block.words)
    for at in models(At):
        for member in at.model_fields:
            assert re.search(rf"\b{member}\"?:", written), member


def models(union):
    inner = getattr(union, "__args__", None)
    return [union] if inner is None else [each for one in inner for each in models(one)]


@pytest.mark.parametrize("model", [PatchBatch, *models(Operation), StreamRequest], ids=lambda model: model.__name__)
def test_every_member_is_named(model):
    assert not [name for name in model.model_fields if not re.search(rf"`{name}`|`\"{name}\"", PAGE) and name != "op"]


def test_every_format_is_named_and_shown():
    for name in bridges.Format.__args__:
        assert f"`{name}`" in PAGE
    shown = {kind(each) for each in EXAMPLES}
    assert {"diff", "search-replace", "apply-patch", "json", "yaml"} <= shown


def kind(example):
    body = example.payload.body
    marks = {"<<<<<<< SEARCH": "search-replace", "*** Begin Patch": "apply-patch", "+++ ": "diff"}
    return next((name for mark, name in marks.items() if mark in body), example.payload.kind)


def test_the_comment_gives_the_command_its_diff():
    (comment,) = [block.body for block in BLOCKS if "comment" in block.words]
    (order,) = parse(comment).commands
    assert order.name in COMMANDS and len(order.blocks) == 1


def test_the_settings_are_those_that_there_are():
    (written,) = [block.body for block in BLOCKS if "settings" in block.words]
    read = repository_settings(written.encode()).patches
    assert read.protected == ("infra/**", "**/*.tf")
    assert set(type(read).model_fields) <= set(re.findall(r"^  (\w+):", written, re.MULTILINE))


# --- on a real repository


def git(*arguments):
    who = {f"GIT_{one}_{two}": "a@example.com" for one in ("AUTHOR", "COMMITTER") for two in ("NAME", "EMAIL")}
    subprocess.run(["git", *arguments], check=True, capture_output=True, env={**os.environ, **who})


@pytest.fixture
def repository(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    root = Path("path/to/repository")
    for path, text in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text, "utf-8")
    git("init", "--quiet", "--initial-branch=main", str(root))
    git("-C", str(root), "add", ".")
    git("-C", str(root), "commit", "--quiet", "--message=before")
    return root


def test_the_programs_print_what_they_are_said_to(repository, capsys):
    space = {}
    told = [block for block in BLOCKS if block.kind == "python" or "prints" in block.words]
    for block in told:
        if block.kind == "python":
            exec(compile(block.body, "docs/patches.md", "exec"), space)
        else:
            assert capsys.readouterr().out == block.body
    assert len([block for block in told if block.kind == "python"]) >= 4


def is_like(found, shown):
    """Whether a value is the one on the page, where ``…`` stands for anything."""
    if shown == "…":
        return True
    if isinstance(shown, dict):
        return found.keys() == shown.keys() and all(is_like(found[name], shown[name]) for name in shown)
    if isinstance(shown, list):
        return len(found) == len(shown) and all(map(is_like, found, shown))
    return found == shown


def test_the_line_mode_answers_as_shown(repository):
    (request,) = [block.body for block in BLOCKS if "request" in block.words]
    (answer,) = [block.body for block in BLOCKS if "answer" in block.words]
    out = io.StringIO()
    stream(io.BytesIO(request.encode()), out, repository, lift_protection=False)
    assert is_like(json.loads(out.getvalue()), json.loads(answer)), out.getvalue()
    assert not is_like({"a": 1}, {"a": 2}) and not is_like({"a": [1]}, {"a": []})


def test_the_refusal_of_the_command_line_is_as_shown(repository, monkeypatch, capsys):
    (run,) = [block.body for block in BLOCKS if "run" in block.words]
    command, _, shown = run.partition("\n")
    monkeypatch.chdir(repository)
    Path("wrong.diff").write_text("--- a/src/gret.ts\n+++ b/src/gret.ts\n@@\n-a\n+b\n")
    with pytest.raises(SystemExit) as ended:
        make_cli(None)(command.split()[2:], prog_name="graftsman")
    assert ended.value.code == 3
    assert is_like(json.loads(capsys.readouterr().out), json.loads(shown))
