"""Mirrors against a real remote over HTTP."""

import base64
import multiprocessing
import os
import threading
from pathlib import Path

import pytest

from bot.contracts.tree import FILE, Write
from bot.errors import UsageError, WorldError
from bot.git.command import AccessDenied, GitCommand, GitError, GitTimeout, RepositoryGone, RepositoryMoved, redact
from bot.git.mirrors import Mirrors
from bot.git.refs import ANY, RefUpdate
from bot.git.transfer import Outcome, parse_porcelain
from bot.git.writer import Person

TOKEN = "ghs_thisIsVerySecret." + "x" * 500
MAIN = "refs/heads/main"


@pytest.fixture
def mirrors(tmp_path):
    return Mirrors(tmp_path / "cache")


@pytest.fixture
def mirror(mirrors, served):
    with mirrors.open(f"{served.url}/origin.git", "Acme/Shop") as mirror:
        yield mirror


def commit(mirror, path="new.txt", data=b"new\n", parent="main"):
    repository = mirror.repository
    head = repository.resolve(parent)
    with repository.writer() as writer:
        tree = writer.apply(repository.tree(head).oid, [Write(path, FILE, data)])
        oid = writer.commit(tree, [head], f"Write {path}\n", Person("Bot", "bot@example.com"), 1_700_000_000)
        writer.flush()
    return oid


def ok(outcomes):
    return {name: outcome.reason for name, outcome in outcomes.items()}


def test_fetch_follows_the_remote(mirror, real):
    main = real("rev-parse", "main")
    assert mirror.fetch() == {MAIN: main}
    side = real.commit({"x": b"1"}, main)
    real("update-ref", "refs/heads/side", side)
    real("update-ref", "refs/tags/v1", side)
    assert mirror.fetch() == {MAIN: main, "refs/heads/side": side}
    assert mirror.repository.tree("side").oid == real("rev-parse", "side^{tree}")
    other = real.commit({"y": b"1"})
    real("update-ref", "-d", "refs/heads/side")
    real("update-ref", "refs/heads/side/below", other)
    real("update-ref", MAIN, other)
    assert mirror.fetch() == {MAIN: other, "refs/heads/side/below": other} == mirror.repository.refs()


def test_fetch_is_incremental_and_speaks_version_2(mirror, real, served):
    mirror.fetch()
    served.seen.clear()
    mirror.fetch()
    assert not [path for method, path, _ in served.seen if method == "POST" and "receive" in path]
    assert {headers.get("Git-Protocol") for _, _, headers in served.seen} == {"version=2"}
    real("update-ref", MAIN, real.commit({"x": b"1"}, real("rev-parse", "main")))
    mirror.fetch()
    packs = sorted(len(path.read_bytes()) for path in mirror.path.glob("objects/pack/*.pack"))
    assert len(packs) == 2
    assert packs[0] < 400
    assert not list(mirror.path.glob("objects/??/*"))


def test_push_is_atomic_with_lease(mirror, real):
    heads = mirror.fetch()
    new = commit(mirror)
    behind = RefUpdate(MAIN, new, new)  # a lease that cannot hold
    outcomes = mirror.push([RefUpdate("refs/heads/one", new), behind, RefUpdate("refs/heads/two", new)])
    assert ok(outcomes) == {"refs/heads/one": "together", MAIN: "stale", "refs/heads/two": "together"}
    assert not any(outcome.ok for outcome in outcomes.values())
    assert (
        mirror.repository.refs() == heads == dict([real("for-each-ref", "--format=%(refname) %(objectname)").split()])
    )
    outcomes = mirror.push([RefUpdate("refs/heads/one", new), RefUpdate(MAIN, new, heads[MAIN])])
    assert ok(outcomes) == {"refs/heads/one": "ok", MAIN: "ok"}
    assert mirror.repository.refs() == {MAIN: new, "refs/heads/one": new}
    assert real("rev-parse", "main", "one").split() == [new, new]


