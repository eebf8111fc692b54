"""Taking a folder back on a real repository, on top of later work."""

import pytest

from bot.errors import Refusal
from bot.workflows.migrate import migrate_branches
from bot.workflows.rollback import rollback_branch
from tests.workflows.conftest import ALL, EXPECTED, FILES, MANIFEST, TOGETHER

LATER = {"README.md": b"# Later\n", "apps/terminal/new.ts": b"new\n", "docs/guide.md": b"1\n"}


def migrated(place, base="main"):
    """Branches, merged one after the other into ``main``, as GitHub's button does."""
    result, branches = migrate_branches(place.path, base, MANIFEST.encode(), "yaml", name="migrations/staging.yml")
    head = result.base
    for branch in branches:
        tree = place.git("merge-tree", "--write-tree", head, branch.commit).splitlines()[0]
        head = place.git("commit-tree", tree, "-p", head, "-p", branch.commit, stdin=b"Merge pull request #1\n")
    place.git("update-ref", "refs/heads/main", head)
    return head, branches


def later(place, head, changes, *, remove=()):
    files = {path: value for path, value in (place.files(head) | changes).items() if path not in remove}
    commit = place.commit(files, head, message="Later work\n")
    place.git("update-ref", "refs/heads/main", commit)
    return commit


def without(folder):
    """What the repository is when all folders but one were migrated."""
    files = dict(FILES)
    for other in ALL:
        if other != folder:
            gone = FILES.keys() - EXPECTED[other].keys()
            files |= {path: value for path, value in EXPECTED[other].items() if FILES.get(path) != value}
            files = {path: value for path, value in files.items() if path not in gone}
    return files


def changed(before, after):
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def refused(place, what, base="main", code=None):
    before = place.snapshot()
    for dry_run in (True, False):
        with pytest.raises(Refusal) as caught:
            rollback_branch(place.path, what, base, dry_run=dry_run)
        if dry_run:
            assert caught.value.code == code or code == "branch-has-commits"
    assert changed(before, place.snapshot()) == set()
    assert caught.value.code == code
    return caught.value


@pytest.mark.parametrize("folder", ALL)
def test_it_restores_on_top_of_later_unrelated_work(place, folder):
    head, _ = migrated(place)
    assert place.files(head) == TOGETHER
    head = later(place, head, LATER)
    before, refs = place.snapshot(), place.refs().splitlines()
    done = rollback_branch(place.path, f"staging/{folder}", "main")
    assert place.files(done.tree) == without(folder) | LATER
    assert done.branch == f"graftsman/rollback/staging/{folder}"
    assert place.git("rev-parse", f"refs/heads/{done.branch}") == done.head
    assert place.git("rev-list", "--parents", "-n1", done.head).split()[1:] == [head]
    assert place.git("rev-parse", f"{done.head}^{{tree}}") == done.tree
    assert [line for line in place.refs().splitlines() if "rollback/" not in line] == refs
    prefix = ".git/" if place.work_tree else ""
    allowed = (f"{prefix}objects/pack/pack-", f"{prefix}refs/heads/graftsman/rollback/", f"{prefix}logs/refs/heads/")
    assert {path for path in changed(before, place.snapshot()) if not path.startswith(allowed)} == set()
    place.sound()


def test_a_dry_run_says_the_same_and_writes_nothing(place):
    migrated(place)
    before = place.snapshot()
    dry = rollback_branch(place.path, "staging/shared", "main", dry_run=True)
    assert changed(before, place.snapshot()) == set()
    assert (dry.branch, dry.head) == (None, None)
    done = rollback_branch(place.path, "staging/shared", "main")
    assert (dry.subject, dry.commit, dry.base, dry.tree, dry.paths) == (
        done.subject,
        done.commit,
        done.base,
        done.tree,
        done.paths,
    )


