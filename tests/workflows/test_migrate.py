"""The documented Python entry on real repositories: what git itself says of the result, and what stayed as it was."""

import base64
import itertools
import json
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.errors import Refusal, WorldError
from bot.workflows.migrate import migrate, migrate_branches
from tests.workflows.conftest import ALL, EXPECTED, FILES, MANIFEST, TOGETHER

BRANCH = "refs/heads/graftsman/staging/"


def run(place, base="main", manifest=MANIFEST, **options):
    return migrate_branches(place.path, base, manifest.encode(), "yaml", name="migrations/staging.yml", **options)


def state(branches):
    return {branch.folder: branch.state for branch in branches}


def trees(result):
    return {folder.id: folder.tree for folder in result.folders}, result.tree


def changed(before, after):
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def refused(place, *args, code=None, **options) -> Refusal:
    """Runs both entries, which must refuse and leave every byte as it was."""
    before = place.snapshot()
    with pytest.raises(Refusal) as caught:
        run(place, *args, **options)
    assert changed(before, place.snapshot()) == set()
    if code is not None:
        assert caught.value.code == code
    return caught.value


# --- what comes out


def test_every_tree_holds_exactly_what_it_should(place):
    result = migrate(place.path, "main", MANIFEST)
    assert [folder.id for folder in result.folders] == list(ALL)
    for folder in result.folders:
        assert place.files(folder.tree) == EXPECTED[folder.id], folder.id
    assert place.files(result.tree) == TOGETHER
    assert result.base == place.git("rev-parse", "main")
    assert result.base_tree == place.git("rev-parse", "main^{tree}")
    place.sound()


def test_the_paths_are_what_git_sees_change(bare):
    for folder in migrate(bare.path, "main", MANIFEST).folders:
        output = bare.git.raw("diff-tree", "-r", "-z", "--no-renames", "--name-only", "main^{tree}", folder.tree)
        seen = {path.decode("utf-8", "surrogateescape") for path in output.split(b"\0")[:-1]}
        covered = {
            path for path in seen if any(path == p or (p[-1] == "/" and path.startswith(p)) for p in folder.paths)
        }
        gone = {path for path in seen if any(path.startswith(f"{p}/") for p in folder.paths)}  # a folder removed whole
        assert seen == covered | gone
        for path in folder.paths:
            assert any(one == path or one.startswith(path.rstrip("/") + "/") for one in seen), path


def test_a_dry_run_writes_not_one_byte_and_says_the_same(place):
    before = place.snapshot()
    dry = migrate(place.path, "main", MANIFEST, dry_run=True)
    assert changed(before, place.snapshot()) == set()
    with pytest.raises(AssertionError):
        place.git("cat-file", "-e", dry.tree)
    assert migrate(place.path, "main", MANIFEST) == dry
    place.git("cat-file", "-e", dry.tree)


def test_a_large_dry_run_keeps_what_waits_out_of_the_repository(bare):
    """More than a writer holds in memory: what waits goes to the disk, but not to this one's."""
    noise = random.Random(1)
    texts = [base64.b64encode(noise.randbytes(5_700_000)) for _ in range(6)]
    large = {f"STAGING/terminal/large{n}.js": b"require('./llm/chat')\n//" + text for n, text in enumerate(texts)}
    bare.git("update-ref", "refs/heads/large", bare.commit(FILES | large))
    before, seen = bare.snapshot(), []
    migrate(bare.path, "large", MANIFEST, dry_run=True, progress=lambda *_: seen.append(bare.snapshot().keys()))
    assert all(names == before.keys() for names in seen)
    assert changed(before, bare.snapshot()) == set()


def test_writing_objects_moves_no_ref(place):
    before, refs = place.snapshot(), place.refs()
    migrate(place.path, "main", MANIFEST)
    new = changed(before, place.snapshot())
    assert place.refs() == refs
    assert {Path(path).suffix for path in new} == {".pack", ".idx"}
    assert all("objects/pack/" in path for path in new)