def test_a_push_can_be_made_again(mirror, real):
    mirror.fetch()
    new = commit(mirror)
    updates = [RefUpdate("refs/heads/one", new)]
    assert ok(mirror.push(updates)) == {"refs/heads/one": "ok"}
    assert ok(mirror.push(updates)) == {"refs/heads/one": "up-to-date"}
    assert ok(mirror.push([RefUpdate("refs/heads/one", commit(mirror, "other"))])) == {"refs/heads/one": "stale"}
    gone = [RefUpdate("refs/heads/one", None, new), RefUpdate("refs/heads/never", None, new)]
    assert ok(mirror.push(gone)) == {"refs/heads/one": "ok", "refs/heads/never": "up-to-date"}
    assert ok(mirror.push(gone)) == {"refs/heads/one": "up-to-date", "refs/heads/never": "up-to-date"}
    assert ok(mirror.push([RefUpdate("refs/heads/never", None, ANY)])) == {"refs/heads/never": "ok"}
    assert ok(mirror.push([RefUpdate(MAIN, None, new)])) == {MAIN: "stale"}
    assert set(mirror.repository.refs()) == {MAIN} == set(real("for-each-ref", "--format=%(refname)").split())
    assert mirror.push([]) == {}


def test_a_push_may_leave_history_where_it_was_asked_to(mirror, real):
    old = mirror.fetch()[MAIN]
    lost = real.commit({"z": b""}, old)
    real("update-ref", MAIN, lost)
    new = commit(mirror)
    assert ok(mirror.push([RefUpdate(MAIN, new, old)])) == {MAIN: "stale"}
    assert real("rev-parse", "main") == lost
    assert ok(mirror.push([RefUpdate(MAIN, new, ANY)])) == {MAIN: "ok"}
    assert real("rev-parse", "main") == new


def test_a_hook_denies_all(mirror, real):
    mirror.fetch()
    hook = real.path / "hooks/update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text('#!/bin/sh\ntest "$1" != refs/heads/bad\n')
    hook.chmod(0o755)
    new = commit(mirror)
    outcomes = mirror.push([RefUpdate("refs/heads/bad", new), RefUpdate("refs/heads/good", new)])
    assert ok(outcomes) == {"refs/heads/bad": "denied", "refs/heads/good": "together"}
    assert "refs/heads/good" not in mirror.repository.refs()


@pytest.mark.parametrize(
    ("line", "outcome"),
    [
        (b"*\t12:refs/heads/a\t[new branch]", Outcome(True, "ok", "[new branch]")),
        (b"=\t12:refs/heads/a\t[up to date]", Outcome(True, "up-to-date", "[up to date]")),
        (b"!\t12:refs/heads/a\t[rejected] (stale info)", Outcome(False, "stale", "[rejected] (stale info)")),
        (
            b"!\t12:refs/heads/a\t[remote rejected] (protected branch hook declined)",
            Outcome(False, "denied", "[remote rejected] (protected branch hook declined)"),
        ),
        (
            b"!\t12:refs/heads/a\t[remote rejected] (refusing to allow a GitHub App to create or update workflow `.github/workflows/x.yml` without `workflows` permission)",
            None,
        ),
        (
            b"!\t12:refs/heads/a\t[remote rejected] (internal error)",
            Outcome(False, "rejected", "[remote rejected] (internal error)"),
        ),
    ],
)
def test_answers(line, outcome):
    found = parse_porcelain(b"To http://x\n" + line + b"\nDone\n")["refs/heads/a"]
    assert found == outcome if outcome else found.reason == "denied"


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_the_credential_is_sent_and_stays_nowhere(mirrors, served, real):
    served.token = TOKEN
    real("config", "core.logAllRefUpdates", "always")
    mirror = mirrors.open(f"{served.url}/origin.git", "acme/shop")
    for wrong in (None, TOKEN + "x"):
        with pytest.raises(AccessDenied) as denied:
            mirror.fetch(wrong)
        assert TOKEN not in f"{denied.value!r} {denied.value.text}"
    mirror.repository._git.run(mirror.path, "config", "core.logAllRefUpdates", "always")
    heads = mirror.fetch(TOKEN)
    new = commit(mirror)
    with pytest.raises(AccessDenied):
        mirror.push([RefUpdate("refs/heads/x", new)])
    assert ok(mirror.push([RefUpdate("refs/heads/x", new)], TOKEN)) == {"refs/heads/x": "ok"}
    assert mirror.repository.refs() == heads | {"refs/heads/x": new}
    encoded = base64.b64encode(f"x-access-token:{TOKEN}".encode())
    for folder in (mirrors.cache_dir, real.path):
        kept = everything(folder)
        assert TOKEN.encode() not in kept
        assert encoded not in kept
    mirror.close()


