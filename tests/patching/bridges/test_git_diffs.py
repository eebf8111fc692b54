"""What git itself writes, for random trees: the batch makes the second tree of the first, to the byte."""

import os
import random
import subprocess

import pytest

from bot.contracts.tree import EXECUTABLE, FILE
from tests.patching.bridges.conftest import made

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_CONFIG_SYSTEM": "/dev/null",
}
NAMES = ["a.txt", "b/c.py", "b/d e.md", "a/x", "b/x", "x", "ünï.txt", "b/q\"u'ote", "--", "c/d/e/f", "w/i", "tab\there"]
NAMES = [name for name in NAMES if "\t" not in name]  # no path that the gate refuses
LINES = [b"", b" ", b"-- x", b"++ y", b"@@ -1 +1 @@", b"same", b"diff --git a/x b/x", b"\\ No newline at end of file"]
LINES += [b"\xff\xfe", b"caf\xc3\xa9", b"line\x0cfeed", b"lone\rcr", b"--- a/x", b"+++ b/x", b"```", b"\t tab  "]


def git(folder, *arguments):
    return subprocess.run(
        ["git", "-C", folder, *arguments], env=ENVIRONMENT, check=True, capture_output=True, input=b""
    ).stdout


def content(random, lines):
    ends = random.choice([[b"\n"], [b"\r\n"], [b"\n", b"\r\n"]])
    data = b"".join(line + random.choice(ends) for line in lines)
    if data and random.random() < 0.3:
        data = data.removesuffix(b"\n").removesuffix(b"\r")
    return random.choice([b"", b"", b"\xef\xbb\xbf"]) + data if data else data


def new_lines(random):
    return [
        random.choice(LINES) if random.random() < 0.5 else b"%d" % random.randrange(50)
        for _ in range(random.randrange(25))
    ]


def edited(random, data):
    lines = data.split(b"\n")
    for _ in range(random.randrange(1, 5)):
        at = random.randrange(len(lines) + 1)
        lines[at : at + random.randrange(3)] = new_lines(random)[: random.randrange(4)]
    return b"\n".join(lines)


def trees(random):
    """Two trees; each file: mode and bytes."""
    before = {
        name: (random.choice([FILE, FILE, EXECUTABLE]), content(random, new_lines(random)))
        for name in random.sample(NAMES, random.randrange(1, 8))
    }
    after = dict(before)
    for name in random.sample(sorted(before), random.randrange(1, len(before) + 1)):
        mode, data = after.pop(name)
        what = random.random()
        if what < 0.6:
            after[name] = (random.choice([mode, mode, EXECUTABLE]), edited(random, data))
        elif what < 0.8:
            new = f"moved/{name}"
            after[new] = (mode, edited(random, data) if random.random() < 0.5 else data)
    for name in random.sample(NAMES, random.randrange(3)):
        after.setdefault(name, (random.choice([FILE, EXECUTABLE]), content(random, new_lines(random))))
    return before, after


def oid_of(folder, files):
    """A commit's tree of files, made with git alone."""
    lines = []
    for path, (mode, data) in files.items():
        oid = subprocess.run(
            ["git", "-C", folder, "hash-object", "-w", "--stdin"],
            env=ENVIRONMENT,
            check=True,
            capture_output=True,
            input=data,
        ).stdout.strip()
        lines.append(b"%o %s\t%s\0" % (mode, oid, path.encode()))
    index = {**ENVIRONMENT, "GIT_INDEX_FILE": str(folder / "index.tmp")}
    (folder / "index.tmp").unlink(missing_ok=True)
    subprocess.run(
        ["git", "-C", folder, "update-index", "-z", "--index-info"], env=index, check=True, input=b"".join(lines)
    )
    return subprocess.run(
        ["git", "-C", folder, "write-tree"], env=index, check=True, capture_output=True
    ).stdout.strip()


OPTIONS = [
    [],
    ["-U1"],
    ["-U0"],
    ["-U10"],
    ["--no-renames"],
    ["-M20%", "-C", "--find-copies-harder"],
    ["--no-prefix"],
    ["--full-index", "--patience"],
    ["--src-prefix=i/", "--dst-prefix=w/"],
]


def is_fair(before, after):
    """A diff without a line of context cannot tell how a line ends that it puts into a file of the other kind."""
    return True


@pytest.mark.parametrize("seed", range(12))
def test_what_git_writes_is_read(tmp_path, seed):
    git(tmp_path, "init", "-q", "--bare", ".")
    chance = random.Random(seed)
    for _ in range(8):
        before, after = trees(chance)
        one, two = oid_of(tmp_path, before), oid_of(tmp_path, after)
        if one == two:
            continue
        for options in OPTIONS:
            if any(b"\0" in data for _, data in [*before.values(), *after.values()]):
                continue
            diff = git(tmp_path, "diff", "--text", *options, one.decode(), two.decode())
            wanted = {path + "*" * (mode == EXECUTABLE): data for path, (mode, data) in after.items()}
            assert made(before, diff, "diff") == wanted, (options, diff)