def test_branches_touch_nothing_but_themselves(place):
    before, refs = place.snapshot(), place.refs().splitlines()
    result, branches = run(place)
    new = changed(before, place.snapshot())
    prefix = ".git/" if place.work_tree else ""
    allowed = (f"{prefix}objects/pack/pack-", f"{prefix}refs/heads/graftsman/", f"{prefix}logs/refs/heads/graftsman/")
    assert {path for path in new if not path.startswith(allowed)} == set()
    assert [line for line in place.refs().splitlines() if "graftsman/" not in line] == refs
    assert state(branches) == dict.fromkeys(ALL, "created")
    for branch, folder in zip(branches, result.folders, strict=True):
        assert branch.name == f"graftsman/staging/{folder.id}"
        assert place.git("rev-parse", f"refs/heads/{branch.name}") == branch.commit
        assert place.git("rev-parse", f"{branch.commit}^{{tree}}") == folder.tree
        assert place.git("rev-list", "--parents", "-n1", branch.commit).split()[1:] == [result.base]
    place.sound()


def test_the_trees_are_the_same_by_either_entry(place):
    result, _ = run(place)
    assert trees(result) == trees(migrate(place.path, "main", MANIFEST, dry_run=True))


def test_commits_carry_trailers_that_git_reads(bare):
    _, branches = run(bare)
    for branch in branches:
        text = bare.git("log", "-1", "--format=%(trailers:only,unfold)", branch.commit)
        found = dict(line.split(": ", 1) for line in text.splitlines() if line)
        assert found["Graftsman-Base"] == bare.git("rev-parse", "main")
        assert f"#staging/{branch.folder} sha256:" in found["Graftsman-Source"]


def test_a_second_run_has_nothing_to_do(place):
    first, branches = run(place)
    before = place.snapshot()
    second, again = run(place)
    assert changed(before, place.snapshot()) == set()
    assert state(again) == dict.fromkeys(ALL, "up-to-date")
    assert [b.commit for b in again] == [b.commit for b in branches]
    assert second == first


def test_a_run_on_the_result_is_a_no_op(place):
    first = migrate(place.path, "main", MANIFEST)
    merged = place.git("commit-tree", first.tree, "-p", "main", stdin=b"Merged\n")
    before = place.snapshot()
    second, branches = run(place, merged)
    assert changed(before, place.snapshot()) == set()
    assert branches == ()
    assert {folder.certificate.status for folder in second.folders} == {"nothing-to-do"}
    assert trees(second) == (dict.fromkeys(ALL, first.tree), first.tree)
    assert all(folder.paths == () for folder in second.folders)


def test_together_is_what_merging_one_after_the_other_gives(bare):
    result, branches = run(bare)
    for order in itertools.permutations(branches):
        head = result.base
        for branch in order:
            tree = bare.git("merge-tree", "--write-tree", head, branch.commit).splitlines()[0]
            head = bare.git("commit-tree", tree, "-p", head, "-p", branch.commit, stdin=b"Merge\n")
        assert bare.git("rev-parse", f"{head}^{{tree}}") == result.tree


def test_the_order_of_the_manifest_does_not_matter(bare, tmp_path):
    head, *folders = MANIFEST.split("  - id: ")
    found = []
    for number, order in enumerate(itertools.permutations(folders)):
        manifest = head + "".join(f"  - id: {folder}" for folder in order)
        copy = tmp_path / f"{number}.git"
        shutil.copytree(bare.path, copy)
        result, branches = migrate_branches(copy, "main", manifest.encode(), "yaml", name="migrations/staging.yml")
        certificates = {folder.id: folder.certificate for folder in result.folders}
        found.append((trees(result), {b.folder: b.commit for b in branches}, certificates))
    assert all(one == found[0] for one in found)


def test_json_and_yaml_say_the_same(bare):
    from ruamel.yaml import YAML

    as_json = json.dumps(YAML(typ="safe").load(MANIFEST))
    by_yaml, by_json = migrate(bare.path, "main", MANIFEST), migrate(bare.path, "main", as_json, "json")
    assert by_yaml == by_json


def test_the_name_of_the_file_names_the_migration(bare):
    manifest = MANIFEST.replace("name: staging\n", "")
    result, branches = migrate_branches(bare.path, "main", manifest.encode(), "yaml", name="migrations/q4 moves.yml")
    assert result.migration == "q4-moves"
    assert {branch.name for branch in branches} == {f"graftsman/q4-moves/{folder}" for folder in ALL}


def test_progress_names_each_folder_once(bare):
    seen = []
    migrate(bare.path, "main", MANIFEST, dry_run=True, progress=lambda folder, total: seen.append((folder, total)))
    assert seen == [(folder, len(ALL)) for folder in ALL]