def test_twice_is_once(place):
    migrated(place)
    done = rollback_branch(place.path, "staging/terminal", "main")
    before = place.snapshot()
    assert rollback_branch(place.path, "staging/terminal", "main") == done
    assert changed(before, place.snapshot()) == set()
    place.git("update-ref", "refs/heads/main", done.head)
    refused(place, "staging/terminal", code="nothing-to-roll-back")


def test_its_own_branch_follows_later_work(place):
    head, _ = migrated(place)
    first = rollback_branch(place.path, "staging/terminal", "main")
    later(place, head, LATER)
    second = rollback_branch(place.path, "staging/terminal", "main")
    assert (first.branch, place.git("rev-parse", f"refs/heads/{second.branch}")) == (second.branch, second.head)
    assert first.head != second.head


@pytest.mark.parametrize(
    ("folder", "path"),
    [
        ("terminal", "apps/terminal/main.ts"),
        ("terminal", "apps/terminal/logo.png"),
        ("metrics", "services/metrics/count.py"),
        ("shared", "packages/shared/session.ts"),
        ("shared", "apps/console/main.ts"),
    ],
)
def test_a_file_touched_since_collides_by_name(place, folder, path):
    head, _ = migrated(place)
    later(place, head, {path: b"// somebody's later work\n", "README.md": b"# Later\n"})
    found = refused(place, f"staging/{folder}", code="rollback-collides")
    assert found.values == {"files": [path], "count": 1}


def test_a_source_that_came_back_collides(place):
    head, _ = migrated(place)
    later(place, head, {"STAGING/shared/session.ts": b"// written anew\n"})
    assert refused(place, "staging/shared", code="rollback-collides").values["files"] == ["STAGING/shared/session.ts"]


def test_other_lines_of_an_importer_stay(place):
    text = FILES["apps/console/main.ts"] + b"\n\nlet b = 2;\n"
    base = later(place, "main", {"apps/console/main.ts": text})
    head, _ = migrated(place, base)
    moved = place.files(head)["apps/console/main.ts"]
    assert moved != text
    later(place, head, {"apps/console/main.ts": moved.replace(b"let b = 2", b"let b = 3")})
    done = rollback_branch(place.path, "staging/shared", "main")
    assert place.files(done.tree)["apps/console/main.ts"] == text.replace(b"let b = 2", b"let b = 3")


def test_by_revision(place):
    _, branches = migrated(place)
    by_name = rollback_branch(place.path, "staging/metrics", "main")
    by_oid = rollback_branch(place.path, branches[0].commit, "main")
    assert (by_name.tree, by_name.commit) == (by_oid.tree, by_oid.commit)
    assert by_oid.branch == f"graftsman/rollback/commit-{branches[0].commit[:12]}"


@pytest.mark.parametrize("what", [":/Move", "main^{/Move.*/..}", "refs/heads/graftsman/staging/shared"])
def test_by_an_expression_that_is_no_name_of_a_branch(bare, what):
    _, branches = migrated(bare)
    done = rollback_branch(bare.path, what, "main")
    assert done.commit == branches[1].commit
    assert done.branch == f"graftsman/rollback/commit-{done.commit[:12]}"


def test_a_branch_that_was_squashed_without_its_trailers(place):
    """Then the branch itself says what the folder did."""
    _, branches = migrate_branches(place.path, "main", MANIFEST.encode(), "yaml", name="s.yml")
    squashed = place.git("commit-tree", f"{branches[2].commit}^{{tree}}", "-p", "main", stdin=b"Terminal (#4)\n")
    place.git("update-ref", "refs/heads/main", squashed)
    done = rollback_branch(place.path, "staging/terminal", "main")
    assert place.files(done.tree) == FILES


