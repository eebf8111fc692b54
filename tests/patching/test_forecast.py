"""Which branches collide: held against merging each two of them for real, by our own merge and by git's."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.contracts.tree import EXECUTABLE
from bot.git.repository import Repository
from bot.patching import forecast as module
from bot.patching.forecast import MOST_SPOTS, Change, bring, forecast, meet
from bot.patching.merge import merge
from bot.source.hunks import hunks
from tests.effort import calls
from tests.fuzz import fuzzed
from tests.git.conftest import Real
from tests.migration.conftest import make_tree

LINES = [f"line {number}\n" for number in range(1, 21)]
TEXT = "".join(LINES)


def changed(*lines, text="x"):
    return "".join(f"{text} {n}\n" if n in lines else f"line {n}\n" for n in range(1, 21))


def found(base, *branches, tip=None):
    """The collisions: (one, other) to a list of (path, kind, lines, by). Branches are numbered from 1."""
    tree = make_tree(base)
    changes = [Change(key, tree, make_tree(each)) for key, each in enumerate(branches, 1)]
    seen = forecast(tree if tip is None else make_tree(tip), changes)
    return {(p.one, p.other): [(s.path, s.kind, s.lines, s.by) for s in p.spots] for p in seen.pairs}


def test_changes_in_other_places_and_other_files_do_not_meet():
    base = {"a": TEXT, "b": TEXT}
    assert found(base, base | {"a": changed(3)}, base | {"a": changed(9)}, base | {"b": changed(3)}) == {}


def test_each_pair_is_told_with_the_places_in_the_tips_text():
    base = {"a": TEXT}
    seen = found(base, {"a": changed(3, 12)}, {"a": changed(4, 13, text="y")}, {"a": changed(3, 18, text="z")})
    assert seen == {
        (1, 2): [("a", "both-changed", (3, 12), None)],
        (1, 3): [("a", "both-changed", (3,), None)],
        (2, 3): [("a", "both-changed", (3,), None)],
    }


def test_the_same_change_is_no_collision():
    assert found({"a": TEXT}, {"a": changed(3)}, {"a": changed(3)}, {"a": changed(3, 9)}) == {}
    assert found({"a": "1"}, {}, {}) == {} == found({}, {"a": "1"}, {"a": "1"})


@pytest.mark.parametrize(
    ("base", "one", "other", "spot"),
    [
        ({"a": "1"}, {}, {"a": "2"}, ("a", "deleted", (), 1)),
        ({"a": "1"}, {"a": "2"}, {}, ("a", "deleted", (), 2)),
        ({}, {"a": "1"}, {"a": "2"}, ("a", "both-added", (), None)),
        ({"a": b"\0001"}, {"a": b"\0002"}, {"a": b"\0003"}, ("a", "not-text", (), None)),
        ({"a": ("link", "x")}, {"a": ("link", "y")}, {"a": ("link", "z")}, ("a", "not-text", (), None)),
        ({}, {"a": "1"}, {"a/b/c": "2", "a/d": "3"}, ("a", "in-the-way", (), 1)),
        ({}, {"a/b/c": "2", "a/d": "3"}, {"a": "1"}, ("a", "in-the-way", (), 2)),
        ({"a/b": "1"}, {"a": "1"}, {"a/b": "1", "a/c": "2"}, ("a", "in-the-way", (), 1)),
    ],
)
def test_what_is_no_text_on_both_sides_collides(base, one, other, spot):
    assert found(base | {"r": ""}, one | {"r": ""}, other | {"r": ""}) == {(1, 2): [spot]}


def test_a_mode_and_a_text_come_together():
    assert found({"a": TEXT}, {"a": (EXECUTABLE, TEXT.encode())}, {"a": changed(3)}) == {}
    assert found({"a": b"\0001"}, {"a": (EXECUTABLE, b"\0001")}, {"a": b"\0002"}) == {}
    assert found({"a": b"\0001"}, {"a": (EXECUTABLE, b"\0002")}, {"a": b"\0002"}) == {}


def test_a_branch_is_compared_as_it_is_on_the_tip():
    """Both were begun before the base changed line 3 and took that up: it is nobody's change any more."""
    base, tip = {"a": TEXT, "b": TEXT}, {"a": changed(3), "b": TEXT}
    one, other = {"a": changed(3, 10), "b": TEXT}, {"a": changed(3, 18), "b": TEXT}
    assert found(base, one, other, tip=tip) == {}
    assert found(base, {"a": changed(3), "b": TEXT}, {"b": TEXT, "a": changed(3)}, tip=tip) == {}


