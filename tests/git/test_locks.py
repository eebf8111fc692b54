"""Kills: nothing corrupt stays, and locks heal when nobody alive holds the mirror."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bot.contracts.tree import FILE, Write
from bot.git.command import GitCommand
from bot.git.locks import FileLock, LockTimeout, heal, lock_path
from bot.git.mirrors import Mirrors
from bot.git.refs import RefUpdate
from bot.git.repository import Repository

MAIN = "refs/heads/main"
ROOT = Path(__file__).parents[2]
FLUSH = """
import sys
from bot.contracts.tree import FILE, Write
from bot.git.repository import Repository
from bot.git.refs import RefUpdate, ANY
from bot.git.writer import Person
repository = Repository.open(sys.argv[1])
head, number = repository.resolve("main"), 0
print("ready", flush=True)
while True:
    number += 1
    with repository.writer() as writer:
        edits = [Write(f"dir/{sys.argv[2]}/{number}/{n}", FILE, b"%d %d" % (number, n) * 400) for n in range(60)]
        tree = writer.apply(repository.tree(head).oid, edits)
        commit = writer.commit(tree, [head], "A round", Person("a", "b"), number)
        writer.flush()
    repository.update_refs([RefUpdate(f"refs/heads/r{sys.argv[2]}", commit, ANY)])
"""
HOLD = """
import sys, time
from pathlib import Path
from bot.git.locks import FileLock
from bot.git.command import GitCommand
lock = FileLock(Path(sys.argv[1]))
with lock:
    print("ready", flush=True)
    if sys.argv[2] == "child":
        GitCommand().run(None, "-c", "alias.wait=!sleep 1.5", "wait", keep=lock.held)
    time.sleep(60)
"""


def start(script, *arguments):
    process = subprocess.Popen([sys.executable, "-c", script, *map(str, arguments)], stdout=subprocess.PIPE, cwd=ROOT)
    assert process.stdout.readline() == b"ready\n"
    return process


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()


def test_kill_during_a_flush(mirrors_path, real):
    mirror_path = mirrors_path / "m.git"
    with Mirrors(mirrors_path, git=GitCommand(protocols=("file",))).open(str(real.path), "m") as mirror:
        mirror.fetch()
    for number in range(12):
        process = start(FLUSH, mirror_path, number)
        time.sleep(0.01 + number * 0.017)
        kill(process)
    for path in mirror_path.glob("objects/pack/tmp_*"):
        os.utime(path, (0, 0))
    with Mirrors(mirrors_path, git=GitCommand(protocols=("file",))).open(str(real.path), "m") as mirror:
        assert not list(mirror_path.glob("**/*.lock")) + list(mirror_path.glob("objects/pack/tmp_*"))
        mirror.repository._git.run(mirror_path, "fsck", "--strict", "--full", "--no-dangling")
        for name in mirror.repository.refs():
            assert mirror.repository.resolve(name)
        packs = {path.stem for path in mirror_path.glob("objects/pack/*.idx")}
        assert packs <= {path.stem for path in mirror_path.glob("objects/pack/*.pack")}


@pytest.fixture
def mirrors_path(tmp_path):
    return tmp_path / "cache"


@pytest.fixture
def mirror(mirrors_path, real):
    with Mirrors(mirrors_path, git=GitCommand(protocols=("file",))).open(str(real.path), "m") as mirror:
        mirror.fetch()
        yield mirror


def litter(mirror):
    names = [
        "packed-refs.lock",
        "HEAD.lock",
        "refs/heads/main.lock",
        "objects/pack/tmp_pack_x",
        "objects/pack/tmp_graftsman_x",
        "objects/pack/.tmp-1-pack-x.pack",
    ]
    for name in names:
        (mirror.path / name).parent.mkdir(parents=True, exist_ok=True)
        (mirror.path / name).write_bytes(b"")
        os.utime(mirror.path / name, (0, 0))
    (mirror.path / "objects/tmp_objdir-incoming-x/pack").mkdir(parents=True)
    return {*names, "objects/tmp_objdir-incoming-x"}


def test_stale_locks_heal_at_opening(mirror, mirrors_path, real):
    names = litter(mirror)
    with Mirrors(mirrors_path).open(str(real.path), "m") as again:
        assert set(again.healed) == names
        again.repository.update_refs([RefUpdate("refs/heads/x", again.repository.resolve("main"))])
    assert heal(mirror.path) == ()


def test_nothing_heals_while_a_live_process_holds_the_mirror(mirror):
    names = litter(mirror)
    process = start(HOLD, lock_path(mirror.path), "alone")
    assert heal(mirror.path) == ()
    assert all((mirror.path / name).exists() for name in names)
    kill(process)
    assert set(heal(mirror.path)) == names


def test_a_mirror_heals_when_the_holder_was_killed(mirror):
    process = start(HOLD, lock_path(mirror.path), "alone")
    litter(mirror)
    kill(process)
    mirror.repository.update_refs([RefUpdate("refs/heads/main", None, mirror.repository.resolve("main"))])
    assert mirror.repository.refs() == {}


def test_the_lock_lives_as_long_as_the_child_of_a_killed_holder(mirror):
    process = start(HOLD, lock_path(mirror.path), "child")
    time.sleep(0.5)
    kill(process)
    lock = FileLock(lock_path(mirror.path))
    assert not lock.acquire(wait=False)
    assert lock.acquire()
    assert lock.abandoned
    lock.release()
    assert lock.acquire(wait=False)
    assert not lock.abandoned
    lock.release()


def test_a_living_writer_keeps_its_unfinished_pack(mirror):
    with mirror.repository.writer() as writer:
        writer.apply(mirror.repository.tree("main").oid, [Write("x", FILE, os.urandom(1000))])
        writer._spool._spill()
        (unfinished,) = mirror.path.glob("objects/pack/tmp_*")
        os.utime(unfinished, (0, 0))
        assert heal(mirror.path) == ()
        assert writer.flush()


def test_waiting_ends(tmp_path):
    one, other = FileLock(tmp_path / "l"), FileLock(tmp_path / "l", timeout=0.2)
    with one, one:
        with pytest.raises(LockTimeout):
            other.acquire()
        assert not other.acquire(wait=False)
    with other:
        assert other.held
    assert not other.held


def test_a_killed_spill_of_this_process_leaves_no_file(real):
    repository = Repository.open(real.path)
    writer = repository.writer()
    writer.blob(b"x")
    writer._spool._spill()
    del writer
    assert not list(real.path.glob("objects/pack/tmp_*"))