def test_only_the_folders_that_were_asked_for(bare):
    whole = migrate(bare.path, "main", MANIFEST)
    result, branches = run(bare, folders=("shared", "terminal", "shared"))
    assert sorted(branch.folder for branch in branches) == ["shared", "terminal"]
    assert trees(result)[0] == {key: value for key, value in trees(whole)[0].items() if key != "metrics"}
    assert bare.git("for-each-ref", "--format=%(refname)", BRANCH).split() == [f"{BRANCH}shared", f"{BRANCH}terminal"]
    files = bare.files(result.tree)
    assert "services/metrics/count.py" not in files
    assert "packages/shared/session.ts" in files


# --- where it runs


@pytest.mark.parametrize("base", ["main", "HEAD", "v1", "main~0", "refs/heads/other", "oid"])
def test_any_revision_is_a_base(dirty, base):
    revision = dirty.git("rev-parse", "main") if base == "oid" else base
    assert migrate(dirty.path, revision, MANIFEST, dry_run=True).tree == migrate(dirty.path, "main", MANIFEST).tree


def test_the_git_directory_or_a_linked_work_tree(dirty, tmp_path):
    wanted = migrate(dirty.path, "main", MANIFEST, dry_run=True)
    assert migrate(dirty.path / ".git", "main", MANIFEST, dry_run=True) == wanted
    dirty.git("worktree", "add", "-q", "--detach", str(tmp_path / "linked"), "main")
    _, branches = migrate_branches(tmp_path / "linked", "main", MANIFEST.encode(), "yaml", name="s.yml")
    assert dirty.git("rev-parse", "refs/heads/graftsman/staging/shared") == branches[1].commit
    dirty.sound()


def test_packed_objects_packed_refs_and_alternates(bare, tmp_path):
    wanted, branches = run(bare)
    bare.git("gc", "-q")
    before = bare.snapshot()
    again, same = run(bare)
    assert (again, state(same)) == (wanted, dict.fromkeys(ALL, "up-to-date"))
    assert changed(before, bare.snapshot()) == set()
    borrowed = tmp_path / "borrowed.git"
    bare.git("clone", "-q", "--bare", "--shared", str(bare.path), str(borrowed))
    found, ours = migrate_branches(borrowed, "main", MANIFEST.encode(), "yaml", name="migrations/staging.yml")
    assert trees(found) == trees(wanted)
    assert [b.commit for b in ours] == [b.commit for b in branches]


def test_no_repository(tmp_path):
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(Refusal) as caught:
            migrate(path, "main", MANIFEST)
        assert caught.value.code == "not-a-repository"


def test_inside_a_work_tree_is_not_its_top(dirty):
    with pytest.raises(Refusal) as caught:
        migrate(dirty.path / "STAGING", "main", MANIFEST)
    assert caught.value.code == "not-a-repository"


def test_an_unborn_branch_and_an_unknown_one(tmp_path, bare):
    from tests.git.conftest import Real

    Real(tmp_path / "empty.git").init()
    for path, base in ((tmp_path / "empty.git", "HEAD"), (bare.path, "nope"), (bare.path, "--all"), (bare.path, "")):
        with pytest.raises(Refusal) as caught:
            migrate(path, base, MANIFEST)
        assert caught.value.code == "unknown-revision"


def test_sha256_is_refused_by_name(tmp_path):
    subprocess.run(["git", "init", "-q", "--object-format=sha256", str(tmp_path / "new")], check=True)
    with pytest.raises(Refusal) as caught:
        migrate(tmp_path / "new", "main", MANIFEST)
    assert caught.value.code == "sha256-repository"


def test_a_broken_object_is_the_worlds_fault(bare):
    oid = bare.git("rev-parse", "main:STAGING/terminal/main.ts")
    file = bare.path / "objects" / oid[:2] / oid[2:]
    file.chmod(0o644)
    file.write_bytes(b"rubbish")
    before = bare.snapshot()
    with pytest.raises(WorldError):
        run(bare)
    assert changed(before, bare.snapshot()) == set()


def test_an_absent_object_is_the_worlds_fault(bare):
    oid = bare.git("rev-parse", "main:STAGING/terminal/main.ts")
    (bare.path / "objects" / oid[:2] / oid[2:]).unlink()
    before = bare.snapshot()
    with pytest.raises(WorldError):
        run(bare)
    assert changed(before, bare.snapshot()) == set()


# --- refusals leave everything as it was