def test_a_branch_that_collides_with_the_base_meets_all_that_touch_what_it_touches():
    base, tip = {"a": TEXT, "b": TEXT}, {"a": changed(3), "b": TEXT}
    late, far, apart = {"a": changed(3, text="y"), "b": changed(1)}, {"a": TEXT, "b": changed(15)}, tip | {"c": "1"}
    trees = [Change(key, make_tree(base), make_tree(each)) for key, each in enumerate((late, far), 1)]
    seen = forecast(make_tree(tip), [*trees, Change(3, make_tree(tip), make_tree(apart))])
    assert list(seen.behind) == [1] and seen.behind[1][0].path == "a"
    assert [(p.one, p.other, [(s.path, s.kind) for s in p.spots]) for p in seen.pairs] == [(1, 2, [("b", "behind")])]


def test_only_what_two_branches_touch_is_read_and_once():
    base = {"shared": TEXT, **{f"own/{n}": TEXT for n in range(9)}, **{f"more/{n}": "1" for n in range(50)}}
    branches = [base | {"shared": changed(2 * n + 1), f"own/{n}": changed(1)} for n in range(9)]
    tree = make_tree(base)
    changes = [Change(key, tree, make_tree(each)) for key, each in enumerate(branches)]
    assert forecast(tree, changes).pairs == ()
    assert len(tree.reads) == 1 and [len(each.head.reads) for each in changes] == [1] * 9


def test_two_that_collide_everywhere_are_told_of_a_bounded_number_of_paths():
    seen = found({}, {f"f{n:04}": "1" for n in range(500)}, {f"f{n:04}": "2" for n in range(500)})
    assert [spot[0] for spot in seen[1, 2]] == [f"f{n:04}" for n in range(MOST_SPOTS)]


def test_what_is_too_much_to_compare_counts_as_colliding(monkeypatch):
    base, branches = {"a": TEXT}, ({"a": changed(3)}, {"a": changed(9)})
    assert found(base, *branches) == {}
    monkeypatch.setattr(module, "MOST_TEXT", 100)
    assert found(base, *branches) == {(1, 2): [("a", "not-compared", (), None)]}
    monkeypatch.undo()
    monkeypatch.setattr(module, "MOST_HUNKS", 1)
    assert found(base, *branches) == {(1, 2): [("a", "not-compared", (), None)]}


PATHS = ("a", "a/b", "a/c", "d/e", "d/e/f", "g")
contents = st.one_of(
    st.none(),
    st.sampled_from(
        [TEXT, TEXT[:70], "1\n", b"\0", ("link", "x"), (EXECUTABLE, TEXT.encode()), ("submodule", "1" * 40)]
    ),
    st.builds(changed, st.integers(1, 20), st.integers(1, 20), text=st.sampled_from("xy")),
)


def sound(files):
    """Files without those that stand where another one has its folder."""
    there = {path: data for path, data in files.items() if data is not None}
    return {path: data for path, data in there.items() if not any(path.startswith(f"{one}/") for one in there)}


edits = st.dictionaries(st.sampled_from(PATHS), contents, max_size=3)


def collides(tip, one, other):
    """Whether merging both, one after the other, meets anything."""
    return bool(merge(tip, one, other).conflicts)


@fuzzed(400)
@given(edits, st.lists(edits, min_size=2, max_size=4))
def test_no_collision_is_foreseen_exactly_where_both_merge(base, branches):
    start = {"keep": "1", **sound(dict.fromkeys(PATHS[1:], TEXT) | base)}
    tip = make_tree(start)
    trees = [make_tree(sound(start | each)) for each in branches]
    seen = {(pair.one, pair.other) for pair in forecast(tip, [Change(k, tip, t) for k, t in enumerate(trees)]).pairs}
    for one in range(len(trees)):
        for other in range(one + 1, len(trees)):
            assert collides(tip, trees[one], trees[other]) == ((one, other) in seen)
            assert collides(tip, trees[other], trees[one]) == ((one, other) in seen)


