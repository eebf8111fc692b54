"""Real changes, from consecutive releases of public packages, as agents would write them down: git's tree or a refusal.

Every changed file between two releases is a commit; so is everything between them. Each is written as a diff that git
made (also with wrong line numbers), as search/replace blocks, in the apply_patch format, and as native operations; read
by the bridges; applied; and its tree compared with the one that git made.
"""

import itertools
import json
import os
import re
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

import pytest

from bot.errors import Refusal
from bot.git.repository import Repository
from bot.git.writer import ObjectWriter
from bot.patching.apply import apply
from bot.patching.bridges import convert
from bot.patching.ground import Ground
from bot.patching.hunks import between
from bot.patching.policy import Policy
from tests.fetch import RELEASES

pytestmark = [
    pytest.mark.network,
    pytest.mark.skipif(
        not all(each.target.exists() for releases in RELEASES.values() for each in releases)
        and os.environ.get("CI") != "true",
        reason="the releases are not there: python -m tests.fetch",
    ),
]
LEAST = 200
MOST_REFUSED = {"diff": 0, "wrong-numbers": 0, "search-replace": 2, "apply-patch": 2, "lines": 0, "anchors": 0}
"""Of all commits, so many may be refused as ambiguous by the way that they are written. Nothing may come out wrong."""
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
}
ANYTHING = Policy(protected=(), check_syntax=False, max_bytes=1 << 30)


@dataclass
class Commit:
    """One change: git's trees before and after, its diff, and the changed files (old bytes, new bytes)."""

    name: str
    before: str
    after: str
    diff: bytes
    files: dict[str, tuple[bytes | None, bytes | None]]


@dataclass
class Count:
    done: Counter = field(default_factory=Counter)
    refused: dict[str, list[str]] = field(default_factory=dict)


def git(repository, *arguments, stdin=b"", **environment):
    command = ["git", f"--git-dir={repository}", "-c", "core.autocrlf=false", *arguments]
    return subprocess.run(
        command, input=stdin, stdout=subprocess.PIPE, check=True, env={**ENVIRONMENT, **environment}
    ).stdout


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    path = tmp_path_factory.mktemp("real") / "repository.git"
    subprocess.run(["git", "init", "-q", "--bare", path], check=True, env=ENVIRONMENT)
    return path


def releases(repository, package):
    """The tree of each release, made by git."""
    found = []
    for release in RELEASES[package]:
        index = {"GIT_INDEX_FILE": str(repository / f"{package}-{release.version}.index")}
        git(repository, f"--work-tree={release.target}", "add", "--all", "--force", ".", **index)
        found.append(git(repository, "write-tree", **index).decode().strip())
    return found


def commits(repository, package):
    """What changed between each two releases: file by file, and all together."""
    made = []
    for old, new in itertools.pairwise(releases(repository, package)):
        diff = git(repository, "diff-tree", "-r", "-p", "--no-renames", "--full-index", "--binary", old, new)
        names = git(repository, "diff-tree", "-r", "-z", "--no-renames", old, new).split(b"\0")
        parts = re.split(rb"(?m)^(?=diff --git )", diff)[1:]
        files = {}
        oids = [header.decode().split()[2:4] for header in names[0:-1:2]]
        texts = blobs_of(repository, {oid for both in oids for oid in both})
        for header, name, part in zip(names[::2], names[1::2], parts, strict=False):
            old_mode, new_mode, was, now, status = header.decode().lstrip(":").split()
            blobs = texts.get(was), texts.get(now)
            files[name.decode()] = blobs
            if status == "M" and old_mode == new_mode:
                made.append((name.decode(), new_mode, now, part, {name.decode(): blobs}, old))
        yield Commit(f"{package} {old[:7]}..{new[:7]}", old, new, diff, files)
    for commit, after in zip(made, alone(repository, made), strict=True):
        path, _, _, part, files, old = commit
        yield Commit(f"{package} {path}", old, after, part, files)


def blobs_of(repository, oids):
    """Blobs by oid, asked of git in one go; what is all zeros is none."""
    wanted = [oid for oid in oids if set(oid) != {"0"}]
    answer = git(repository, "cat-file", "--batch", stdin="\n".join(wanted).encode())
    found, at = {}, 0
    for oid in wanted:
        start = answer.index(b"\n", at) + 1
        size = int(answer[at:start].split()[2])
        found[oid] = answer[start : start + size]
        at = start + size + 1
    return found


def alone(repository, made):
    """The tree of each change by itself, made by ``git fast-import``."""
    lines = []
    for number, (path, mode, oid, _, _, old) in enumerate(made, 1):
        lines.append(
            f"commit refs/heads/x{number}\nmark :{number}\ncommitter E <e@example.com> {number} +0000\ndata 0\n"
        )
        lines.append(f'M 040000 {old} \nM {mode} {oid} "{path}"\n\n')
    marks = repository / "marks"
    git(repository, "fast-import", "--quiet", "--force", f"--export-marks={marks}", stdin="".join(lines).encode())
    by_mark = dict(line.split() for line in marks.read_text().splitlines())
    asked = "".join(f"{by_mark[f':{number}']}^{{tree}}\n" for number in range(1, len(made) + 1))
    answers = git(repository, "cat-file", "--batch-check=%(objectname)", stdin=asked.encode())
    return answers.decode().split()


# --- ways to write a commit down