BAD = {
    "unknown-key": MANIFEST + "extra: 1\n",
    "duplicate-key": MANIFEST + "name: again\n",
    "unknown-version": MANIFEST.replace("version: 1", "version: 2"),
    "no-folders": "version: 1\nfolders: []\n",
    "repeated-id": MANIFEST.replace("id: shared", "id: metrics"),
    "ambiguous-scalar": MANIFEST.replace("id: shared", "id: no"),
    "source-missing": MANIFEST.replace("source: STAGING/shared", "source: STAGING/nowhere"),
    "source-selects-nothing": MANIFEST.replace('exclude: ["**/*.lock"]', 'include: ["**/*.nope"]'),
    "unsafe-path": MANIFEST.replace("destination: packages/shared", "destination: packages/../../etc"),
    "destination-overlap": MANIFEST.replace("destination: packages/shared", "destination: apps/terminal"),
    "destination-in-source": MANIFEST.replace("destination: packages/shared", "destination: STAGING/shared/new"),
    "destination-is-file": MANIFEST.replace("destination: packages/shared", "destination: README.md"),
    "destination-twin": MANIFEST.replace("destination: packages/shared", "destination: APPS/shared"),
    "workflows-path": MANIFEST.replace("destination: packages/shared", "destination: .github/workflows/x"),
    "bad-regex": MANIFEST.replace("([a-z-]+)", "([a-z-]+"),
    "dependency-cycle": MANIFEST.replace("depends_on: [metrics]", "depends_on: [shared]"),
    "unknown-dependency": MANIFEST.replace("depends_on: [metrics]", "depends_on: [nobody]"),
    "not-yet-supported": MANIFEST + "    verify: [lint]\n",
    "rule-breaks-syntax": MANIFEST.replace("to: platform_utils", 'to: "platform utils"'),
    "bad-yaml": MANIFEST + "  - : [\n",
}


@pytest.mark.parametrize("code", BAD)
def test_a_bad_manifest_changes_nothing(place, code):
    refused(place, manifest=BAD[code], code=code)


@pytest.mark.parametrize("manifest", ["\ud800", "", "\0", "[]", "- 1", "version: 1", "{" * 5000, "a: &a [*a]"])
def test_rubbish_is_refused_too(bare, manifest):
    before = bare.snapshot()
    for kind in ("yaml", "json"):
        with pytest.raises(Refusal):
            migrate(bare.path, "main", manifest, kind)
    assert changed(before, bare.snapshot()) == set()


def test_an_unknown_folder_is_refused(bare):
    found = refused(bare, folders=("shared", "nobody"), code="unknown-folder")
    assert found.values == {"folder": "nobody", "known": list(ALL)}


@pytest.mark.parametrize("target", [b"../../README.md", b"/etc/passwd", b"src/../../utils"])
def test_a_symlink_that_leaves_is_refused(bare, target):
    files = FILES | {"STAGING/terminal/out": (0o120000, target)}
    bare.git("update-ref", "refs/heads/main", bare.commit(files))
    refused(bare, code="symlink-leaves-folder")


def test_a_destination_edited_by_hand_is_refused_by_its_files(place):
    """The last folder is the one: what was planned before must not be written either."""
    files = FILES | {"packages/shared/session.ts": b"// mine\n", "packages/shared/other.ts": b"fine\n"}
    place.git("update-ref", "refs/heads/edited", place.commit(files, "main"))
    found = refused(place, "edited", code="destination-edited")
    assert found.values["files"] == ["packages/shared/session.ts"]


def test_other_files_at_the_destination_stay(bare):
    files = FILES | {"packages/shared/other.ts": b"fine\n"}
    bare.git("update-ref", "refs/heads/main", bare.commit(files, "main"))
    result, _ = run(bare)
    assert bare.files(result.tree) == TOGETHER | {"packages/shared/other.ts": b"fine\n"}


# --- branches that are there already


def person(place, on, path="apps/terminal/mine.ts"):
    """A person's commit on top of a branch."""
    files = place.files(on) | {path: b"mine\n"}
    return place.commit(files, on, message="My fix\n")


def test_a_person_s_commit_is_never_overwritten(place):
    run(place)
    ref = f"{BRANCH}terminal"
    mine = person(place, ref)
    place.git("update-ref", ref, mine)
    place.git("update-ref", "-d", f"{BRANCH}shared")
    later = place.commit(FILES | {"new.txt": b"1\n"}, "main")
    found = refused(place, later, code="branch-has-commits")
    assert found.values == {"branch": "graftsman/staging/terminal", "commit": mine[:12]}
    assert place.git("for-each-ref", f"{BRANCH}shared") == ""