@fuzzed(200)
@given(edits, edits, st.lists(edits, min_size=2, max_size=3))
def test_the_same_where_the_base_has_moved_on(base, moved, branches):
    """Each branch is first merged with the tip; what collides there is told of by itself."""
    start = {"keep": "1", **sound(dict.fromkeys(PATHS[1:], TEXT) | base)}
    fork, tip = make_tree(start), make_tree(sound(start | moved))
    heads = [make_tree(sound(start | each)) for each in branches]
    seen = forecast(tip, [Change(key, fork, head) for key, head in enumerate(heads)])
    merged = [merge(fork, tip, head) for head in heads]
    assert set(seen.behind) == {key for key, each in enumerate(merged) if each.conflicts}
    pairs = {(pair.one, pair.other) for pair in seen.pairs}
    for one in range(len(heads)):
        for other in range(one + 1, len(heads)):
            if not merged[one].conflicts and not merged[other].conflicts:
                both = tip.apply(merged[one].edits), tip.apply(merged[other].edits)
                assert collides(tip, *both) == ((one, other) in pairs)


@fuzzed(30)
@given(st.integers(0, 2**32))
def test_it_is_what_git_says_of_each_two_branches(tmp_path_factory, seed):
    """``git merge-tree`` on random branches. It follows renames, and we do not: here nothing new resembles what went."""
    noise = random.Random(seed)
    git = Real(tmp_path_factory.mktemp("forecast") / "r.git").init()
    start = {f"d{n % 3}/f{n}": TEXT.replace("line", f"file {n} line").encode() for n in range(9)}
    main = git.commit(start)
    heads = []
    for name in range(6):
        files = dict(start)
        for _ in range(noise.randint(1, 3)):
            path = noise.choice([*start, "new", "d0", "d1/f1/x"])
            at = noise.randint(1, 20)
            deed = noise.choice(["edit", "edit", "edit", "delete", "mode"])
            if deed == "delete":
                files.pop(path, None)
            elif deed == "mode" and path in files and isinstance(files[path], bytes):
                files[path] = (EXECUTABLE, files[path])
            else:
                by = f"by {name}" if noise.random() < 0.8 else "by all"
                lines = start.get(path, b"").splitlines(keepends=True)
                lines[at - 1 : at] = [f"{by} {at}\n".encode()]
                files[path] = b"".join(lines)
        for path in [path for path in files if any(path.startswith(f"{one}/") for one in files)]:
            del files[path]
        heads.append(git.commit(files, main, message=f"{name}\n"))
    repository = Repository.open(git.path)
    tip = repository.tree(main)
    changes = [Change(key, tip, repository.tree(head)) for key, head in enumerate(heads)]
    seen = {(pair.one, pair.other) for pair in forecast(tip, changes).pairs}
    for one in range(len(heads)):
        for other in range(one + 1, len(heads)):
            assert git_collides(git, heads[one], heads[other]) == ((one, other) in seen)


def git_collides(git, one, other):
    import subprocess

    command = ["git", f"--git-dir={git.path}", "merge-tree", "--write-tree", one, other]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode in {0, 1}, done.stderr
    return done.returncode == 1


def test_a_hundred_branches_in_one_file_cost_a_hundred_comparisons():
    text = "".join(f"line {n}\n" for n in range(2_000))
    base = {"package.json": text}
    heads = [base | {"package.json": text.replace(f"line {n * 15}\n", f"by {n}\n")} for n in range(100)]
    tip = make_tree(base)
    brought = [bring(tip, Change(key, tip, make_tree(each))) for key, each in enumerate(heads)]
    assert calls(hunks, meet, tip, brought) == 100
    assert meet(tip, brought).pairs == ()
    assert sum(len(each.head.reads) for each in brought) == 2 * 100
