"""``python -m bot migrate`` and ``rollback`` as a person or a script runs them: exit codes, JSON, words, no traceback."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workflows.conftest import ALL, EXPECTED, MANIFEST, TOGETHER, make_bare, make_dirty

ROOT = Path(__file__).parent.parent.parent
CODES = {0, 2, 3, 4}
LIMIT = 1024**3
"""Bytes of address space that a command gets beyond what it needs anyway: a manifest read whole would break it."""


def graftsman(*arguments, cwd, stdin=b"", stdout=subprocess.PIPE, limit=None):
    """The command itself. Gives exit code, standard output, standard error; never a traceback."""
    done = subprocess.run(
        [sys.executable, "-X", "utf8", "-m", "bot", *map(os.fspath, arguments)],
        cwd=cwd,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(cwd)},
        input=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
        preexec_fn=limit,
    )
    out, words = (done.stdout or b"").decode(), done.stderr.decode("utf-8", "surrogateescape")
    assert "Traceback" not in words + out
    assert done.returncode in CODES, (done.returncode, words)
    return done.returncode, out, words


@pytest.fixture
def shop(tmp_path):
    return make_bare(tmp_path / "shop.git")


@pytest.fixture
def manifest(tmp_path):
    path = tmp_path / "staging.yml"
    path.write_text(MANIFEST)
    return path


def changed(before, after):
    return {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}


def test_branches_as_json(shop, manifest, tmp_path):
    code, out, words = graftsman("migrate", manifest, "--repo", shop.path, "--base", "main", "--json", cwd=tmp_path)
    assert (code, words) == (0, "")
    said = json.loads(out)
    assert said["migration"] == "staging"
    assert said["dry_run"] is False
    assert shop.files(said["tree"]) == TOGETHER
    assert [folder["id"] for folder in said["folders"]] == list(ALL)
    for folder in said["folders"]:
        assert folder["branch"]["state"] == "created"
        assert shop.git("rev-parse", folder["branch"]["name"]) == folder["branch"]["commit"]
        assert shop.files(folder["branch"]["commit"]) == EXPECTED[folder["id"]]
        assert folder["certificate"]["result_tree"] == folder["tree"]


def test_words_go_to_standard_error_alone(shop, manifest, tmp_path):
    code, out, words = graftsman("migrate", manifest, "--repo", shop.path, cwd=tmp_path)
    assert (code, out) == (0, "")
    for folder in ALL:
        assert folder in words
    code, out, again = graftsman("migrate", manifest, "--repo", shop.path, cwd=tmp_path)
    assert (code, out) == (0, "")
    assert "up-to-date" in again


def test_a_dry_run_writes_nothing(tmp_path, manifest):
    place = make_dirty(tmp_path / "shop")
    before = place.snapshot()
    code, out, _ = graftsman("migrate", manifest, "--dry-run", "--json", "--repo", place.path, cwd=tmp_path)
    assert code == 0
    assert changed(before, place.snapshot()) == set()
    said = json.loads(out)
    assert said["dry_run"] is True
    assert {folder["branch"] for folder in said["folders"]} == {None}
    assert all(folder["paths"] for folder in said["folders"])
    # ... and where the command stands in the repository itself
    code, out, _ = graftsman("migrate", manifest, "--dry-run", "--json", cwd=place.path)
    assert (code, json.loads(out)) == (0, said)
    assert changed(before, place.snapshot()) == set()


def test_two_folders_of_three_from_json(shop, tmp_path):
    from ruamel.yaml import YAML

    manifest = tmp_path / "staging.JSON"
    manifest.write_text(json.dumps(YAML(typ="safe").load(MANIFEST)))
    arguments = ["migrate", manifest, "--folder", "shared", "--folder", "terminal", "--json", "--repo", shop.path]
    code, out, _ = graftsman(*arguments, cwd=tmp_path)
    assert code == 0
    assert [folder["id"] for folder in json.loads(out)["folders"]] == ["shared", "terminal"]
    assert len(shop.git("for-each-ref", "refs/heads/graftsman/").splitlines()) == 2


def test_an_unknown_folder(shop, manifest, tmp_path):
    said = refusal(shop, manifest, "--folder", "nobody", cwd=tmp_path)
    assert said["code"] == "unknown-folder"
    assert "nobody" in said["message"]


def refusal(shop, manifest, *arguments, cwd, **options):
    """What is refused: exit code 3, the reason as JSON on standard output and in words, and nothing changed."""
    before = shop.snapshot()
    code, out, words = graftsman("migrate", manifest, "--repo", shop.path, *arguments, cwd=cwd, **options)
    assert changed(before, shop.snapshot()) == set()
    assert code == 3
    said = json.loads(out)["refused"][0]
    assert said["message"].strip()
    assert "Next" in words
    return said


def test_a_bad_manifest_says_where(shop, manifest, tmp_path):
    manifest.write_text(MANIFEST.replace("mode: move", "mode: shove"))
    said = refusal(shop, manifest, cwd=tmp_path)
    line = MANIFEST[: MANIFEST.index("mode: move")].count("\n") + 1
    assert said["place"] == {"file": "staging.yml", "line": line, "column": 11, "key": "folders[2].mode"}


def test_every_fault_is_told_at_once(shop, manifest, tmp_path):
    manifest.write_text(MANIFEST.replace("packages/shared", "../out").replace("services/metrics", "/abs"))
    code, out, words = graftsman("migrate", manifest, "--repo", shop.path, cwd=tmp_path)
    assert code == 3
    assert [one["code"] for one in json.loads(out)["refused"]] == ["unsafe-path", "unsafe-path"]
    assert "../out" in words
    assert "/abs" in words


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"version: 1\nname: caf\xe9\n", "not-utf8"),
        (b"", "wrong-type"),
        (b"# " + b"x" * (1 << 21), "too-large"),
    ],
    ids=["latin1", "empty", "large"],
)
def test_rubbish(shop, manifest, tmp_path, data, code):
    manifest.write_bytes(data)
    assert refusal(shop, manifest, cwd=tmp_path)["code"] == code


def test_a_huge_file_is_not_read_whole(shop, manifest, tmp_path):
    import resource

    with manifest.open("wb") as file:
        file.truncate(64 * LIMIT)
    found = refusal(
        shop, manifest, cwd=tmp_path, limit=lambda: resource.setrlimit(resource.RLIMIT_AS, (8 * LIMIT, 8 * LIMIT))
    )
    assert found["code"] == "too-large"


@pytest.mark.parametrize("what", ["missing", "folder", "unreadable"])
def test_a_manifest_that_cannot_be_read(shop, tmp_path, what):
    path = tmp_path / "m.yml"
    if what == "folder":
        path.mkdir()
    elif what == "unreadable":
        path.write_text(MANIFEST)
        path.chmod(0)
        if os.access(path, os.R_OK):
            pytest.skip("root can read every file")
    assert refusal(shop, path, cwd=tmp_path)["code"] == "manifest-unreadable"


@pytest.mark.parametrize("repo", ["nowhere", "."])
def test_no_repository_there(manifest, tmp_path, repo):
    code, out, words = graftsman("migrate", manifest, "--repo", tmp_path / repo, cwd=tmp_path)
    assert code == 3
    assert json.loads(out)["refused"][0]["code"] == "not-a-repository"
    assert "Next" in words


def test_an_unknown_base(shop, manifest, tmp_path):
    assert refusal(shop, manifest, "--base", "nope", cwd=tmp_path)["code"] == "unknown-revision"


@pytest.mark.parametrize(
    "arguments",
    [
        ["migrate"],
        ["migrate", "staging.yml", "--nonsense"],
        ["rollback"],
        ["moonwalk"],
    ],
    ids=" ".join,
)
def test_wrong_usage(manifest, tmp_path, arguments):
    code, out, words = graftsman(*arguments, cwd=tmp_path)
    assert (code, out) == (2, "")
    assert words


def test_a_damaged_repository_is_the_world_s_fault(shop, manifest, tmp_path):
    oid = shop.git("rev-parse", "main:STAGING/terminal/main.ts")
    (shop.path / "objects" / oid[:2] / oid[2:]).unlink()
    code, out, words = graftsman("migrate", manifest, "--repo", shop.path, "--json", cwd=tmp_path)
    assert (code, out) == (4, "")
    assert oid in words


def test_names_and_texts_of_any_bytes_come_through_as_json(shop, tmp_path):
    """File names that are not UTF-8, and text that a terminal would obey."""
    hostile = {"STAGING/x/\x1b[31mred.txt": b"1\n", b"STAGING/x/\xff\xfe.txt": b"1\n", "STAGING/x/[bold].txt": b"2\n"}
    files = shop.files("main") | {path: data for path, data in hostile.items() if b"\x1b" not in _bytes(path)}
    shop.git("update-ref", "refs/heads/main", shop.commit(files))
    manifest = tmp_path / "x.yml"
    manifest.write_text("version: 1\nfolders:\n  - {id: x, source: STAGING/x, destination: x}\n")
    code, out, words = graftsman("migrate", manifest, "--repo", shop.path, "--json", cwd=tmp_path)
    assert (code, words) == (0, "")
    assert out.isascii()
    (folder,) = json.loads(out)["folders"]
    assert [file["destination"] for file in folder["certificate"]["moved"]] == ["x/[bold].txt", "x/\\xff\\xfe.txt"]
    shop.git("update-ref", "refs/heads/main", shop.commit(shop.files("main") | {"STAGING/x/\x1b[31mred.txt": b"1\n"}))
    code, out, words = graftsman("migrate", manifest, "--repo", shop.path, cwd=tmp_path)
    assert code == 3
    assert "\x1b" not in words + out


def _bytes(path):
    return path if isinstance(path, bytes) else path.encode()


def test_a_pipe_that_closes_early(shop, manifest, tmp_path):
    done = subprocess.run(
        f'"{sys.executable}" -m bot migrate staging.yml --dry-run --json --repo shop.git | head -c 1; echo "${{PIPESTATUS[0]}}"',
        shell=True,
        executable="/bin/bash",
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=60,
        check=True,
    )
    assert b"Traceback" not in done.stderr
    assert b"Exception ignored" not in done.stderr


def test_rollback(shop, manifest, tmp_path):
    code, out, _ = graftsman("migrate", manifest, "--repo", shop.path, "--folder", "shared", "--json", cwd=tmp_path)
    head = json.loads(out)["folders"][0]["branch"]["commit"]
    first = shop.git("rev-parse", "main^{tree}")
    shop.git("update-ref", "refs/heads/main", head)
    before = shop.snapshot()
    code, out, words = graftsman("rollback", "staging/shared", "--repo", shop.path, "--dry-run", "--json", cwd=tmp_path)
    assert (code, words) == (0, "")
    assert json.loads(out)["tree"] == first
    assert changed(before, shop.snapshot()) == set()
    code, out, words = graftsman("rollback", "staging/shared", "--repo", shop.path, cwd=tmp_path)
    assert (code, out) == (0, "")
    assert "graftsman/rollback/staging/shared" in words
    assert shop.git("rev-parse", "graftsman/rollback/staging/shared^{tree}") == first
    shop.git("update-ref", "refs/heads/main", shop.commit(shop.files(head) | {"packages/shared/session.ts": b""}, head))
    code, out, words = graftsman("rollback", "staging/shared", "--repo", shop.path, cwd=tmp_path)
    said = json.loads(out)["refused"][0]
    assert (code, said["code"], said["values"]["files"]) == (3, "rollback-collides", ["packages/shared/session.ts"])
    assert "packages/shared/session.ts" in words
