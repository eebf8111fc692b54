"""Trees, commits and packs, held against what git itself computes."""

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.contracts.tree import EXECUTABLE, FILE, FOLDER, SYMLINK, Put, Remove, Write
from bot.errors import Refusal
from bot.git import trees
from bot.git.packs import BLOB, TREE, object_id
from bot.git.repository import Repository
from bot.git.trees import EMPTY_TREE
from bot.git.writer import ObjectWriter, Person
from tests.effort import effort

ROOT = Path(__file__).parents[2]
AUTHOR = Person("Ann <Author>", "ann@example.com")

NAMES = st.sampled_from(["a", "b", "a.b", "a-b", "a0", "é", "\udcff", "Z", "long name", "a\u0301"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)
FILES = st.dictionaries(
    PATHS, st.tuples(st.sampled_from([FILE, EXECUTABLE, SYMLINK]), st.binary(max_size=8)), max_size=12
)
STEPS = st.lists(st.tuples(st.sampled_from(["write", "remove", "put"]), PATHS, st.binary(max_size=6)), max_size=10)


def sound(files):
    """``files`` without those that stand below another file."""
    kept = {}
    for path in sorted(files, key=len):
        if not any(path == other or path.startswith(f"{other}/") for other in kept):
            kept[path] = files[path]
    return kept


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(files=FILES, steps=STEPS, donor=FILES)
def test_trees_are_those_of_git(real, files, steps, donor):
    files, donor = sound(files), sound(donor)
    base, given_tree = real.tree(files), real.tree(donor)
    repository = Repository.open(real.path)
    edits, after = [], dict(files)
    for kind, path, data in steps:
        inside = {name for name in after if name == path or name.startswith(f"{path}/")}
        above = [name for name in after if path.startswith(f"{name}/")]
        if kind == "remove":
            edits.append(Remove(path))
            for name in inside:
                del after[name]
        elif above or (kind == "write" and inside - {path}) or (kind == "put" and path in after):
            continue
        elif kind == "write":
            edits.append(Write(path, EXECUTABLE, data))
            after[path] = (EXECUTABLE, data)
        else:
            edits.append(Put(path, FOLDER, given_tree))
            after = {name: value for name, value in after.items() if name not in inside}
            after |= {f"{path}/{name}": value for name, value in donor.items()}
    with repository.writer() as writer:
        found = writer.apply(base, edits)
        again = writer.apply(found, [])
        writer.flush()
    assert found == again == real.tree(after)
    assert real("ls-tree", "-r", found) == real("ls-tree", "-r", real.tree(after))


def test_only_touched_folders_are_written(real):
    repository = Repository.open(real.path)
    base = repository.tree("main").oid
    with repository.writer() as writer:
        tree = writer.apply(base, [Write("dir/sub/c", FILE, b"changed\n")])
        pack = writer.flush()
    assert repository.tree(tree).oid == tree
    kinds = sorted(
        line.split()[1] for line in real("verify-pack", "-v", str(pack)).splitlines() if len(line.split()) == 5
    )
    assert kinds == ["blob", "tree", "tree", "tree"]


def test_only_folders_on_the_way_are_read(real):
    base = real.tree({f"d{n}/e{m}/f": b"%d %d" % (n, m) for n in range(9) for m in range(9)})
    repository = Repository.open(real.path)
    read = []

    def count(oid):
        read.append(oid)
        return repository._objects.read(oid)[1]

    stored = {}

    def store(raw):
        oid = object_id(TREE, raw)
        stored[oid] = raw
        return oid

    edits = [
        Write("d1/e1/g", FILE, b""),
        Write("d1/e1/h", FILE, b""),
        Write("new/x", FILE, b""),
        Remove("d2"),
        Remove("d3/none/x"),
    ]
    trees.apply(base, edits, count, store, lambda data: object_id(BLOB, data))
    assert len(read) == len(set(read)) == 4
    assert read[0] == base
    assert len(stored) == 4


def test_many_removals_are_linear(real):
    def removed(count):
        paths = [f"d/{n}" for n in range(count)]
        full = writer.apply(EMPTY_TREE, [Write(path, FILE, b"") for path in paths])
        edits = [*map(Remove, paths), Write("d", FILE, b"")]
        assert writer.apply(full, edits) == real.tree({"d": b""})
        return effort(writer.apply, full, edits)

    with Repository.open(real.path).writer() as writer:
        assert removed(4_000) < 5 * removed(1_000)


def test_memory_stays_small(real):
    script = """
import os, resource, sys
from bot.contracts.tree import FILE, Write
from bot.git.repository import Repository
repository = Repository.open(sys.argv[1])
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
with repository.writer() as writer:
    tree = writer.apply(repository.tree("main").oid, (Write(f"f/{n}", FILE, os.urandom(1 << 20)) for n in range(150)))
    writer.flush()
view = repository.tree(tree)
folder = next(entry for entry in view.list(tree) if entry.name == "f")
assert sum(len(view.read(entry.oid)) for entry in view.list(folder.oid)) == 150 << 20
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
    done = subprocess.run([sys.executable, "-c", script, real.path], capture_output=True, check=True, cwd=ROOT)
    assert int(done.stdout) < 120


def test_what_exists_is_not_written_again(real):
    repository = Repository.open(real.path)
    base = repository.tree("main").oid
    with repository.writer() as writer:
        assert writer.apply(base, [Write("a.txt", FILE, b"a\n"), Remove("nothing/here"), Remove("a.txt/below")]) == base
        assert writer.flush() is None


def test_unflushed_objects_can_be_read_and_discarded(real):
    repository = Repository.open(real.path)
    base = repository.tree("main").oid
    with repository.writer() as writer:
        tree = writer.apply(base, [Write("new", FILE, b"new\n")])
        entry = {entry.name: entry for entry in writer.tree(tree).list(tree)}["new"]
        assert writer.tree(tree).read(entry.oid) == b"new\n"
        assert writer.tree(tree).size(entry.oid) == 4
    with pytest.raises(Refusal, match="unknown-revision"):
        repository.tree(tree)
    assert [path.name for path in (real.path / "objects/pack").iterdir()] == []


@pytest.mark.parametrize(
    ("edits", "blocker", "kind"),
    [
        ([Write("a.txt/x", FILE, b"")], "a.txt", "file"),
        ([Write("dir", FILE, b"")], "dir", "folder"),
        ([Write("n", FILE, b""), Write("n/m/o", FILE, b"")], "n", "file"),
        ([Write("n/m", FILE, b""), Write("n", FILE, b"")], "n", "folder"),
    ],
)
def test_a_file_and_a_folder_at_one_path_are_refused(real, edits, blocker, kind):
    repository = Repository.open(real.path)
    with repository.writer() as writer, pytest.raises(Refusal) as refused:
        writer.apply(repository.tree("main").oid, edits)
    assert refused.value.code == "path-clash"
    assert refused.value.values == {"path": edits[-1].path, "blocker": blocker, "kind": kind}


@pytest.mark.parametrize("path", ["", "/a", "a//b", "a/", "./a", "a/../b", ".git/config", "x/.GIT/y", "a\0b"])
def test_the_last_line_of_defence(real, path):
    repository = Repository.open(real.path)
    with repository.writer() as writer, pytest.raises(ValueError, match="not a path"):
        writer.apply(repository.tree("main").oid, [Write(path, FILE, b"")])


def test_put_asks_for_an_object_of_the_right_kind(real):
    repository = Repository.open(real.path)
    tree = repository.tree("main")
    blob = next(entry.oid for entry in tree.list(tree.oid) if entry.name == "a.txt")
    with repository.writer() as writer:
        for edit in (Put("x", FILE, tree.oid), Put("x", FOLDER, blob), Put("x", FILE, "12" * 20)):
            with pytest.raises(KeyError):
                writer.apply(tree.oid, [edit])


def test_a_commit_is_the_one_git_makes(real):
    repository = Repository.open(real.path)
    parent = repository.resolve("main")
    with repository.writer() as writer:
        tree = writer.apply(repository.tree(parent).oid, [Remove("a.txt"), Remove("dir")])
        oid = writer.commit(tree, [parent], "Empty it\n\nWhy: because\n", AUTHOR, 1_700_000_000)
        assert oid == writer.commit(tree, [parent], "Empty it\n\nWhy: because", AUTHOR, 1_700_000_000)
        writer.flush()
    names = {"GIT_AUTHOR_NAME": "Ann Author", "GIT_COMMITTER_NAME": "Ann Author"}
    mails = {"GIT_AUTHOR_EMAIL": "ann@example.com", "GIT_COMMITTER_EMAIL": "ann@example.com"}
    assert oid == real("commit-tree", tree, "-p", parent, stdin=b"Empty it\n\nWhy: because\n", **names, **mails)
    info = repository.commit_info(oid)
    assert (info.tree, info.parents, info.author, info.time) == (tree, (parent,), "Ann Author", 1_700_000_000)
    assert info.trailers == {"Why": "because"}
    assert real("fsck", "--strict", "--full") == f"dangling commit {oid}"


def test_a_commit_takes_any_text(real):
    repository = Repository.open(real.path)
    with repository.writer() as writer:
        oid = writer.commit(repository.tree("main").oid, [], "A \ud800\0 b", Person("x\ny <z>\r", ""), 1)
        writer.flush()
    assert repository.commit_info(oid).message == "A ? b\n"
    assert repository.commit_info(oid).author == "xy z"
    real("fsck", "--strict", "--no-dangling")


def test_a_large_spool_goes_through_the_disk(real):
    repository = Repository.open(real.path)
    with ObjectWriter(repository._objects, real.path / "objects", spill=1_000) as writer:
        data = {f"f{number}": bytes(range(256)) * number for number in range(60)}
        tree = writer.apply(repository.tree("main").oid, [Write(name, FILE, value) for name, value in data.items()])
        view = writer.tree(tree)
        for entry in view.list(tree):
            if entry.name in data:
                assert (view.size(entry.oid), view.read(entry.oid)) == (len(data[entry.name]), data[entry.name])
        writer.flush()
    repository = Repository.open(real.path)
    view = repository.tree(tree)
    assert {entry.name: view.read(entry.oid) for entry in view.list(tree) if entry.name in data} == data
    real("fsck", "--strict")
