"""Revisions, history and refs of real repositories."""

import multiprocessing
import subprocess

import pytest

from bot.contracts.tree import FILE, Write
from bot.errors import Refusal, WorldError
from bot.git.refs import ANY, RefMoved, RefUpdate
from bot.git.repository import Repository
from bot.git.writer import Person


def refusal(action, *arguments):
    with pytest.raises(Refusal) as refused:
        action(*arguments)
    return refused.value.code


def test_opening(real, tmp_path):
    subprocess.run(["git", "init", "-q", "--object-format=sha256", tmp_path / "new"], check=True)
    subprocess.run(["git", "init", "-q", tmp_path / "work"], check=True)
    (tmp_path / "plain/sub").mkdir(parents=True)
    assert Repository.open(tmp_path / "work").path == tmp_path / "work/.git"
    assert Repository.open(tmp_path / "work/.git").path == tmp_path / "work/.git"
    assert refusal(Repository.open, tmp_path / "new") == "sha256-repository"
    assert refusal(Repository.open, tmp_path / "plain") == "not-a-repository"
    assert refusal(Repository.open, tmp_path / "absent") == "not-a-repository"


def test_a_linked_work_tree_shares_objects_and_its_branch_is_checked_out(real, tmp_path):
    real("worktree", "add", "-q", str(tmp_path / "linked"), "-b", "side", "main")
    repository = Repository.open(tmp_path / "linked")
    assert repository.checked_out() >= {"refs/heads/side"}
    assert Repository.open(real.path).checked_out() == {"refs/heads/side"}
    with repository.writer() as writer:
        tree = writer.apply(repository.tree("side").oid, [Write("new", FILE, b"")])
        assert writer.flush().parent == real.path / "objects/pack"
    assert real("cat-file", "-t", tree) == "tree"


def test_revisions(real):
    repository = Repository.open(real.path)
    main = real("rev-parse", "main")
    real("tag", "-a", "-m", "A tag", "v1", main)
    assert {repository.resolve(name) for name in ("main", "refs/heads/main", "v1", main, main[:10])} == {main}
    assert repository.tree("main").oid == repository.tree(main).oid == real("rev-parse", "main^{tree}")
    for name in ("", "absent", "main~9", "12" * 20, "main:a.txt", "-x", "main^{tree}", "\udcff", "a\0b"):
        assert refusal(repository.resolve, name) == "unknown-revision"
    assert refusal(repository.tree, "main:a.txt") == "unknown-revision"


def test_reading_trees(real):
    odd = {"é/\udcff": (0o100755, b"x"), "link": (0o120000, b"a"), "a": b"file", "a.b/c": b"1", "a0": b""}
    oid = real.tree(odd)
    view = Repository.open(real.path).tree(oid)
    assert [(entry.name, oct(entry.mode)) for entry in view.list(oid)] == [
        ("a", "0o100644"),
        ("a.b", "0o40000"),
        ("a0", "0o100644"),
        ("link", "0o120000"),
        ("é", "0o40000"),
    ]
    blob = view.list(oid)[0].oid
    assert (view.read(blob), view.size(blob)) == (b"file", 4)
    for wrong in ("12" * 20, blob, "nonsense"):
        with pytest.raises(KeyError):
            view.list(wrong)
    for wrong in ("12" * 20, oid, "nonsense"):
        with pytest.raises(KeyError):
            view.read(wrong)
        with pytest.raises(KeyError):
            view.size(wrong)


def test_a_broken_object_is_not_an_absent_one(real):
    repository = Repository.open(real.path)
    with repository.writer() as writer:
        oid = writer.blob(b"whole" * 100)
        pack = writer.flush()
    data = bytearray(pack.read_bytes())
    data[16:-20] = bytes(byte ^ 255 for byte in data[16:-20])
    pack.chmod(0o644)
    pack.write_bytes(data)
    with pytest.raises(WorldError, match="cannot be read"):
        Repository.open(real.path).tree("main").read(oid)


