"""Commits put back on a newer base, held against ``git rebase``: the same trees, authors and messages, or a collision."""

import os
import shutil
import subprocess

from hypothesis import given
from hypothesis import strategies as st

from bot.git.repository import Repository
from bot.git.writer import Person
from bot.workflows.replay.stack import Stack, put_back
from tests.fuzz import fuzzed

BOT = Person("Graftsman", "bot@localhost")
LINES = [f"line {number}\n" for number in range(14)]
FILES = ("a.txt", "b/c.txt", "b/d.txt", "e")
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/nonexistent",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_AUTHOR_NAME": "Ben Ö",
    "GIT_AUTHOR_EMAIL": "ben@localhost",
    "GIT_AUTHOR_DATE": "1700000000 +0330",
    "GIT_COMMITTER_NAME": "Someone",
    "GIT_COMMITTER_EMAIL": "someone@localhost",
    "GIT_COMMITTER_DATE": "1700000000 +0000",
}


class Work:
    """A repository with a work tree."""

    def __init__(self, folder):
        self.folder = folder
        self.git("init", "-q", "-b", "main")
        for path in FILES:
            self.write(path, "".join(LINES))
        self.commit("Begin")

    def git(self, *arguments, ok=(0,)):
        done = subprocess.run(
            ["git", *arguments], cwd=self.folder, env=ENVIRONMENT, capture_output=True, text=True, check=False
        )
        assert done.returncode in ok, done.stderr
        return done.stdout.strip() if ok == (0,) else done.returncode

    def write(self, path, text):
        there = self.folder / path
        if text is None:
            there.unlink(missing_ok=True)
            return
        there.parent.mkdir(parents=True, exist_ok=True)
        if there.is_dir():
            shutil.rmtree(there)
        there.write_text(text)

    def commit(self, message):
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def apply(self, changes, name):
        for path, at, deed in changes:
            there = self.folder / path
            lines = there.read_text().splitlines(keepends=True) if there.is_file() else None
            if deed == "delete":
                self.write(path, None)
            elif lines is None:
                self.write(path, f"{name}\n")
            elif deed == "mode":
                there.chmod(0o755)
            else:
                at = min(at, len(lines))
                lines[at : at + (deed == "edit")] = [f"{name} {at}\n"]
                self.write(path, "".join(lines))


changes = st.lists(
    st.tuples(
        st.sampled_from([*FILES, "new.txt"]),
        st.integers(0, 13),
        st.sampled_from(["edit", "edit", "insert", "insert", "delete", "mode"]),
    ),
    min_size=1,
    max_size=3,
)


@fuzzed(25)
@given(changes, st.lists(changes, min_size=1, max_size=3))
def test_what_is_put_back_is_what_git_rebase_makes(tmp_path_factory, base, branch):
    work = Work(tmp_path_factory.mktemp("rebase"))
    work.git("checkout", "-q", "-b", "topic")
    commits = []
    for number, one in enumerate(branch):
        work.apply(one, f"topic {number}")
        commits.append(work.commit(f"Change {number}\n\nWhy: {number}"))
    work.git("checkout", "-q", "main")
    work.apply(base, "main")
    onto = work.commit("Go on")
    repository = Repository.open(work.folder)
    infos = [repository.commit_info(oid) for oid in commits]
    head = repository.commit_info(onto)
    stacks = []
    for _ in range(2):
        with repository.writer() as writer:
            start = Stack(onto, head.tree)
            stacks.append(
                put_back(repository, writer, infos, start, when=head.time, base=onto, bot=BOT, told=frozenset())
            )
            writer.flush()
    stack = stacks[0]
    assert stack == stacks[1]  # the same, to the oid
    # No rename is looked for: neither by us nor, here, by git.
    failed = work.git("-c", "merge.renames=false", "rebase", "-q", "--empty=drop", "main", "topic", ok=(0, 1))
    if stack.collision is not None:
        assert stack.tip == onto
        return
    if failed:  # a later commit mended what collided: git asks at the first one
        assert len(infos) > 1
        return
    assert stack.tree == work.git("rev-parse", "topic^{tree}")
    form = "--format=%an <%ae> %ad%n%s"
    theirs = work.git("log", form, "--date=raw", "main..topic")
    assert work.git("log", form, "--date=raw", f"{onto}..{stack.tip}") == theirs
    assert work.git("fsck", "--strict", "--no-dangling") == ""


def test_an_author_in_another_encoding_and_an_empty_message_come_through(tmp_path):
    work = Work(tmp_path)
    base = work.git("rev-parse", "HEAD")
    work.write("new.txt", "new\n")
    work.git("add", "-A")
    tree = work.git("write-tree")
    raw = (
        f"tree {tree}\nparent {base}\n".encode()
        + b"author Ren\xe9 <rene@localhost> 1700000000 -0500\ncommitter x <x@localhost> 1700000000 +0000\n"
        + b"encoding latin1\n\n"
    )
    done = subprocess.run(
        ["git", "hash-object", "-t", "commit", "-w", "--stdin"], cwd=tmp_path, env=ENVIRONMENT, input=raw, capture_output=True, check=True
    )  # fmt: skip
    repository = Repository.open(tmp_path)
    commit = repository.commit_info(done.stdout.decode().strip())
    work.git("reset", "-q", "--hard", base)
    work.write("a.txt", "other\n")
    onto = repository.commit_info(work.commit("Go on"))
    with repository.writer() as writer:
        stack = put_back(
            repository, writer, [commit], Stack(onto.oid, onto.tree), when=onto.time, base=onto.oid, bot=BOT, told=()
        )
        writer.flush()
    data = subprocess.run(
        ["git", "cat-file", "commit", stack.tip], cwd=tmp_path, env=ENVIRONMENT, capture_output=True, check=True
    ).stdout
    assert b"author Ren\xe9 <rene@localhost> 1700000000 -0500\n" in data and b"\nencoding latin1\n" in data
    assert b"Graftsman-Replayed-From: " in data and data.split(b"\n\n")[1].startswith(b"A commit without a message")


def test_trailers_that_imitate_the_bot_do_not_come_through(tmp_path):
    work = Work(tmp_path)
    base = work.git("rev-parse", "HEAD")
    work.write("new.txt", "new\n")
    commit = work.commit(f"Mine\n\nSigned-off-by: Ben\nGraftsman-Source: batch sha256:{'0' * 64}")
    repository = Repository.open(tmp_path)
    work.git("reset", "-q", "--hard", base)
    work.write("a.txt", "other\n")
    onto = repository.commit_info(work.commit("Go on"))
    with repository.writer() as writer:
        stack = put_back(
            repository, writer, [repository.commit_info(commit)], Stack(onto.oid, onto.tree),
            when=onto.time, base=onto.oid, bot=BOT, told=(),
        )  # fmt: skip
        writer.flush()
    found = repository.commit_info(stack.tip)
    assert dict(found.trailers) == {"Signed-off-by": "Ben", "Graftsman-Replayed-From": commit}