def test_a_squashed_branch_with_a_person_s_commit_is_not_half_rolled_back(place):
    _, branches = migrate_branches(place.path, "main", MANIFEST.encode(), "yaml", name="s.yml")
    mine = place.commit(place.files(branches[2].commit) | {"apps/terminal/mine.ts": b"mine\n"}, branches[2].commit)
    place.git("update-ref", f"refs/heads/{branches[2].name}", mine)
    squashed = place.git("commit-tree", f"{mine}^{{tree}}", "-p", "main", stdin=b"Terminal (#4)\n")
    place.git("update-ref", "refs/heads/main", squashed)
    refused(place, "staging/terminal", code="rollback-not-found")


def test_the_newest_of_two_migrations_of_one_folder(place):
    migrated(place)
    done = rollback_branch(place.path, "staging/terminal", "main")
    place.git("update-ref", "refs/heads/main", done.head)
    manifest = MANIFEST.replace("@shared/utils", "@acme/utils").encode()
    _, branches = migrate_branches(place.path, "main", manifest, "yaml", name="migrations/staging.yml")
    (terminal,) = [branch for branch in branches if branch.folder == "terminal"]
    place.git("update-ref", "refs/heads/main", terminal.commit)
    again = rollback_branch(place.path, "staging/terminal", "main")
    assert (again.commit, again.tree) == (terminal.commit, done.tree)


@pytest.mark.parametrize("what", ["staging/nobody", "nothing", "", "a/../b", "--all", "main~1000", "a/" + "b" * 300])
def test_what_is_not_there(place, what):
    migrated(place)
    refused(place, what, code="rollback-not-found")


def test_a_merge_and_a_first_commit_cannot_be_taken_back(place):
    first = place.git("rev-parse", "main")
    head, _ = migrated(place)
    refused(place, first, code="rollback-not-found")
    refused(place, head, code="rollback-not-found")


@pytest.mark.parametrize("what", ["root", "merge"])
def test_a_folder_s_branch_that_is_no_folder_s_commit(place, what):
    first = place.git("rev-parse", "main")
    head, _ = migrated(place)
    place.git("update-ref", "refs/heads/main", first)
    place.git("update-ref", "refs/heads/graftsman/staging/metrics", first if what == "root" else head)
    refused(place, "staging/metrics", code="rollback-not-found")


def test_an_unknown_base(place):
    refused(place, "staging/metrics", "nope", code="unknown-revision")


def test_a_person_s_commit_on_the_rollback_s_branch_stays(place):
    head, _ = migrated(place)
    done = rollback_branch(place.path, "staging/metrics", "main")
    mine = place.commit(place.files(done.tree) | {"mine.txt": b"mine\n"}, done.head)
    place.git("update-ref", f"refs/heads/{done.branch}", mine)
    later(place, head, LATER)
    before = place.snapshot()
    with pytest.raises(Refusal) as caught:
        rollback_branch(place.path, "staging/metrics", "main")
    assert caught.value.code == "branch-has-commits"
    assert changed(before, place.snapshot()) == set()


def test_a_branch_in_the_way(place):
    migrated(place)
    place.git("update-ref", "refs/heads/graftsman/rollback", "main")
    before = place.snapshot()
    with pytest.raises(Refusal) as caught:
        rollback_branch(place.path, "staging/metrics", "main")
    assert (caught.value.code, caught.value.values["branch"]) == ("branch-has-commits", "graftsman/rollback")
    assert changed(before, place.snapshot()) == set()


def test_its_branch_checked_out(dirty):
    head, _ = migrated(dirty)
    done = rollback_branch(dirty.path, "staging/metrics", "main")
    dirty.git("symbolic-ref", "HEAD", f"refs/heads/{done.branch}")
    assert rollback_branch(dirty.path, "staging/metrics", "main") == done  # nothing moves
    later(dirty, head, LATER)
    before = dirty.snapshot()
    with pytest.raises(Refusal) as caught:
        rollback_branch(dirty.path, "staging/metrics", "main")
    assert caught.value.code == "branch-checked-out"
    assert changed(before, dirty.snapshot()) == set()