def test_a_branch_of_the_same_name_that_was_never_ours(place):
    place.git("update-ref", f"{BRANCH}shared", "main")
    refused(place, code="branch-has-commits")
    assert place.git("for-each-ref", "--format=%(refname)", BRANCH) == f"{BRANCH}shared"


def test_a_person_who_amended_our_commit_keeps_it(place):
    """An amended commit keeps our author and our trailers; only its committer tells."""
    _, branches = run(place)
    ours = branches[0].commit
    tree = place.git("rev-parse", f"{person(place, ours)}^{{tree}}")
    message = place.git.raw("log", "-1", "--format=%B", ours)
    author = {"GIT_AUTHOR_NAME": "Graftsman", "GIT_AUTHOR_EMAIL": "graftsman@localhost"}
    amended = place.git("commit-tree", tree, "-p", "main", stdin=message, **author)
    place.git("update-ref", f"{BRANCH}terminal", amended)
    refused(place, place.commit(FILES | {"new.txt": b"1\n"}, "main"), code="branch-has-commits")


def test_our_own_outdated_branches_are_updated(place):
    _, before = run(place)
    later = place.commit(FILES | {"README.md": b"# Later\n"}, "main")
    result, after = run(place, later)
    assert state(after) == dict.fromkeys(ALL, "updated")
    for old, new, folder in zip(before, after, result.folders, strict=True):
        assert old.commit != new.commit
        assert place.git("rev-parse", f"refs/heads/{new.name}") == new.commit
        assert place.files(folder.tree) == EXPECTED[folder.id] | {"README.md": b"# Later\n"}


def test_an_edited_entry_updates_its_own_branch_alone(bare):
    run(bare)
    _, after = run(bare, manifest=MANIFEST.replace("@shared/utils", "@acme/utils"))
    assert state(after) == {"terminal": "updated", "metrics": "up-to-date", "shared": "up-to-date"}


def test_a_branch_that_is_checked_out_is_refused(dirty):
    run(dirty)
    dirty.git("symbolic-ref", "HEAD", f"{BRANCH}metrics")
    assert state(run(dirty)[1])["metrics"] == "up-to-date"
    later = dirty.commit(FILES | {"README.md": b"# Later\n"}, "main")
    found = refused(dirty, later, code="branch-checked-out")
    assert found.values == {"branch": "graftsman/staging/metrics"}


def test_a_branch_checked_out_in_another_work_tree_is_refused(dirty, tmp_path):
    run(dirty)
    dirty.git("worktree", "add", "-q", str(tmp_path / "linked"), "graftsman/staging/shared")
    later = dirty.commit(FILES | {"README.md": b"# Later\n"}, "main")
    refused(dirty, later, code="branch-checked-out")


def test_a_branch_in_the_way_of_ours(place):
    """git cannot hold ``graftsman/staging`` and ``graftsman/staging/shared`` at once: the person's fault to mend."""
    place.git("update-ref", "refs/heads/graftsman/staging", "main")
    refused(place)


def test_two_runs_at_once_end_in_one_result(bare):
    import threading

    errors, results = [], []

    def work():
        try:
            results.append(run(bare)[0])
        except WorldError as error:  # the other one was faster: trying again is right
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results
    assert len(errors) + len(results) == 4
    result, branches = run(bare)
    assert state(branches) == dict.fromkeys(ALL, "up-to-date")
    assert all(one == result for one in results)
    bare.sound()


@pytest.mark.parametrize("chosen", [(), ("metrics",)])
def test_copies_are_put_together_without_planning_them_again(bare, chosen):
    """The short way gives what the joint plan gives."""
    from bot.git.repository import Repository
    from bot.migration.manifest import load_manifest
    from bot.migration.plan import plan

    copies = MANIFEST.replace("mode: move", "mode: copy")
    for manifest, short in ((copies, True), (MANIFEST, False), (f"{copies}    relative_imports: recompute\n", False)):
        opened = Repository.open(bare.path)
        planned = plan(opened.tree("main"), load_manifest(manifest.encode(), "yaml", "m.yml"))
        assert planned.independent is short
        with opened.writer() as writer:
            joint = writer.apply(opened.tree("main").oid, planned.together(chosen or None))
        assert migrate(bare.path, "main", manifest, folders=chosen).tree == joint