def with_wrong_numbers(commit):
    """The diff as a model writes it: the text is right, the numbers are not."""

    def wrong(found):
        start, size, new_start, new_size = (int(part or 1) for part in found.groups())
        return b"@@ -%d,%d +%d,%d @@" % (max(start + 7 - start % 15, 0), size + 1, new_start + 3, max(new_size - 1, 0))

    diff = re.sub(rb"(?m)^index .*\n", b"", commit.diff)
    return re.sub(rb"(?m)^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@", wrong, diff)


def groups(old, new, context):
    """Changes with lines around them: (old lines, new lines, both with a sign)."""
    one, two = old.splitlines(), new.splitlines()
    for codes in SequenceMatcher(None, one, two, autojunk=False).get_grouped_opcodes(context):
        signed = []
        for tag, start, end, new_start, new_end in codes:
            if tag == "equal":
                signed += [" " + line for line in one[start:end]]
            else:
                signed += ["-" + line for line in one[start:end]] + ["+" + line for line in two[new_start:new_end]]
        yield one[codes[0][1] : codes[-1][2]], two[codes[0][3] : codes[-1][4]], signed


def lines_only(commit):
    """Whether text alone can say all of it: these two formats know no line ends."""
    for old, new in commit.files.values():
        for data in (old, new):
            try:
                text = (data or b"").decode()
            except UnicodeDecodeError:
                return False
            if data is None or b"\0" in data or b"\r" in data or len(text.splitlines()) != text.count("\n"):
                return False
    return True


def as_blocks(commit):
    parts = []
    for path, (old, new) in commit.files.items():
        for was, now, _ in groups(old.decode(), new.decode(), 4):
            parts += [path, "<<<<<<< SEARCH", *was, "=======", *now, ">>>>>>> REPLACE", ""]
    return "\n".join(parts).encode()


def as_apply_patch(commit):
    parts = ["*** Begin Patch"]
    for path, (old, new) in commit.files.items():
        parts.append(f"*** Update File: {path}")
        for _, _, signed in groups(old.decode(), new.decode(), 4):
            parts += ["@@", *signed]
    return "\n".join([*parts, "*** End Patch", ""]).encode()


def as_lines(commit):
    """Exact operations by line number."""
    made = [each for path, (old, new) in commit.files.items() for each in between(path, old, new)]
    return json.dumps({"version": 1, "operations": [each.model_dump(exclude_none=True) for each in made]}).encode()


def as_anchors(commit):
    """The same, by markers and regexes wherever one line has a text of its own."""
    made = []
    for path, (old, new) in commit.files.items():
        lines = old.split(b"\n")
        once = Counter(lines)

        def anchor(number, lines=lines, once=once, old=old):
            line = lines[number - 1]
            if once[line] == 1 and old.count(line) == 1 and line.strip() and line.isascii() and b"\r" not in line:
                text = line.decode()
                return {"marker": text} if number % 2 else {"regex": f"^{re.escape(text)}$"}
            return {"line": number}

        for each in between(path, old, new):
            operation = each.model_dump(exclude_none=True)
            if "lines" in operation.get("at", {}):
                first, last = operation["at"]["lines"]
                operation["at"] = {"start": anchor(first), "end": anchor(last)}
            elif "at" in operation:
                operation["at"] = anchor(operation["at"]["line"])
            made.append(operation)
    return json.dumps({"version": 1, "operations": made}).encode()


WAYS = {
    "diff": ("diff", lambda commit: commit.diff),
    "wrong-numbers": ("diff", with_wrong_numbers),
    "search-replace": ("search-replace", as_blocks),
    "apply-patch": ("apply-patch", as_apply_patch),
    "lines": ("json", as_lines),
    "anchors": ("json", as_anchors),
}
"""Each with the format that the bridges are told."""
OF_TEXT = {"search-replace", "apply-patch"}
OF_EDITS = {"lines", "anchors", *OF_TEXT}


def is_due(way, commit):
    """Whether a way can say what the commit did at all."""
    edits = all(old is not None and new is not None and b"\0" not in old + new for old, new in commit.files.values())
    if way in OF_TEXT:
        return edits and lines_only(commit)
    return edits if way in OF_EDITS or way == "wrong-numbers" else True


def land(opened, writer, commit, way):
    """The tree that comes out. Raises ``Refusal``."""
    form, write = WAYS[way]
    tree = opened.tree(commit.before)
    batch = convert(write(commit), form, Ground(tree).read)
    return writer.apply(tree.oid, apply(tree, batch, ANYTHING).edits)


def test_real_commits_written_down_in_every_way(repository, record_property):
    opened = Repository(repository)
    count = Count()
    with ObjectWriter(opened._objects, Path(repository) / "objects") as writer:
        for package in RELEASES:
            for commit in list(commits(repository, package)):
                opened.reopen()
                for way in WAYS:
                    if not is_due(way, commit):
                        continue
                    try:
                        tree = land(opened, writer, commit, way)
                    except Refusal as refusal:
                        count.refused.setdefault(way, []).append(f"{commit.name}: {refusal}")
                        continue
                    assert tree == commit.after, f"a wrong tree: {way}, {commit.name}"
                    count.done[way] += 1
    refused = {way: len(count.refused.get(way, [])) for way in WAYS}
    for way in WAYS:
        print(f"{way}: {count.done[way]} landed, {refused[way]} refused")
        for line in count.refused.get(way, [])[:5]:
            print("   ", line[:300])
    record_property("landed", dict(count.done))
    assert min(count.done.values()) >= LEAST
    assert {way: number for way, number in refused.items() if number > MOST_REFUSED[way]} == {}
