"""docs/manifest.md is true: each of its manifests is loaded, and each worked example is run on a real repository."""

import re
import subprocess
from pathlib import Path

import pytest

from bot.errors import Refusal
from bot.migration.manifest import load_manifest
from bot.workflows.migrate import migrate

PAGE = (Path(__file__).parents[2] / "docs/manifest.md").read_text("utf-8")
BLOCK = re.compile(r"^```(\w+)(?: (\w+)=(\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def blocks(text):
    return [(found[1], found[2] or "", found[3] or "", found[4]) for found in BLOCK.finditer(text)]


MANIFESTS = [(kind, what, body) for kind, word, what, body in blocks(PAGE) if kind == "yaml" for _ in [word]]
EXAMPLES = [title for title, text in SECTIONS.items() if any(word == "after" for _, word, _, _ in blocks(text))]


def test_the_page_holds_examples():
    assert len(EXAMPLES) >= 8
    assert len([code for _, code, _ in MANIFESTS if code]) >= 8


@pytest.mark.parametrize(
    ("code", "body"), [pytest.param(code, body, id=code or body[11:60]) for _, code, body in MANIFESTS]
)
def test_every_manifest_loads_or_is_refused_as_it_says(code, body):
    if not code:
        assert load_manifest(body.encode(), "yaml", "migrations/staging.yml").name == "staging"
        return
    with pytest.raises(Refusal) as refused:
        load_manifest(body.encode(), "yaml", "migrations/staging.yml")
    assert refused.value.code == code
    assert refused.value.place.line


def git(repository, *arguments):
    done = subprocess.run(["git", "-C", repository, *arguments], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.mark.parametrize("title", EXAMPLES)
def test_every_worked_example_gives_what_it_shows(title, tmp_path):
    found = blocks(SECTIONS[title])
    (manifest,) = [body for kind, _, _, body in found if kind == "yaml"]
    before = {path: body for _, word, path, body in found if word == "before"}
    after = {path: body for _, word, path, body in found if word == "after"}
    absent = {path for _, word, path, _ in found if word == "absent"}
    git(tmp_path, "init", "--quiet", "--initial-branch=main")
    for path, body in before.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(body, "utf-8")
    git(tmp_path, "add", ".")
    git(tmp_path, "-c", "user.name=a", "-c", "user.email=a@b", "commit", "--quiet", "-m", "before")
    tree = migrate(tmp_path, "main", manifest).tree
    there = set(git(tmp_path, "ls-tree", "-r", "--name-only", tree).split())
    assert {path: git(tmp_path, "show", f"{tree}:{path}") for path in after} == after
    assert absent & there == set()