def test_errors_hide_the_credential_in_any_shape(real):
    git = GitCommand()
    encoded = base64.b64encode(f"x-access-token:{TOKEN}".encode()).decode()
    with pytest.raises(GitError) as failed:
        git.run(real.path, "rev-parse", f"{TOKEN}-{encoded}", credential=TOKEN)
    assert "***-***" in str(failed.value)
    assert TOKEN not in str(failed.value)
    assert encoded not in str(failed.value)
    with pytest.raises(GitError) as failed:
        git.run(None, "ls-remote", f"http://user:{TOKEN}@127.0.0.1:1/x")
    assert TOKEN not in str(failed.value)
    assert redact("at https://me:secret@host/x and http://t@h", None) == "at https://***@host/x and http://***@h"


def test_an_address_with_a_password_is_not_taken(mirrors):
    with pytest.raises(UsageError):
        mirrors.open(f"https://x:{TOKEN}@example.com/a", "a")
    assert not list(mirrors.cache_dir.iterdir())


def test_a_repository_that_is_not_there(mirrors, served):
    with mirrors.open(f"{served.url}/absent.git", "absent") as mirror:
        with pytest.raises(RepositoryGone):
            mirror.fetch()
        with pytest.raises(RepositoryGone):
            mirror.push([RefUpdate(MAIN, None, ANY)])
    with mirrors.open("http://127.0.0.1:1/x.git", "nobody") as mirror, pytest.raises(GitError) as failed:
        mirror.fetch()
    assert type(failed.value) is GitError


def test_a_remote_that_is_silent(tmp_path, served):
    served.stall = 3
    mirrors = Mirrors(tmp_path / "cache", git=GitCommand(timeout=1))
    with mirrors.open(f"{served.url}/origin.git", "slow") as mirror, pytest.raises(GitTimeout):
        mirror.fetch()
    served.stall = 0


def test_only_http_is_spoken_unless_it_is_asked_for(tmp_path, real):
    with Mirrors(tmp_path / "one").open(str(real.path), "a") as mirror, pytest.raises(WorldError):
        mirror.fetch()
    with Mirrors(tmp_path / "two", git=GitCommand(protocols=("file",))).open(str(real.path), "a") as mirror:
        assert mirror.fetch() == {MAIN: real("rev-parse", "main")}


def test_a_redirect_is_not_followed_with_the_credential(mirrors, served):
    with mirrors.open(f"{served.url}/redirect/origin.git", "moved") as mirror, pytest.raises(RepositoryMoved):
        mirror.fetch(TOKEN)
    assert not [path for _, path, _ in served.seen if path.startswith("/origin.git")]


def test_hooks_of_the_mirror_do_not_run(mirror, tmp_path):
    for name in ("reference-transaction", "pre-push", "post-checkout"):
        hook = mirror.path / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
        hook.chmod(0o755)
    mirror.fetch()
    mirror.push([RefUpdate("refs/heads/x", commit(mirror))])
    assert not (tmp_path / "ran").exists()


def test_nothing_of_the_environment_is_read(mirror, monkeypatch, tmp_path):
    monkeypatch.setenv("GIT_DIR", "/nonexistent")
    monkeypatch.setenv("GIT_TRACE", str(tmp_path / "trace"))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    mirror.fetch()
    assert not (tmp_path / "trace").exists()


