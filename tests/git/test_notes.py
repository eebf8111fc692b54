"""Notes as git itself reads and writes them."""

import pytest

from bot.contracts.tree import FILE, Write
from bot.errors import Refusal
from bot.git import notes
from bot.git.mirrors import Mirrors
from bot.git.notes import Position
from bot.git.refs import RefUpdate
from bot.git.repository import Repository
from bot.git.writer import Person

BOT = Person("graftsman[bot]", "graftsman[bot]@example.com")
AT = 1_700_000_000


@pytest.fixture
def repository(real):
    return Repository.open(real.path)


def commits(real, count):
    made = [real("rev-parse", "main")]
    while len(made) < count:
        made.append(real.commit({"x": str(len(made)).encode()}, made[-1]))
    real("update-ref", "refs/heads/main", made[-1])
    return made


def write(real, repository, about, number, parent=None):
    oid = notes.write(repository, parent, about, Position(number, f"{number:064x}"), BOT, AT)
    real("update-ref", notes.REF, oid)
    return oid


def shown(real, commit):
    return real("notes", "--ref=graftsman", "show", commit).splitlines()


def test_git_shows_them(real, repository):
    one, two = commits(real, 2)
    first = write(real, repository, {one: ["a", "b"], two: ["c"]}, 3)
    assert (shown(real, one), shown(real, two)) == (["a", "b"], ["c"])
    second = write(real, repository, {one: ["d"]}, 4, first)
    assert shown(real, one) == ["a", "b", "d"]
    assert sorted(notes.lines(repository, second)) == ["a", "b", "c", "d"]
    assert real("rev-parse", f"{second}^") == first
    assert real("ls-tree", "-r", "--name-only", second).splitlines() == sorted(
        f"{oid[:2]}/{oid[2:]}" for oid in (one, two)
    )
    assert real("fsck", "--strict") == ""
    assert "c" in real("log", "--notes=graftsman", "main")


def test_the_trailer_says_how_far_it_goes(real, repository):
    (one,) = commits(real, 1)
    head = write(real, repository, {one: ["a"]}, 7)
    assert notes.position_of(repository, head) == Position(7, f"{7:064x}")
    assert (
        real("interpret-trailers", "--parse", stdin=real.raw("log", "-1", "--format=%B", head))
        == f"Graftsman-Ledger: 7 {7:064x}"
    )
    assert notes.head_of(repository) == head
    assert notes.position_of(repository, one) is None
    assert notes.position_of(repository, "1" * 40) is None
    assert notes.head_of(Repository.open(real.path)) == head


def test_the_same_arguments_make_the_same_commit(real, repository):
    one, two = commits(real, 2)
    made = {
        notes.write(repository, None, about, Position(2, "f" * 64), BOT, AT)
        for about in ({one: ["a"], two: ["b"]}, {two: ["b"], one: ["a"]})
    }
    assert len(made) == 1
    assert made != {notes.write(repository, None, {one: ["a"], two: ["c"]}, Position(2, "f" * 64), BOT, AT)}


@pytest.mark.parametrize("fan_out", [0, 1, 2])
def test_what_git_wrote_in_another_way_is_read_and_joined(real, repository, fan_out):
    """git names notes ``abcd…``, ``ab/cd…`` or ``ab/cd/…``, by how many there are."""
    one, two = commits(real, 2)
    path = "/".join([*(one[2 * at : 2 * at + 2] for at in range(fan_out)), one[2 * fan_out :]])
    head = real.commit({path: b"by hand", "README": b"no note\n", "xy/z": b"nor this\n"})
    assert list(notes.lines(repository, head)) == ["by hand"]
    head = write(real, repository, {one: ["a"], two: ["b"]}, 2, head)
    assert shown(real, one) == ["by hand", "a"]
    assert sorted(notes.lines(repository, head)) == ["a", "b", "by hand"]
    assert real("ls-tree", "-r", "--name-only", head).splitlines().count(f"{one[:2]}/{one[2:]}") == 1


