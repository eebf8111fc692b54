"""The engine on folders nobody here wrote: real packages, moved, and every blob checked against its certificate.

Nothing of the engine checks itself here: blobs are read by ``git cat-file``, the rewrites of the certificate are put
into the old text by code of this file, and what git sees change must be what the certificate says, and nothing else.
"""

import os
import subprocess
from collections import Counter

import pytest

from bot.workflows.migrate import migrate_branches
from tests.fetch import CACHE
from tests.git.conftest import ENVIRONMENT
from tests.workflows.conftest import Place, Real, cat

PACKAGES = ("date-fns", "lodash-es", "rxjs")

MANIFEST = """\
version: 1
name: real
folders:
  - id: date-fns
    source: STAGING/date-fns
    destination: packages/dates
    exclude: ["**/*.cjs", "locale/**", "CHANGELOG.md"]
    imports:
      - {files: "**/*.js", from: "./_lib/*", to: "@dates/lib/*"}
      - {files: "**/*.d.ts", from: "./types.ts", to: "@dates/types"}
      - {files: "**/*.md", regex: "https://date-fns\\\\.org", to: "https://dates.example"}
  - id: lodash-es
    source: STAGING/lodash-es
    destination: packages/shared/lodash
    imports:
      - {files: "**/*.js", regex: "from '\\\\./_base([A-Z][A-Za-z]*)\\\\.js'", to: "from '@base/\\\\1.js'"}
      - {files: "**/*.js", from: "./_root.js", to: "@shared/root"}
  - id: rxjs
    source: STAGING/rxjs
    destination: vendor/reactive/rxjs
    mode: move
    imports:
      - {files: "src/**/*.ts", from: "tslib", to: "@vendor/tslib"}
"""

IMPORTER = b"""\
import { of } from '../STAGING/rxjs/src/internal/observable/of';
import add from '../STAGING/date-fns/add.js';
// '../STAGING/rxjs/src/internal/observable/of' in a comment
export * from "../STAGING/rxjs/src/index";
"""
FOLLOWED = IMPORTER.replace(b"{ of } from '../STAGING/", b"{ of } from '../vendor/reactive/").replace(
    b'* from "../STAGING/', b'* from "../vendor/reactive/'
)


@pytest.fixture(scope="module")
def packages():
    folders = [CACHE / "packages" / name for name in PACKAGES]
    missing = [folder.name for folder in folders if not folder.is_dir()]
    if missing:
        words = f"the packages {', '.join(missing)} are not here: run `python -m tests.fetch` while online"
        assert os.environ.get("CI") != "true", words
        pytest.skip(words)
    return folders


@pytest.fixture(scope="module")
def real(packages, tmp_path_factory):
    """The packages in one repository, committed by git itself, and what the migration made of them."""
    root = tmp_path_factory.mktemp("real")
    git = Real(root / "real.git").init()
    stage = git("mktree", stdin="".join(f"040000 tree {add(git, p)}\t{p.name}\n" for p in packages).encode())
    app = git("mktree", stdin=f"100644 blob {git('hash-object', '-w', '--stdin', stdin=IMPORTER)}\tmain.ts\n".encode())
    tree = git("mktree", stdin=f"040000 tree {stage}\tSTAGING\n040000 tree {app}\tapp\n".encode())
    git("update-ref", "refs/heads/main", git("commit-tree", tree, stdin=b"Packages\n"))
    result, branches = migrate_branches(git.path, "main", MANIFEST.encode(), "yaml", name="real.yml")
    return Place(git.path, git, work_tree=False), result, {branch.folder: branch for branch in branches}


def add(git, folder):
    """The tree of a folder on the disk, by git itself."""
    environment = ENVIRONMENT | {"GIT_DIR": str(git.path), "GIT_INDEX_FILE": str(git.path / f"index-{folder.name}")}
    for command in (["git", "--work-tree=.", "add", "--force", "."], ["git", "write-tree"]):
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def listing(git, tree):
    """Path to (mode, oid), by git."""
    rows = git.raw("ls-tree", "-r", "-z", "--full-tree", tree).decode().split("\0")[:-1]
    return {path: (head.split()[0], head.split()[2]) for head, _, path in (row.partition("\t") for row in rows)}


