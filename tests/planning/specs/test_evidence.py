"""Searching evidence: each blob is read once, within bounds, and only where the globs say."""

from bot.planning.specs import evidence
from bot.planning.specs.evidence import evidence_matcher, find_evidence
from tests.migration.conftest import make_tree

MATCHES = evidence_matcher(["tests/**", "tasks/**"], "tasks/specs", "tasks/index.json")
FILES = {"tests/a": "REQ-1", "tests/b": "REQ-1", "tests/c": "REQ-2", "tasks/specs/s.md": "REQ-3", "tasks/index.json": "REQ-4", "lib": "REQ-5"}  # fmt: skip
ALL = {f"REQ-{n}" for n in range(1, 6)}


def test_each_blob_is_read_once_and_kept_for_the_next_search():
    tree, memo = make_tree(FILES), {}
    made = find_evidence(tree, ALL, MATCHES, memo=memo)
    assert made.found == {"REQ-1": ("tests/a", "tests/b"), "REQ-2": ("tests/c",)} and made.complete
    assert len(tree.reads) == 2
    assert find_evidence(tree, {"REQ-2"}, MATCHES, memo=memo).found == {"REQ-2": ("tests/c",)}
    assert len(tree.reads) == 2


def test_nothing_is_read_for_nothing():
    tree = make_tree(FILES)
    assert find_evidence(tree, (), MATCHES).found == {} and tree.reads == []


def test_only_some_paths():
    tree = make_tree(FILES)
    assert find_evidence(tree, ALL, MATCHES, paths=["tests/b", "lib"]).found == {"REQ-1": ("tests/b",)}


def test_bounds(monkeypatch):
    tree = make_tree(FILES)
    assert not find_evidence(tree, ALL, MATCHES, most_bytes=7).complete
    monkeypatch.setattr(evidence, "MOST_FILE", 4)
    made = find_evidence(tree, ALL, MATCHES)
    assert (made.found, made.complete) == ({}, True)


def test_symlinks_and_submodules_are_not_read_but_their_paths_count():
    tree = make_tree({"tests/REQ-1": ("link", "REQ-2"), "tests/REQ-3": ("submodule", "1" * 40)})
    assert find_evidence(tree, ALL, MATCHES).found == {"REQ-1": ("tests/REQ-1",)} and tree.reads == []