def test_a_note_that_stands_in_two_ways_is_one(real, repository):
    (one,) = commits(real, 1)
    head = real.commit({one: b"flat\n", f"{one[:2]}/{one[2:]}": b"nested"})
    head = write(real, repository, {one: ["a"]}, 1, head)
    assert sorted(shown(real, one)) == ["a", "flat", "nested"]
    assert len(real("ls-tree", "-r", head).splitlines()) == 1


def test_people_may_write_notes_between(real, repository):
    one, two = commits(real, 2)
    write(real, repository, {one: ["a"]}, 1)
    real("notes", "--ref=graftsman", "append", "-m", "seen", one)
    head = notes.head_of(repository)
    assert notes.position_of(repository, head) is None
    head = write(real, repository, {one: ["b"], two: ["c"]}, 3, head)
    assert [line for line in shown(real, one) if line] == ["a", "seen", "b"]
    assert shown(real, two) == ["c"]


def test_many_notes(real, repository):
    about = {f"{number * 7919:040x}"[::-1]: [f"line {number}"] for number in range(1, 2000)}
    head = write(real, repository, about, 1999)
    assert sorted(notes.lines(repository, head)) == sorted(line for (line,) in about.values())
    oid = next(iter(about))
    head = write(real, repository, {oid: ["more"]}, 2000, head)
    assert shown(real, oid) == [*about[oid], "more"]


def test_what_cannot_be_read_is_refused(real, repository, monkeypatch):
    blob = real("hash-object", "-w", "--stdin", stdin=b"x")
    with pytest.raises(Refusal, match="notes-unreadable"):
        list(notes.lines(repository, blob))
    (one,) = commits(real, 1)
    head = write(real, repository, {one: ["a" * 100]}, 1)
    monkeypatch.setattr(notes, "MOST_BYTES", 99)
    with pytest.raises(Refusal, match="notes-unreadable"):
        list(notes.lines(repository, head))


def test_a_file_in_the_way_is_refused_and_nothing_is_written(real, repository):
    (one,) = commits(real, 1)
    head = real.commit({one[:2]: b"a file"})
    before = real("count-objects", "-v")
    with pytest.raises(Refusal, match="path-clash"):
        notes.write(repository, head, {one: ["a"]}, Position(1, "f" * 64), BOT, AT)
    assert real("count-objects", "-v") == before


def test_a_mirror_follows_our_notes_and_no_others(real, served, tmp_path):
    (main,) = commits(real, 1)
    real("update-ref", "refs/notes/review", main)
    with Mirrors(tmp_path / "cache").open(f"{served.url}/origin.git", "o/r") as mirror:
        assert mirror.fetch() == {"refs/heads/main": main}
        assert notes.head_of(mirror.repository) is None
        head = notes.write(mirror.repository, None, {main: ["a"]}, Position(1, "f" * 64), BOT, AT)
        with mirror.repository.writer() as writer:
            tree = writer.apply(mirror.repository.tree("main").oid, [Write("n", FILE, b"n")])
            new = writer.commit(tree, [main], "n", BOT, AT)
            writer.flush()
        updates = [RefUpdate("refs/heads/new", new), RefUpdate(notes.REF, head)]
        assert {one.reason for one in mirror.push(updates).values()} == {"ok"}
        assert shown(real, main) == ["a"]
        other = real("commit-tree", f"{head}^{{tree}}", "-p", head, stdin=b"more")
        real("update-ref", notes.REF, other)
        outcomes = mirror.push([RefUpdate("refs/heads/newer", new), RefUpdate(notes.REF, new, head)])
        assert {name: one.reason for name, one in outcomes.items()} == {
            "refs/heads/newer": "together",
            notes.REF: "stale",
        }
        assert mirror.fetch() == {"refs/heads/main": main, "refs/heads/new": new}
        assert notes.head_of(mirror.repository) == other
        real("update-ref", "-d", notes.REF)
        mirror.fetch()
        assert notes.head_of(mirror.repository) is None
        assert mirror.repository.refs("refs/notes/") == {}