def put_in(before: bytes, rewrites) -> bytes:
    """The old text with the certificate's rewrites put in, each on its own line: there and nowhere else."""
    lines = before.split(b"\n")
    done = Counter()
    for rewrite in rewrites:
        old, new = rewrite.before.encode(), rewrite.after.encode()
        at = rewrite.line - 1
        start = lines[at].find(old, done[at])
        assert start >= 0, (rewrite, lines[at])
        lines[at] = lines[at][:start] + new + lines[at][start + len(old) :]
        done[at] = start + len(new)
    return b"\n".join(lines)


@pytest.mark.parametrize("folder", PACKAGES)
def test_every_blob_is_what_the_certificate_says(real, folder):
    place, result, branches = real
    (found,) = [one for one in result.folders if one.id == folder]
    proof = found.certificate
    before = listing(place.git, "main")
    after = listing(place.git, branches[folder].commit)

    expected = dict(before)
    blobs = cat(place.git, {oid for file in (*proof.changed, *proof.importers) for oid in (file.before, file.after)})
    for file in proof.moved:  # byte for byte: the very same blob
        assert before[file.source] == (file.mode, file.oid)
        assert file.destination not in before
        expected[file.destination] = before[file.source]
    for file in (*proof.changed, *proof.importers):  # the old text with exactly these rewrites
        assert before[file.source] == (file.mode, file.before)
        assert file.rewrites
        assert blobs[file.after] == put_in(blobs[file.before], file.rewrites), file.source
        assert blobs[file.after] != blobs[file.before]
        expected[file.destination] = (file.mode, file.after)
    if proof.mode == "move":
        for file in (*proof.moved, *proof.changed):
            del expected[file.source]
    assert after == expected

    source = f"STAGING/{folder}/"
    taken = [file.source for file in (*proof.moved, *proof.changed)]
    left = [file.source for file in proof.left_out]
    assert sorted([*taken, *left]) == sorted(path for path in before if path.startswith(source))
    assert len(taken) > 300
    assert proof.present == 0


def test_the_rules_took_what_a_plain_search_finds(real):
    """Counted by other means: the imports of these packages are regular enough for a search of lines."""
    place, result, _ = real
    by_id = {folder.id: folder.certificate for folder in result.folders}
    before = listing(place.git, "main")
    wanted = Counter()
    blobs = cat(place.git, {oid for _, oid in before.values()})
    for path, (_, oid) in before.items():
        text = blobs[oid].decode("utf-8", "replace")
        if path.startswith("STAGING/lodash-es/") and path.endswith(".js"):
            for line in text.splitlines():
                wanted["base"] += line.startswith(("import ", "export ")) and "from './_base" in line
                wanted["root"] += line.startswith(("import ", "export ")) and line.endswith("from './_root.js';")
    found = Counter(r.rule for file in by_id["lodash-es"].changed for r in file.rewrites)
    assert found == {"imports[0]": wanted["base"], "imports[1]": wanted["root"]}
    assert wanted["base"] > 300
    assert wanted["root"] > 5


def test_importers_follow_the_move_alone(real):
    place, result, branches = real
    (rxjs,) = [folder for folder in result.folders if folder.id == "rxjs"]
    (importer,) = rxjs.certificate.importers
    assert importer.source == importer.destination == "app/main.ts"
    assert place.git.raw("cat-file", "blob", f"{branches['rxjs'].commit}:app/main.ts") == FOLLOWED
    assert place.git.raw("cat-file", "blob", f"{branches['date-fns'].commit}:app/main.ts") == IMPORTER


def test_together_is_all_of_them(real):
    place, result, branches = real
    before, together = listing(place.git, "main"), listing(place.git, result.tree)
    expected = dict(before)
    for branch in branches.values():
        alone = listing(place.git, branch.commit)
        expected |= {path: entry for path, entry in alone.items() if before.get(path) != entry}
        for path in before.keys() - alone.keys():
            del expected[path]
    assert together == expected


def test_git_finds_nothing_wrong_and_a_second_run_nothing_to_do(real):
    place, result, branches = real
    place.sound()
    again, same = migrate_branches(place.path, "main", MANIFEST.encode(), "yaml", name="real.yml")
    assert again == result
    assert {branch.state for branch in same} == {"up-to-date"}
    assert {branch.commit for branch in same} == {branch.commit for branch in branches.values()}