def test_history(real):
    first = real("rev-parse", "main")
    second = real.commit({"x": b"1"}, first, message="Second\n\nKey: value\n")
    third = real.commit({"x": b"2"}, second)
    other = real.commit({"x": b"3"})
    repository = Repository.open(real.path)
    assert [commit.oid for commit in repository.log(third)] == [third, second, first]
    assert [commit.oid for commit in repository.log(f"{first}..{third}")] == [third, second]
    assert [commit.oid for commit in repository.log(third, limit=1)] == [third]
    assert repository.commit_info(second).trailers == {"Key": "value"}
    assert repository.merge_base(third, first) == first
    assert repository.merge_base(third, other) is None
    assert [
        repository.is_ancestor(*pair) for pair in ((first, third), (third, first), (first, first), (other, third))
    ] == [True, False, True, False]
    with pytest.raises(KeyError):
        repository.commit_info("12" * 20)


def test_a_read_after_somebody_repacked_beneath_us(real):
    repository = Repository.open(real.path)
    with repository.writer() as writer:
        tree = writer.apply(repository.tree("main").oid, [Write("x", FILE, b"1")])
        commit = writer.commit(tree, [], "m", Person("a", "b"), 1)
        writer.flush()
    real("update-ref", "refs/heads/x", commit)
    real("repack", "-a", "-d", "-q")
    assert repository.commit_info(commit).tree == tree
    assert Repository.open(real.path).has(tree)
    blob = repository.tree(tree).list(tree)[-1].oid
    assert repository.tree(tree).read(blob) == b"1"


def test_refs_move_together_or_not_at_all(real):
    repository = Repository.open(real.path)
    main = real("rev-parse", "main")
    new = real.commit({"x": b"1"})
    repository.update_refs([RefUpdate("refs/heads/x", new), RefUpdate("refs/heads/main", new, main)])
    assert repository.refs("refs/heads/") == {"refs/heads/main": new, "refs/heads/x": new}
    for wrong in (
        RefUpdate("refs/heads/x", main),
        RefUpdate("refs/heads/x", main, main),
        RefUpdate("refs/heads/y", main, main),
        RefUpdate("refs/heads/x", None, main),
    ):
        with pytest.raises(RefMoved) as moved:
            repository.update_refs([RefUpdate("refs/heads/main", main, new), wrong])
        assert moved.value.name == wrong.name
        assert repository.refs("refs/heads/") == {"refs/heads/main": new, "refs/heads/x": new}
    repository.update_refs([RefUpdate("refs/heads/x", None, new), RefUpdate("refs/heads/main", main, ANY)])
    assert repository.refs() == {"refs/heads/main": main}
    with pytest.raises(WorldError):
        repository.update_refs([RefUpdate("refs/heads/x", "12" * 20)])


@pytest.mark.parametrize(
    "name",
    [
        "main",
        "refs/heads/",
        "refs/heads/a b",
        "refs/heads/a..b",
        "refs/heads/a:b",
        "refs/heads/a\nb",
        "refs/heads/x.lock",
        "refs//x",
        "refs/heads/.x",
    ],
)
def test_names_that_a_command_line_could_misread(name):
    with pytest.raises(ValueError, match="not a full ref name"):
        RefUpdate(name, "12" * 20)


def race(path, worker, rounds):
    repository = Repository.open(path)
    for number in range(rounds):
        while True:
            head = repository.refs("refs/heads/main")["refs/heads/main"]
            with repository.writer() as writer:
                tree = writer.apply(repository.tree(head).oid, [Write(f"w{worker}/{number}", FILE, b"%d" % number)])
                commit = writer.commit(tree, [head], f"{worker} {number}", Person("a", "b"), number)
                writer.flush()
            try:
                repository.update_refs(
                    [RefUpdate("refs/heads/main", commit, head), RefUpdate(f"refs/heads/w{worker}", commit, ANY)]
                )
            except RefMoved:
                continue
            break


def test_two_processes_lose_nothing(real):
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=race, args=(str(real.path), worker, 12)) for worker in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    repository = Repository.open(real.path)
    assert len(list(repository.log("main"))) == 25
    assert len(real("ls-tree", "-r", "--name-only", "main").splitlines()) == 27
    assert not list(real.path.glob("**/*.lock"))
    real("fsck", "--strict", "--no-dangling")
