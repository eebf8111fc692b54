"""Merges of the base branch that add nothing: made by git itself, and made to add something."""

import subprocess

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from bot.git.repository import Repository
from bot.workflows.base_merges import brings_base_onto
from tests.fuzz import fuzzed
from tests.git.conftest import Real

LINES = [f"line {number}\n" for number in range(1, 21)]
TEXT = "".join(LINES).encode()
START = {"a": TEXT, "d/b": TEXT.replace(b"line", b"row"), "d/e/c": b"\0binary", "f": b"last\n"}


def changed(*lines, text="x", of=TEXT):
    made = of.splitlines(keepends=True)
    for line in lines:
        made[line - 1] = f"{text} {line}\n".encode()
    return b"".join(made)


class Fork:
    """A base branch and a branch that both went on from one commit."""

    def __init__(self, folder, base, branch, start=START):
        self.git = Real(folder / "r.git").init()
        first = self.git.commit(start)
        self.base = self.git.commit(base, first, message="Base\n")
        self.head = self.git.commit(branch, first, message="Work\n")

    def git_merges(self):
        """The tree that git makes of merging the base into the branch; ``None`` with conflicts."""
        done = subprocess.run(
            ["git", f"--git-dir={self.git.path}", "merge-tree", "--write-tree", self.head, self.base],
            capture_output=True, check=False,
        )  # fmt: skip
        return done.stdout.decode().strip() if done.returncode == 0 else None

    def merge(self, tree, *parents):
        options = [part for parent in parents or (self.head, self.base) for part in ("-p", parent)]
        return self.git("commit-tree", tree, *options, stdin=b"Merge\n")

    def brings(self, commit, base=None):
        repository = Repository.open(self.git.path)
        packs = set(self.git.path.glob("objects/pack/*"))
        with repository.writer() as writer:
            found = brings_base_onto(repository, writer, repository.commit_info(commit), base or self.base)
        assert set(self.git.path.glob("objects/pack/*")) == packs
        return found


@pytest.fixture
def fork(tmp_path):
    return Fork(
        tmp_path, START | {"a": changed(2), "new": b"1\n"}, START | {"a": changed(18, text="y"), "mine": b"2\n"}
    )


def test_what_git_merges_by_itself_brings_the_base_alone(fork):
    assert fork.brings(fork.merge(fork.git_merges())) == fork.head


@pytest.mark.parametrize(
    "more", [{"a": changed(2, 9)}, {"extra": b"x"}, {"mine": None}, {"f": (0o100755, b"last\n")}, {"new": b"2\n"}]
)
def test_a_merge_with_anything_more_or_less_is_somebodys_own(fork, more):
    files = START | {"a": changed(2), "new": b"1\n", "mine": b"2\n"}
    files["a"] = changed(18, text="y", of=changed(2))
    assert fork.git.tree(files) == fork.git_merges()
    tree = fork.git.tree({path: data for path, data in (files | more).items() if data is not None})
    assert fork.brings(fork.merge(tree)) is None


def test_one_side_taken_whole_is_somebodys_own(fork):
    for oid in (fork.head, fork.base):
        assert fork.brings(fork.merge(fork.git("rev-parse", f"{oid}^{{tree}}"))) is None


def test_no_merge_a_merge_of_three_and_one_of_something_else_do_not_count(fork):
    tree = fork.git_merges()
    assert fork.brings(fork.head) is None
    assert fork.brings(fork.merge(tree, fork.head, fork.base, fork.git.commit(START, fork.base))) is None
    assert fork.brings(fork.merge(tree, fork.base, fork.head)) is None  # the wrong way round
    assert fork.brings(fork.merge(tree), base=fork.git.commit(START)) is None  # another base branch


def test_what_collides_is_somebodys_own_however_it_was_mended(tmp_path):
    fork = Fork(tmp_path, START | {"a": changed(5)}, START | {"a": changed(5, text="y")})
    assert fork.git_merges() is None
    for text in (changed(5), changed(5, text="y"), TEXT):
        assert fork.brings(fork.merge(fork.git.tree(START | {"a": text}))) is None


def test_where_git_follows_a_rename_it_counts_as_somebodys_own(tmp_path):
    """The careful side: we follow none."""
    moved = {path: data for path, data in START.items() if path != "a"} | {"z": TEXT}
    fork = Fork(tmp_path, START | {"a": changed(5)}, moved)
    tree = fork.git_merges()
    assert tree == fork.git.tree(moved | {"z": changed(5)})
    assert fork.brings(fork.merge(tree)) is None


edits = st.dictionaries(
    st.sampled_from([*START, "new", "d/new"]),
    st.one_of(
        st.none(),
        st.builds(lambda at, by: (at, by), st.integers(1, 20), st.sampled_from("xy")),
        st.just((0o100755, b"last\n")),
    ),
    max_size=3,
)


def after(changes):
    files = dict(START)
    for path, change in changes.items():
        if change is None:
            files.pop(path, None)
        elif isinstance(change[1], bytes):
            files[path] = change
        else:
            text = START.get(path, b"")
            lines = text.count(b"\n")
            files[path] = (
                changed(min(change[0], lines), text=change[1], of=text) if lines else path.encode() + change[1].encode()
            )
    return files


@fuzzed(40)
@given(edits, edits)
def test_every_clean_merge_of_gits_counts_and_no_other(tmp_path_factory, base, branch):
    one, two = after(base), after(branch)
    assume(one and two)
    fork = Fork(tmp_path_factory.mktemp("merge"), one, two)
    tree = fork.git_merges()
    if tree is not None:
        assert fork.brings(fork.merge(tree)) == fork.head
    # And whatever is changed after that does not.
    spoilt = fork.git.tree({"spoilt": b"1\n", **two})
    assert fork.brings(fork.merge(spoilt)) is None