def test_packs_are_put_together(mirror):
    mirror.fetch()
    commits = [commit(mirror, f"f{number}") for number in range(12)]
    mirror.push([RefUpdate(f"refs/heads/b{number}", oid) for number, oid in enumerate(commits)])
    unreached = commit(mirror, "unreached")
    assert not mirror.maintain()
    assert mirror.maintain(max_packs=10)
    assert len(list(mirror.path.glob("objects/pack/*.pack"))) < 5
    assert not mirror.repository.missing([*commits, unreached])
    assert mirror.repository.resolve("b11") == commits[11]
    mirror.fetch()


def test_mirrors_are_dropped_by_last_use(tmp_path, served):
    mirrors = Mirrors(tmp_path / "cache", max_bytes=1)
    opened = [mirrors.open(f"{served.url}/origin.git", name) for name in ("a", "b", "c")]
    for mirror in opened:
        mirror.fetch()
    for number, name in enumerate(("b", "a", "c")):
        os.utime(mirrors.cache_dir / f"{name}.git.use", (number, number))
    opened[0].close()
    opened[1].close()
    assert mirrors.evict() == ("b.git", "a.git")
    assert [path.name for path in mirrors.cache_dir.glob("*.git")] == ["c.git"]
    with mirrors.open(f"{served.url}/origin.git", "a") as again:
        assert again.fetch() == opened[2].fetch()
    opened[2].close()


def test_a_new_mirror_makes_room(tmp_path):
    mirrors = Mirrors(tmp_path / "cache", max_bytes=1)
    mirrors.open("http://127.0.0.1:1/a", "a").close()
    with mirrors.open("http://127.0.0.1:1/b", "b" * 300) as mirror:
        assert list(mirrors.cache_dir.glob("*.git")) == [mirror.path]


def test_a_push_stands_though_the_mirror_is_behind(mirror, real):
    main = mirror.fetch()[MAIN]
    mirror.push([RefUpdate("refs/heads/a", main)])
    real("update-ref", "-d", "refs/heads/a")
    assert ok(mirror.push([RefUpdate("refs/heads/a/b", main)])) == {"refs/heads/a/b": "ok"}
    assert set(mirror.fetch()) == {MAIN, "refs/heads/a/b"}


def test_an_empty_remote(mirrors, served, real):
    real.init().path.rename(real.path.with_name("full.git"))
    real.init()("config", "http.receivepack", "true")
    with mirrors.open(f"{served.url}/origin.git", "empty") as mirror:
        assert mirror.fetch() == {}


def fetch_and_push(cache, url, worker, rounds):
    with Mirrors(Path(cache)).open(url, "shared") as mirror:
        for number in range(rounds):
            mirror.fetch()
            oid = commit(mirror, f"w{worker}/{number}")
            assert all(
                outcome.ok for outcome in mirror.push([RefUpdate(f"refs/heads/w{worker}-{number}", oid)]).values()
            )
            mirror.maintain(max_packs=2)


def test_two_processes_on_one_mirror(mirrors, served, real):
    context = multiprocessing.get_context("spawn")
    arguments = (str(mirrors.cache_dir), f"{served.url}/origin.git")
    workers = [context.Process(target=fetch_and_push, args=(*arguments, worker, 6)) for worker in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0, 0]
    with mirrors.open(arguments[1], "shared") as mirror:
        assert len(mirror.repository.refs("refs/heads/")) == 13 == len(mirror.fetch())
        assert mirror.healed == ()
        mirror.repository._git.run(mirror.path, "fsck", "--strict", "--no-dangling")


def test_threads_take_turns(mirror):
    mirror.fetch()
    order = []

    def other():
        with mirror.lock():
            order.append("other")

    with mirror.lock():
        thread = threading.Thread(target=other)
        thread.start()
        mirror.fetch()
        order.append("first")
    thread.join()
    assert order == ["first", "other"]
